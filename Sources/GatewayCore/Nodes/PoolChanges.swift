import Logging

/// A change of the pool while it serves (rule C11). Keys move to their new places in the background; until then they
/// are found at the former ones (`Layout.Stage`).
public struct PoolChange: Equatable, Sendable {
  public var added: [NodeConfiguration] = []
  /// By name. A node that is being drained, or was, takes keys again.
  public var weights: [String: Double] = [:]
  /// Nodes that are found elsewhere from now on, by name. What is there is not known, so it is emptied.
  public var addresses: [String: Endpoint] = [:]
  /// Nodes that are to give up their keys.
  public var drained: Set<String> = []
  /// Nodes that are to give up their keys and then to be forgotten; one that is down, at once.
  public var removed: Set<String> = []
  public var replicas: Int?

  public init() {}

  public var isEmpty: Bool { self == PoolChange() }
}

extension NodePool {
  /// Changes everything or, when it throws, nothing.
  public func change(_ wanted: PoolChange, now: Instant) throws(PoolChangeError) {
    try check(wanted)
    let change = withoutWhatIsSo(wanted)
    if change.isEmpty { return }
    try inTurn { () throws(PoolChangeError) in
      let before = layout
      try check(change)
      let fresh = try newNodes(change.added, firstIndex: before.indexCount, now: now)
      let gone = apply(change, to: before.nodes, now: now)
      let nodes = before.nodes.filter { !gone.contains($0.index) } + fresh
      replaceLayout(before.changed(nodes, replicas: change.replicas ?? before.current.replicas, now: now))
    }
    moves.expect("until every gateway has been told of the change")
    log(change)
  }

  /// Without weights that members have already: no key would move, and all would be looked at.
  private func withoutWhatIsSo(_ change: PoolChange) -> PoolChange {
    var change = change
    let same = nodes.filter { $0.membership == .member && change.weights[$0.name] == $0.configuration.weight }
    for node in same { change.weights[node.name] = nil }
    return change
  }

  /// Of the keys that move after a change of the pool; nil when there was none.
  public func rebalance(now: Instant) -> TransferStatus? { moves.status(now: now) }

  /// Throws what `change` would.
  func check(_ change: PoolChange) throws(PoolChangeError) {
    let layout = layout
    try PoolChangeRules.check(
      change, layout.nodes.map(PoolChangeRules.Entry.init), moving: layout.former.count)
  }

  private func newNodes(
    _ configurations: [NodeConfiguration], firstIndex: Int, now: Instant
  ) throws(PoolChangeError) -> [Node] {
    var nodes: [Node] = []
    for (offset, configuration) in configurations.enumerated() {
      do throws(SystemError) {
        nodes.append(try newNode(configuration, index: firstIndex + offset, now: now))
      } catch {
        throw .noJournal(configuration.name, reason: "\(error)")
      }
    }
    return nodes
  }

  /// Returns the indices of nodes that are gone.
  private func apply(_ change: PoolChange, to nodes: [Node], now: Instant) -> Set<Int> {
    var gone: Set<Int> = []
    for node in nodes {
      if let weight = change.weights[node.name] { takeKeys(node, weight: weight, now: now) }
      if let address = change.addresses[node.name] { move(node, to: address, now: now) }
      if change.drained.contains(node.name), node.membership == .member { node.membership = .draining }
      if change.removed.contains(node.name), retire(node) { gone.insert(node.index) }
    }
    return gone
  }

  private func takeKeys(_ node: Node, weight: Double, now: Instant) {
    node.setWeight(weight)
    let former = node.membership
    node.membership = .member
    // Others may have written to it meanwhile.
    if former == .drained { empty(node, reason: "it takes keys again, and is emptied before", now: now) }
  }

  private func move(_ node: Node, to address: Endpoint, now: Instant) {
    node.move(host: address.host, port: address.port)
    empty(node, reason: "its address has changed to \(address)", now: now)
  }

  private func empty(_ node: Node, reason: String, now: Instant) {
    node.missed.noteEverything()
    markDown(node, reason: reason, now: now)
  }

  /// Whether it is gone at once: its keys are out of reach, or it has none any more.
  private func retire(_ node: Node) -> Bool {
    let isEmpty = node.membership == .drained
    node.membership = .leaving
    if node.isUp, !isEmpty { return false }
    part(with: node)
    return true
  }

  /// Should it come back, whatever it holds then is old: its journal says so to later runs of the gateway, too.
  private func part(with node: Node) {
    node.missed.noteEverything()
    node.leave()
  }

  private func log(_ change: PoolChange) {
    func list(_ names: some Sequence<String>) -> Logger.MetadataValue {
      "\(names.sorted().joined(separator: " "))"
    }
    logger.notice(
      "the pool was changed: keys move to their new places",
      metadata: [
        "added": list(change.added.map(\.name)), "weighted": list(change.weights.keys),
        "moved": list(change.addresses.keys), "drained": list(change.drained),
        "removed": list(change.removed), "replicas": "\(layout.current.replicas)",
      ])
  }

  // MARK: Its end

  /// Everything has been copied to its new place: from now on keys are written to that only. False when the pool
  /// was changed meanwhile.
  func beginClearing(after generation: Int) -> Bool {
    defer { openReach() }
    openReach()
    return advance(from: generation) { $0.cleared }
  }

  /// Nothing is left at former places: nodes that gave up their keys are drained, or gone. False when the pool was
  /// changed meanwhile.
  func settle(after generation: Int, now: Instant) -> Bool {
    let isSettled = advance(from: generation) { layout in
      for node in layout.nodes where node.membership == .draining { node.membership = .drained }
      let leaving = layout.nodes.filter { $0.membership == .leaving }
      for node in leaving { part(with: node) }
      return layout.settled(layout.nodes.filter { $0.membership != .leaving })
    }
    closeReach(now: now)
    return isSettled
  }

  private func advance(from generation: Int, _ next: (Layout) -> Layout) -> Bool {
    inTurn {
      let before = layout
      guard before.generation == generation else { return false }
      replaceLayout(next(before))
      return true
    }
  }
}
