extension KeyHistory {
  /// Values that a read must not have found.
  func readFindings() -> [Finding] {
    operations.compactMap { read in
      guard case .found(let number) = read.outcome else { return nil }
      guard let number, let write = writes[number] else { return Finding(.foreignValue, read) }
      return finding(read, of: write)
    }
  }

  private func finding(_ read: Operation, of write: Operation) -> Finding? {
    if write.outcome == .refused { return Finding(.refusedValue, read, contradicts: write) }
    if write.start > read.end { return Finding(.futureValue, read, contradicts: write) }
    if let other = successor(of: write, before: read.start) {
      return Finding(other.kind == .delete ? .resurrectedValue : .staleValue, read, contradicts: other)
    }
    if let version = read.version, let made = write.answeredVersion, version != made {
      return Finding(.wrongVersion, read, contradicts: write)
    }
    return nil
  }
}
