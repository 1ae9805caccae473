import GatewayCore

/// `/livez`: the process serves. `/readyz`: it can also reach a node.
struct HealthRoute {
  private static let allowed = "GET, HEAD, OPTIONS"

  let pool: NodePool

  func live(_ method: Method) -> Plan {
    answer(method) { text(200, "live\n") }
  }

  func ready(_ method: Method) -> Plan {
    answer(method) {
      let up = pool.upCount
      if up == 0 { return Problem.unreachable("none of \(pool.nodes.count) nodes is up").response }
      return text(200, "ready: \(up) of \(pool.nodes.count) nodes are up\n")
    }
  }

  private func answer(_ method: Method, _ body: () -> Response) -> Plan {
    switch method {
    case .get, .head: .answer(body())
    case .options: .answer(Response(204).adding("Allow", Self.allowed))
    default: .answer(Problem.methodNotAllowed(Self.allowed).response)
    }
  }

  private func text(_ status: UInt32, _ text: String) -> Response {
    Response(status, body: Bytes(text.utf8))
      .adding("Content-Type", "text/plain; charset=utf-8")
      .adding("Cache-Control", "no-store")
  }
}
