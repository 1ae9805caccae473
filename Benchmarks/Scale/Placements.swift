import GatewayCore

/// Where a sample of keys stands in a pool, and where each copy would go if its node were lost.
struct Placements {
  static let replicas = 2

  let pool: Pool
  /// Of each key, the first links and the one after them.
  let links: [InlineArray<4, Int>]
  /// By node.
  private(set) var copies: [Int]
  /// Copies that are a key's first, by node.
  private(set) var firsts: [Int]

  init(of sample: KeySample, in pool: Pool) {
    self.pool = pool
    links = sample.hashes.map { pool.order.first(Self.replicas + 1, forKeyHash: $0) }
    copies = Array(repeating: 0, count: pool.nodes.count)
    firsts = copies
    for chain in links {
      firsts[chain[0]] += 1
      for position in 0..<Self.replicas { copies[chain[position]] += 1 }
    }
  }

  /// What each other node takes over of a node's copies.
  func takenOver(from node: Int) -> [Int] {
    var taken = Array(repeating: 0, count: pool.nodes.count)
    for chain in links where (0..<Self.replicas).contains(where: { chain[$0] == node }) {
      taken[chain[Self.replicas]] += 1
    }
    return taken
  }
}
