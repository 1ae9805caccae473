import GatewayCore

/// What the HTTP server asks of the routes.
protocol RequestHandler: AnyObject {
  /// Decides on a request by its head, before its body.
  func plan(_ head: borrowing RequestHead) -> Plan
}

enum Plan {
  /// To be carried out when the body is there, which must not exceed so many bytes.
  case perform(any PlannedRequest, mostBody: Int)
  /// Answered without the body.
  case answer(Response)
}

/// A request whose head has been read and checked, with everything from it that is needed later.
protocol PlannedRequest: AnyObject {
  /// Carries it out, on the coordinator's event loop. `client` gets the answer, at once or later.
  func perform(body: Bytes, for client: any AnswerReceiver, on coordinator: isolated Coordinator)

  /// The answer to a body longer than planned.
  func tooLarge(mostBody: Int) -> Response
}

/// A request that takes bodies which are too long to be held as a whole.
protocol StreamingRequest: PlannedRequest {
  /// The longest body, in bytes.
  var mostStreamed: Int { get }

  /// In which it is handed on, in bytes.
  var pieceSize: Int { get }

  /// Carries it out while the body comes in; in place of `perform(body:for:on:)`.
  func perform(
    streaming body: UploadStream, for client: any AnswerReceiver, on coordinator: isolated Coordinator)
}

/// Who gets a request's answer.
protocol AnswerReceiver: AnyObject {
  /// Called once, on the event loop.
  func receive(_ answer: consuming Response)

  /// The values of all header fields of this name in its request, joined, as sent; nil when there is none, or
  /// the client has gone. Until it gets its answer.
  func joinedHeader(_ name: StaticString) -> [UInt8]?
}

extension AnswerReceiver {
  func joinedHeader(_ name: StaticString) -> [UInt8]? { nil }
}
