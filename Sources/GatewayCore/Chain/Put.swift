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
}

/// Writes of values (rule C2).
extension Coordinator {
  /// Stores a value on the placement.
  public func put(_ key: Key, _ value: NewValue) async -> WriteOutcome {
    let version = clock.next(at: loop.wallClock)
    if settings.valueFormat == .raw { return await putPlain(key, value, version) }
    let record = Record(
      kind: .value, version: version, writtenAt: writtenAt, contentType: value.contentType,
      contentEncoding: value.contentEncoding, body: value.body)
    return await write(record, value.lifetime, key)
  }

  /// Sends a record to the placement.
  func write(_ record: Record, _ lifetime: Lifetime, _ key: Key) async -> WriteOutcome {
    let encoder = RecordEncoder(record, for: key)
    return await write(key, record.version) { link in
      let copy = copyLifetime(lifetime, on: link)
      return .set(key.wireKey, encoder.set(.set, lifetime: copy, valueLifetime: lifetime))
    }
  }

  private func putPlain(_ key: Key, _ value: NewValue, _ version: Version) async -> WriteOutcome {
    await write(key, version) { link in
      let lifetime = copyLifetime(value.lifetime, on: link)
      return .set(
        key.wireKey, MetaSet(mode: .set, clientFlags: 0, lifetime: lifetime, head: [], body: value.body))
    }
  }
}
