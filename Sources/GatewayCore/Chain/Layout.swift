/// Which nodes hold which keys, at one moment. It never changes: a change of the pool puts another one in its place.
public struct Layout: Sendable {
  /// Who holds a key once everything stands at its place.
  public struct Placement: Sendable {
    public let order: ChainOrder
    /// n: how many links hold a key.
    public let replicas: Int

    /// The natural placement of a key.
    func natural(_ keyHash: UInt64) -> ArraySlice<ChainOrder.Score> {
      ArraySlice(order.scores(keyHash).prefix(replicas))
    }
  }

  /// How keys come to their new places after a change of the pool (rule C11).
  enum Stage: Equatable {
    /// Every key stands at its place.
    case settled
    /// Keys are read from, and written to, their new and their former places alike. So gateways that hear of a
    /// change one after the other agree: who has not heard of it yet finds every write at the former places.
    case moving
    /// Keys are written to their new places only. What is left at others is removed, and the whole chain is read
    /// and cleared meanwhile, as after an outage (rule C3).
    case clearing
  }

  /// Changes from which keys can be moving at the same time.
  static let mostFormer = 8

  let nodes: [Node]
  public let current: Placement
  let stage: Stage
  /// Until everything is settled: from where keys move, the oldest first. At most `mostFormer`.
  let former: [Placement]
  /// Nodes of the pool that take no keys: at the end of every chain.
  let retiring: [Int]
  /// Copies may be left at places from which keys have moved.
  let hasStrays: Bool
  /// Indices below this were given to nodes, some of which may have left.
  let indexCount: Int
  /// Goes up with every change.
  let generation: Int
  /// When the pool was changed last.
  let changed: Instant

  /// Every key's placement is the natural one.
  var isPlain: Bool { stage != .moving }

  /// Copies of each key that are to stand.
  public var wanted: Int { min(current.replicas, current.order.count) }

  /// The key's chain: the natural placement, then its former ones, then all other links.
  func chain(_ keyHash: UInt64) -> PlacementWalk {
    let scores = current.order.scores(keyHash)
    if isPlain, retiring.isEmpty {
      return PlacementWalk(chain: scores, replicas: current.replicas, wanted: wanted)
    }
    var chain = ContiguousArray(scores.prefix(current.replicas))
    if stage == .moving {
      for former in former { Self.append(former.natural(keyHash), to: &chain) }
    }
    let count = chain.count
    Self.append(scores.dropFirst(current.replicas), to: &chain)
    Self.append(retiring.map { ChainOrder.Score(value: 0, rank: 0, node: $0) }, to: &chain)
    return PlacementWalk(chain: chain, replicas: count, wanted: wanted)
  }

  private static func append(
    _ scores: some Sequence<ChainOrder.Score>, to chain: inout ContiguousArray<ChainOrder.Score>
  ) {
    for score in scores where !chain.contains(where: { $0.node == score.node }) { chain.append(score) }
  }
}

extension Layout {
  /// Of a pool in which nothing has moved yet.
  init(_ nodes: [Node], replicas: Int, now: Instant) {
    self.init(
      nodes: nodes, current: Placement(nodes, replicas: replicas), stage: .settled, former: [], retiring: [],
      hasStrays: false, indexCount: nodes.count, generation: 0, changed: now)
  }

  /// Of a pool to whose places keys were moving when the gateway ended: where they were before is not known.
  init(movingTo nodes: [Node], replicas: Int, now: Instant) {
    self.init(
      nodes: nodes, current: Placement(nodes, replicas: replicas), stage: .moving, former: [], retiring: [],
      hasStrays: true, indexCount: nodes.count, generation: 0, changed: now)
  }

  /// After a change of the nodes, their parts or weights, or of the number of copies. Keys move only where that
  /// changed their placement.
  func changed(_ nodes: [Node], replicas: Int, now: Instant) -> Layout {
    Layout(
      nodes: nodes, current: Placement(nodes, replicas: replicas), stage: .moving, former: former + [current],
      retiring: Self.retiring(nodes), hasStrays: hasStrays,
      indexCount: max(indexCount, (nodes.map(\.index).max() ?? 0) + 1), generation: generation + 1,
      changed: now)
  }

  /// Everything has been copied to its new place.
  var cleared: Layout { next(.clearing, nodes, former: former) }

  /// Nothing is left at former places. `nodes`: without those that have left.
  func settled(_ nodes: [Node]) -> Layout { next(.settled, nodes, former: []) }

  private func next(_ stage: Stage, _ nodes: [Node], former: [Placement]) -> Layout {
    Layout(
      nodes: nodes, current: current, stage: stage, former: former,
      retiring: Self.retiring(nodes), hasStrays: stage == .clearing, indexCount: indexCount,
      generation: generation + 1, changed: changed)
  }

  private static func retiring(_ nodes: [Node]) -> [Int] {
    nodes.filter { $0.membership != .member }.map(\.index)
  }
}

extension Layout.Placement {
  init(_ nodes: [Node], replicas: Int) {
    let members = nodes.filter { $0.membership == .member }
    order = ChainOrder(
      members.map { ChainOrder.Node(name: $0.name, weight: $0.configuration.weight) },
      indices: members.map(\.index))
    self.replicas = replicas
  }
}
