import DequeModule

/// Gets that a node is not asked for yet, since enough is to come from it already.
///
/// None waits for longer than half of its time. So a long way to the node costs no get its reply; and of a node that sends,
/// but too slowly for what is asked of it, the connection sees how far behind it is.
struct PacedGets {
  struct Get {
    let key: WireKey
    let receiver: any ReplyReceiver
    let slot: Int
    let deadline: Instant
    /// When it is sent at the latest, if its turn has come.
    let latest: Instant

    init(_ key: WireKey, to receiver: any ReplyReceiver, slot: Int, deadline: Instant, now: Instant) {
      self.key = key
      self.receiver = receiver
      self.slot = slot
      self.deadline = deadline
      latest = now + (deadline - now) / 2
    }
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
  mutating func next(_ now: Instant) -> Get? {
    guard let first = waiting.first, !window.isFull || first.latest <= now else { return nil }
    return waiting.removeFirst()
  }

  /// Those whose time is up; they wait no longer.
  mutating func takeExpired(_ now: Instant) -> [Get] {
    let expired = waiting.filter { $0.deadline <= now }
    if !expired.isEmpty { waiting.removeAll { $0.deadline <= now } }
    return Array(expired)
  }

  /// When the next one is to be sent at the latest, or its time is up.
  var nextEvent: Instant? {
    guard let first = waiting.first else { return nil }
    return waiting.lazy.map(\.deadline).reduce(first.latest, min)
  }

  mutating func takeAll() -> [Get] {
    defer { waiting.removeAll() }
    return Array(waiting)
  }
}
