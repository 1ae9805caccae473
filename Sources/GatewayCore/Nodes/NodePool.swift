import Logging
import Synchronization

/// The nodes, where keys belong, who is up, and how far reads and writes must reach. Shared by all workers of a
/// gateway, which hear of what changes, and have their own view of the layout.
public final class NodePool: Sendable {
  private let current: Mutex<Layout>
  private let changing = Mutex(())
  private let moveNote: (any MoveNote)?
  let leases = LeaseBoard()
  let knownCopies: KnownCopies
  private let failoverLifetime: Duration
  let logger: Logger
  /// Until when failover copies can exist, on the monotonic clock in nanoseconds (rule C3).
  private let reachEnd: Atomic<Int64>
  /// How long after its return other gateways have found a node back, too, and rid it of what it missed: the longest pause
  /// between their probes, and this once more for the work.
  static let foundByOthers = NodeHealth.longestPause * 2
  /// How long after its return a node is not trusted alone: until others have found it back, also one that waits for what
  /// it had sent the node before, as after a kill or a long partition, for as long as its patience lasts.
  static let probation = foundByOthers + Coordinator.returnPatience
  let chunkReaders = ChunkReaders()
  /// Of the keys that move after a change of the pool.
  let moves = RestoreBoard()
  private let openJournal: @Sendable (String) throws(SystemError) -> NodeJournal?
  /// Somebody restores nodes that were emptied: then it is looked for them.
  let restoresNodes = Atomic<Bool>(false)
  private let watchers = Mutex<[Watch: @Sendable (NodeEvent) -> Void]>([:])

  /// Names a watcher, to end it.
  public struct Watch: Hashable, Sendable {
    fileprivate let number: Int
  }

  /// `journal` opens the journal of the node with that name.
  init(
    _ configurations: [NodeConfiguration], replicas: Int, failoverLifetime: Duration, now: Instant,
    logger: Logger, knownCopies: KnownCopies = KnownCopies(), moveNote: (any MoveNote)? = nil,
    journal: @escaping @Sendable (String) throws(SystemError) -> NodeJournal?
  ) throws(SystemError) {
    var nodes: [Node] = []
    for (index, configuration) in configurations.enumerated() {
      let missed = MissedWrites(
        node: configuration.name, journal: try journal(configuration.name), logger: logger)
      nodes.append(Node(index: index, configuration: configuration, missed: missed, now: now))
      if !missed.isEmpty { Self.logFall(configuration.name, Node.missedWritesBefore, logger) }
    }
    let pool = PoolFingerprint(configurations, replicas: replicas)
    let wasMoving = Self.wasMoving(to: pool, moveNote, logger)
    current = Mutex(
      wasMoving
        ? Layout(movingTo: nodes, replicas: replicas, now: now)
        : Layout(nodes, replicas: replicas, now: now))
    self.knownCopies = knownCopies
    self.moveNote = moveNote
    openJournal = journal
    self.failoverLifetime = failoverLifetime
    self.logger = logger
    // An earlier run of the gateway may have left failover copies, or keys anywhere.
    reachEnd = Atomic(wasMoving ? .max : (now + failoverLifetime).nanoseconds)
    if wasMoving { moves.expect("until every gateway has been told of the change") }
  }

  /// Whether an earlier run ended while keys moved to the places of this pool.
  private static func wasMoving(
    to pool: PoolFingerprint, _ note: (any MoveNote)?, _ logger: Logger
  ) -> Bool {
    guard let left = note?.read() else { return false }
    if left == pool {
      logger.notice("keys were moving when the gateway ended: it goes on")
      return true
    }
    logger.warning("keys were moving when the gateway ended, to places of another pool than is configured")
    return false
  }

