import Synchronization

/// A node of the pool, as all workers of a gateway share it.
public final class Node: Sendable {
  public let index: Int
  public let configuration: NodeConfiguration
  private let up = Atomic<Bool>(true)
  private let probed = Atomic<Bool>(false)
  private let draining = Atomic<Int>(0)
  private let itemSizeMaximum = Atomic<Int>(Node.defaultItemSize)
  let health: Mutex<NodeHealth>
  private let resolved: Mutex<SocketAddress?>

  /// memcached's default for `-I`, until the node has told its own.
  public static let defaultItemSize = 1024 * 1024

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
  var isProbed: Bool { probed.load(ordering: .relaxed) }

  func setProbed() { probed.store(true, ordering: .relaxed) }

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
