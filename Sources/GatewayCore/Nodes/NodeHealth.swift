/// Whether a node is up, and how patiently to ask again when it is not (rule C9). A pure value: time and
/// jitter are arguments.
///
/// Up turns to down on one refused connection, on three failures in a row, or on bytes that are no reply.
/// Down turns to up when a probe succeeds. The pause between probes doubles up to a limit; a node that fell
/// again soon after it had come back starts with a longer one.
public struct NodeHealth: Sendable {
  public enum State: Equatable, Sendable {
    case up(since: Instant)
    case down(since: Instant)
  }

  /// Failures in a row that make a node down.
  public static let mostFailures = 3
  public static let shortestPause = Duration.milliseconds(100)
  public static let longestPause = Duration.seconds(5)
  /// Up for less than this, a node that falls is flapping.
  public static let steady = Duration.seconds(30)
  /// 2^6 times the shortest pause is above the longest one.
  private static let mostDoublings = 6

  public private(set) var state: State
  /// How often it fell soon after it had come back.
  public private(set) var flaps = 0
  private var failedProbes = 0
  private var hasReturned = false

  /// A node counts as up until it is found to be down.
  public init(now: Instant) {
    state = .up(since: now)
  }

  public var isUp: Bool {
    if case .up = state { return true }
    return false
  }

  /// How long it has been in its state.
  public func time(now: Instant) -> Duration {
    switch state {
    case .up(let since), .down(let since): now - since
    }
  }

  /// True when this changed the state.
  public mutating func fell(now: Instant) -> Bool {
    guard case .up(let since) = state else { return false }
    flaps = hasReturned && now - since < Self.steady ? min(flaps + 1, Self.mostDoublings) : 0
    failedProbes = 0
    state = .down(since: now)
    return true
  }

  public mutating func probeFailed() {
    failedProbes = min(failedProbes + 1, Self.mostDoublings)
  }

  /// True when this changed the state.
  public mutating func probeSucceeded(now: Instant) -> Bool {
    guard case .down = state else { return false }
    failedProbes = 0
    hasReturned = true
    state = .up(since: now)
    return true
  }

  /// The pause before the next probe of a node that is down; `jitter` from 0 to 1 takes away up to half.
  public func pause(jitter: Double) -> Duration {
    let doublings = min(failedProbes + flaps, Self.mostDoublings)
    let pause = min(Self.shortestPause * (1 << doublings), Self.longestPause)
    return pause * (1 - jitter / 2)
  }
}
