import CLinux
import Glibc
import Synchronization

/// The real event loop: one thread, one epoll instance.
///
/// `@unchecked Sendable`: everything but `jobs`' outside part, `wakeup` and `stopping` is touched on the
/// loop's thread only, which is what makes it an executor.
public final class EpollEventLoop: EventLoop, @unchecked Sendable {
  private var epoll: Epoll
  private var timers = Timers()
  private var generator = SystemRandomNumberGenerator()
  private let jobs = JobQueue()
  private let wakeup: Wakeup
  private let thread = Atomic<UInt>(0)
  private let stopping = Atomic<Bool>(false)
  private var answering: [any TurnParticipant] = []
  private var flushing: [any TurnParticipant] = []

  public private(set) var now: Instant
  public private(set) var flushCount: UInt64 = 0

  public init() throws(SystemError) {
    epoll = try Epoll()
    wakeup = try Wakeup()
    now = Self.monotonicTime()
    _ = try epoll.add(wakeup.descriptor, for: .readable, wakeup)
  }

  /// Makes the calling thread the loop's thread until `stop` is called.
  public func run() {
    thread.store(Self.currentThread(), ordering: .releasing)
    // All turns run within one job of this executor, so that the runtime knows where callbacks from sockets
    // and timers run: a task that one of them starts begins at once instead of being queued first.
    Task(executorPreference: self) { self.runTurns() }
    while !stopping.load(ordering: .acquiring) {
      jobs.collectRemote()
      jobs.runAll(on: asUnownedSerialExecutor(), asUnownedTaskExecutor())
    }
  }

  private func runTurns() {
    now = Self.monotonicTime()
    // What was handed in before the loop ran found no thread to wake.
    jobs.collectRemote()
    finishTurn()
    while !stopping.load(ordering: .acquiring) { runTurn() }
  }

  /// Makes `run` return after the turn that is under way. From any thread.
  public func stop() {
    stopping.store(true, ordering: .releasing)
    wakeup.signal()
  }

  private func runTurn() {
    let count = epoll.wait(milliseconds: waitTime())
    now = Self.monotonicTime()
    for index in 0..<count {
      guard let (handler, readiness) = epoll.event(index) else { continue }
      handler.socketReady(readiness)
    }
    while let target = timers.popDue(now) { target.timerFired() }
    if wakeup.takeSignal() { jobs.collectRemote() }
    finishTurn()
  }

  /// Runs what became ready until nothing is left: jobs first, then answers, then the nodes' commands.
  private func finishTurn() {
    while true {
      jobs.runAll(on: asUnownedSerialExecutor(), asUnownedTaskExecutor())
      if !answering.isEmpty {
        for participant in Self.take(&answering) { participant.endOfTurn() }
      } else if !flushing.isEmpty {
        flushCount &+= 1
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

  public func countFlush() { flushCount &+= 1 }

  /// Milliseconds to the next timer, rounded up so that the loop does not wake just before it.
  private func waitTime() -> CInt {
    guard let deadline = timers.nextDeadline() else { return -1 }
    let nanoseconds = deadline.nanoseconds - Self.monotonicTime().nanoseconds
    if nanoseconds <= 0 { return 0 }
    return CInt(clamping: (nanoseconds + 999_999) / 1_000_000)
  }

  // MARK: Time, randomness, timers

  public var wallClock: WallTime {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return WallTime(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
  }

  public func random() -> UInt64 { generator.next() }

  public func schedule(at deadline: Instant, _ target: any TimerTarget) -> TimerID {
    timers.schedule(at: deadline, target)
  }

  public func cancel(_ timer: TimerID) { timers.cancel(timer) }

  private static func monotonicTime() -> Instant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  // MARK: Sockets

  public func connect(
    to address: SocketAddress, handler: any SocketHandler
  ) throws(SystemError) -> any StreamSocket {
    try TCPSocket(connectingTo: address, on: self, handler: handler)
  }

  /// Watches a descriptor that belongs to somebody else, such as an HTTP daemon's own epoll instance.
  public func watch(_ descriptor: CInt, _ handler: any SocketHandler) throws(SystemError) {
    _ = try register(descriptor, for: .readable, handler)
  }

  func register(
    _ descriptor: CInt, for readiness: Readiness, _ handler: any SocketHandler
  ) throws(SystemError) -> Registration {
    try epoll.add(descriptor, for: readiness, handler)
  }

  func modify(_ descriptor: CInt, _ registration: Registration, _ readiness: Readiness) {
    epoll.modify(descriptor, registration, readiness)
  }

  func deregister(_ descriptor: CInt, _ registration: Registration) {
    epoll.remove(descriptor, registration)
  }

  // MARK: End of turn

  public func atEndOfTurn(_ phase: TurnPhase, _ participant: any TurnParticipant) {
    switch phase {
    case .answer: answering.append(participant)
    case .flush: flushing.append(participant)
    }
  }

  // MARK: Executor

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isOnThread {
      jobs.appendLocal(job)
    } else if jobs.appendRemote(job) {
      wakeup.signal()
    }
  }

  public func post(_ work: @escaping @Sendable () -> Void) {
    if jobs.appendRemote(work) { wakeup.signal() }
  }

  public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    UnownedSerialExecutor(ordinary: self)
  }

  public func asUnownedTaskExecutor() -> UnownedTaskExecutor {
    UnownedTaskExecutor(ordinary: self)
  }

  public func isIsolatingCurrentContext() -> Bool? { isOnThread }

  public func checkIsolated() {
    precondition(isOnThread, "called from a thread that is not the event loop's")
  }

  private var isOnThread: Bool { thread.load(ordering: .relaxed) == Self.currentThread() }

  private static func currentThread() -> UInt { UInt(pthread_self()) }
}

/// Wakes a loop from another thread: the only thing that crosses threads besides the queue it announces.
private final class Wakeup: SocketHandler, Sendable {
  let descriptor: CInt
  private let signalled = Atomic<Bool>(false)

  init() throws(SystemError) {
    let flags = CInt(EFD_CLOEXEC) | CInt(EFD_NONBLOCK)
    descriptor = try SystemCall.check("eventfd") { eventfd(0, flags) }
  }

  deinit { close(descriptor) }

  func signal() {
    var one: UInt64 = 1
    _ = SystemCall.transfer("write") { write(descriptor, &one, MemoryLayout<UInt64>.size) }
  }

  func socketReady(_ readiness: Readiness) {
    var count: UInt64 = 0
    _ = SystemCall.transfer("read") { read(descriptor, &count, MemoryLayout<UInt64>.size) }
    signalled.store(true, ordering: .relaxed)
  }

  /// Whether there was a signal since the last call.
  func takeSignal() -> Bool { signalled.exchange(false, ordering: .relaxed) }
}
