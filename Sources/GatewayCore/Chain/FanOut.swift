/// Commands to several nodes at once, and one task that waits for their replies.
final class FanOut: ReplyReceiver, TimerTarget {
  private(set) var replies: [NodeReply?]
  private(set) var outstanding: Int
  private let loop: any EventLoop
  private var waiter: UnsafeContinuation<Void, Never>?
  /// How long to wait for the others after the first value; nil: for all of them, however long.
  private var grace: Duration?
  private var graceTimer: TimerID?
  /// Of a read that was begun before: whether it may still wait for the others.
  private var patience = Patience.grace
  private var hasValue = false
  private var graceIsOver = false

  /// How long a read waits after the first value.
  enum Patience {
    /// As long as it says.
    case grace
    case none
    /// For all replies: those that are outstanding are from links that have just shown to be there.
    case all
  }

  init(count: Int, loop: any EventLoop) {
    replies = Array(repeating: nil, count: count)
    outstanding = count
    self.loop = loop
  }

  /// Goes on where some have replied.
  init(replies: [NodeReply?], outstanding: Int, patience: Patience, loop: any EventLoop) {
    self.replies = replies
    self.outstanding = outstanding
    self.loop = loop
    self.patience = patience
    hasValue = replies.contains { if case .success(.value) = $0 { true } else { false } }
  }

  /// Waits until every reply is in. Commands end by their deadline, so this does too.
  func all() async {
    grace = nil
    if outstanding > 0 { await wait() }
  }

  /// Waits until every reply is in, or `grace` has passed since the first value came.
  func firstValue(grace: Duration) async {
    if case .all = patience { return await all() }
    self.grace = grace
    if hasValue, graceTimer == nil { startGrace() }
    if outstanding > 0, !graceIsOver { await wait() }
  }

  private func wait() async {
    await withUnsafeContinuation { waiter = $0 }
  }

  func receive(_ reply: NodeReply, slot: Int) {
    replies[slot] = reply
    outstanding -= 1
    if outstanding == 0 { return resume() }
    if case .success(.value) = reply, !hasValue {
      hasValue = true
      startGrace()
    }
  }

  func timerFired() {
    graceTimer = nil
    endGrace()
  }

  private func endGrace() {
    graceIsOver = true
    resume()
  }

  private func startGrace() {
    guard let grace, !graceIsOver else { return }
    if case .none = patience { return endGrace() }
    if grace == .zero || outstanding == 0 { return endGrace() }
    graceTimer = loop.schedule(at: loop.now + grace, self)
  }

  private func resume() {
    if let graceTimer { loop.cancel(graceTimer) }
    graceTimer = nil
    waiter?.resume()
    waiter = nil
  }
}
