import Logging
import Synchronization

/// The nodes, their order for each key, who is up, and how far reads and writes must reach. Shared by all
/// workers of a gateway; read on every request without a lock.
public final class NodePool: Sendable {
  public let nodes: [Node]
  public let order: ChainOrder
  let leases = LeaseBoard()
  private let failoverLifetime: Duration
  private let logger: Logger
  /// Until when failover copies can exist, on the monotonic clock in nanoseconds (rule C3).
  private let reachEnd: Atomic<Int64>
  /// How long after its return a node is not trusted alone: other gateways find it back and rid it of what it
  /// missed within the longest pause between their probes, and this once more for the work.
  static let probation = NodeHealth.longestPause * 2
  let chunkReaders = ChunkReaders()
  private let watchers = Mutex<[Watch: @Sendable (NodeEvent) -> Void]>([:])

  /// Names a watcher, to end it.
  public struct Watch: Hashable, Sendable {
    fileprivate let number: Int
  }

  /// `journal` opens the journal of the node with that name.
  init(
    _ configurations: [NodeConfiguration], failoverLifetime: Duration, now: Instant, logger: Logger,
    journal: (String) throws(SystemError) -> NodeJournal?
  ) throws(SystemError) {
    var nodes: [Node] = []
    for (index, configuration) in configurations.enumerated() {
      let missed = MissedWrites(
        node: configuration.name, journal: try journal(configuration.name), logger: logger)
      nodes.append(Node(index: index, configuration: configuration, missed: missed, now: now))
      if !missed.isEmpty { Self.logFall(configuration.name, Node.missedWritesBefore, logger) }
    }
    self.nodes = nodes
    order = ChainOrder(configurations.map { ChainOrder.Node(name: $0.name, weight: $0.weight) })
    self.failoverLifetime = failoverLifetime
    self.logger = logger
    // An earlier run of the gateway may have left failover copies.
    reachEnd = Atomic((now + failoverLifetime).nanoseconds)
  }

  /// Missed writes are kept in the state directory; nil: in memory only. Throws when a journal can be neither read nor set aside.
  public convenience init(
    _ configurations: [NodeConfiguration], failoverLifetime: Duration, state: StateDirectory?, now: Instant,
    logger: Logger
  ) throws(SystemError) {
    try self.init(configurations, failoverLifetime: failoverLifetime, now: now, logger: logger) {
      (name) throws(SystemError) in
      guard let state else { return nil }
      let (storage, contents) = try state.journal(forNode: name, logger: logger)
      return NodeJournal(storage: storage, contents: contents)
    }
  }

  /// Calls `watcher` with what happens to the nodes, on the thread that found out.
  func watch(_ watcher: @escaping @Sendable (NodeEvent) -> Void) -> Watch {
    watchers.withLock { all in
      let watch = Watch(number: (all.keys.map(\.number).max() ?? 0) + 1)
      all[watch] = watcher
      return watch
    }
  }

  func endWatch(_ watch: Watch) {
    watchers.withLock { $0[watch] = nil }
  }

  /// Every node has been reached, or found to be down, at least once.
  public var isSettled: Bool { nodes.allSatisfy { $0.isProbed || !$0.isUp } }

  public var upCount: Int { nodes.count { $0.isUp } }

  /// Whether copies may exist past the natural placement: from a node's going down, or the gateway's start,
  /// until the failover lifetime after all nodes are up again.
  public func reachIsOpen(now: Instant) -> Bool {
    now.nanoseconds < reachEnd.load(ordering: .relaxed)
  }

  /// Takes note that a write was about to leave a failover copy.
  func extendReach(now: Instant) {
    reachEnd.max((now + failoverLifetime).nanoseconds, ordering: .relaxed)
  }

  func markDown(_ node: Node, reason: String, now: Instant) {
    guard node.fell(reason: reason, now: now) else { return }
    reachEnd.store(.max, ordering: .relaxed)
    node.setUp(false)
    Self.logFall(node.name, reason, logger)
    if upCount == 0 { logger.error("no node is reachable: requests are answered 503 until one is") }
    tell(.down(node.index))
  }

  /// It answers, though not over every connection that holds commands from before: those are not waited for.
  func giveUpDraining(_ node: Node) { tell(.drainingGivenUp(node.index)) }

  private func tell(_ event: NodeEvent) {
    for watcher in watchers.withLock({ Array($0.values) }) { watcher(event) }
  }

  private static func logFall(_ node: String, _ reason: String, _ logger: Logger) {
    logger.warning("node is down", metadata: ["node": "\(node)", "reason": "\(reason)"])
  }

  func noteFailedReturn(_ node: Node, reason: String) {
    logger.notice("node is not back yet", metadata: ["node": "\(node.name)", "reason": "\(reason)"])
  }

  /// It answers again, and is about to be rid of what it missed.
  func markReturning(_ node: Node, now: Instant) {
    node.beginReturning(now: now)
    let missed = node.missed.hasOverflowed ? "more than are noted" : "\(node.missed.count)"
    logger.notice("node is returning", metadata: ["node": "\(node.name)", "missed-writes": "\(missed)"])
  }

  /// It was emptied, since it had missed more writes than are noted.
  func noteFlush(of node: Node) {
    node.counters.flushes.add(1, ordering: .relaxed)
    logger.warning(
      "node was flushed: it had missed more writes than are noted", metadata: ["node": "\(node.name)"])
  }

  func markUp(_ node: Node, now: Instant) {
    let trustedFrom = node.isNewProcess ? now : now + Self.probation
    guard let away = node.returned(now: now, trustedFrom: trustedFrom) else { return }
    node.setUp(true)
    logger.notice(
      "node is up", metadata: ["node": "\(node.name)", "away-seconds": "\(away.inDecimalSeconds)"])
    // The order matters: another node may fall between the count and the store, and says .max again then.
    if upCount == nodes.count { closeReachLater(now: now) }
  }

  private func closeReachLater(now: Instant) {
    reachEnd.store((now + failoverLifetime).nanoseconds, ordering: .relaxed)
    if upCount < nodes.count { reachEnd.store(.max, ordering: .relaxed) }
  }
}

/// What concerns every worker's connection to a node.
enum NodeEvent: Equatable, Sendable {
  case down(Int)
  case drainingGivenUp(Int)
}

extension NodePool {
  /// memcached's own overhead of an item (header, CAS number, client flags, line end, key's end), rounded up.
  private static let itemOverhead = 80

  /// The longest body that every node of the pool stores under this key, in bytes. Over it, a node refuses
  /// the value and deletes the one it has, so it must be known before.
  public func longestBody(
    for key: Key, contentType: Int, contentEncoding: Int, windows: StaleWindows = .none
  ) -> Int {
    let header =
      RecordFormat.fixedHeader + 4 + contentType + contentEncoding + (key.isHashed ? key.bytes.count : 0)
      + (windows.isNone ? 0 : RecordFormat.windowsLength)
    let smallest = nodes.lazy.map(\.itemSizeLimit).min() ?? Node.defaultItemSize
    return max(0, smallest - Self.itemOverhead - WireKey.longestPlain - header)
  }

  private static let longestChunk = 512 * 1024 - 512

  /// The most bytes in a chunk of a large value: what fits into an item of every node, but no more than half a
  /// page of memcached's slabs (512 KiB), less what an item has besides: the largest that it stores in one piece.
  public var chunkSize: Int {
    let smallest = nodes.lazy.map(\.itemSizeLimit).min() ?? Node.defaultItemSize
    return max(
      1, min(Self.longestChunk, smallest - Self.itemOverhead - WireKey.longestPlain - ChunkFormat.header))
  }
}
