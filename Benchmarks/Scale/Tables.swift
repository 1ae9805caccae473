import GatewayCore

/// How evenly keys spread: copies in proportion to the node's weight, beside the mean of all nodes. A sample spreads
/// unevenly by chance alone, the less the more keys there are; what is beyond that is the order's own.
struct BalanceTable {
  let markdown: String

  init(_ placements: [Placements]) {
    let rows = placements.map { placement in
      let pool = placement.pool
      let loads = zip(placement.copies, pool.nodes).map { Double($0) / $1.weight }
      let mean = Double(placement.copies.reduce(0, +)) / pool.totalWeight
      let deviation = (loads.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(loads.count)).squareRoot()
      let chance = zip(loads.indices, pool.nodes).reduce(0.0) { $0 + 1 / (mean * $1.1.weight) }
      return [
        "\(pool.nodes.count)", pool.name, decimals((loads.max() ?? 0) / mean, 3),
        decimals((loads.min() ?? 0) / mean, 3), percent(deviation / mean, 2),
        percent((chance / Double(loads.count)).squareRoot(), 2),
        Self.ratio(placement.firsts, pool), Self.ratio(placement.copies, pool),
      ]
    }
    markdown = table(
      "Balance: copies for each unit of weight",
      [
        "nodes", "weights", "most ÷ mean", "least ÷ mean", "standard deviation", "by chance alone",
        "weight 4 ÷ weight 1, first links", "both links",
      ], rows)
  }

  /// Copies of a node of the largest weight for one of a node of the smallest.
  private static func ratio(_ copies: [Int], _ pool: Pool) -> String {
    guard let light = pool.weights.min(), let heavy = pool.weights.max(), light < heavy else { return "" }
    func mean(_ weight: Double) -> Double {
      let all = zip(copies, pool.nodes).filter { $1.weight == weight }.map(\.0)
      return Double(all.reduce(0, +)) / Double(all.count)
    }
    return decimals(mean(heavy) / mean(light), 2)
  }
}

/// What moves when a node of weight 1 is added.
struct GrowthTable {
  let markdown: String

  init(_ placements: [Placements], _ sample: KeySample) {
    let rows = placements.map { placement in
      let pool = placement.pool
      let grown = pool.grown
      var arrived = 0
      var elsewhere = 0
      for (hash, before) in zip(sample.hashes, placement.links) {
        let after = grown.first(Placements.replicas, forKeyHash: hash)
        for position in 0..<Placements.replicas where !Self.holds(before, after[position]) {
          if after[position] == pool.nodes.count { arrived += 1 } else { elsewhere += 1 }
        }
      }
      let copies = Double(Placements.replicas * sample.hashes.count)
      return [
        "\(pool.nodes.count)", pool.name, percent(Double(arrived) / copies, 3),
        percent(1 / (pool.totalWeight + 1), 3), "\(elsewhere)",
      ]
    }
    markdown = table(
      "A node of weight 1 is added",
      [
        "nodes before", "weights", "copies that move", "its share by weight",
        "copies that move between others",
      ], rows)
  }

  private static func holds(_ chain: InlineArray<4, Int>, _ node: Int) -> Bool {
    (0..<Placements.replicas).contains { chain[$0] == node }
  }
}

/// Who takes over what when a node is lost: the worst of the heaviest nodes.
struct LossTable {
  /// As many nodes are lost in turn, each by itself.
  private static let losses = 10
  let markdown: String

  init(_ placements: [Placements]) {
    let rows = placements.map { placement in
      let pool = placement.pool
      let heavy = pool.weights.max() ?? 1
      let lost = pool.nodes.indices.filter { pool.nodes[$0].weight == heavy }.prefix(Self.losses)
      var mostTaken = 0.0
      var mostGrown = 0.0
      var takers = pool.nodes.count
      for node in lost {
        let taken = placement.takenOver(from: node)
        mostTaken = max(mostTaken, Double(taken.max() ?? 0) / Double(placement.copies[node]))
        mostGrown = max(mostGrown, zip(taken, placement.copies).map { Double($0) / Double($1) }.max() ?? 0)
        takers = min(takers, taken.count { $0 > 0 })
      }
      return [
        "\(pool.nodes.count)", pool.name, "\(takers)", percent(mostTaken, 2), percent(mostGrown, 2),
        percent(heavy / (pool.totalWeight - heavy), 2),
      ]
    }
    markdown = table(
      "A node of the largest weight is lost (the worst of \(Self.losses))",
      [
        "nodes", "weights", "survivors that take over", "most that one takes over, of the lost node's copies",
        "largest growth of a survivor", "if all grew alike",
      ], rows)
  }
}
