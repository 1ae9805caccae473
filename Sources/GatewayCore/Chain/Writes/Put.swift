/// A value to store.
public struct NewValue {
  /// At most `Record.longestLabel` bytes.
  public let contentType: Bytes
  /// At most `Record.longestLabel` bytes.
  public let contentEncoding: Bytes
  public let body: Bytes
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
    self.lifetime = Lifetime(
      seconds: lifetime.seconds.map { UInt32(clamping: UInt64($0) + UInt64(windows.longest)) })
  }
}

/// Writes of values (rule C2).
extension Coordinator {
  /// Stores a value on the placement. `condition` has no meaning for plain values (rule C12).
  public func put(
    _ key: Key, _ value: NewValue, if condition: WriteCondition = .always, quorum: Int? = nil
  ) async -> WriteOutcome {
    let content = settings.valueFormat == .raw ? WriteContent.plainValue(value) : .value(value)
    return await write(key, content, condition, quorum ?? settings.writeQuorum)
  }
}
