import Synchronization

/// A node of the pool, as all workers of a gateway share it.
public final class Node: Sendable {
  public let index: Int
  public let configuration: NodeConfiguration
  private let up = Atomic<Bool>(true)
  private let processes = Mutex<(known: NodeProcess?, found: NodeProcess?)>((nil, nil))
  /// What it has to be rid of before it serves again.
  let missed = MissedWrites()
  private let draining = Atomic<Int>(0)
  private let itemSizeMaximum = Atomic<Int>(Node.defaultItemSize)
  let health: Mutex<NodeHealth>
  private let resolved: Mutex<SocketAddress?>

  /// memcached's default for `-I`, until the node has told its own.
  public static let defaultItemSize = 1024 * 1024

  /// What `-I` allows; a node that names anything else is not believed.
  static let itemSizes = 1024...1024 * 1024 * 1024

  init(index: Int, configuration: NodeConfiguration, now: Instant) {
    self.index = index
    self.configuration = configuration
    health = Mutex(NodeHealth(now: now))
    resolved = Mutex(SocketAddress(numericHost: configuration.host, port: configuration.port))
  }

  public var name: String { configuration.name }

  /// Whether it takes reads and writes now.
  public var isUp: Bool { up.load(ordering: .relaxed) }

  /// nil until a host name has been resolved.
  var address: SocketAddress? { resolved.withLock { $0 } }

  func setAddress(_ address: SocketAddress) { resolved.withLock { $0 = address } }

  func setUp(_ isUp: Bool) { up.store(isUp, ordering: .relaxed) }

  /// Connections over which commands from before it went down may still be carried out.
  var isDraining: Bool { draining.load(ordering: .acquiring) > 0 }

  func beginDraining() { draining.add(1, ordering: .acquiringAndReleasing) }

  func endDraining() { draining.subtract(1, ordering: .acquiringAndReleasing) }

  /// It has answered a probe.
  var isProbed: Bool { processes.withLock { $0.found != nil } }

  /// Takes note of the process that a probe found. While the node is up, it is the one that serves.
  func learn(_ process: NodeProcess) {
    processes.withLock { processes in
      processes.found = process
      if isUp { processes.known = process }
    }
  }

  /// The process found last is another one than the one that served last.
  var isNewProcess: Bool {
    processes.withLock { processes in
      guard let known = processes.known, let found = processes.found else { return false }
      return !found.isSame(as: known)
    }
  }

  /// Notes a write that the node did not acknowledge; false when it is up.
  func noteMissed(_ key: WireKey) -> Bool { missed.note(key, unless: { isUp }) }

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
