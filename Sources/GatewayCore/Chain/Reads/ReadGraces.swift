import DequeModule

/// The reads that have a first value and wait for the others: all for the same time, so the first to begin is
/// the first to end, and one timer serves them all.
final class ReadGraces: TimerTarget {
  private struct Entry {
    let read: DirectRead
    let use: UInt64
    let end: Instant

    /// The read was answered meanwhile.
    var isOver: Bool { read.use != use || !read.isDirect }
  }

  private var entries: Deque<Entry> = []
  private var timer = EarliestTimer()
  private let loop: any EventLoop
  private unowned(unsafe) let coordinator: Coordinator

  init(loop: any EventLoop, on coordinator: Coordinator) {
    self.loop = loop
    self.coordinator = coordinator
  }

  func begin(_ read: DirectRead, _ grace: Duration) {
    while let first = entries.first, first.isOver { entries.removeFirst() }
    entries.append(Entry(read: read, use: read.use, end: loop.now + grace))
    timer.arm(loop.now + grace, on: loop, self)
  }

  func timerFired() {
    timer.fired()
    while let first = entries.first, first.isOver || first.end <= loop.now {
      entries.removeFirst()
      if !first.isOver { coordinator.isolated(first.read) { $0.graceIsOver(for: $1) } }
    }
    if let first = entries.first { timer.arm(first.end, on: loop, self) }
  }
}
