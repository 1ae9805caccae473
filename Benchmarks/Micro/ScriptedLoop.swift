import GatewayCore

/// An event loop without a thread, in whose world every node answers at once, and as the script says. It does as
/// little as it can, since what it costs is part of what is measured on it; the tests' simulated network, with its
/// delays, losses and nodes that keep items, costs many times what it carries.
///
/// `@unchecked Sendable`: used by one thread.
final class ScriptedLoop: EventLoop, @unchecked Sendable {
  private(set) var now = Instant(nanoseconds: 1_000_000_000)
  private(set) var flushCount: UInt64 = 0
  private let script: Script
  private var timers = Timers()
  private var jobs: [UnownedJob] = []
  /// The next of `jobs` to run.
  private var next = 0
  private var answering: [any TurnParticipant] = []
  private var flushing: [any TurnParticipant] = []
  private var sockets: [ScriptedSocket] = []

  init(_ script: Script) {
    self.script = script
  }

  /// Runs `body` within a job of this loop, as the real loop runs its turns.
  func run(_ body: @escaping @Sendable () -> Void) {
    _ = Task(executorPreference: self) { body() }
    runTurn()
  }

  /// Runs what is ready, in the order that `EventLoop` promises, until nothing is left.
  func runTurn() {
    while true {
      runJobs()
      if !answering.isEmpty {
        for participant in Self.take(&answering) { participant.endOfTurn() }
      } else if !flushing.isEmpty {
        flushCount &+= 1
        for participant in Self.take(&flushing) { participant.endOfTurn() }
      } else if !deliver(), jobs.isEmpty {
        return
      }
    }
  }

  /// Lets time pass without anything happening in it.
  func skip(_ duration: Duration) { now = now + duration }

  private func runJobs() {
    // A job may run a turn itself: that goes on with the jobs behind it.
    while next < jobs.count {
      next += 1
      jobs[next - 1].runSynchronously(
        isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
    }
    jobs.removeAll(keepingCapacity: true)
    next = 0
  }

  /// False when no node has answered anything.
  private func deliver() -> Bool {
    var hadSomething = false
    for socket in sockets where socket.notify() { hadSomething = true }
    return hadSomething
  }

  private static func take(_ list: inout [any TurnParticipant]) -> [any TurnParticipant] {
    let participants = list
    list.removeAll(keepingCapacity: true)
    return participants
  }

  // MARK: EventLoop

  var wallClock: WallTime { WallTime(nanoseconds: 1_700_000_000_000_000_000 &+ UInt64(now.nanoseconds)) }

  func countFlush() { flushCount += 1 }

  func random() -> UInt64 { 4 }

  func schedule(at deadline: Instant, _ target: any TimerTarget) -> TimerID {
    timers.schedule(at: deadline, target)
  }

  func cancel(_ timer: TimerID) { timers.cancel(timer) }

  func connect(
    to address: SocketAddress, handler: any SocketHandler
  ) throws(SystemError) -> any StreamSocket {
    let socket = ScriptedSocket(script, handler)
    sockets.append(socket)
    return socket
  }

  func atEndOfTurn(_ phase: TurnPhase, _ participant: any TurnParticipant) {
    switch phase {
    case .answer: answering.append(participant)
    case .flush: flushing.append(participant)
    }
  }

  func post(_ work: @escaping @Sendable () -> Void) { work() }

  func enqueue(_ job: consuming ExecutorJob) { jobs.append(UnownedJob(job)) }

  func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

  func asUnownedTaskExecutor() -> UnownedTaskExecutor { UnownedTaskExecutor(ordinary: self) }

  func isIsolatingCurrentContext() -> Bool? { true }

  func checkIsolated() {}
}
