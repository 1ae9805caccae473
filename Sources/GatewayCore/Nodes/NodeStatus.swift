/// What there is to know about a node at one moment, for people and for monitoring.
public struct NodeStatus: Equatable, Sendable {
  public enum State: String, Sendable {
    case up
    case down
    /// Answers again, but is still being rid of what it missed.
    case returning
  }

  /// Its part in the pool.
  public enum Membership: String, Sendable {
    case member
    /// Takes no new keys; those it has are moved to other nodes.
    case draining
    /// Holds nothing any more: it can be removed without loss.
    case drained
    /// Is being drained, and will be forgotten then.
    case leaving
  }

  public struct Counts: Equatable, Sendable {
    public var falls = 0
    public var returns = 0
    public var flushes = 0
    public var missedWritesNoted = 0
    public var oldCopiesRemoved = 0
    /// Copies brought to it because it had been emptied, and their bytes.
    public var keysRestored = 0
    public var bytesRestored = 0
    public var failoverCopiesRemoved = 0

    public init() {}
  }

  public let name: String
  public let address: Endpoint
  public let weight: Double
  public var state = State.up
  public var membership = Membership.member
  public var timeInState = Duration.zero
  /// While it is up after an outage: until what it holds counts by itself, and not only beside the copies of
  /// other nodes. Zero once it does; nil for a node that is not up.
  public var timeUntilTrusted: Duration? = .zero
  /// nil when it never fell.
  public var lastFallReason: String?
  /// How often in a row it fell soon after it had come back.
  public var flaps = 0
  /// Keys whose latest write it has to be rid of older copies for.
  public var missedWrites = 0
  /// It missed more writes than are noted, and is emptied before it serves again.
  public var flushOnReturn = false
  /// Of the process that served last, as the node told it.
  public var processID: Int?
  /// Of what it lacks; nil when it was never found empty.
  public var restore: TransferStatus?
  /// Since the gateway's start.
  public var counts = Counts()

  public init(name: String, address: Endpoint, weight: Double = 1) {
    self.name = name
    self.address = address
    self.weight = weight
  }

  /// What it holds counts by itself.
  public var isTrusted: Bool { timeUntilTrusted == .zero }
}

extension Node {
  public func status(now: Instant) -> NodeStatus {
    let configuration = configuration
    let address = Endpoint(host: configuration.host, port: configuration.port)
    var status = NodeStatus(name: name, address: address, weight: configuration.weight)
    status.membership = membership
    let (health, reason) = healthAndReason
    status.timeInState = health.time(now: now)
    status.lastFallReason = reason
    status.flaps = health.flaps
    if health.isUp {
      status.timeUntilTrusted = timeUntilTrusted(now: now)
    } else {
      status.state = .down
      status.timeUntilTrusted = nil
      if let time = timeReturning(now: now) { (status.state, status.timeInState) = (.returning, time) }
    }
    status.missedWrites = missed.count
    status.flushOnReturn = missed.hasOverflowed
    status.processID = knownProcess?.id.flatMap { Int($0) }
    status.restore = restore.status(now: now)
    status.counts = counts
    return status
  }

  private var counts: NodeStatus.Counts {
    var counts = NodeStatus.Counts()
    counts.falls = counters.falls.load(ordering: .relaxed)
    counts.returns = counters.returns.load(ordering: .relaxed)
    counts.flushes = counters.flushes.load(ordering: .relaxed)
    counts.oldCopiesRemoved = counters.oldCopiesRemoved.load(ordering: .relaxed)
    counts.missedWritesNoted = missed.notedCount
    counts.keysRestored = counters.keysRestored.load(ordering: .relaxed)
    counts.bytesRestored = counters.bytesRestored.load(ordering: .relaxed)
    counts.failoverCopiesRemoved = counters.failoverCopiesRemoved.load(ordering: .relaxed)
    return counts
  }
}
