/// Who refreshes a stale value (RFC 5861 section 3): of all clients that read a version in its window, one.
extension Coordinator {
  /// `hit`: what the client was found to get. True for the first to ask, and again for one when the claim has ended without the value being replaced,
  /// so that a client that dies does not keep the others from refreshing it. False when the nodes do not
  /// answer.
  public func claimRefresh(of key: Key, _ hit: Hit) async -> Bool {
    let name = ReservedName.refresh(key, hit.record.version)
    let lifetime = Self.lifetimeOfRefreshClaim(window: hit.record.windows.whileRevalidate)
    guard case .won = await claim(name, beside: key, for: lifetime) else { return false }
    return true
  }

  /// Half of the window, so that a second one has a chance, but 10 s at most, which is long for a fetch; at
  /// least 2 s, as the current second counts.
  static func lifetimeOfRefreshClaim(window: UInt32) -> Lifetime {
    Lifetime(seconds: max(2, min(10, window / 2)))
  }
}
