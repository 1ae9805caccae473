/// One worker's requests that wait for the value of one key while another client has its lease, and the pauses
/// of the one task that asks the nodes for it.
final class LeaseWait: TimerTarget {
  final class Waiter {
    let terms: LeaseTerms
    fileprivate let end: Instant
    private var ending: LeaseResult?
    private var isOver = false
    private var continuation: UnsafeContinuation<Void, Never>?

    init(_ terms: LeaseTerms, until end: Instant) {
      self.terms = terms
      self.end = end
    }

    /// Waits for it; nil when the time is up.
    func result() async -> LeaseResult? {
      if !isOver { await withUnsafeContinuation { continuation = $0 } }
      return ending
    }

    fileprivate func finish(_ result: LeaseResult?) {
      ending = result
      isOver = true
      continuation.take()?.resume()
    }
  }

  let key: Key
  private(set) var waiters: [Waiter] = []
  private var isWoken = false
  private var timer: TimerID?
  private var pausing: UnsafeContinuation<Void, Never>?

  init(_ key: Key) {
    self.key = key
  }

  var isEmpty: Bool { waiters.isEmpty }

  /// Who has waited longest.
  var first: Waiter? { waiters.first }

  func add(_ waiter: Waiter) { waiters.append(waiter) }

  func end(_ waiter: Waiter, _ result: LeaseResult) {
    waiters.removeAll { $0 === waiter }
    waiter.finish(result)
  }

  /// nil: their time is up.
  func endAll(_ result: LeaseResult?) {
    let ended = waiters
    waiters = []
    for waiter in ended { waiter.finish(result) }
  }

  func endOverdue(now: Instant) {
    let overdue = waiters.filter { $0.end <= now }
    if overdue.isEmpty { return }
    waiters.removeAll { $0.end <= now }
    for waiter in overdue { waiter.finish(nil) }
  }

  // MARK: Pauses

  /// Until the time has passed or `wake` is called; at once when it was called since the last pause. True when
  /// it was called.
  func pause(_ duration: Duration, on loop: any EventLoop) async -> Bool {
    if !isWoken {
      timer = loop.schedule(at: loop.now + duration, self)
      await withUnsafeContinuation { pausing = $0 }
      if let timer { loop.cancel(timer) }
      timer = nil
    }
    defer { isWoken = false }
    return isWoken
  }

  /// The key was written.
  func wake() {
    isWoken = true
    pausing.take()?.resume()
  }

  func timerFired() {
    timer = nil
    pausing.take()?.resume()
  }
}

/// What one worker's requests wait for.
struct LeaseWaits {
  /// Keys, each of which is asked for 50 times a second.
  static let mostKeys = 128
  /// Requests: as many clients as a worker may well have, at a few hundred bytes each.
  static let mostWaiting = 4096

  private var waits: [Key: LeaseWait] = [:]
  private var isClosed = false

  func find(_ key: Key) -> LeaseWait? { waits[key] }

  func hasRoom(for key: Key) -> Bool {
    guard !isClosed, waits[key] != nil || waits.count < Self.mostKeys else { return false }
    return waits.values.reduce(0) { $0 + $1.waiters.count } < Self.mostWaiting
  }

  mutating func begin(_ key: Key) -> LeaseWait {
    let wait = LeaseWait(key)
    waits[key] = wait
    return wait
  }

  mutating func end(_ wait: LeaseWait) { waits[wait.key] = nil }

  mutating func close() {
    isClosed = true
    for wait in waits.values {
      wait.endAll(nil)
      wait.wake()
    }
  }
}
