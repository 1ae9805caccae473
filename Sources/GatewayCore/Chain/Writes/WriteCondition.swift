/// What must hold for a write to take place (RFC 9110 sections 13.1.1 and 13.1.2).
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
  case all([WriteCondition])

  /// `current`: nil when nothing is there.
  func holds(_ current: Record?, _ key: Key) -> Bool {
    switch self {
    case .always: true
    case .absent: current == nil
    case .present: current != nil
    case .matches(let tags): current.map { tags.contains(EntityTag(of: $0, key)) } ?? false
    case .all(let conditions): conditions.allSatisfy { $0.holds(current, key) }
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
