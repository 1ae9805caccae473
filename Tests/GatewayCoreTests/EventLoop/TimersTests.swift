import Testing

@testable import GatewayCore

struct TimersTests {
  private final class Target: TimerTarget {
    let name: Int

    init(_ name: Int) {
      self.name = name
    }

    func timerFired() {}
  }

  /// The names of all timers due by `now`, in order.
  private func due(_ timers: inout Timers, _ now: Instant) -> [Int] {
    var names: [Int] = []
    while let target = timers.popDue(now) as? Target { names.append(target.name) }
    return names
  }

  @Test func `timers come in the order of their deadlines`() {
    var timers = Timers()
    for (name, deadline) in ([30, 10, 20, 40] as [Int64]).enumerated() {
      _ = timers.schedule(at: .milliseconds(deadline), Target(name))
    }
    #expect(timers.nextDeadline() == .milliseconds(10))
    #expect(due(&timers, .milliseconds(30)) == [1, 2, 0])
    #expect(timers.nextDeadline() == .milliseconds(40))
    #expect(due(&timers, .milliseconds(39)) == [])
    #expect(due(&timers, .milliseconds(40)) == [3])
    #expect(timers.nextDeadline() == nil)
  }

  @Test func `timers of the same deadline come in the order they were scheduled`() {
    var timers = Timers()
    for name in 0..<100 { _ = timers.schedule(at: .milliseconds(5), Target(name)) }
    #expect(due(&timers, .milliseconds(5)) == Array(0..<100))
  }

  @Test func `a cancelled timer does not come, and is no deadline`() {
    var timers = Timers()
    let first = timers.schedule(at: .milliseconds(1), Target(1))
    _ = timers.schedule(at: .milliseconds(2), Target(2))
    timers.cancel(first)
    timers.cancel(first)
    #expect(timers.nextDeadline() == .milliseconds(2))
    #expect(due(&timers, .milliseconds(9)) == [2])
  }

  @Test func `cancelling a timer that has fired does not touch the one that took its place`() {
    var timers = Timers()
    let first = timers.schedule(at: .milliseconds(1), Target(1))
    #expect(due(&timers, .milliseconds(1)) == [1])
    let second = timers.schedule(at: .milliseconds(2), Target(2))
    #expect(first.key.slot == second.key.slot)
    timers.cancel(first)
    #expect(due(&timers, .milliseconds(2)) == [2])
  }

  @Test func `a target is let go of when it fires or is cancelled`() {
    var timers = Timers()
    weak var fired: Target?
    weak var cancelled: Target?
    do {
      let targets = (Target(1), Target(2))
      (fired, cancelled) = targets
      _ = timers.schedule(at: .milliseconds(1), targets.0)
      timers.cancel(timers.schedule(at: .milliseconds(1), targets.1))
    }
    #expect(cancelled == nil)
    #expect(fired != nil)
    _ = timers.popDue(.milliseconds(1))
    #expect(fired == nil)
  }

  @Test func `behaves like a sorted list under any use`() {
    for seed in 0..<100 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      var timers = Timers()
      var model: [(deadline: Instant, name: Int, id: TimerID)] = []
      var now = Instant.milliseconds(0)
      var old: [TimerID] = []
      for name in 0..<300 {
        switch generator.int(0...9) {
        case 0...5:
          let deadline = now + .milliseconds(Int64(generator.int(0...50)))
          model.append((deadline, name, timers.schedule(at: deadline, Target(name))))
        case 6...7 where !model.isEmpty:
          let id = model.remove(at: generator.int(0...model.count - 1)).id
          timers.cancel(id)
          old.append(id)
        case 8 where !old.isEmpty: timers.cancel(old[generator.int(0...old.count - 1)])
        default:
          now = now + .milliseconds(Int64(generator.int(0...20)))
          let ready = model.filter { $0.deadline <= now }.sorted {
            ($0.deadline, $0.name) < ($1.deadline, $1.name)
          }
          #expect(due(&timers, now) == ready.map(\.name), "seed \(seed)")
          old += ready.map(\.id)
          model.removeAll { $0.deadline <= now }
        }
        #expect(timers.nextDeadline() == model.map(\.deadline).min(), "seed \(seed)")
      }
    }
  }
}
