/// What the restores of one gateway share.
final class MoverState {
  let rate: RestoreRate
  let spoolDirectory: String?
  let gate = TransferGate()
  /// Nodes whose restore is under way, or waits.
  var underWay: Set<Int> = []

  var isRestoring: Bool { !underWay.isEmpty }

  init(_ rate: RestoreRate, spoolDirectory: String?) {
    self.rate = rate
    self.spoolDirectory = spoolDirectory
  }
}

/// One restore of a node, as far as it has come. Taken up again after an interruption by whoever has the lock, it
/// begins anew; what is there already is asked for, not copied.
final class RestoreRun {
  let target: NodeLink
  let lock: TransferLock
  let mover: MoverState
  let begun: Instant
  /// Sources whose keys have not all been copied.
  var pending: Set<Int>
  /// Seconds since 1970 by each source's clock at the beginning.
  var clocks: [Int: Int64] = [:]
  /// The processes of sources that failed in the middle, or were not up.
  var interrupted: [Int: NodeProcess?] = [:]
  /// There was a key of some client.
  var foundKeys = false
  var isAnnounced = false

  init(_ target: NodeLink, _ lock: TransferLock, _ mover: MoverState, sources: Set<Int>, now: Instant) {
    self.target = target
    self.mover = mover
    self.lock = lock
    begun = now
    pending = sources
  }
}

/// Restores of emptied nodes (rule C11).
extension Coordinator {
  /// Between looks whether there is something to do.
  private static let look = Duration.milliseconds(20)
  /// Between attempts, and looks whether a source is back.
  private static let pause = (shortest: Duration.milliseconds(200), longest: Duration.milliseconds(300))

  /// Restores nodes until the coordinator stops; keys of one are moved at a time. `spoolDirectory`: for names of keys
  /// that wait.
  public func startRestoring(rate: RestoreRate, spoolDirectory: String?) {
    pool.restoresNodes.store(true, ordering: .relaxed)
    let mover = MoverState(rate, spoolDirectory: spoolDirectory)
    Task.immediate(executorPreference: loop) {
      var unfinished: Rebalance?
      while !isStopped {
        for link in links where link.node.lacksKeys { start(link, mover) }
        if !mover.isRestoring { unfinished = await rebalance(unfinished, mover) }
        await loop.sleep(Self.look)
      }
    }
  }

  private func start(_ link: NodeLink, _ mover: MoverState) {
    guard mover.underWay.insert(link.node.index).inserted else { return }
    Task.immediate(executorPreference: loop) {
      await restore(link, mover)
      await loop.sleep(loop.jitter(Self.pause.shortest, Self.pause.longest))
      mover.underWay.remove(link.node.index)
    }
  }

  private func restore(_ link: NodeLink, _ mover: MoverState) async {
    let board = link.node.restore
    guard await isNeeded(link) else { return }
    guard let lock = await takeTransferLock(link) else {
      return board.wait(.waiting, "another gateway restores it")
    }
    board.begin(now: loop.now)
    let others = Set(links.filter { !$0.node.isGone }.map(\.node.index)).subtracting([link.node.index])
    let run = RestoreRun(link, lock, mover, sources: others, now: loop.now)
    do throws(SweepFailure) {
      try await restore(run)
      board.finish(now: loop.now)
      logEnd(link.node)
    } catch {
      note(error, link.node)
    }
    await giveBack(lock, link)
  }

  /// The prober may have looked before the mark was left.
  private func isNeeded(_ link: NodeLink) async -> Bool {
    if link.node.restore.isForced { return true }
    switch await ask(.get(ReservedName.restored), link) {
    case .success(.miss): return true
    case .success(.value):
      link.node.restore.markWasFound()
      return false
    default: return false
    }
  }

  private func restore(_ run: RestoreRun) async throws(SweepFailure) {
    try await firstPass(run)
    if run.foundKeys {
      try await waitForOthers(run)
      try await secondPass(run)
    }
    // After a flush the lock is gone as well.
    guard run.lock.isHeld, await confirm(run), await leaveMark(run.target) else { throw .stopped }
  }

