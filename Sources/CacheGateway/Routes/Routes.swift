import GatewayCore

/// What the gateway does for a request, by its path.
final class Routes: RequestHandler {
  private let keys: KeysRoute
  private let batch: BatchRoute
  private let health: HealthRoute

  /// `loop` tells the time. Requests come in on its thread.
  init(_ configuration: Configuration, pool: NodePool, loop: any EventLoop) {
    keys = KeysRoute(configuration, pool: pool, loop: loop)
    batch = BatchRoute(configuration, pool: pool)
    health = HealthRoute(pool: pool)
  }

  func plan(_ head: borrowing RequestHead) -> Plan {
    let path = head.path
    if KeysRoute.isPrefix(of: path) { return keys.plan(head, path) }
    switch String(decoding: path, as: UTF8.self) {
    case BatchRoute.path: return batch.plan(head)
    case "/livez": return health.live(head.method)
    case "/readyz": return health.ready(head.method)
    default: return .answer(Problem.notFound("there is nothing at this path; keys are under /keys/").response)
    }
  }
}

/// The admin listener's routes.
final class AdminRoutes: RequestHandler {
  private let health: HealthRoute
  private let nodes: NodesRoute
  private let metrics: MetricsRoute
  private let document = OpenAPIRoute()

  /// `loop` tells the time. Requests come in on its thread.
  init(pool: NodePool, loop: any EventLoop) {
    health = HealthRoute(pool: pool)
    nodes = NodesRoute(pool: pool, loop: loop)
    metrics = MetricsRoute(pool: pool, loop: loop)
  }

  func plan(_ head: borrowing RequestHead) -> Plan {
    let path = head.path
    if path.starts(with: NodesRoute.prefix.utf8) { return nodes.below(head, path) }
    return switch String(decoding: path, as: UTF8.self) {
    case "/livez": health.live(head.method)
    case "/readyz": health.ready(head.method)
    case "/nodes": nodes.all(head.method)
    case "/metrics": metrics.plan(head.method)
    case "/openapi.yaml": document.plan(head.method)
    default: .answer(Problem.notFound("there is nothing at this path of the admin listener").response)
    }
  }
}
