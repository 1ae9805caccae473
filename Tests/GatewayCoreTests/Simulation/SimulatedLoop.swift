import DequeModule
import GatewayCore
import HeapModule

/// An event loop in virtual time: everything that happens on it follows from its seed.
///
/// `@unchecked Sendable`: used by one test on one thread; code of the core under test runs within `run`.
final class SimulatedLoop: EventLoop, @unchecked Sendable {
  private struct Event: Comparable {
    let time: Instant
    let sequence: UInt64
    let action: () -> Void

    static func == (left: Event, right: Event) -> Bool { left.sequence == right.sequence }

    static func < (left: Event, right: Event) -> Bool {
      left.time == right.time ? left.sequence < right.sequence : left.time < right.time
    }
  }

  /// 2026-01-01T00:00:00Z: any will do.
  private static let epoch: UInt64 = 1_767_225_600_000_000_000

  private var generator: SeededGenerator
  private var timers = Timers()
  private var events = Heap<Event>()
  private var sequence: UInt64 = 0
  private var jobs: Deque<UnownedJob> = []
  private var answering: [any TurnParticipant] = []
  private var flushing: [any TurnParticipant] = []
  private let network: SimulatedNetwork

  private(set) var now = Instant(nanoseconds: 1_000_000_000)
  private(set) var flushCount: UInt64 = 0

  init(seed: UInt64, network: SimulatedNetwork) {
    generator = SeededGenerator(seed: seed)
    self.network = network
    network.loop = self
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

  private func nextTime() -> Instant? {
    let timer = timers.nextDeadline()
    guard let event = events.min?.time else { return timer }
    return timer.map { min($0, event) } ?? event
  }

  private func step() {
    if let event = events.min, event.time <= now {
      events.removeMin()
      return event.action()
    }
    timers.popDue(now)?.timerFired()
  }

  /// The end of a turn, as the real loop has it.
  private func settle() {
    while true {
      while let job = jobs.popFirst() {
        job.runSynchronously(
          isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
      }
      if !answering.isEmpty {
        for participant in Self.take(&answering) { participant.endOfTurn() }
      } else if !flushing.isEmpty {
        flushCount += 1
        for participant in Self.take(&flushing) { participant.endOfTurn() }
      } else if jobs.isEmpty {
        return
      }
    }
  }

  /// Empties the list first: a participant may ask for another call.
  private static func take(_ list: inout [any TurnParticipant]) -> [any TurnParticipant] {
    let participants = list
    list.removeAll(keepingCapacity: true)
    return participants
  }

  // MARK: For the simulation

  /// Calls `action` after `delay`.
  func after(_ delay: Duration, _ action: @escaping () -> Void) {
    sequence += 1
    events.insert(Event(time: now + delay, sequence: sequence, action: action))
  }

  func at(_ time: Instant, _ action: @escaping () -> Void) {
    sequence += 1
    events.insert(Event(time: time, sequence: sequence, action: action))
  }

  func random(below bound: Int) -> Int { Int(random() % UInt64(bound)) }

  func chance(_ probability: Double) -> Bool { Double(random() >> 11) / Double(1 << 53) < probability }

  // MARK: EventLoop

  var wallClock: WallTime { WallTime(nanoseconds: Self.epoch + UInt64(now.nanoseconds)) }

  func random() -> UInt64 { generator.next() }

  func schedule(at deadline: Instant, _ target: any TimerTarget) -> TimerID {
    timers.schedule(at: deadline, target)
  }

  func cancel(_ timer: TimerID) { timers.cancel(timer) }

  func connect(
    to address: SocketAddress, handler: any SocketHandler
  ) throws(SystemError) -> any StreamSocket {
    network.connect(to: address, handler: handler)
  }

  func atEndOfTurn(_ phase: TurnPhase, _ participant: any TurnParticipant) {
    switch phase {
    case .answer: answering.append(participant)
    case .flush: flushing.append(participant)
    }
  }

  func post(_ work: @escaping @Sendable () -> Void) { after(.zero, work) }

  func enqueue(_ job: consuming ExecutorJob) { jobs.append(UnownedJob(job)) }

  func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

  func asUnownedTaskExecutor() -> UnownedTaskExecutor { UnownedTaskExecutor(ordinary: self) }

  func isIsolatingCurrentContext() -> Bool? { true }

  func checkIsolated() {}
}