  private func confirm(_ run: RestoreRun) async -> Bool {
    let item = TransferLock.item(.compareAndSwap(run.lock.cas))
    guard case .success(.stored(let cas)) = await ask(.set(ReservedName.restoring, item), run.target) else {
      return false
    }
    run.lock.renewed(cas)
    return true
  }

  // MARK: The first pass

  /// Goes on with other sources while one does not answer, and waits for that as long as failover copies live: an
  /// outage is not expected to take longer.
  private func firstPass(_ run: RestoreRun) async throws(SweepFailure) {
    var patienceEnds = loop.now + settings.failoverLifetime
    while !run.pending.isEmpty, loop.now < patienceEnds {
      var reason: String?
      run.pending = run.pending.filter { !links[$0].node.isGone }
      for source in run.pending.sorted() {
        try checkTarget(run)
        do throws(SweepFailure) {
          try await copyKeys(of: links[source], run)
          finish(source, of: run)
          patienceEnds = loop.now + settings.failoverLifetime
        } catch .source(let why) {
          reason = "\(links[source].node.name): \(why)"
          run.interrupted[source] = links[source].node.knownProcess
        }
      }
      if run.pending.isEmpty { break }
      run.target.node.restore.wait(.interrupted, reason ?? "")
      await loop.sleep(loop.jitter(Self.pause.shortest, Self.pause.longest))
    }
  }

  /// A source that came back as another process has lost what it had: others may have it, but were not asked for it.
  private func finish(_ source: Int, of run: RestoreRun) {
    run.pending.remove(source)
    guard let before = run.interrupted.removeValue(forKey: source) else { return }
    guard let before, let now = links[source].node.knownProcess, now.isSame(as: before) else {
      let others = links.map(\.node.index).filter { $0 != source && $0 != run.target.node.index }
      return run.pending.formUnion(others)
    }
  }

  private func copyKeys(of source: NodeLink, _ run: RestoreRun) async throws(SweepFailure) {
    guard isUp(source.node.index) else { throw .source("it is down") }
    guard isTrusted(source.node.index) else { throw .source("it may hold old values yet") }
    let board = run.target.node.restore
    if run.mover.gate.isBusy { board.wait(.waiting, "another node is being restored") }
    await run.mover.gate.enter()
    defer { run.mover.gate.leave() }
    try checkTarget(run)
    guard let before = await statistics(of: source) else { throw .source("it does not answer") }
    let index = source.node.index
    if run.clocks[index] == nil { run.clocks[index] = before.clock }
    board.update { $0.begin(index, source.node.name, items: before.items, bytes: before.bytes) }
    announce(run, source.node, items: before.items)
    let sweep = sweep(source, run, .first)
    try await work(off: sweep, run)
    // While its hash table grows, a node lists nothing.
    if sweep.itemCount == 0, before.items > 0 { throw .source("it lists no keys while its hash table grows") }
    if sweep.listedKeys > 0 { run.foundKeys = true }
  }

  /// Items of the gateways' own are on every node: nothing is told of a pool that begins empty.
  private func announce(_ run: RestoreRun, _ source: Node, items: Int) {
    guard items > Self.ownItems, !run.isAnnounced else { return }
    run.isAnnounced = true
    pool.noteRestoring(run.target.node, from: source.name)
  }

  /// The clock, the mark and the lock.
  private static let ownItems = 3

  private func work(off sweep: Sweep, _ run: RestoreRun) async throws(SweepFailure) {
    let nodes = sweep.source === run.target ? [run.target.node] : [sweep.source.node, run.target.node]
    try await work(off: sweep, run.lock, at: nodes, run.mover)
  }

