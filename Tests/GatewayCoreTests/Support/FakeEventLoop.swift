import Testing

@testable import GatewayCore

/// An event loop without a thread: the test says when a turn runs and how time passes.
///
/// `@unchecked Sendable`: each test has its own and uses it from one thread.
final class FakeEventLoop: EventLoop, @unchecked Sendable {
  private(set) var now = Instant.seconds(1000)
  var wallClock = WallTime(nanoseconds: 1_700_000_000_000_000_000)
  private(set) var flushCount: UInt64 = 0
  /// Every socket that was opened, in order.
  private(set) var sockets: [FakeSocket] = []
  /// What the next attempts to connect fail with at once.
  var connectError: SystemError?

  private var timers = Timers()
  private var generator = SeededGenerator(seed: 0)
  private var jobs: [UnownedJob] = []
  private var posted: [@Sendable () -> Void] = []
  private var answering: [any TurnParticipant] = []
  private var flushing: [any TurnParticipant] = []

  // MARK: For the test

  /// Runs what is ready, in the order that `EventLoop` promises.
  func runTurn() {
    while true {
      let work = posted
      posted = []
      for item in work { item() }
      runJobs()
      if !answering.isEmpty {
        let ready = answering
        answering = []
        for participant in ready { participant.endOfTurn() }
      } else if !flushing.isEmpty {
        flushCount += 1
        let ready = flushing
        flushing = []
        for participant in ready { participant.endOfTurn() }
      } else if jobs.isEmpty, posted.isEmpty {
        return
      }
    }
  }

  /// Lets time pass; timers fire when they are due, each in a turn of its own.
  func advance(_ duration: Duration) {
    let end = now + duration
    while let deadline = timers.nextDeadline(), deadline <= end {
      now = max(now, deadline)
      if let target = timers.popDue(now) { target.timerFired() }
      runTurn()
    }
    now = end
    runTurn()
  }

  var hasTimers: Bool { timers.nextDeadline() != nil }

  private func runJobs() {
    while !jobs.isEmpty {
      let ready = jobs
      jobs = []
      for job in ready {
        job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
      }
    }
  }

  // MARK: EventLoop

  func countFlush() { flushCount += 1 }

  func random() -> UInt64 { generator.next() }

  func schedule(at deadline: Instant, _ target: any TimerTarget) -> TimerID {
    timers.schedule(at: deadline, target)
  }

  func cancel(_ timer: TimerID) { timers.cancel(timer) }

  func connect(
    to address: SocketAddress, handler: any SocketHandler
  ) throws(SystemError) -> any StreamSocket {
    if let connectError { throw connectError }
    let socket = FakeSocket(address, handler, loop: self)
    sockets.append(socket)
    return socket
  }

  func atEndOfTurn(_ phase: TurnPhase, _ participant: any TurnParticipant) {
    switch phase {
    case .answer: answering.append(participant)
    case .flush: flushing.append(participant)
    }
  }

  func post(_ work: @escaping @Sendable () -> Void) { posted.append(work) }

  func enqueue(_ job: consuming ExecutorJob) { jobs.append(UnownedJob(job)) }

  func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

  func asUnownedTaskExecutor() -> UnownedTaskExecutor { UnownedTaskExecutor(ordinary: self) }

  func isIsolatingCurrentContext() -> Bool? { true }

  func checkIsolated() {}
}
