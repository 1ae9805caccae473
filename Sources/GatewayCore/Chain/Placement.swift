/// A node's position in a key's chain.
struct Link: Equatable {
  /// 0 for link 1.
  let position: Int
  let node: Int
  /// Among the first n links, whatever their state.
  let isNatural: Bool
}

/// Walks a key's chain, stepping over links that do not take part now. A down node keeps its slot: nothing
/// moves when it leaves or returns.
struct PlacementWalk {
  private let chain: ContiguousArray<ChainOrder.Score>
  /// How many links are the placement: more than `wanted` while the key moves.
  let replicas: Int
  /// Copies that are to stand.
  let wanted: Int
  private var position = 0

  /// `chain`: in the key's order.
  init(chain: ContiguousArray<ChainOrder.Score>, replicas: Int, wanted: Int? = nil) {
    self.chain = chain
    self.replicas = replicas
    self.wanted = wanted ?? min(replicas, chain.count)
  }

  /// Of all links.
  var nodes: [Int] { chain.map(\.node) }

  /// All links.
  var count: Int { chain.count }

  /// The next `count` links for which `isUp` holds; fewer at the chain's end.
  mutating func next(_ count: Int, where isUp: (Int) -> Bool) -> [Link] {
    var links: [Link] = []
    links.reserveCapacity(min(count, chain.count - position))
    while links.count < count, position < chain.count {
      let node = chain[position].node
      if isUp(node) { links.append(Link(position: position, node: node, isNatural: position < replicas)) }
      position += 1
    }
    return links
  }
}
