import GatewayCore

/// `/livez`: the process serves. `/readyz`: it can also reach a node.
struct HealthRoute {
  private static let allowed = "GET, HEAD, OPTIONS"

  let pool: NodePool

  func live<Action>(_ method: Method) -> Plan<Action> {
    answer(method) { text(200, "live\n") }
  }

  func ready<Action>(_ method: Method) -> Plan<Action> {
    answer(method) {
      let up = pool.upCount
      if up == 0 { return Problem.unreachable("none of \(pool.nodes.count) nodes is up").response }
      return text(200, "ready: \(up) of \(pool.nodes.count) nodes are up\n")
    }
  }

  private func answer<Action>(_ method: Method, _ body: () -> Response) -> Plan<Action> {
    switch method {
    case .get, .head: .answer(body())
    case .options: .answer(Response(204, fields: [Response.Field(name: "Allow", value: Self.allowed)]))
    default: .answer(Problem.methodNotAllowed(Self.allowed).response)
    }
  }

  private func text(_ status: UInt32, _ text: String) -> Response {
    Response(
      status,
      fields: [
        Response.Field(name: "Content-Type", value: "text/plain; charset=utf-8"),
        Response.Field(name: "Cache-Control", value: "no-store"),
      ], body: Bytes(Array(text.utf8)))
  }
}
