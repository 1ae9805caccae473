import Logging
import Synchronization

/// A node of the pool, as all workers of a gateway share it.
public final class Node: Sendable {
  /// Never another node's while the gateway runs.
  public let index: Int
  public let name: String
  private let part: Mutex<(configuration: NodeConfiguration, membership: NodeStatus.Membership)>
  private let up = Atomic<Bool>(true)
  private let processes: Mutex<(known: NodeProcess?, found: NodeProcess?)>
  /// What it has to be rid of before it serves again.
  let missed: MissedWrites
  private let gone = Atomic<Bool>(false)
  private let moves = Atomic<Int>(0)
  private let draining = Atomic<Int>(0)
  /// Nothing was known of it when it came.
  private let isStranger: Bool
  /// On the monotonic clock in nanoseconds.
  private let trustedFrom = Atomic<Int64>(0)
  /// On the monotonic clock in nanoseconds; `notReturning` while it does not.
  private let returningSince = Atomic<Int64>(Node.notReturning)
  private static let notReturning = Int64.max
  /// On the monotonic clock in nanoseconds; `neverFell` while it has not.
  private let lastFall = Atomic<Int64>(Node.neverFell)
  private static let neverFell = Int64.min
  private let toldClock = Atomic<Bool>(false)
  private let eras = Atomic<UInt32>(1)
  private let itemSizeMaximum = Atomic<Int>(Node.defaultItemSize)
  let health: Mutex<NodeHealth>
  private let fallReason: Mutex<String?>
  let counters = NodeCounters()
  /// Of what it lacks since it was emptied.
  let restore = RestoreBoard()
  private let resolved: Mutex<SocketAddress?>

  /// memcached's default for `-I`, until the node has told its own.
  public static let defaultItemSize = 1024 * 1024

  /// What `-I` allows; a node that names anything else is not believed.
  static let itemSizes = 1024...1024 * 1024 * 1024

  /// A node that missed writes during an earlier run of the gateway begins as one that is down.
  init(
    index: Int, configuration: NodeConfiguration, missed: MissedWrites, now: Instant,
    downBecause reason: String = Node.missedWritesBefore
  ) {
    self.index = index
    name = configuration.name
    part = Mutex((configuration, .member))
    self.missed = missed
    isStranger = missed.process == nil && missed.formerPorts.isEmpty
    processes = Mutex((missed.process, nil))
    var health = NodeHealth(now: now)
    if !missed.isEmpty {
      _ = health.fell(now: now)
      up.store(false, ordering: .relaxed)
    }
    self.health = Mutex(health)
    fallReason = Mutex(missed.isEmpty ? nil : reason)
    resolved = Mutex(SocketAddress(numericHost: configuration.host, port: configuration.port))
  }

  /// Why a node begins as one that is down.
  static let arrives = "it has come into the pool, and is emptied before it serves"
  static let missedWritesBefore = "it missed writes during an earlier run of the gateway"

  /// It has come into the pool, has not fallen since, and was never in it before as far as its journal tells.
  var isArriving: Bool { isStranger && fallReason.withLock { $0 == Self.arrives } }

  public var configuration: NodeConfiguration { part.withLock { $0.configuration } }

  /// Its part in the pool.
  var membership: NodeStatus.Membership {
    get { part.withLock { $0.membership } }
    set { part.withLock { $0.membership = newValue } }
  }

  /// Its share of the keys; above zero.
  func setWeight(_ weight: Double) { part.withLock { $0.configuration.weight = weight } }

  /// It is to be found at another address from now on.
  ///
  /// What stands of connections to the former one is to be given up, see `NodeLink.dropIfMoved`.
  func move(host: String, port: UInt16) {
    part.withLock { part in
      part.configuration.host = host
      part.configuration.port = port
    }
    resolved.withLock { $0 = SocketAddress(numericHost: host, port: port) }
    moves.add(1, ordering: .acquiringAndReleasing)
  }

  /// Between two breaks of connections to it, which is as long as its process lasts, or shorter.
  var era: UInt64 { UInt64(index) << 32 | UInt64(eras.load(ordering: .acquiring)) }

  /// A connection broke that was made in `era`: its process may have ended with it. Of several such connections
  /// the first one counts.
  func endEra(_ era: UInt64) {
    let number = UInt32(truncatingIfNeeded: era)
    _ = eras.compareExchange(expected: number, desired: number &+ 1, ordering: .acquiringAndReleasing)
  }

  /// How often its address has changed.
  var moveCount: Int { moves.load(ordering: .acquiring) }

  /// Whether it takes reads and writes now.
  public var isUp: Bool { up.load(ordering: .relaxed) }

  /// nil until a host name has been resolved.
  var address: SocketAddress? { resolved.withLock { $0 } }

  func setAddress(_ address: SocketAddress) { resolved.withLock { $0 = address } }

  /// In the place of a node that is not known any more.
  static func gone(index: Int) -> Node {
    let logger = Logger(label: "gone") { _ in SwiftLogNoOpLogHandler() }
    let node = Node(
      index: index, configuration: NodeConfiguration(name: "", host: "", port: 0),
      missed: MissedWrites(node: "", journal: nil, logger: logger), now: Instant(nanoseconds: 0))
    node.leave()
    return node
  }

  /// It has left the pool for good.
  var isGone: Bool { gone.load(ordering: .acquiring) }

