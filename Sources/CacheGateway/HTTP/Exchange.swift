import GatewayCore

/// One request and its answer.
///
/// `@unchecked Sendable`: it is handed to the task that carries the request out, which runs on the thread of
/// the event loop that also drives libmicrohttpd; nobody else has it.
final class Exchange: @unchecked Sendable {
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

  init(_ connection: OpaquePointer, _ state: State, body: RequestBody) {
    self.connection = connection
    self.state = state
    self.body = body
  }
}
