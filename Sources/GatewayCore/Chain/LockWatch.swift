/// Since when one worker's requests have seen the locks of others: a lock whose lease must have run out was
/// left behind.
struct LockWatch {
  private struct Sighting {
    let first: Instant
    var last: Instant
  }

  /// More locks than this are not waited for at once; then all are seen anew.
  private static let most = 1024

  private let lease: Duration
  private var seen: [UInt32: Sighting] = [:]

  init(lease: Duration) {
    self.lease = lease
  }

  /// Takes note of a lock by its token. A token that has not been looked at for as long as a lease may be
  /// another lock's by now.
  mutating func isLeftBehind(_ token: UInt32, now: Instant) -> Bool {
    if let sighting = seen[token], now - sighting.last <= lease {
      seen[token]?.last = now
      return now - sighting.first >= lease
    }
    if seen.count >= Self.most { forgetOld(now) }
    seen[token] = Sighting(first: now, last: now)
    return false
  }

  private mutating func forgetOld(_ now: Instant) {
    seen = seen.filter { now - $0.value.last < lease }
    if seen.count >= Self.most { seen.removeAll(keepingCapacity: true) }
  }
}
