/// Has keys move to their new places after a change of the pool (rule C11).
///
/// Keys are at their former places, too, for as long as other gateways may not have heard of the change. Then the keys
/// of every node are looked through: what belongs elsewhere is copied there and removed. In the end nodes that were to
/// give up their keys are emptied.
final class Rebalance {
  /// Of the layout in the stage `clearing`.
  let generation: Int
  private let former: Layout.Placement?
  /// Nodes whose keys have not been looked through.
  var pending: Set<Int>

  init(_ layout: Layout) {
    generation = layout.generation
    former = layout.former.first
    pending = Set(layout.nodes.map(\.index))
  }

  func plan(
    _ source: Int, _ current: Layout.Placement, _ format: ChainSettings.ValueFormat
  ) -> RebalancePlan {
    RebalancePlan(
      source: source, current: current, former: former, plain: format == .raw ? .moved : .copied)
  }
}

extension Coordinator {
  /// All keys of a node may have to be looked through again.
  private static let pauseAfterFailure = Duration.seconds(2)

  /// Takes the moving of keys on as far as it can be taken now. Returns what is left of it, to be handed in again.
  func rebalance(_ unfinished: Rebalance?, _ mover: MoverState) async -> Rebalance? {
    let layout = layout
    switch layout.stage {
    case .settled: return nil
    case .moving:
      await letOthersHear(of: layout)
      return nil
    case .clearing:
      let rebalance =
        unfinished.flatMap { $0.generation == layout.generation ? $0 : nil } ?? Rebalance(layout)
      return await clear(rebalance, layout, mover)
    }
  }

  /// Writes under way end meanwhile, too.
  private func letOthersHear(of layout: Layout) async {
    let patience = max(settings.poolChangeGrace, settings.requestTimeout)
    if loop.now - layout.changed < patience {
      return pool.moves.wait(.waiting, "until every gateway has been told of the change")
    }
    guard pool.beginClearing(after: layout.generation) else { return }
    pool.moves.begin(now: loop.now)
    // Writes that began before still go to former places.
    await loop.sleep(settings.requestTimeout)
  }

  private func clear(
    _ rebalance: Rebalance, _ layout: Layout, _ mover: MoverState
  ) async -> Rebalance? {
    await mover.gate.enter()
    defer { mover.gate.leave() }
    do throws(SweepFailure) {
      try await sweepAll(rebalance, layout, mover)
      try await emptyRetiring(layout)
    } catch {
      if error != .stopped { pool.moves.wait(.interrupted, describe(error)) }
      await loop.sleep(Self.pauseAfterFailure)
      return rebalance
    }
    if pool.settle(after: layout.generation, now: loop.now) {
      pool.moves.finish(now: loop.now)
      pool.noteMoved(pool.moves.status(now: loop.now))
    }
    return nil
  }

  // MARK: Moving

  private func sweepAll(
    _ rebalance: Rebalance, _ layout: Layout, _ mover: MoverState
  ) async throws(SweepFailure) {
    guard let place = firstUp(of: layout) else { throw .source("no node is up") }
    guard let lock = await takeTransferLock(place) else {
      pool.moves.wait(.waiting, "another gateway moves keys")
      throw .stopped
    }
    do throws(SweepFailure) {
      for node in layout.nodes where rebalance.pending.contains(node.index) {
        try await sweep(node, rebalance, layout, lock, mover)
        rebalance.pending.remove(node.index)
      }
      await giveBack(lock, place)
    } catch {
      await giveBack(lock, place)
      throw error
    }
  }

  /// Keys go to any node, so all that take keys must be there.
  private func sweep(
    _ source: Node, _ rebalance: Rebalance, _ layout: Layout, _ lock: TransferLock, _ mover: MoverState
  ) async throws(SweepFailure) {
    if let down = layout.nodes.first(where: { !$0.isUp }) { throw .target(down.index, "it is down") }
    let link = link(to: source.index)
    guard isTrusted(source.index) else { throw .source("\(source.name) may hold old values yet") }
    guard let before = await statistics(of: link) else { throw .source("\(source.name) does not answer") }
    pool.moves.update { $0.begin(source.index, source.name, items: before.items, bytes: before.bytes) }
    let plan = rebalance.plan(source.index, layout.current, settings.valueFormat)
    let sweep = Sweep(
      link, board: pool.moves, isFirst: true, spoolDirectory: mover.spoolDirectory,
      isWanted: { [pool] in pool.layout.generation == layout.generation },
      plan: { hash, _ in plan.move(hash) })
    try await work(off: sweep, lock, at: layout.nodes, mover)
    if sweep.itemCount == 0, before.items > 0 { throw .source("\(source.name) lists no keys yet") }
    if sweep.leftBehind > 0 {
      throw .source(
        "\(sweep.leftBehind) keys stay on \(source.name): nodes where they belong are out of memory, take no items "
          + "of that size, or were written to meanwhile")
    }
  }

  /// A node that has given up its keys: what is left on it is of no use to anybody.
  private func emptyRetiring(_ layout: Layout) async throws(SweepFailure) {
    for index in layout.retiring where isUp(index) {
      guard case .success(.done) = await ask(.flushAll, link(to: index)) else {
        throw .target(index, "it could not be emptied")
      }
    }
  }

  private func firstUp(of layout: Layout) -> NodeLink? {
    layout.nodes.filter { $0.isUp && $0.membership == .member }.min { $0.name < $1.name }
      .map { link(to: $0.index) }
  }
}
