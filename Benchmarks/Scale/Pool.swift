import ArgumentParser
import GatewayCore

/// Nodes with weights that repeat.
struct Pool {
  let nodes: [ChainOrder.Node]
  let order: ChainOrder
  let weights: [Double]

  init(size: Int, weights: [Double]) throws {
    guard size > 2, !weights.isEmpty else { throw ValidationError("a pool has more than two nodes") }
    nodes = (0..<size).map { ChainOrder.Node(name: "node-\($0)", weight: weights[$0 % weights.count]) }
    order = ChainOrder(nodes)
    self.weights = weights
  }

  /// With one more node, of weight 1.
  var grown: ChainOrder { ChainOrder(nodes + [ChainOrder.Node(name: "node-\(nodes.count)")]) }

  var totalWeight: Double { nodes.reduce(0) { $0 + $1.weight } }

  var name: String {
    weights.count == 1 ? "equal" : weights.map { String(Int($0)) }.joined(separator: " : ")
  }
}

/// The keys' hashes, as the gateway computes them.
struct KeySample {
  let hashes: [UInt64]

  init(count: Int, seed: Int) {
    hashes = (0..<count).compactMap { try? Key("sample-\(seed)/key-\($0)").hash }
  }
}
