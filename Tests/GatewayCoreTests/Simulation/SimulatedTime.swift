import GatewayCore
import HeapModule

/// Virtual time: everything that happens in a simulated world follows from its seed. Loops that live in it take
/// turns; whatever happens next, in whichever of them, happens next.
final class SimulatedTime {
  private struct Event: Comparable {
    let time: Instant
    let sequence: UInt64
    let action: () -> Void

    static func == (left: Event, right: Event) -> Bool { left.sequence == right.sequence }

    static func < (left: Event, right: Event) -> Bool {
      left.time == right.time ? left.sequence < right.sequence : left.time < right.time
    }
  }

  private var generator: SeededGenerator
  private var events = Heap<Event>()
  private var sequence: UInt64 = 0
  private var loops: [SimulatedLoop] = []
  private(set) var now = Instant(nanoseconds: 1_000_000_000)

  init(seed: UInt64) {
    generator = SeededGenerator(seed: seed)
  }

  func add(_ loop: SimulatedLoop) { loops.append(loop) }

  /// Its process has ended.
  func remove(_ loop: SimulatedLoop) { loops.removeAll { $0 === loop } }

  /// Forgets everything, so that nothing of a world outlives it.
  func end() {
    loops = []
    events = Heap()
  }

  // MARK: Running

  /// Plays everything that happens up to `deadline`.
  func run(until deadline: Instant) {
    settle()
    while let next = nextTime(), next <= deadline {
      now = max(now, next)
      step()
      settle()
    }
    now = max(now, deadline)
  }

  func run(for duration: Duration) { run(until: now + duration) }

  private func nextTime() -> Instant? {
    var next = events.min?.time
    for loop in loops {
      if let timer = loop.nextDeadline() { next = next.map { min($0, timer) } ?? timer }
    }
    return next
  }

  private func step() {
    if let event = events.min, event.time <= now {
      events.removeMin()
      return event.action()
    }
    for loop in loops where loop.fireNextTimer() { return }
  }

  private func settle() {
    while loops.contains(where: { $0.settle() }) {}
  }

  // MARK: For the simulation

  /// Calls `action` after `delay`.
  func after(_ delay: Duration, _ action: @escaping () -> Void) { at(now + delay, action) }

  func at(_ time: Instant, _ action: @escaping () -> Void) {
    sequence += 1
    events.insert(Event(time: time, sequence: sequence, action: action))
  }

  func random() -> UInt64 { generator.next() }

  func random(below bound: Int) -> Int { Int(random() % UInt64(bound)) }

  func chance(_ probability: Double) -> Bool { Double(random() >> 11) / Double(1 << 53) < probability }

  /// Drawn evenly.
  func jitter(_ shortest: Duration, _ longest: Duration) -> Duration {
    let span = (longest - shortest).inNanoseconds
    return shortest + .nanoseconds(span == 0 ? 0 : Int64(random() % UInt64(span + 1)))
  }
}