  /// With a pace of its own, which follows the latency of the nodes that take part.
  func work(
    off sweep: Sweep, _ lock: TransferLock, at nodes: [Node], _ mover: MoverState
  ) async throws(SweepFailure) {
    let pace = TransferPace(mover.rate, on: loop)
    defer { pace.end() }
    if case .auto = mover.rate {
      let canaries = nodes.compactMap { Canary($0, settings, on: loop) }
      Task.immediate(executorPreference: loop) { await pace.follow(canaries, on: self) }
    }
    try await run(sweep, lock, pace)
  }

  private func sweep(_ source: NodeLink, _ run: RestoreRun, _ pass: RestorePlan.Pass) -> Sweep {
    let plan = RestorePlan(target: run.target.node.index, source: source.node.index, pass: pass)
    let layout = layout
    let isUp = { [links] in links[$0].node.isUp }
    return Sweep(
      source, board: run.target.node.restore, isFirst: pass == .first,
      spoolDirectory: run.mover.spoolDirectory,
      isWanted: { [pool] in pool.layout.generation == layout.generation },
      plan: { plan.move(layout, keyHash: $0, lastAccess: $1, isUp: isUp) })
  }

  private func checkTarget(_ run: RestoreRun) throws(SweepFailure) {
    guard run.lock.isHeld, !isStopped else { throw .stopped }
    let node = run.target.node
    guard node.isUp else { throw .target(node.index, "it does not answer") }
  }

  // MARK: The second pass

  /// Until every gateway knows that the node is back, as a rule. What one that knows it later removes there again is brought
  /// back by the next read.
  private func waitForOthers(_ run: RestoreRun) async throws(SweepFailure) {
    while loop.now - run.begun < NodePool.foundByOthers {
      try checkTarget(run)
      await loop.sleep(Self.pause.longest)
    }
  }

  /// Of nodes that are down meanwhile nothing is cleared away: what they hold past the natural placement runs out.
  private func secondPass(_ run: RestoreRun) async throws(SweepFailure) {
    await run.mover.gate.enter()
    defer { run.mover.gate.leave() }
    for source in links where isUp(source.node.index) {
      try checkTarget(run)
      let since = secondPassBegins(source, run)
      do throws(SweepFailure) {
        try await work(off: sweep(source, run, .second(since: since)), run)
      } catch .source {
        continue
      }
    }
  }

  /// From the node's fall on: what gateways stored without it they remove from it when they find it again, also where
  /// the first pass had brought it (rule C8). Others may have found it down earlier, so some seconds more. Of a fall
  /// that this gateway did not see, all is asked for.
  private func secondPassBegins(_ source: NodeLink, _ run: RestoreRun) -> Int64 {
    guard let clock = run.clocks[source.node.index], let fell = run.target.node.fellAt else { return .min }
    return clock - (run.begun - fell + NodePool.foundByOthers).inSeconds - 1
  }

  // MARK: Statistics

  func statistics(of source: NodeLink) async -> (items: Int, bytes: Int, clock: Int64)? {
    guard case .success(.statistics(let all)) = await ask(.statistics(""), source) else { return nil }
    let number = { (name: String) in NodeStatistic.count(all[name]) }
    return (Int(number("curr_items")), Int(number("bytes")), number("time"))
  }

  // MARK: What it came to

  private func note(_ failure: SweepFailure, _ node: Node) {
    if failure == .stopped { return node.restore.handOver("another gateway may have taken it over") }
    node.restore.wait(.interrupted, describe(failure))
  }

  func describe(_ failure: SweepFailure) -> String {
    switch failure {
    case .stopped: "stopped"
    case .source(let reason): reason
    case .target(let target, let reason): "\(links[target].node.name): \(reason)"
    }
  }

  private func logEnd(_ node: Node) {
    guard let status = node.restore.status(now: loop.now) else { return }
    pool.noteRestored(node, status)
  }
}

extension Node {
  /// It takes keys, and has lost those it had.
  fileprivate var lacksKeys: Bool { isUp && restore.isWanted && membership == .member }
}
