/// A new lifetime for a value that is there.
struct Renewal {
  let record: Record
  /// Of its copies: the freshness and the longer window.
  let lifetime: Lifetime
  /// What was left of the one it had.
  let former: Lifetime
  /// Of a value in chunks, the nodes that have all of them.
  var holders: Set<Int>?

  var isShorter: Bool { lifetime < former }
}

/// Renewals of a value's lifetime.
extension Coordinator {
  /// Has the newest value live `lifetime` from now. It stays what it is otherwise: its version, and when it was
  /// written, too.
  ///
  /// Reads what the links hold, as a GET does that waits for all, and stores the newest copy again: by
  /// compare-and-swap over the same version or an older one, by add where nothing is. So this holds:
  ///
  /// - Nothing newer is replaced, and none gets this lifetime unread: of a PUT or DELETE at the same time the
  ///   value and the lifetime stand, and the renewal begins anew with what is there then.
  /// - Copies of a version differ in their lifetimes only, so no lock is needed. Of several renewals at the same
  ///   time, each link keeps one's lifetime, and the value is there until the last of them ends.
  /// - Copies past the natural placement live `failover-ttl` at most (rule C3), and tell the value's whole
  ///   lifetime. A copy that read-repair makes from a renewed one has what is left of the new lifetime.
  /// - A link that missed it keeps its copy for as long as that had to live, then is filled by read-repair. Where
  ///   the new lifetime is the shorter one the key is noted for that link, as a missed write (rule C8): it is rid
  ///   of the copy before it is asked for it.
  /// - `condition` is held against what was read; nothing else can have come in between, as only that is replaced.
  ///
  /// Fails with `.absent` where nothing is, with `.unversioned` at another client's item (rule C12).
  public func touch(
    _ key: Key, lifetime: Lifetime, if condition: WriteCondition = .always, quorum: Int? = nil
  ) async -> WriteOutcome {
    guard settings.valueFormat == .record else { return nothingWritten(.unversioned) }
    let deadline = loop.now + settings.requestTimeout
    while loop.now < deadline {
      let outcome = await touchNewest(key, lifetime, condition, quorum ?? settings.writeQuorum, deadline)
      if let outcome { return outcome }
    }
    return nothingWritten(.contended)
  }

  /// nil when something newer came in between.
  private func touchNewest(
    _ key: Key, _ lifetime: Lifetime, _ condition: WriteCondition, _ quorum: Int, _ deadline: Instant
  ) async -> WriteOutcome? {
    let findings = await walkToNewest(key, until: deadline, deadline)
    do throws(WriteOutcome.Failure) {
      var renewal = try Self.renewal(of: findings, lifetime, condition, key)
      let version = renewal.record.version
      if let chunks = renewal.record.chunks {
        let holders = await renew(chunks, key, renewal)
        if holders.isEmpty { throw .unreachable }
        renewal.holders = holders
      }
      let outcome = await write(
        key, .renewal(renewal), .atMost(version, version: version), quorum,
        without: Set(findings.failed.map(\.node)), deadline)
      return outcome.failure == .refused ? nil : outcome
    } catch {
      return nothingWritten(error)
    }
  }

  /// The nodes whose chunks live as long as the record is to. Where that is to live shorter, they keep the
  /// lifetime they have: they must not go first.
  private func renew(_ chunks: ChunkList, _ key: Key, _ renewal: Renewal) async -> Set<Int> {
    var nodes: Set<Int> = []
    for link in chunkLinks(key, first: 0) {
      let lifetime = renewal.isShorter ? nil : chunkLifetime(renewal.lifetime, on: link)
      if await touch(chunks, at: link, lifetime) { nodes.insert(link.node) }
    }
    return nodes
  }

  private static func renewal(
    of findings: Findings, _ lifetime: Lifetime, _ condition: WriteCondition, _ key: Key
  ) throws(WriteOutcome.Failure) -> Renewal {
    guard findings.someoneAnswered else { throw .unreachable }
    let copy = findings.best.flatMap { $0.copy.isTombstone || $0.copy.isLapsed ? nil : $0.copy }
    guard condition.holds(copy?.record, key) else { throw .refused }
    guard let copy else { throw .absent }
    guard copy.version != .plain else { throw .unversioned }
    return Renewal(record: copy.record, lifetime: lifetime.adding(copy.record.windows), former: copy.lifetime)
  }
}