  /// Missed writes are kept in the state directory; nil: in memory only. Throws when a journal can be neither read nor set aside.
  public convenience init(
    _ configurations: [NodeConfiguration], replicas: Int, failoverLifetime: Duration, state: StateDirectory?,
    now: Instant, logger: Logger
  ) throws(SystemError) {
    try self.init(
      configurations, replicas: replicas, failoverLifetime: failoverLifetime, now: now, logger: logger,
      moveNote: state?.moveNote
    ) { (name) throws(SystemError) in
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

  public var layout: Layout { current.withLock { $0 } }

  /// In the order in which they came into the pool.
  public var nodes: [Node] { layout.nodes }

  /// Every node has been reached, or found to be down, at least once.
  public var isSettled: Bool { nodes.allSatisfy { $0.isProbed || !$0.isUp } }

  public var upCount: Int { nodes.count { $0.isUp } }

  /// Those that take keys are up, and keys stand at their places.
  private var isWhole: Bool {
    let layout = layout
    return !layout.hasStrays && layout.nodes.allSatisfy { $0.isUp || $0.membership != .member }
  }

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
    guard !node.isGone, node.fell(reason: reason, now: now) else { return }
    reachEnd.store(.max, ordering: .relaxed)
    node.setUp(false)
    Self.logFall(node.name, reason, logger)
    if upCount == 0 { logger.error("no node is reachable: requests are answered 503 until one is") }
    tell(.down(node.index))
  }

  /// It answers, though not over every connection that holds commands from before: those are not waited for.
  func giveUpDraining(_ node: Node) { tell(.drainingGivenUp(node.index)) }

  // MARK: The layout

  /// Changes of the layout are made one after the other.
  func inTurn<Result, Failure>(_ change: () throws(Failure) -> Result) throws(Failure) -> Result {
    try changing.withLock { _ throws(Failure) in try change() }
  }

  func replaceLayout(_ next: Layout) {
    if next.stage == .moving { noteMoving(to: next) }
    current.withLock { $0 = next }
    if next.stage == .settled { noteMoving(to: nil) }
    tell(.layout)
  }

  /// A disk that is full or broken costs the next run its knowledge, not this one its change.
  private func noteMoving(to layout: Layout?) {
    let pool = layout.map { layout in
      let members = layout.nodes.filter { $0.membership == .member }
      return PoolFingerprint(members.map(\.configuration), replicas: layout.current.replicas)
    }
    do throws(SystemError) {
      try moveNote?.write(pool)
    } catch {
      logger.error(
        "that keys are moving is not noted: a restart would forget it", metadata: ["reason": "\(error)"])
    }
  }

  /// A node that comes into the pool. What it may hold is not known: it is emptied before it serves.
  func newNode(_ configuration: NodeConfiguration, index: Int, now: Instant) throws(SystemError) -> Node {
    let journal = try openJournal(configuration.name)
    let missed = MissedWrites(node: configuration.name, journal: journal, logger: logger)
    missed.noteEverything()
    return Node(
      index: index, configuration: configuration, missed: missed, now: now, downBecause: Node.arrives)
  }

  /// Copies can be anywhere, until `closeReach`.
  func openReach() { reachEnd.store(.max, ordering: .relaxed) }

  /// Copies past the natural placement have been removed, except those that writes leave there which are under way.
  func closeReach(now: Instant) { if isWhole { closeReachLater(now: now) } }

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

  /// It was emptied: it had missed more writes than are noted, or has come from elsewhere.
  func noteFlush(of node: Node) {
    node.counters.flushes.add(1, ordering: .relaxed)
    logger.warning(
      "node was flushed: what it held may have been old", metadata: ["node": "\(node.name)"])
  }

  /// An emptied node is about to get its keys back.
  func noteRestoring(_ node: Node, from source: String) {
    logger.notice("node is being restored", metadata: ["node": "\(node.name)", "from": "\(source)"])
  }

  /// It holds again all that it is to hold. There is nothing to tell of a pool that begins empty.
  func noteRestored(_ node: Node, _ status: TransferStatus) {
    logger.log(
      level: status.keysDone > 0 ? .notice : .debug, "node is restored",
      metadata: [
        "node": "\(node.name)", "keys": "\(status.keysDone)", "bytes": "\(status.bytesDone)",
        "seconds": "\(status.timeTaken.inDecimalSeconds)",
      ])
  }

  /// All keys are at their places again after a change of the pool.
  func noteMoved(_ status: TransferStatus?) {
    logger.notice(
      "all keys are at their places",
      metadata: [
        "keys": "\(status?.keysDone ?? 0)", "bytes": "\(status?.bytesDone ?? 0)",
        "seconds": "\((status?.timeTaken ?? .zero).inDecimalSeconds)",
      ])
  }

  func markUp(_ node: Node, now: Instant) {
    let trustedFrom = now + Self.probation(of: node)
    guard !node.isGone, let away = node.returned(now: now, trustedFrom: trustedFrom) else { return }
    node.setUp(true)
    // It is empty: no probe need find that out first.
    if node.isNewProcess { node.restore.markIsMissing() }
    logger.notice(
      "node is up", metadata: ["node": "\(node.name)", "away-seconds": "\(away.inDecimalSeconds)"])
    // The order matters: another node may fall between the count and the store, and says .max again then.
    if isWhole { closeReachLater(now: now) }
  }

  private static func probation(of node: Node) -> Duration {
    if node.isNewProcess { return .zero }
    // No gateway has anything to wait for from one that has just come into the pool.
    return node.isArriving ? foundByOthers : probation
  }

  private func closeReachLater(now: Instant) {
    reachEnd.store((now + failoverLifetime).nanoseconds, ordering: .relaxed)
    if !isWhole { reachEnd.store(.max, ordering: .relaxed) }
  }
}

/// What concerns every worker's connection to a node.
enum NodeEvent: Equatable, Sendable {
  case down(Int)
  case drainingGivenUp(Int)
  /// There is another layout.
  case layout
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
