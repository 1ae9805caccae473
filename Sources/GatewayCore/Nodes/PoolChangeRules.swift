/// Which changes of a pool are refused, whatever the nodes say: pure rules on what the pool is now.
struct PoolChangeRules {
  /// Each worker has a connection to every node, and each key's chain orders them all.
  static let mostNodes = 1000

  /// As they are now, those that are leaving included.
  let nodes: [NodeStatus]

  func checkAddition(of node: NodeConfiguration) throws(PoolChangeError) {
    if nodes.contains(where: { $0.name == node.name }) { throw .nameTaken(node.name) }
    let address = Endpoint(host: node.host, port: node.port)
    if let owner = nodes.first(where: { $0.address == address }) {
      throw .addressTaken(address, by: owner.name)
    }
    if nodes.count >= Self.mostNodes { throw .tooManyNodes(limit: Self.mostNodes) }
  }

  func checkExistence(of name: String) throws(PoolChangeError) {
    guard nodes.contains(where: { $0.name == name }) else { throw .unknownNode(name) }
  }

  /// Another node must be left to hold keys.
  func checkRemoval(of name: String) throws(PoolChangeError) {
    try checkExistence(of: name)
    guard nodes.contains(where: { $0.name != name && $0.membership == .member }) else {
      throw .lastNode(name)
    }
  }
}