  func leave() {
    up.store(false, ordering: .relaxed)
    gone.store(true, ordering: .releasing)
  }

  func setUp(_ isUp: Bool) { up.store(isUp, ordering: .relaxed) }

  /// True when this changed the node's health.
  func fell(reason: String, now: Instant) -> Bool {
    health.withLock { health in
      guard health.fell(now: now) else { return false }
      fallReason.withLock { $0 = reason }
      lastFall.store(now.nanoseconds, ordering: .relaxed)
      counters.falls.add(1, ordering: .relaxed)
      return true
    }
  }

  /// When it was last found to be down; nil when it never was.
  var fellAt: Instant? {
    let fall = lastFall.load(ordering: .relaxed)
    return fall == Self.neverFell ? nil : Instant(nanoseconds: fall)
  }

  /// How long it was down; nil when this did not change its health.
  func returned(now: Instant, trustedFrom: Instant) -> Duration? {
    health.withLock { health in
      let away = health.time(now: now)
      guard health.probeSucceeded(now: now) else { return nil }
      self.trustedFrom.store(trustedFrom.nanoseconds, ordering: .relaxed)
      counters.returns.add(1, ordering: .relaxed)
      return away
    }
  }

  /// Its health and why it fell last, as of one moment.
  var healthAndReason: (NodeHealth, String?) { health.withLock { ($0, fallReason.withLock(\.self)) } }

  /// Connections over which commands from before it went down may still be carried out.
  var isDraining: Bool { draining.load(ordering: .acquiring) > 0 }

  func beginDraining() { draining.add(1, ordering: .acquiringAndReleasing) }

  func endDraining() { draining.subtract(1, ordering: .acquiringAndReleasing) }

  /// What it holds counts by itself. After an outage, other gateways may still have to rid it of what their
  /// clients wrote meanwhile: until `trustedFrom` its copies count beside those of other nodes only.
  func isTrusted(now: Instant) -> Bool { now.nanoseconds >= trustedFrom.load(ordering: .relaxed) }

  /// Zero once it is trusted.
  func timeUntilTrusted(now: Instant) -> Duration {
    max(.zero, Instant(nanoseconds: trustedFrom.load(ordering: .relaxed)) - now)
  }

  /// Answers again, but is not up yet: is being rid of what it missed.
  var isReturning: Bool { returningSince.load(ordering: .relaxed) != Self.notReturning }

  func beginReturning(now: Instant) { returningSince.store(now.nanoseconds, ordering: .relaxed) }

  func endReturning() { returningSince.store(Self.notReturning, ordering: .relaxed) }

  /// For how long it has been returning; nil when it is not.
  func timeReturning(now: Instant) -> Duration? {
    let since = returningSince.load(ordering: .relaxed)
    return since == Self.notReturning ? nil : now - Instant(nanoseconds: since)
  }

  /// It has answered a probe.
  var isProbed: Bool { processes.withLock { $0.found != nil } }

  /// The gateway's clock was set by what was left on the node. Before, versions that others wrote there can be
  /// further ahead than a `VersionStamp` tells.
  package var hasToldClock: Bool {
    get { toldClock.load(ordering: .relaxed) }
    set { toldClock.store(newValue, ordering: .relaxed) }
  }

  /// The process that served last, as far as it is known.
  var knownProcess: NodeProcess? { processes.withLock { $0.known } }

  /// Takes note of the process that a probe found.
  func learn(_ process: NodeProcess) { processes.withLock { $0.found = process } }

  /// The process found last is the one that serves.
  func acceptProcess() {
    let found = processes.withLock { processes in
      processes.known = processes.found
      return processes.found
    }
    if let found { missed.noteProcess(found) }
  }

  /// The process found last is another one than the one that served last.
  var isNewProcess: Bool {
    processes.withLock { processes in
      guard let known = processes.known, let found = processes.found else { return false }
      return !found.isSame(as: known)
    }
  }

  /// The largest item the node stores, key and overhead included, in bytes.
  var itemSizeLimit: Int {
    get { itemSizeMaximum.load(ordering: .relaxed) }
    set { itemSizeMaximum.store(newValue, ordering: .relaxed) }
  }
}

/// A node as the configuration names it.
public struct NodeConfiguration: Equatable, Sendable {
  public var name: String
  public var host: String
  public var port: UInt16
  public var weight: Double

  public init(name: String, host: String, port: UInt16, weight: Double = 1) {
    self.name = name
    self.host = host
    self.port = port
    self.weight = weight
  }
}

/// Tells a memcached process from the one that was there before (`stats`: pid, time, uptime).
struct NodeProcess: Equatable, Sendable {
  /// The process id; nil when the node did not tell it.
  let id: String?
  /// Seconds since 1970, by the node's clock.
  let startedAt: Int64

  init(id: String?, startedAt: Int64) {
    self.id = id
    self.startedAt = startedAt
  }

  init(_ statistics: [String: String]) {
    id = statistics["pid"]
    let time = statistics["time"].flatMap(Int64.init) ?? 0
    startedAt = time &- (statistics["uptime"].flatMap(Int64.init) ?? 0)
  }

  /// In doubt the same, which may hold old data. Time and uptime are rounded apart, so they differ by a second.
  func isSame(as other: NodeProcess) -> Bool {
    id == nil || id == other.id && (startedAt &- other.startedAt).magnitude <= 2
  }
}
