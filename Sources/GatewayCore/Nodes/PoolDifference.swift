/// What has to be done to a pool for it to be as a configuration says.
public struct PoolDifference: Equatable, Sendable {
  /// In the order of the configuration.
  public var added: [NodeConfiguration] = []
  /// Names, in the order of the pool.
  public var removed: [String] = []
  /// Those with another weight, and those that were about to leave and are to stay.
  public var reweighted: [NodeConfiguration] = []
  /// The same node at another address: it keeps its name, and so its place in the chains.
  public var moved: [NodeConfiguration] = []

  /// `nodes`: as they are now.
  public init(from nodes: [NodeStatus], to wanted: [NodeConfiguration]) {
    for node in wanted {
      guard let present = nodes.first(where: { $0.name == node.name }) else {
        added.append(node)
        continue
      }
      if present.address != Endpoint(host: node.host, port: node.port) { moved.append(node) }
      if present.weight != node.weight || present.membership == .leaving { reweighted.append(node) }
    }
    removed = nodes.filter { node in
      node.membership != .leaving && !wanted.contains { $0.name == node.name }
    }.map(\.name)
  }

  public var isEmpty: Bool { added.isEmpty && removed.isEmpty && reweighted.isEmpty && moved.isEmpty }
}
