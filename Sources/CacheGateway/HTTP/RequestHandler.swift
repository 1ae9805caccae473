import GatewayCore

/// What the HTTP server asks of the routes.
protocol RequestHandler: AnyObject {
  /// What a request asks for: everything needed from its head, read and checked.
  associatedtype Action

  /// Decides on a request by its head, before its body.
  func plan(_ head: borrowing RequestHead) -> Plan<Action>

  /// Carries out what was planned. Runs on the coordinator's event loop.
  func perform(_ action: Action, body: Bytes, on coordinator: isolated Coordinator) async -> Response
}

enum Plan<Action> {
  /// To be carried out when the body is there, which must not exceed so many bytes; `tooLarge` is the answer
  /// when it turns out to.
  case perform(Action, mostBody: Int, tooLarge: Response)
  /// Answered without the body.
  case answer(Response)
}
