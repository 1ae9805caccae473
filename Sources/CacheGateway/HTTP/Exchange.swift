import GatewayCore

/// One request and its answer.
final class Exchange: AnswerReceiver {
  enum State {
    /// The body is coming in; then the request is carried out.
    case receiving(any PlannedRequest)
    /// The answer stands, but the client is still sending: so many bytes more are read and dropped.
    case draining(Response, rest: Int)
    /// Being carried out. libmicrohttpd has asked for the answer so often.
    case running(asked: Int)
    /// Being carried out, with the connection suspended.
    case suspended
    /// To be queued when libmicrohttpd asks next.
    case answered(Response)
    /// Queued.
    case queued
    /// The connection has gone.
    case closed
  }

  let connection: OpaquePointer
  var state: State
  var body: RequestBody
  private let server: HTTPServer

  init(_ connection: OpaquePointer, _ state: State, body: RequestBody, on server: HTTPServer) {
    self.connection = connection
    self.state = state
    self.body = body
    self.server = server
  }

  func receive(_ answer: Response) {
    server.finish(self, answer)
  }
}
