import DequeModule

/// Gets that a node is not asked for yet, since enough is to come from it already.
struct PacedGets {
  struct Get {
    let key: WireKey
    let receiver: any ReplyReceiver
    let slot: Int
    let deadline: Instant
  }

  private var window: ReadWindow
  private var waiting: Deque<Get> = []

  init(_ window: ReadWindow) {
    self.window = window
  }

  /// Gets that wait.
  var count: Int { waiting.count }

  /// Whether one more has to wait. Those that wait already go first.
  var mustWait: Bool { !waiting.isEmpty || window.isFull }

  mutating func wait(_ get: Get) { waiting.append(get) }

  /// One has been sent.
  mutating func asked() { window.asked() }

  mutating func answered(with reply: MetaReply) {
    if case .value(let value) = reply {
      window.answered(length: value.bytes.count)
    } else {
      window.answered(length: 0)
    }
  }

  /// The next one to send; nil when none waits, or has to go on waiting.
  mutating func next() -> Get? { window.isFull ? nil : waiting.popFirst() }

  /// Those whose time is up; they wait no longer.
  mutating func takeExpired(_ now: Instant) -> [Get] {
    let expired = waiting.filter { $0.deadline <= now }
    if !expired.isEmpty { waiting.removeAll { $0.deadline <= now } }
    return Array(expired)
  }

  var nextDeadline: Instant? { waiting.lazy.map(\.deadline).min() }

  mutating func takeAll() -> [Get] {
    defer { waiting.removeAll() }
    return Array(waiting)
  }
}
