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

  /// One read that waits for its turn, in a task that may begin to wait only after its turn has come.
  final class Waiter {
    private var turn: Turn?
    private var continuation: UnsafeContinuation<Void, Never>?

    fileprivate func take(_ turn: Turn) {
      self.turn = turn
      continuation.take()?.resume()
    }

    func wait() async -> Turn {
      while true {
        if let turn { return turn }
        await withUnsafeContinuation { continuation = $0 }
      }
    }
  }

  /// The loop's flush count when the commands were queued; nil before.
  private var issued: UInt64?
  private var successor: SharedWalk?
  private var waiting: [Waiter] = []

  func issue(flushCount: UInt64) { issued = flushCount }

  /// Waits for this walk's outcome, or for the turn of the next one. The first to wait for the next one is
  /// the one who leads it.
  func join(flushCount: UInt64) -> Waiter {
    let walk = issued == nil || issued == flushCount ? self : next()
    let waiter = Waiter()
    walk.waiting.append(waiter)
    return waiter
  }

  private func next() -> SharedWalk {
    if let successor { return successor }
    let next = SharedWalk()
    successor = next
    return next
  }

  /// Serves those who wait, and names the walk that comes next, if any: its leader has been woken.
  func finish(_ outcome: GetOutcome) -> SharedWalk? {
    for waiter in waiting { waiter.take(.served(outcome)) }
    waiting = []
    successor?.wakeLeader()
    return successor
  }

  private func wakeLeader() {
    waiting.removeFirst().take(.lead(self))
  }
}
