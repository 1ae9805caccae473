/// A body that is in memory already, in pieces.
final class WholeBody: BodySource {
  let pieceSize: Int
  private var rest: Bytes

  init(_ body: Bytes, pieceSize: Int) {
    self.pieceSize = pieceSize
    rest = body
  }

  func next() async -> Bytes? {
    let count = min(pieceSize, rest.count)
    defer { rest = rest.dropFirst(count) }
    return rest.part(0..<count)
  }
}

extension Coordinator {
  /// The value that was found, with its bytes brought together where they are in chunks; nil when there are
  /// more than `most`.
  public func whole(_ hit: Hit, _ key: Key, _ mode: ReadMode, atMost most: Int) async -> GetOutcome? {
    switch await open(hit, key, mode) {
    case .other(let outcome): return outcome
    case .large(let hit, let value):
      if value.length > most { return nil }
      let storage = ByteStorage.allocate(capacity: Int(value.length))
      for chunk in value.chunks(of: 0..<value.length) {
        guard let bytes = await self.chunk(chunk, of: value) else { return .unreachable(silent: []) }
        withExtendedLifetime(bytes) { storage.append(bytes.buffer) }
      }
      return .hit(hit.with(Bytes(storage)))
    }
  }
}

extension Hit {
  /// The same with its bytes.
  fileprivate func with(_ body: Bytes) -> Hit {
    let whole = Record(
      kind: .value, version: record.version, writtenAt: record.writtenAt, contentType: record.contentType,
      contentEncoding: record.contentEncoding, windows: record.windows, body: body)
    return Hit(record: whole, lifetime: lifetime, staleness: staleness, link: link, node: node)
  }
}
