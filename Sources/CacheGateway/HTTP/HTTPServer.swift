import CMicroHTTPD
import GatewayCore
import Logging

/// An HTTP listener of one worker: takes requests from libmicrohttpd, has them carried out, and hands the
/// answers back.
///
/// libmicrohttpd asks its handler for a request's answer in every run until there is one. A request that is
/// answered within a few runs, as almost all are, stays so: suspending and resuming its connection costs
/// three system calls. One that takes longer is suspended, so that many slow requests cost the others
/// nothing.
final class HTTPServer {
  /// Runs in which libmicrohttpd asks in vain before the connection is suspended: some twenty turns of the loop.
  private static let patience = 96
  /// A refused body is read up to here, so that the client gets to see the answer.
  private static let mostDrained = 8 << 20

  /// The same for a body that was being carried on: by then the client has begun to send it.
  private static let mostDrainedOfStream = 64 << 20

  private let handler: any RequestHandler
  private let coordinator: Coordinator
  private let budget = UploadBudget(bytes: UploadBudget.standard)
  private let date: DateField
  private var daemon: HTTPDaemon?
  private var isDraining = false
  /// Exchanges under way, those whose answer is still being written included.
  private(set) var exchangesUnderWay = 0
  /// Requests whose answer libmicrohttpd asks for without having to be called for it.
  private(set) var asking = 0
  private var suspended = 0
  /// Requests that began in this turn and whose body had not come along.
  private var awaitingBody: [Exchange] = []

  /// Takes over the listener. Call on the loop's thread, or before it runs.
  init(
    _ listener: Listener, _ handler: any RequestHandler, on coordinator: Coordinator, loop: EpollEventLoop,
    limits: HTTPDaemon.Limits, logger: Logger
  ) throws {
    self.handler = handler
    self.coordinator = coordinator
    date = DateField(loop: loop)
    daemon = try HTTPDaemon(listener, limits: limits, loop: loop, server: self, logger: logger)
  }

  var hasSuspended: Bool { suspended > 0 }

  /// Accepts nothing more; answers close their connections.
  func drain() {
    isDraining = true
    daemon?.quiesce()
  }

  /// Closes all connections. Nothing may be suspended: the requests must have ended.
  func stop() {
    daemon?.stop()
  }

  // MARK: Requests

  /// Called by libmicrohttpd for a new request without `state`, then for each piece of its body, then, with an
  /// empty piece, in every run until an answer is queued. Sets `size` to what is left of a piece.
  func handle(
    _ connection: OpaquePointer, _ url: UnsafePointer<CChar>, _ method: UnsafePointer<CChar>,
    _ data: UnsafePointer<CChar>?, _ size: UnsafeMutablePointer<Int>,
    _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  ) -> MHD_Result {
    guard let known = state.pointee else {
      let framing = Framing(of: connection)
      let head = RequestHead(
        method: Method(name: method), fields: framing.fields, url: url, connection: connection)
      let exchange = begin(head, framing, connection)
      state.pointee = Unmanaged.passRetained(exchange).toOpaque()
      exchangesUnderWay += 1
      daemon?.madeProgress = true
      return queueEarly(exchange, head)
    }
    return Unmanaged<Exchange>.fromOpaque(known)._withUnsafeGuaranteedRef { exchange in
      if size.pointee == 0 { return proceed(exchange) }
      daemon?.madeProgress = true
      return receive(exchange, UnsafeRawBufferPointer(start: data, count: size.pointee), &size.pointee)
    }
  }

  private func begin(
    _ head: borrowing RequestHead, _ framing: Framing, _ connection: OpaquePointer
  ) -> Exchange {
    if let fault = framing.fault {
      return answered(Problem.invalidHeader(fault).response, connection, mostDrained: 0)
    }
    if let expectation = head.unknownExpectation {
      return answered(Problem.expectationFailed(expectation).response, connection)
    }
    switch handler.plan(head) {
    case .answer(let response):
      return answered(response, connection)
    case .perform(let request, let mostBody):
      let exchange = Exchange(
        connection, request, body: RequestBody(limit: mostBody, budget: budget), on: self)
      if let length = head.contentLength, length > 0 {
        let length = Int(clamping: length)
        if let growth = refusal(exchange.body.expect(length)), !stream(exchange, growth, announced: length) {
          refuse(exchange, growth)
        }
        awaitingBody.append(exchange)
      }
      return exchange
    }
  }

