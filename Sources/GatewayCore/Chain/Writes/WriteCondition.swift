/// What must hold for a write to take place (RFC 9110 sections 13.1.1, 13.1.2 and 13.1.4).
public enum WriteCondition: Sendable {
  case always
  /// If-None-Match: *
  case absent
  /// If-Match: *
  case present
  /// If-Match with entity tags: what is there is one of them.
  case matches([EntityTag])
  /// If-None-Match with entity tags: what is there, if anything, is none of them.
  case matchesNone([EntityTag])
  /// If-Unmodified-Since, in seconds since 1970: what is there was not written later, nor was it deleted later,
  /// as far as that is remembered. Where nothing is, and for plain values, there is no time to go by: it holds.
  case unmodifiedSince(Int64)
  case all([WriteCondition])

  /// `newest`: a value or a tombstone; nil when there is neither.
  func holds(_ newest: Record?, _ key: Key) -> Bool {
    let current = newest?.kind == .tombstone ? nil : newest
    return switch self {
    case .always: true
    case .absent: current == nil
    case .present: current != nil
    case .matches(let tags): current.map { tags.contains(EntityTag(of: $0, key)) } ?? false
    case .unmodifiedSince(let date):
      newest.map { $0.version == .plain || Int64($0.writtenAt) <= date } ?? true
    case .all(let conditions): conditions.allSatisfy { $0.holds(newest, key) }
    case .matchesNone(let tags): current.map { !tags.contains(EntityTag(of: $0, key)) } ?? true
    }
  }
}

/// What an ETag says: a version; for another client's item, which has none, a hash of its bytes.
public enum EntityTag: Equatable, Sendable {
  case version(Version)
  case plain(UInt64)

  public init(of record: Record, _ key: Key) {
    self =
      record.version == .plain
      ? .plain(XXHash64.hash(record.body.buffer, seed: key.hash)) : .version(record.version)
  }
}
