/// Who refreshes a stale value (RFC 5861 section 3): of all clients that read a version in its window, one.
extension Coordinator {
  /// `hit`: what the client is about to get. True for the first to ask, and again for one when the claim has
  /// ended without the value being replaced, so that a client that dies does not keep the others from
  /// refreshing it. False when the nodes do not answer.
  public func claimRefresh(of key: Key, _ hit: Hit) async -> Bool {
    let version = hit.record.version
    if refreshesSeen.contains(version, now: loop.now) { return false }
    let lifetime = Self.lifetimeOfRefreshClaim(window: hit.record.windows.whileRevalidate)
    let outcome = await claim(ReservedName.refresh(key, version), beside: key, for: lifetime)
    if case .unanswered = outcome { return false }
    refreshesSeen.insert(version, now: loop.now)
    if case .won = outcome { return true }
    return false
  }

  /// Half of the window, so that a second one has a chance, but 10 s at most, which is long for a fetch; at
  /// least 2 s, as the current second counts.
  static func lifetimeOfRefreshClaim(window: UInt32) -> Lifetime {
    Lifetime(seconds: max(2, min(10, window / 2)))
  }
}

/// Versions that somebody was seen to refresh a moment ago: so a stale value that is read often costs its nodes
/// hardly more than a fresh one.
struct RefreshesSeen {
  /// After which the nodes are asked again.
  static let memory = Duration.seconds(1)
  /// Stale values that are read within that time; of more than these, all are asked for again.
  static let most = 1024

  private var until: [Version: Instant] = [:]

  func contains(_ version: Version, now: Instant) -> Bool { until[version].map { now < $0 } ?? false }

  mutating func insert(_ version: Version, now: Instant) {
    if until.count >= Self.most { until = until.filter { now < $0.value } }
    if until.count >= Self.most { until.removeAll(keepingCapacity: true) }
    until[version] = now + Self.memory
  }
}
