import GatewayCore

/// What the gateway does for a request: from path and method to an action.
final class Routes: RequestHandler {
  enum Action {
    case keys(KeysRoute.Action)
  }

  private let keys: KeysRoute
  private let health: HealthRoute

  init(_ configuration: Configuration, pool: NodePool) {
    keys = KeysRoute(configuration, pool: pool)
    health = HealthRoute(pool: pool)
  }

  func plan(_ head: borrowing RequestHead) -> Plan<Action> {
    let path = head.path
    if path.starts(with: KeysRoute.prefix.utf8) { return keys.plan(head, path).map(Action.keys) }
    switch String(decoding: path, as: UTF8.self) {
    case "/livez": return health.live(head.method)
    case "/readyz": return health.ready(head.method)
    default: return .answer(Problem.notFound("there is nothing at this path; keys are under /keys/").response)
    }
  }

  func perform(_ action: Action, body: Bytes, on coordinator: isolated Coordinator) async -> Response {
    switch action {
    case .keys(let action): await keys.perform(action, body: body, on: coordinator)
    }
  }
}

/// The admin listener's routes.
final class AdminRoutes: RequestHandler {
  /// Nothing takes a body or time yet.
  enum Action {}

  private let health: HealthRoute

  init(pool: NodePool) {
    health = HealthRoute(pool: pool)
  }

  func plan(_ head: borrowing RequestHead) -> Plan<Action> {
    switch String(decoding: head.path, as: UTF8.self) {
    case "/livez": health.live(head.method)
    case "/readyz": health.ready(head.method)
    default: .answer(Problem.notFound("there is nothing at this path of the admin listener").response)
    }
  }

  func perform(_ action: Action, body: Bytes, on coordinator: isolated Coordinator) async -> Response {}
}

extension Plan {
  func map<Other>(_ transform: (Action) -> Other) -> Plan<Other> {
    switch self {
    case .perform(let action, let mostBody, let tooLarge):
      .perform(transform(action), mostBody: mostBody, tooLarge: tooLarge)
    case .answer(let response): .answer(response)
    }
  }
}
