@testable import GatewayCore

/// Replies as a node gives them.
extension NodeReply {
  static var done: NodeReply { .success(.done) }
  static var stored: NodeReply { .success(.stored(cas: 1)) }
  static var miss: NodeReply { .success(.miss) }
  static var notStored: NodeReply { .success(.notStored) }
  static var exists: NodeReply { .success(.exists) }
  static var notFound: NodeReply { .success(.notFound) }
  static var timedOut: NodeReply { .failure(.timedOut) }
  static var outOfMemory: NodeReply { serverError("out of memory storing object") }
  static var tooLarge: NodeReply { serverError("object too large for cache") }

  static func serverError(_ text: String) -> NodeReply { .success(.error(.server(text))) }

  // MARK: To a question which item is there

  /// A record of this version.
  static func item(_ version: Version, cas: UInt64, _ kind: Record.Kind = .value) -> NodeReply {
    .success(.item(clientFlags: RecordFormat.clientFlags(version, kind), cas: cas))
  }

  /// Another client's.
  static func plainItem(cas: UInt64) -> NodeReply { .success(.item(clientFlags: 32, cas: cas)) }

  // MARK: To a read

  static func copy(of record: Record, under key: Key, cas: UInt64 = 1) -> NodeReply {
    let set = RecordEncoder(record, for: key).set(.set, lifetime: .forever, valueLifetime: .forever)
    return .success(.value(MetaValue(stored: set, cas: cas)))
  }

  static func copy(
    _ version: Version, under key: Key, cas: UInt64 = 1, _ kind: Record.Kind = .value
  ) -> NodeReply {
    copy(
      of: Record(kind: kind, version: version, writtenAt: 0, body: Bytes([1, 2])), under: key, cas: cas)
  }

  /// A value in chunks.
  static func copy(
    _ version: Version, of chunks: ChunkList, under key: Key, cas: UInt64 = 1
  ) -> NodeReply {
    copy(
      of: Record(kind: .chunks, version: version, writtenAt: 0, body: chunks.encoded), under: key, cas: cas)
  }

  /// Another client's item.
  static func plain(_ body: [UInt8], cas: UInt64 = 1) -> NodeReply {
    .success(.value(MetaValue(body, flags: 32, cas: cas)))
  }

  /// What should be a record and is none.
  static func damaged(cas: UInt64 = 1) -> NodeReply {
    .success(.value(MetaValue([1, 2, 3], flags: 0xCA00_0000, cas: cas)))
  }
}
