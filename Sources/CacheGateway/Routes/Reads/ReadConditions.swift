import GatewayCore

/// What tells one value of a key from another.
struct Validators {
  let tag: EntityTag
  /// Seconds since 1970; nil for a plain value (rule C12).
  let lastModified: UInt64?

  init(tag: EntityTag, lastModified: UInt64?) {
    self.tag = tag
    self.lastModified = lastModified
  }

  init(of record: Record, _ key: Key, now: WallTime) {
    tag = EntityTag(of: record, key)
    // By the writer's clock, which may be ahead of ours (RFC 9110 section 8.8.2.1).
    lastModified = record.version == .plain ? nil : min(UInt64(record.writtenAt), now.seconds)
  }
}

/// The conditions of a GET or HEAD (RFC 9110 section 13.1).
struct ReadConditions {
  enum Verdict {
    case holds
    /// The client has this value already: 304.
    case notModified
    /// 412.
    case failed
  }

  var match: EntityTagList?
  var noneMatch: EntityTagList?
  /// Seconds since 1970, as all dates here.
  var modifiedSince: Int64?
  var unmodifiedSince: Int64?

  init() {}

  /// Throws for a list of entity tags that is none. Dates that are none are ignored, as they must be.
  init(_ head: borrowing RequestHead, now: WallTime) throws(Refusal) {
    match = try RequestConditions.tags(head, "If-Match")
    noneMatch = try RequestConditions.tags(head, "If-None-Match")
    modifiedSince = RequestConditions.date(head, "If-Modified-Since", now)
    unmodifiedSince = RequestConditions.date(head, "If-Unmodified-Since", now)
  }

  /// In the order of section 13.2.2: tags go before dates, and what protects goes before what saves.
  func verdict(on value: Validators) -> Verdict {
    guard holdsUnchanged(value) else { return .failed }
    return holdsChanged(value) ? .holds : .notModified
  }

  private func holdsUnchanged(_ value: Validators) -> Bool {
    if let match { return match.contains(value.tag, comparison: .strong) }
    guard let unmodifiedSince, let date = value.lastModified else { return true }
    return Int64(clamping: date) <= unmodifiedSince
  }

  private func holdsChanged(_ value: Validators) -> Bool {
    if let noneMatch { return !noneMatch.contains(value.tag, comparison: .weak) }
    guard let modifiedSince, let date = value.lastModified else { return true }
    return Int64(clamping: date) > modifiedSince
  }
}

extension EntityTagList {
  /// How tags are compared (RFC 9110 section 8.8.3.2).
  enum Comparison {
    /// Those marked weak are equal to none.
    case strong
    case weak
  }

  /// Whether the tag of a value that is there is among them.
  func contains(_ tag: EntityTag, comparison: Comparison) -> Bool {
    switch self {
    case .any: true
    case .tags(let items): items.contains { $0.tag == tag && (comparison == .weak || !$0.isWeak) }
    }
  }
}
