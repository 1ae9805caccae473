/// Since when one worker's requests have seen the locks of others: a lock whose lease must have run out was
/// left behind.
struct LockWatch {
  /// More locks than this are not waited for at once; then the oldest are seen anew.
  private static let most = 1024

  private let lease: Duration
  private var seen: [UInt32: Instant] = [:]

  init(lease: Duration) {
    self.lease = lease
  }

  /// Takes note of a lock by its token.
  mutating func isLeftBehind(_ token: UInt32, now: Instant) -> Bool {
    if let since = seen[token] { return now - since >= lease }
    if seen.count >= Self.most { forgetOld(now) }
    seen[token] = now
    return false
  }

  /// A lock that is still there goes on being seen; most have long been released.
  private mutating func forgetOld(_ now: Instant) {
    seen = seen.filter { now - $0.value < lease }
    if seen.count >= Self.most { seen.removeAll(keepingCapacity: true) }
  }
}
