/// A value to store.
public struct NewValue {
  /// At most `Record.longestLabel` bytes.
  public let contentType: Bytes
  /// At most `Record.longestLabel` bytes.
  public let contentEncoding: Bytes
  public private(set) var body: Bytes
  /// How long it is kept: its freshness and the longer window.
  public let lifetime: Lifetime
  public let windows: StaleWindows

  /// `lifetime`: for how long it is fresh. One that is fresh for ever is never stale, so has no windows. Plain
  /// values (rule C12) can have none.
  public init(
    contentType: Bytes = .empty, contentEncoding: Bytes = .empty, body: Bytes, lifetime: Lifetime,
    windows: StaleWindows = .none
  ) {
    precondition(contentType.count <= Record.longestLabel && contentEncoding.count <= Record.longestLabel)
    self.contentType = contentType
    self.contentEncoding = contentEncoding
    self.body = body
    self.windows = lifetime == .forever ? .none : windows
    self.lifetime = lifetime.adding(windows)
  }

  /// The same with another body.
  public func with(_ body: Bytes) -> NewValue {
    var value = self
    value.body = body
    return value
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
          for: key, contentType: value.contentType.count, contentEncoding: value.contentEncoding.count,
          windows: value.windows)
  }

  /// Stores a value on the placement, in chunks where it is larger than an item. `condition` has no meaning for
  /// plain values (rule C12).
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

  /// The same without a condition, and without a task where that is possible. `receiver` may hear of the outcome at
  /// once. False where the value is too large for that, and nothing was done.
  public func put(_ key: Key, _ value: NewValue, quorum: Int?, for receiver: any WriteReceiver) -> Bool {
    guard settings.valueFormat == .record, fits(value, key) else { return false }
    write(key, .value(value), quorum ?? settings.writeQuorum, for: receiver)
    return true
  }
}
