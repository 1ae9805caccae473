import CMicroHTTPD
import GatewayCore

/// One request and its answer.
final class Exchange: AnswerReceiver {
  enum Phase {
    /// The body is coming in; then the request is carried out.
    case receiving
    /// The answer stands, but the client is still sending: so many bytes more are read and dropped.
    case draining(rest: Int)
    /// Being carried out. libmicrohttpd has asked for the answer so often.
    case running(asked: Int)
    /// Being carried out, with the connection suspended.
    case suspended
    /// The answer is to be queued when libmicrohttpd asks next.
    case answered
    /// Queued.
    case queued
    /// The connection has gone.
    case closed
  }

  let connection: OpaquePointer
  var phase: Phase
  var body: RequestBody
  /// While the next part of the body comes straight into its place.
  var directUpload: DirectUpload?
  /// The body, when it is carried on while it comes in: the request is being carried out then.
  var upload: UploadStream?
  /// The connection is suspended until there is room in `upload`, or more of the answer's body.
  var isPaused = false
  /// What is to be carried out; nil when the answer stands from the start, and once it is being carried out.
  private var request: (any PlannedRequest)?
  /// From when the answer stands until it is queued.
  private var answer: Response?
  /// Outlives every exchange.
  private unowned(unsafe) let server: HTTPServer

  /// Of a request that is to be carried out.
  init(_ connection: OpaquePointer, _ request: any PlannedRequest, body: RequestBody, on server: HTTPServer) {
    self.connection = connection
    phase = .receiving
    self.request = request
    self.body = body
    self.server = server
  }

  /// Of one whose answer stands. At most `mostDrained` bytes of its body are read.
  init(
    _ connection: OpaquePointer, _ answer: Response, mostDrained: Int, body: RequestBody,
    on server: HTTPServer
  ) {
    self.connection = connection
    phase = .draining(rest: mostDrained)
    self.answer = answer
    self.body = body
    self.server = server
  }

  /// Instead of carrying it out.
  func refuse(_ answer: (any PlannedRequest) -> Response, mostDrained: Int) {
    guard let request else { return }
    self.answer = answer(request)
    self.request = nil
    phase = .draining(rest: mostDrained)
  }

  /// The request, when it takes a body of so many bytes as a stream.
  func streamingRequest(announced: Int) -> (any StreamingRequest)? {
    guard let request = request as? any StreamingRequest, announced <= request.mostStreamed else {
      return nil
    }
    return request
  }

  func takeRequest() -> (any PlannedRequest)? { request.take() }

  func takeAnswer() -> Response? { answer.take() }

  func setAnswer(_ answer: consuming Response) {
    self.answer = answer
    phase = .answered
  }

  /// In place of going on with the body.
  func setEarlyAnswer(_ answer: Response, mostDrained: Int) {
    upload = nil
    self.answer = answer
    phase = .draining(rest: mostDrained)
  }

  /// Where more of the body is to come.
  func receiveDirectly() {
    let socket = cmhd_socket(connection)
    directUpload = upload.map { $0.receiveDirectly(from: socket) } ?? body.receiveDirectly(from: socket)
  }

  /// How many of the next `count` bytes of the body, at their beginning, are in their place already.
  func inPlace(of count: Int) -> Int {
    guard let directUpload else { return 0 }
    let inPlace = directUpload.handedOn(count)
    upload?.arrived(inPlace)
    if directUpload.isComplete { self.directUpload = nil }
    return inPlace
  }

  func joinedHeader(_ name: StaticString) -> [UInt8]? {
    switch phase {
    case .running, .suspended: RequestHead.joinedHeader(name, of: connection)
    case .receiving, .draining, .answered, .queued, .closed: nil
    }
  }

  func receive(_ answer: consuming Response) {
    server.finish(self, answer)
  }

  /// More of its answer can be sent at once.
  func madeProgress() { server.madeProgress() }

  func pause() { server.pause(self) }

  func goOn() { server.goOn(self) }
}
