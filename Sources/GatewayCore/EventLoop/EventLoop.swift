/// Everything the core sees of the outside: time, randomness, timers and the network.
///
/// A loop runs on one thread and is the executor of the actor that lives on it (`Coordinator`), so code on
/// that actor never leaves the thread and needs no locks. Its tasks are started with the loop as preferred
/// executor, too: a resumed continuation has no actor, and would come back by way of the global executor.
/// All members but `post` and `enqueue` may be used
/// from that thread only. `EpollEventLoop` is the real one; the tests put a simulated one in its place, so
/// nothing in the core may use `Task.sleep`, the global executor, a clock or a random source directly.
public protocol EventLoop: SerialExecutor, TaskExecutor {
  /// The monotonic time at which this turn began.
  var now: Instant { get }

  /// The calendar time of this very moment.
  var wallClock: WallTime { get }

  /// How often commands have left, in the flush phase or before: one queued while this count stands has not left yet.
  var flushCount: UInt64 { get }

  /// To be called by who sends commands before the flush phase.
  func countFlush()

  /// 64 uniformly distributed bits.
  func random() -> UInt64

  /// Calls `target` once, at `deadline` or in the first turn after it.
  func schedule(at deadline: Instant, _ target: any TimerTarget) -> TimerID

  /// Does nothing when the timer has fired already.
  func cancel(_ timer: TimerID)

  /// Begins to connect; `handler` hears of the outcome as readiness to write.
  func connect(to address: SocketAddress, handler: any SocketHandler) throws(SystemError) -> any StreamSocket

  /// Calls `participant` once, at the end of this turn: after everything that is ready has run and before
  /// the next wait. Work of one kind gathers in between and is done in one go.
  func atEndOfTurn(_ phase: TurnPhase, _ participant: any TurnParticipant)

  /// Runs `work` on the loop's thread, soon. From any thread.
  func post(_ work: @escaping @Sendable () -> Void)
}

/// What happens at the end of a turn, in this order: answers go out and new requests come in; then the
/// commands to nodes, which these may have added to, are sent.
public enum TurnPhase: Sendable {
  case answer
  case flush
}

public protocol TurnParticipant: AnyObject {
  func endOfTurn()
}

public protocol TimerTarget: AnyObject {
  func timerFired()
}

/// What a socket became ready for.
public struct Readiness: OptionSet, Sendable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let readable = Readiness(rawValue: 1)
  public static let writable = Readiness(rawValue: 2)
}

public protocol SocketHandler: AnyObject {
  func socketReady(_ readiness: Readiness)
}

/// A non-blocking stream of bytes that belongs to a loop. Its handler hears of readiness to read for as
/// long as there is something to read, and of readiness to write for as long as it asks to.
public protocol StreamSocket: AnyObject {
  func receive(into buffer: UnsafeMutableRawBufferPointer) -> IOResult

  /// Fills `buffer`, then what lies behind.
  func receive(
    into buffer: UnsafeMutableRawBufferPointer, behind: UnsafeMutableRawBufferPointer
  ) -> IOResult

  /// Sends the pieces in order; a count below their sum means that the socket is full.
  func send(_ pieces: [UnsafeRawBufferPointer]) -> IOResult

  /// Whether the handler wants to hear of readiness to write.
  func setWantsToWrite(_ wanted: Bool)

  /// Whether the handler wants to hear of readiness to read; it does at first. What the other end sends meanwhile
  /// fills the sockets' buffers. A connection that breaks is heard of all the same.
  func setWantsToRead(_ wanted: Bool)

  /// Of a connection that stands; 0 when the system does not tell.
  var localPort: UInt16 { get }

  /// The outcome of `connect`: nil when the connection stands.
  func connectionError() -> SystemError?

  /// No event is delivered after this. What was sent will arrive.
  func close()

  /// The same, but what the other end has not received yet never will, as far as that is in this host's hands.
  func abort()
}

extension StreamSocket {
  public func receive(
    into buffer: UnsafeMutableRawBufferPointer, behind: UnsafeMutableRawBufferPointer
  ) -> IOResult { receive(into: buffer) }
}

extension EventLoop {
  /// Suspends the calling task. The loop's own thread goes on.
  public func sleep(_ duration: Duration) async {
    await withUnsafeContinuation { continuation in
      _ = schedule(at: now + duration, ContinuationTimer(continuation))
    }
  }

  /// A duration drawn evenly from `shortest` to `longest`.
  public func jitter(_ shortest: Duration, _ longest: Duration) -> Duration {
    let fraction = Double(random() >> 11) / Double(1 << 53)
    return shortest + (longest - shortest) * fraction
  }
}

private final class ContinuationTimer: TimerTarget {
  private let continuation: UnsafeContinuation<Void, Never>

  init(_ continuation: UnsafeContinuation<Void, Never>) {
    self.continuation = continuation
  }

  func timerFired() { continuation.resume() }
}
