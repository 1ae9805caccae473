import GatewayCore

/// `/nodes`, `/nodes/{name}` and what can be done with a node: the pool, told and changed.
struct NodesRoute {
  static let prefix = "/nodes/"
  private static let nodeMethods = "GET, HEAD, PUT, DELETE, OPTIONS"
  private static let actionMethods = "POST, OPTIONS"

  let pool: NodePool
  let loop: any EventLoop

  func all(_ method: Method) -> Plan {
    .reading(method) {
      let nodes = pool.nodes.map { $0.status(now: loop.now).json }
      let rebalance = pool.rebalance(now: loop.now)?.json ?? "null"
      return json(200, "{\"nodes\":[\(nodes.joined(separator: ","))],\"rebalance\":\(rebalance)}\n")
    }
  }

  /// Whatever begins with `prefix`.
  func below(_ head: borrowing RequestHead, _ path: UnsafeBufferPointer<UInt8>) -> Plan {
    do throws(Refusal) {
      let place = try NodePath(path.dropFirst(Self.prefix.utf8.count))
      if let action = place.action { return try plan(action, place, head.method) }
      return try plan(place, head)
    } catch {
      return .answer(error.problem.response)
    }
  }

  private func plan(_ place: NodePath, _ head: borrowing RequestHead) throws(Refusal) -> Plan {
    switch head.method {
    case .get, .head: return .answer(try status(of: try place.name))
    case .put:
      return .perform(
        NodeChangeRequest(self, putOf: try place.newName), mostBody: NodeFields.longestBody)
    case .delete: return perform(.remove(try place.name))
    case .options: return .answer(Response(204).adding("Allow", Self.nodeMethods))
    default: throw Refusal(.methodNotAllowed(Self.nodeMethods))
    }
  }

  private func plan(_ action: NodeAction, _ place: NodePath, _ method: Method) throws(Refusal) -> Plan {
    switch method {
    case .post: perform(.act(action, try place.name))
    case .options: .answer(Response(204).adding("Allow", Self.actionMethods))
    default: throw Refusal(.methodNotAllowed(Self.actionMethods))
    }
  }

  private func perform(_ change: NodeChange) -> Plan {
    .perform(NodeChangeRequest(self, change), mostBody: 0)
  }

  // MARK: Answers

  /// The node's JSON.
  func status(of name: String, _ status: UInt32 = 200) throws(Refusal) -> Response {
    guard let node = pool.nodes.first(where: { $0.name == name }) else {
      throw Refusal(PoolChangeError.unknownNode(name).problem)
    }
    return json(status, node.status(now: loop.now).json + "\n")
  }

  private func json(_ status: UInt32, _ text: String) -> Response {
    Response(status, body: Bytes(text.utf8))
      .adding("Content-Type", "application/json")
      .adding("Cache-Control", "no-store")
  }
}
