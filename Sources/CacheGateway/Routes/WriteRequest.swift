import GatewayCore

/// A PUT or DELETE, read and checked.
class WriteRequest: PlannedRequest, WriteReceiver {
  fileprivate let route: KeysRoute
  fileprivate let write: KeyWrite
  private let mostBody: Int

  init(_ route: KeysRoute, _ write: KeyWrite, mostBody: Int) {
    self.route = route
    self.write = write
    self.mostBody = mostBody
  }

  private var client: (any AnswerReceiver)?

  func perform(body: Bytes, for client: any AnswerReceiver, on coordinator: isolated Coordinator) {
    self.client = client
    if write.perform(body, for: self, on: coordinator) { return }
    // Both are confined to the loop's thread, which the compiler cannot see across libmicrohttpd.
    nonisolated(unsafe) let request = self
    nonisolated(unsafe) let client = client
    _ = Task.immediate(executorPreference: coordinator.loop) {
      client.receive(await request.answer(body, coordinator))
    }
  }

  func receive(_ outcome: WriteOutcome) {
    client.take()?.receive(route.answers.write(write, outcome, limit: mostBody))
  }

  private func answer(_ body: Bytes, _ coordinator: isolated Coordinator) async -> Response {
    let outcome = await write.perform(body, on: coordinator)
    return route.answers.write(write, outcome, limit: mostBody)
  }

  func tooLarge(mostBody: Int) -> Response {
    switch write {
    case .put: Problem.tooLarge(limit: mostBody).response
    case .touch: Problem.touchWithBody.response
    case .delete: Problem.unexpectedBody.response
    }
  }
}

/// A PUT whose body may be longer than an item.
final class PutRequest: WriteRequest, StreamingRequest {
  let mostStreamed: Int
  let pieceSize: Int

  init(_ route: KeysRoute, _ write: KeyWrite, mostBody: Int, mostStreamed: Int, pieceSize: Int) {
    self.mostStreamed = mostStreamed
    self.pieceSize = pieceSize
    super.init(route, write, mostBody: mostBody)
  }

  func perform(
    streaming body: UploadStream, for client: any AnswerReceiver, on coordinator: isolated Coordinator
  ) {
    nonisolated(unsafe) let (request, client, body) = (self, client, body)
    _ = Task.immediate(executorPreference: coordinator.loop) {
      if let answer = await request.answer(streaming: body, coordinator) { client.receive(answer) }
    }
  }

  /// nil when the body broke off.
  private func answer(
    streaming body: UploadStream, _ coordinator: isolated Coordinator
  ) async -> Response? {
    let outcome = await write.perform(streaming: body, on: coordinator)
    return outcome.map { route.answers.write(write, $0, limit: mostStreamed) }
  }

  override func tooLarge(mostBody: Int) -> Response { Problem.tooLarge(limit: mostStreamed).response }
}
