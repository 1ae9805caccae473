/// Which changes of the pool are possible.
enum PoolChangeRules {
  /// As many nodes as a gateway serves.
  static let mostNodes = 1000

  /// A node that is there.
  struct Entry {
    let name: String
    let address: Endpoint
    let membership: NodeStatus.Membership
  }

  /// `moving`: earlier changes after which keys are still moving.
  static func check(_ change: PoolChange, _ nodes: [Entry], moving: Int) throws(PoolChangeError) {
    try checkNames(change, nodes)
    try checkAddresses(change, nodes)
    try checkSizes(change, nodes, moving: moving)
  }

  private static func checkNames(_ change: PoolChange, _ nodes: [Entry]) throws(PoolChangeError) {
    let names = Set(nodes.map(\.name))
    let named = change.drained.union(change.removed).union(change.weights.keys).union(change.addresses.keys)
    if let unknown = named.subtracting(names).min() { throw .unknownNode(unknown) }
    var taken = names
    for node in change.added where !taken.insert(node.name).inserted { throw .nameTaken(node.name) }
  }

  private static func checkAddresses(_ change: PoolChange, _ nodes: [Entry]) throws(PoolChangeError) {
    var taken: [String: String] = [:]
    for node in nodes where change.addresses[node.name] == nil { taken["\(node.address)"] = node.name }
    let fresh =
      change.added.map { ($0.name, Endpoint(host: $0.host, port: $0.port)) }
      + change.addresses.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    for (name, address) in fresh {
      if let other = taken.updateValue(name, forKey: "\(address)") { throw .addressTaken(address, by: other) }
    }
  }

  private static func checkSizes(
    _ change: PoolChange, _ nodes: [Entry], moving: Int
  ) throws(PoolChangeError) {
    if nodes.count + change.added.count > mostNodes { throw .tooManyNodes(limit: mostNodes) }
    if moving >= Layout.mostFormer { throw .tooManyChanges(limit: Layout.mostFormer) }
    let gone = change.drained.union(change.removed).subtracting(change.weights.keys)
    let staying = nodes.filter {
      ($0.membership == .member || change.weights[$0.name] != nil) && !gone.contains($0.name)
    }
    if let last = gone.min(), staying.isEmpty, change.added.isEmpty { throw .lastNode(last) }
  }
}

extension PoolChangeRules.Entry {
  init(_ node: Node) {
    let configuration = node.configuration
    self.init(
      name: node.name, address: Endpoint(host: configuration.host, port: configuration.port),
      membership: node.membership)
  }
}
