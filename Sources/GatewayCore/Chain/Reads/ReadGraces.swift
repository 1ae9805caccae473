/// Ends the waiting of the reads that have a first value. One timer serves them all: when it fires, it looks at
/// every read under way, once in a grace as a rule, so that a read which is answered in time, as almost all are,
/// leaves nothing to be cleared away.
final class ReadGraces: TimerTarget {
  private var timer = EarliestTimer()
  private let loop: any EventLoop
  private unowned(unsafe) let coordinator: Coordinator

  init(loop: any EventLoop, on coordinator: Coordinator) {
    self.loop = loop
    self.coordinator = coordinator
  }

  func begin(until end: Instant) { timer.arm(end, on: loop, self) }

  func timerFired() {
    timer.fired()
    coordinator.isolated(self) { $1.endWaiting(on: $0) }
  }

  private func endWaiting(on coordinator: isolated Coordinator) {
    var due: [DirectRead] = []
    var next = Instant.distantFuture
    coordinator.reads.visitAll { read in
      guard let end = read.graceEnd else { return }
      if end <= loop.now { due.append(read) } else { next = min(next, end) }
    }
    if next < .distantFuture { timer.arm(next, on: loop, self) }
    for read in due { coordinator.graceIsOver(for: read) }
  }
}
