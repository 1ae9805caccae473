import GatewayCore

/// A change of the pool.
enum NodeChange {
  case add(NodeConfiguration)
  case reweight(String, Double)
  case remove(String)
  case act(NodeAction, String)

  var name: String {
    switch self {
    case .add(let node): node.name
    case .reweight(let name, _), .remove(let name), .act(_, let name): name
    }
  }

  /// Carries it out; the status of the answer. It has no body when that is 204, else the node.
  func perform(on coordinator: isolated Coordinator) async throws(PoolChangeError) -> UInt32 {
    switch self {
    case .add(let node):
      try await coordinator.addNode(node)
      return 201
    case .reweight(let name, let weight):
      try coordinator.changeWeight(of: name, to: weight)
      return 200
    case .remove(let name): return try coordinator.removeNode(name) ? 204 : 202
    case .act(let action, let name): return try await act(action, name, coordinator)
    }
  }

  private func act(
    _ action: NodeAction, _ name: String, _ coordinator: isolated Coordinator
  ) async throws(PoolChangeError) -> UInt32 {
    switch action {
    case .drain: try coordinator.drainNode(name)
    case .restore: try coordinator.restoreNode(name)
    case .flush:
      try await coordinator.flushNode(name)
      return 204
    }
    return 202
  }
}
