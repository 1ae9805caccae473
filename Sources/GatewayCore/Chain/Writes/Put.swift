/// A value to store.
public struct NewValue {
  /// At most `Record.longestLabel` bytes.
  public let contentType: Bytes
  /// At most `Record.longestLabel` bytes.
  public let contentEncoding: Bytes
  public let body: Bytes
  public let lifetime: Lifetime

  public init(
    contentType: Bytes = .empty, contentEncoding: Bytes = .empty, body: Bytes, lifetime: Lifetime
  ) {
    precondition(contentType.count <= Record.longestLabel && contentEncoding.count <= Record.longestLabel)
    self.contentType = contentType
    self.contentEncoding = contentEncoding
    self.body = body
    self.lifetime = lifetime
  }

  /// The same with another body.
  public func with(_ body: Bytes) -> NewValue {
    NewValue(contentType: contentType, contentEncoding: contentEncoding, body: body, lifetime: lifetime)
  }
}

/// Writes of values (rule C2).
extension Coordinator {
  /// Whether every node stores it as one item.
  private func fits(_ value: NewValue, _ key: Key) -> Bool {
    // Below that it does in any case.
    value.body.count < 512
      || value.body.count
        <= pool.longestBody(
          for: key, contentType: value.contentType.count, contentEncoding: value.contentEncoding.count)
  }

  /// Stores a value on the placement, in chunks where it is larger than an item. `condition` has no meaning for plain values (rule C12).
  public func put(
    _ key: Key, _ value: NewValue, if condition: WriteCondition = .always, quorum: Int? = nil
  ) async -> WriteOutcome {
    if settings.valueFormat == .record, !fits(value, key) {
      let pieces = WholeBody(value.body, pieceSize: pool.chunkSize)
      return await putLarge(key, value, from: pieces, if: condition, quorum: quorum)
        ?? nothingWritten(.unreachable)
    }
    let content = settings.valueFormat == .raw ? WriteContent.plainValue(value) : .value(value)
    return await write(key, content, condition, quorum ?? settings.writeQuorum)
  }
}
