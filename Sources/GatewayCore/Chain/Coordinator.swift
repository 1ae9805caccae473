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
  /// Within this time all gateways before the same nodes hear of a change of the pool.
  public var poolChangeGrace = Duration.seconds(30)
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
  /// By the nodes' indices; those of nodes that have left are closed.
  private(set) var links: [NodeLink] = []
  /// As far as this worker has heard.
  private(set) var layout: Layout
  /// How many links a read asks at once that needs no more care; 0 where all do.
  private(set) var directLinks = 0
  /// A write may store before it has asked.
  private(set) var writesDirectly = false
  /// For the commands of a read that begins with them.
  let directTimeout: Duration
  var reads: ReadsUnderWay
  private(set) lazy var graces = ReadGraces(loop: loop, on: self)
  var repairsUnderWay = 0
  var chunkCopiesUnderWay: Set<ChunkCopy> = []
  var bytesToRemove: UInt64 = 0
  /// That values, and tombstones, are written to.
  var unknownKeys = (values: UnknownKeys(), tombstones: UnknownKeys())
  var lockWatch = LockWatch()
  var leaseWaits = LeaseWaits()
  var refreshesSeen = RefreshesSeen()
  private(set) var isStopped = false
  private let logger: Logger
  private var isProber: (Int) -> Bool = { _ in false }
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
    self.logger = logger
    layout = pool.layout
    links = layout.nodes.map { NodeLink($0, pool: pool, loop: loop, settings, logger: logger) }
    directLinks = Self.directLinks(layout, settings)
    writesDirectly = Self.writesDirectly(layout, settings)
  }

  /// Begins to probe the nodes for which `isOwner` holds: of a gateway's workers, one probes a node.
  public func start(probing isOwner: @escaping (Int) -> Bool) {
    isProber = isOwner
    watch = pool.watch { event in
      self.loop.post { self.assumeIsolated { $0.take(event) } }
    }
    leaseWatch = pool.leases.watch { key in
      self.loop.post { self.assumeIsolated { $0.leaseWaits.find(key)?.wake() } }
    }
    for link in links { probeIfOwned(link) }
    adopt(pool.layout)
  }

  private func probeIfOwned(_ link: NodeLink) {
    guard isProber(link.node.index) else { return }
    Task.immediate(executorPreference: loop) { await keepProbing(link) }
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
    if isStopped { return }
    adopt(pool.layout)
    switch event {
    case .down(let node): if !isUp(node) { links[node].nodeWentDown() }
    case .drainingGivenUp(let node): links[node].giveUpDraining()
    case .layout: break
    }
  }

  /// Indices of new nodes follow on those of the nodes there are.
  private func adopt(_ next: Layout) {
    guard next.generation != layout.generation, !isStopped else { return }
    while links.count < next.indexCount {
      // One that came and left before this worker heard of it has its place all the same.
      let node = next.nodes.first { $0.index == links.count } ?? .gone(index: links.count)
      let link = NodeLink(node, pool: pool, loop: loop, settings, logger: logger)
      links.append(link)
      if !node.isGone { probeIfOwned(link) }
    }
    for link in links { link.node.isGone ? link.close() : link.dropIfMoved() }
    layout = settings.protections.contains(.formerPlaces) ? next : next.cleared
    directLinks = Self.directLinks(layout, settings)
    writesDirectly = Self.writesDirectly(layout, settings)
  }

  /// Only where every key stands at its natural placement: while keys move, links are former places as well.
  private static func writesDirectly(_ layout: Layout, _ settings: ChainSettings) -> Bool {
    layout.isPlain && layout.retiring.isEmpty && layout.wanted <= KnownCopies.mostLinks
      && settings.valueFormat == .record && settings.protections.contains(.compareAndSwap)
  }

  private static func directLinks(_ layout: Layout, _ settings: ChainSettings) -> Int {
    guard layout.isPlain, settings.readMode == .parallel, layout.wanted <= DirectRead.mostLinks else {
      return 0
    }
    return layout.wanted
  }

  // MARK: For the operations

  func chain(for key: Key) -> PlacementWalk { layout.chain(key.hash) }

  func isUp(_ node: Int) -> Bool { withLink(node) { $0.node.isUp } }

  /// Up, and not known to have missed the key's latest write.
  func isReadable(_ node: Int, _ key: Key) -> Bool {
    withLink(node) { $0.node.isUp && !$0.node.missed.holds(key.wireKey) }
  }

  func name(_ link: Link) -> String { links[link.node].node.name }

  func link(to node: Int) -> NodeLink { links[node] }

  /// As `link(to:)`, without counting a reference: the links stay as long as this does.
  @inline(__always)
  func withLink<Result>(_ node: Int, _ body: (NodeLink) -> Result) -> Result {
    Unmanaged.passUnretained(links[node])._withUnsafeGuaranteedRef(body)
  }

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
  func isTrusted(_ node: Int) -> Bool { links[node].node.isTrusted(now: loop.now) }

  /// The lifetime of a copy on `link`: failover copies must not outlive the outage by much (rule C3).
  func copyLifetime(_ lifetime: Lifetime, on link: Link) -> Lifetime {
    link.isNatural ? lifetime : min(lifetime, Lifetime(settings.failoverLifetime))
  }
}
