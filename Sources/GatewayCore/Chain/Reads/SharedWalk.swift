/// A read under way that identical reads share: one walk over the chain for all of them.
///
/// Sharing must not show a reader an old value. A walk whose commands have left may already have read what a
/// write has replaced since, so a read that arrives later does not get that walk's answer: it waits for the
/// next walk, together with all others that arrive in the meantime.
final class SharedWalk {
  enum Turn {
    /// The outcome is there.
    case served(GetOutcome)
    /// Its own walk is to be led.
    case lead(SharedWalk)
  }

  /// The loop's flush count when the commands were queued; nil before.
  private var issued: UInt64?
  private var outcome: GetOutcome?
  private var successor: SharedWalk?
  private var waiting: [UnsafeContinuation<Bool, Never>] = []

  func issue(flushCount: UInt64) { issued = flushCount }

  /// Waits for this walk's outcome, or for the turn of the next one. The first to wait for the next one is
  /// the one who leads it.
  func join(flushCount: UInt64) async -> Turn {
    if issued == nil || issued == flushCount { return await wait() }
    if let successor { return await successor.wait() }
    let next = SharedWalk()
    successor = next
    return await next.wait()
  }

  private func wait() async -> Turn {
    let isLeader = await withUnsafeContinuation { waiting.append($0) }
    guard !isLeader, let outcome else { return .lead(self) }
    return .served(outcome)
  }

  /// Serves those who wait, and names the walk that comes next, if any: its leader has been woken.
  func finish(_ outcome: GetOutcome) -> SharedWalk? {
    self.outcome = outcome
    for continuation in waiting { continuation.resume(returning: false) }
    waiting = []
    successor?.wakeLeader()
    return successor
  }

  private func wakeLeader() {
    waiting.removeFirst().resume(returning: true)
  }
}
