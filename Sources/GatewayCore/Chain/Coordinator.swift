import Logging

/// What the chain rules leave to the configuration.
public struct ChainSettings: Sendable {
  public enum ReadMode: String, Sendable, CaseIterable {
    /// All links of the placement at once.
    case parallel
    /// One link after the other.
    case sequential
  }

  public enum ValueFormat: String, Sendable, CaseIterable {
    case record
    /// Plain values without version, type or tombstones, for pools shared with other clients (rule C12).
    case raw
  }

  /// n: how many links hold a key.
  public var replicas = 2
  /// Acknowledgements that a write needs.
  public var writeQuorum = 1
  public var readMode = ReadMode.parallel
  /// How long a read waits for the other links after the first value.
  public var readGrace = Duration.milliseconds(5)
  public var valueFormat = ValueFormat.record
  public var failoverLifetime = Duration.seconds(600)
  public var tombstoneLifetime = Duration.seconds(600)
  public var connectTimeout = Duration.milliseconds(100)
  /// For one command to one node.
  public var operationTimeout = Duration.milliseconds(250)
  /// For everything that one request causes, except what is done after its answer.
  public var requestTimeout = Duration.seconds(1)
  var protections = Protections.all

  public init() {}
}

/// Coordinates one worker's requests over the nodes: the chain rules, as straight-line code.
///
/// An actor on its worker's event loop: everything here runs on one thread. The operations are in Reads and
/// Writes, health checks in Nodes/NodeProbe.swift.
public actor Coordinator {
  public nonisolated let loop: any EventLoop
  public nonisolated let pool: NodePool
  nonisolated let settings: ChainSettings
  nonisolated let clock: VersionClock
  let links: [NodeLink]
  /// For the commands of a read that begins with them.
  let directTimeout: Duration
  var reads: ReadsUnderWay
  private(set) lazy var graces = ReadGraces(loop: loop, on: self)
  var repairsUnderWay = 0
  var chunkCopiesUnderWay: Set<ChunkCopy> = []
  var bytesToRemove: UInt64 = 0
  var lockWatch = LockWatch()
  var leaseWaits = LeaseWaits()
  var refreshesSeen = RefreshesSeen()
  private(set) var isStopped = false
  private var watch: NodePool.Watch?
  private var leaseWatch: LeaseBoard.Watch?

  public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  public init(
    pool: NodePool, settings: ChainSettings, clock: VersionClock, loop: any EventLoop, logger: Logger
  ) {
    self.loop = loop
    self.pool = pool
    self.settings = settings
    self.clock = clock
    directTimeout = min(settings.operationTimeout, settings.requestTimeout)
    reads = ReadsUnderWay(seed: loop.random())
    links = pool.nodes.map {
      NodeLink($0, pool: pool, loop: loop, settings, logger: logger)
    }
  }

  /// Begins to probe the nodes for which `isOwner` holds: of a gateway's workers, one probes a node.
  public func start(probing isOwner: (Int) -> Bool) {
    watch = pool.watch { event in
      self.loop.post { self.assumeIsolated { $0.take(event) } }
    }
    leaseWatch = pool.leases.watch { key in
      self.loop.post { self.assumeIsolated { $0.leaseWaits.find(key)?.wake() } }
    }
    for link in links where isOwner(link.node.index) {
      Task.immediate(executorPreference: loop) { await keepProbing(link) }
    }
  }

  /// Ends probing and drops all connections; what is in flight fails, at the end of the loop's turn: until
  /// then somebody must hold this.
  public func stop() {
    isStopped = true
    if let watch { pool.endWatch(watch) }
    if let leaseWatch { pool.leases.endWatch(leaseWatch) }
    for link in links { link.close() }
  }

  private func take(_ event: NodeEvent) {
    switch event {
    case .down(let node): if !pool.nodes[node].isUp { links[node].nodeWentDown() }
    case .drainingGivenUp(let node): links[node].giveUpDraining()
    }
  }

  // MARK: For the operations

  func chain(for key: Key) -> PlacementWalk {
    PlacementWalk(chain: pool.order.scores(key.hash), replicas: settings.replicas)
  }

  func isUp(_ node: Int) -> Bool { pool.nodes[node].isUp }

  /// Up, and not known to have missed the key's latest write.
  func isReadable(_ node: Int, _ key: Key) -> Bool {
    let node = pool.nodes[node]
    return node.isUp && !node.missed.holds(key.wireKey)
  }

  func name(_ link: Link) -> String { pool.nodes[link.node].name }

  func link(to node: Int) -> NodeLink { links[node] }

  /// When a command sent now must have been answered.
  func operationDeadline(within request: Instant) -> Instant {
    min(loop.now + settings.operationTimeout, request)
  }

  func send(_ command: MetaCommand, to link: Link, of fanOut: FanOut, slot: Int, deadline: Instant) {
    send(command, over: links[link.node], to: fanOut, slot: slot, deadline: deadline)
  }

  func send(_ command: MetaCommand, over link: NodeLink, to fanOut: FanOut, slot: Int, deadline: Instant) {
    if !link.send(command, deadline: deadline, to: fanOut, slot: slot) {
      fanOut.receive(.failure(.unreachable), slot: slot)
    }
  }

  /// Whether the node's own word is enough (rule C10).
  func isTrusted(_ node: Int) -> Bool { pool.nodes[node].isTrusted(now: loop.now) }

  /// The lifetime of a copy on `link`: failover copies must not outlive the outage by much (rule C3).
  func copyLifetime(_ lifetime: Lifetime, on link: Link) -> Lifetime {
    link.isNatural ? lifetime : min(lifetime, Lifetime(settings.failoverLifetime))
  }
}
