import DequeModule
import GatewayCore

/// A process's event loop in virtual time. The process can be stopped and continued, and killed.
///
/// `@unchecked Sendable`: used by one test on one thread; code of the core under test runs within
/// `SimulatedTime.run`.
final class SimulatedLoop: EventLoop, @unchecked Sendable {
  private enum State {
    case running
    case stopped
    case dead
  }

  /// 2026-01-01T00:00:00Z: any will do.
  private static let epoch: UInt64 = 1_767_225_600_000_000_000

  let time: SimulatedTime
  private let network: SimulatedNetwork
  /// How wrong the process's wall clock is.
  private let clockError: Duration
  private var state = State.running
  private var timers = Timers()
  private var jobs: Deque<UnownedJob> = []
  private var answering: [any TurnParticipant] = []
  private var flushing: [any TurnParticipant] = []
  private var sockets: [SimulatedSocket] = []
  /// While it is stopped.
  private var posted: [@Sendable () -> Void] = []
  private(set) var flushCount: UInt64 = 0

  init(_ time: SimulatedTime, _ network: SimulatedNetwork, clockError: Duration = .zero) {
    self.time = time
    self.network = network
    self.clockError = clockError
    time.add(self)
  }

  // MARK: The process

  var isRunning: Bool {
    if case .running = state { return true }
    return false
  }

  /// What was ready stays ready until it is continued.
  func stop() {
    if isRunning { state = .stopped }
  }

  func resume() {
    guard case .stopped = state else { return }
    state = .running
    for socket in sockets { socket.notifySoon() }
    for work in posted { post(work) }
    posted = []
  }

  /// What it had given to the kernel still leaves; nothing of it runs any more.
  func kill() {
    state = .dead
    time.remove(self)
    for socket in sockets { socket.close() }
    sockets = []
  }

  // MARK: For the time it lives in

  func nextDeadline() -> Instant? { isRunning ? timers.nextDeadline() : nil }

  /// False when none is due.
  func fireNextTimer() -> Bool {
    guard isRunning, let target = timers.popDue(now) else { return false }
    target.timerFired()
    return true
  }

  /// The end of a turn, as the real loop has it. False when there was nothing to do.
  func settle() -> Bool {
    guard isRunning else { return false }
    var didWork = false
    while isRunning {
      while let job = jobs.popFirst() {
        didWork = true
        job.runSynchronously(
          isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
      }
      if !answering.isEmpty {
        for participant in Self.take(&answering) { participant.endOfTurn() }
      } else if !flushing.isEmpty {
        flushCount += 1
        for participant in Self.take(&flushing) { participant.endOfTurn() }
      } else if jobs.isEmpty {
        return didWork
      }
      didWork = true
    }
    return didWork
  }

  /// Empties the list first: a participant may ask for another call.
  private static func take(_ list: inout [any TurnParticipant]) -> [any TurnParticipant] {
    let participants = list
    list.removeAll(keepingCapacity: true)
    return participants
  }

  // MARK: EventLoop

  var now: Instant { time.now }

  var wallClock: WallTime {
    WallTime(nanoseconds: UInt64(Int64(Self.epoch) + now.nanoseconds + clockError.inNanoseconds))
  }

  func countFlush() { flushCount += 1 }

  func random() -> UInt64 { time.random() }

  func schedule(at deadline: Instant, _ target: any TimerTarget) -> TimerID {
    timers.schedule(at: deadline, target)
  }

  func cancel(_ timer: TimerID) { timers.cancel(timer) }

  func connect(
    to address: SocketAddress, handler: any SocketHandler
  ) throws(SystemError) -> any StreamSocket {
    let socket = network.connect(to: address, from: self, handler: handler)
    sockets.removeAll(where: \.isClosed)
    sockets.append(socket)
    return socket
  }

  func atEndOfTurn(_ phase: TurnPhase, _ participant: any TurnParticipant) {
    switch phase {
    case .answer: answering.append(participant)
    case .flush: flushing.append(participant)
    }
  }

  func post(_ work: @escaping @Sendable () -> Void) {
    guard isRunning else { return posted.append(work) }
    time.after(.zero) { [self] in
      if isRunning { work() } else { posted.append(work) }
    }
  }

  func enqueue(_ job: consuming ExecutorJob) { jobs.append(UnownedJob(job)) }

  func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

  func asUnownedTaskExecutor() -> UnownedTaskExecutor { UnownedTaskExecutor(ordinary: self) }

  func isIsolatingCurrentContext() -> Bool? { true }

  func checkIsolated() {}
}
