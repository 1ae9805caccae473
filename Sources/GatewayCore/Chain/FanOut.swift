/// Commands to several nodes at once, and one task that waits for their replies.
final class FanOut: ReplyReceiver, TimerTarget {
  private(set) var replies: [NodeReply?]
  private(set) var outstanding: Int
  private let loop: any EventLoop
  private var waiter: UnsafeContinuation<Void, Never>?
  /// How long to wait for the others after the first value; nil: for all of them, however long.
  private var grace: Duration?
  /// Slots whose value counts only when all other slots have a reply.
  private var standIns: [Int] = []
  private var graceTimer: TimerID?
  /// Of a read that was begun before, and has no grace left: it waits for these only, however long, since they are
  /// known to be there and to hold something.
  private var awaited: [Int]?
  private var graceIsOver = false

  init(count: Int, loop: any EventLoop) {
    replies = Array(repeating: nil, count: count)
    outstanding = count
    self.loop = loop
  }

  /// Goes on where some have replied.
  init(replies: [NodeReply?], outstanding: Int, awaiting slots: [Int], loop: any EventLoop) {
    self.replies = replies
    self.outstanding = outstanding
    self.loop = loop
    awaited = slots
  }

  /// Waits until every reply is in. Commands end by their deadline, so this does too.
  func all() async {
    grace = nil
    awaited = nil
    if outstanding > 0 { await wait() }
  }

  /// Waits until every reply is in, or `grace` has passed since the first value came. One of a slot in `standIns` does not
  /// count before all other slots have a reply.
  func firstValue(grace: Duration, standIns: [Int] = []) async {
    if let awaited {
      if !haveReplied(awaited) { await wait() }
      return
    }
    self.grace = grace
    self.standIns = standIns
    if hasValue { startGrace() }
    if outstanding > 0, !graceIsOver { await wait() }
  }

  private func haveReplied(_ slots: [Int]) -> Bool { slots.allSatisfy { replies[$0] != nil } }

  /// One that counts.
  private var hasValue: Bool {
    let values = replies.indices.filter { if case .success(.value) = replies[$0] { true } else { false } }
    if values.contains(where: { !standIns.contains($0) }) { return true }
    return !values.isEmpty && replies.indices.allSatisfy { standIns.contains($0) || replies[$0] != nil }
  }

  private func wait() async {
    await withUnsafeContinuation { waiter = $0 }
  }

  func receive(_ reply: NodeReply, slot: Int) {
    replies[slot] = reply
    outstanding -= 1
    if outstanding == 0 { return resume() }
    if let awaited {
      if awaited.contains(slot), haveReplied(awaited) { resume() }
      return
    }
    if grace != nil, hasValue { startGrace() }
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
    guard let grace, !graceIsOver, graceTimer == nil else { return }
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