  private func answered(
    _ response: Response, _ connection: OpaquePointer, mostDrained: Int = HTTPServer.mostDrained
  ) -> Exchange {
    Exchange(
      connection, response, mostDrained: mostDrained, body: RequestBody(limit: 0, budget: budget), on: self)
  }

  /// The answer that stands before the body is sent at once where the client waits to be told, and where
  /// there is more to come than is worth reading; the connection is closed then.
  private func queueEarly(_ exchange: Exchange, _ head: borrowing RequestHead) -> MHD_Result {
    guard case .draining(let rest) = exchange.phase else { return .YES }
    guard rest == 0 || head.expectsContinue || head.contentLength ?? 0 > UInt64(rest) else { return .YES }
    return queueAnswer(of: exchange)
  }

  /// libmicrohttpd has run as often as it had to.
  ///
  /// A client that sends head and body apart waits for the head's acknowledgement first (Nagle, RFC 896),
  /// which the kernel delays by 40 ms: so it is asked not to.
  func runsEnded() {
    for exchange in awaitingBody {
      guard case .receiving = exchange.phase else { continue }
      ClientSocket.acknowledgeNow(cmhd_socket(exchange.connection))
    }
    awaitingBody.removeAll(keepingCapacity: true)
  }

  /// Sets `rest` to how many of the bytes must wait.
  private func receive(
    _ exchange: Exchange, _ bytes: UnsafeRawBufferPointer, _ rest: inout Int
  ) -> MHD_Result {
    rest = 0
    switch exchange.phase {
    case .receiving:
      let inPlace = exchange.inPlace(of: bytes.count)
      if inPlace < bytes.count {
        collect(exchange, UnsafeRawBufferPointer(rebasing: bytes[inPlace...]), &rest)
      }
      return .YES
    case .draining(let rest):
      exchange.phase = .draining(rest: rest - bytes.count)
      return rest > bytes.count ? .YES : .NO
    case .running, .suspended, .answered, .queued, .closed:
      return .NO
    }
  }

  /// Sets `rest` to how many of the bytes must wait.
  private func collect(_ exchange: Exchange, _ bytes: UnsafeRawBufferPointer, _ rest: inout Int) {
    if exchange.upload == nil {
      guard let growth = refusal(exchange.body.append(bytes)) else { return exchange.receiveDirectly() }
      guard stream(exchange, growth, announced: nil) else { return refuse(exchange, growth) }
    }
    guard let upload = exchange.upload else { return }
    carryOn(exchange, upload, bytes, &rest)
    if rest == 0 { exchange.receiveDirectly() }
  }

  private func refusal(_ growth: RequestBody.Growth) -> RequestBody.Growth? {
    growth == .accepted ? nil : growth
  }

  private func refuse(_ exchange: Exchange, _ growth: RequestBody.Growth) {
    guard case .receiving = exchange.phase else { return }
    exchange.body.release()
    let limit = exchange.body.limit
    exchange.refuse(
      { growth == .tooLong ? $0.tooLarge(mostBody: limit) : Problem.outOfUploadMemory.response },
      mostDrained: Self.mostDrained)
  }

  // MARK: Streams

  /// Begins to carry the request out while its body comes in, where it takes that. `announced`: the body's
  /// length, where it is known.
  private func stream(_ exchange: Exchange, _ growth: RequestBody.Growth, announced: Int?) -> Bool {
    guard growth == .tooLong, let request = exchange.streamingRequest(announced: announced ?? 0) else {
      return false
    }
    let collected = exchange.body.bytes
    exchange.body.release()
    let upload = UploadStream(
      pieceSize: request.pieceSize, limit: request.mostStreamed, announced: announced, budget: budget
    ) { [unowned self, unowned exchange] in goOn(exchange) }
    guard let upload else {
      refuse(exchange, .noRoom)
      return true
    }
    exchange.upload = upload
    let taken = withExtendedLifetime(collected) { upload.append(collected.buffer) }
    precondition(taken == collected.count, "what was collected fits into a stream's first pieces")
    coordinator.isolated(exchange) { coordinator, exchange in
      guard let upload = exchange.upload, let request = exchange.takeRequest() as? any StreamingRequest else {
        return
      }
      request.perform(streaming: upload, for: exchange, on: coordinator)
    }
    return true
  }

