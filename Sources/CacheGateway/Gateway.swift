import GatewayCore
import Glibc
import Logging

/// The whole gateway: its node pool, its listeners, and a worker for each core.
final class Gateway {
  /// Descriptors that are not for clients, beside each worker's and the mover's connections to the nodes and epoll instances,
  /// and the nodes' journals.
  private static let reservedDescriptors = 128
  /// How long requests under way may take to finish when the gateway is told to stop.
  static let drainLimit = Duration.seconds(10)

  private let configuration: Configuration
  /// Locked for as long as the gateway lives.
  private let state: StateDirectory
  private let pool: NodePool
  private let workers: [Worker]
  private let mover: Mover
  private let reloads = ReloadQueue()
  private let logger: Logger
  private let port: UInt16
  private let adminPort: UInt16

  /// Opens the listeners. `localNodes` serve when the configuration names no nodes.
  init(
    _ configuration: Configuration, localNodes: [NodeConfiguration], state: StateDirectory, logger: Logger
  ) throws {
    self.configuration = configuration
    self.state = state
    self.logger = logger
    let count = configuration.workers ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    let listeners = try Listener.open(configuration.listen, count: count)
    let admin = try Listener.open(configuration.adminListen, count: 1)
    port = listeners[0].port
    adminPort = admin[0].port
    let loops = try listeners.map { _ in try EpollEventLoop() }
    let nodes = configuration.nodes.isEmpty ? localNodes : configuration.nodes
    let pool = try NodePool(
      nodes, replicas: configuration.chain.replicas, failoverLifetime: configuration.chain.failoverLifetime,
      state: state, now: loops[0].now,
      logger: logger)
    self.pool = pool
    let clock = VersionClock(writer: UInt32(truncatingIfNeeded: loops[0].random()))
    let connections = Self.connectionsPerWorker(count, nodes: nodes.count)
    workers = try listeners.indices.map { index in
      try Worker(
        index: index, of: count, configuration, pool: pool, clock: clock, loop: loops[index],
        listener: listeners[index], adminListener: index == 0 ? admin[0] : nil, connections: connections,
        logger: logger)
    }
    mover = Mover(
      configuration, pool: pool, clock: clock, loop: try EpollEventLoop(), spoolDirectory: state.path,
      logger: logger)
  }

  var address: Endpoint { Endpoint(host: configuration.listen.host, port: port) }

  var adminAddress: Endpoint { Endpoint(host: configuration.adminListen.host, port: adminPort) }

  /// Starts the workers and waits until every node was reached or found to be down.
  func start() throws {
    try mover.start()
    for worker in workers { try worker.start() }
    let patience = configuration.chain.connectTimeout + configuration.chain.operationTimeout
    for _ in 0..<(patience.inNanoseconds / 1_000_000) {
      if pool.isSettled { return }
      usleep(1000)
    }
  }

  /// Takes on what can change while it serves: the nodes, and how many of them hold a key. The rest is logged.
  func apply(_ wanted: Configuration) {
    var restart = ConfigurationDifference.options(configuration, wanted)
    if wanted.nodes.isEmpty != configuration.nodes.isEmpty { restart.append("nodes") }
    if !restart.isEmpty {
      logger.warning(
        "options that changed need a restart", metadata: ["options": "\(restart.joined(separator: " "))"])
    }
    guard !restart.contains("nodes"), !wanted.nodes.isEmpty else { return }
    change(to: wanted)
  }

  private func change(to wanted: Configuration) {
    guard reloads.add(wanted) else { return }
    let (pool, logger, reloads) = (pool, logger, reloads)
    let writeQuorum = configuration.chain.writeQuorum
    workers[0].perform { coordinator in
      while let wanted = reloads.next() {
        // More copies than there are to be would have to acknowledge writes until the restart.
        let replicas = max(wanted.chain.replicas, writeQuorum)
        let change = PoolChange(
          from: pool.nodes.map { $0.status(now: coordinator.loop.now) }, to: wanted.nodes,
          replicas: pool.layout.current.replicas, wantedReplicas: replicas)
        do throws(PoolChangeError) {
          try await coordinator.change(change)
          logger.notice("the configuration is reloaded")
        } catch {
          logger.error("the pool is not changed as the configuration says", metadata: ["reason": "\(error)"])
        }
      }
    }
  }

  /// Finishes the requests under way, but no new ones, and ends the workers.
  func drainAndStop() {
    mover.stop()
    for worker in workers { worker.beginToStop() }
    for worker in workers { worker.join() }
  }

  /// As many client connections as the descriptor limit, raised as far as it goes, leaves for them.
  private static func connectionsPerWorker(_ workers: Int, nodes: Int) -> UInt32 {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    getrlimit(resource, &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(resource, &limit)
    getrlimit(resource, &limit)
    let reserved = reservedDescriptors + nodes + (workers + 1) * (2 * nodes + 4)
    let available = Int(clamping: min(limit.rlim_cur, 1 << 20)) - reserved
    return UInt32(max(16, available / workers))
  }
}
