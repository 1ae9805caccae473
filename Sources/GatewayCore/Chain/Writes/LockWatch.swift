/// Since when one worker's requests have seen the locks of others: a lock whose lease must have run out was
/// left behind.
struct LockWatch {
  private struct Sighting {
    let first: Instant
    var last: Instant
  }

  /// More locks than this are not waited for at once; then all are seen anew.
  private static let most = 1024
  /// Who waits for a lock looks more often than that.
  private static let betweenLooks = Duration.milliseconds(100)

  private var seen: [LockMark: Sighting] = [:]

  /// Takes note of a lock. One that has not been looked at for as long as a lease may be another one by now
  /// that happens to be marked alike.
  mutating func isLeftBehind(_ mark: LockMark, now: Instant) -> Bool {
    if let sighting = seen[mark], now - sighting.last <= mark.lease {
      seen[mark]?.last = now
      return now - sighting.first >= mark.lease
    }
    if seen.count >= Self.most { forgetOld(now) }
    seen[mark] = Sighting(first: now, last: now)
    return false
  }

  private mutating func forgetOld(_ now: Instant) {
    seen = seen.filter { now - $0.value.last <= Self.betweenLooks }
    if seen.count >= Self.most { seen.removeAll(keepingCapacity: true) }
  }
}
