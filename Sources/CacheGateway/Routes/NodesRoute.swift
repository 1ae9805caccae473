import GatewayCore

/// `/nodes` and `/nodes/{name}`: the state of the pool's nodes.
struct NodesRoute {
  static let prefix = "/nodes/"

  let pool: NodePool
  let loop: any EventLoop

  func all(_ method: Method) -> Plan {
    .reading(method) {
      let nodes = pool.nodes.map { $0.status(now: loop.now).json }
      return json("{\"nodes\":[\(nodes.joined(separator: ","))]}\n")
    }
  }

  func one(_ method: Method, _ path: UnsafeBufferPointer<UInt8>) -> Plan {
    .reading(method) {
      do {
        let name = try PercentEncoding.decode(path.dropFirst(Self.prefix.utf8.count))
        guard let node = pool.nodes.first(where: { $0.name.utf8.elementsEqual(name) }) else {
          return Problem.notFound("no node is called '\(String(decoding: name, as: UTF8.self))'").response
        }
        return json(node.status(now: loop.now).json + "\n")
      } catch {
        return Problem.notFound("no node has such a name: \(error)").response
      }
    }
  }

  private func json(_ text: String) -> Response {
    Response(200, body: Bytes(text.utf8))
      .adding("Content-Type", "application/json")
      .adding("Cache-Control", "no-store")
  }
}
