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
  /// Stores a value on the placement. `condition` has no meaning for plain values (rule C12).
  public func put(
    _ key: Key, _ value: NewValue, if condition: WriteCondition = .always, quorum: Int? = nil
  ) async -> WriteOutcome {
    let content = settings.valueFormat == .raw ? WriteContent.plainValue(value) : .value(value)
    return await write(key, content, condition, quorum ?? settings.writeQuorum)
  }
}
