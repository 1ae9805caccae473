import GatewayCore

/// `/livez`: the process serves. `/readyz`: it can also reach a node.
struct HealthRoute {
  let pool: NodePool

  func live(_ method: Method) -> Plan {
    .reading(method) { text(200, "live\n") }
  }

  func ready(_ method: Method) -> Plan {
    .reading(method) {
      let up = pool.upCount
      if up == 0 { return Problem.unreachable("none of \(pool.nodes.count) nodes is up").response }
      return text(200, "ready: \(up) of \(pool.nodes.count) nodes are up\n")
    }
  }

  private func text(_ status: UInt32, _ text: String) -> Response {
    Response(status, body: Bytes(text.utf8))
      .adding("Content-Type", "text/plain; charset=utf-8")
      .adding("Cache-Control", "no-store")
  }
}