  private func carryOn(
    _ exchange: Exchange, _ upload: UploadStream, _ bytes: UnsafeRawBufferPointer, _ rest: inout Int
  ) {
    guard let taken = upload.append(bytes) else {
      upload.breakOff()
      return exchange.setEarlyAnswer(upload.tooLarge, mostDrained: Self.mostDrainedOfStream)
    }
    rest = bytes.count - taken
    if rest > 0 { pause(exchange) }
  }

  /// What libmicrohttpd goes on with in its next run need not wait.
  func madeProgress() { daemon?.madeProgress = true }

  /// Suspends the connection until `goOn`.
  func pause(_ exchange: Exchange) {
    guard !exchange.isPaused else { return }
    exchange.isPaused = true
    suspended += 1
    MHD_suspend_connection(exchange.connection)
  }

  func goOn(_ exchange: Exchange) {
    guard exchange.isPaused else { return }
    exchange.isPaused = false
    suspended -= 1
    MHD_resume_connection(exchange.connection)
    daemon?.runSoon()
  }

  // MARK: Answers

  /// The request is whole: begin it, or look for its answer.
  private func proceed(_ exchange: Exchange) -> MHD_Result {
    switch exchange.phase {
    case .receiving where exchange.upload != nil:
      exchange.upload?.end()
      exchange.phase = .running(asked: 0)
      asking += 1
      return .YES
    case .receiving:
      perform(exchange)
      return .YES
    case .draining, .answered:
      return queueAnswer(of: exchange)
    case .running(let asked) where asked >= Self.patience:
      suspend(exchange)
      return .YES
    case .running(let asked):
      exchange.phase = .running(asked: asked + 1)
      return .YES
    case .suspended, .queued: return .YES
    case .closed: return .NO
    }
  }

  private func perform(_ exchange: Exchange) {
    exchange.phase = .running(asked: 0)
    asking += 1
    coordinator.isolated(exchange) { coordinator, exchange in
      exchange.takeRequest()?.perform(body: exchange.body.bytes, for: exchange, on: coordinator)
    }
  }

  private func suspend(_ exchange: Exchange) {
    asking -= 1
    suspended += 1
    exchange.phase = .suspended
    MHD_suspend_connection(exchange.connection)
  }

  /// The answer to a request that is being carried out.
  func finish(_ exchange: Exchange, _ response: consuming Response) {
    exchange.body.release()
    switch exchange.phase {
    case .running:
      exchange.setAnswer(response)
    case .suspended:
      asking += 1
      suspended -= 1
      exchange.setAnswer(response)
      MHD_resume_connection(exchange.connection)
    case .receiving where exchange.upload != nil:
      exchange.setEarlyAnswer(response, mostDrained: Self.mostDrainedOfStream)
      goOn(exchange)
    case .receiving, .draining, .answered, .queued, .closed: return
    }
    daemon?.runSoon()
  }

  private func queueAnswer(of exchange: Exchange) -> MHD_Result {
    guard let answer = exchange.takeAnswer() else { return .NO }
    if case .answered = exchange.phase { asking -= 1 }
    exchange.phase = .queued
    daemon?.madeProgress = true
    return ResponseQueue.queue(answer, for: exchange, date: date.bytes, closes: isDraining)
  }

  /// Called by libmicrohttpd when the connection is done with a request: answered, or broken off.
  func completed(_ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>) {
    guard let known = state.pointee else { return }
    state.pointee = nil
    let exchange = Unmanaged<Exchange>.fromOpaque(known).takeRetainedValue()
    exchangesUnderWay -= 1
    switch exchange.phase {
    case .running, .answered: asking -= 1
    case .receiving, .draining: exchange.body.release()
    case .suspended, .queued, .closed: break
    }
    if exchange.isPaused { suspended -= 1 }
    exchange.directUpload = nil
    exchange.upload?.breakOff()
    exchange.upload = nil
    exchange.phase = .closed
  }
}
