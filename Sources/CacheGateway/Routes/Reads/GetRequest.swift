import GatewayCore

/// A GET or HEAD, read and checked.
final class GetRequest: PlannedRequest, GetReceiver {
  /// Outlives every request.
  private unowned(unsafe) let route: KeysRoute
  private let key: Key
  private let mode: ReadMode
  private let terms: ReadTerms?
  private let lease: LeaseTerms?
  private var client: (any AnswerReceiver)?
  /// Outlives every request.
  private unowned(unsafe) var coordinator: Coordinator?

  init(_ route: KeysRoute, _ key: Key, _ head: borrowing RequestHead) throws(Refusal) {
    self.route = route
    self.key = key
    mode = try RequestPreferences.readMode(head)
    terms = try ReadTerms.terms(head, route.loop)
    lease = try RequestPreferences.lease(head)
  }

  func perform(body: Bytes, for client: any AnswerReceiver, on coordinator: isolated Coordinator) {
    self.client = client
    self.coordinator = coordinator
    coordinator.get(key, mode, for: self)
  }

  /// Answers at once what needs nothing more, as most do.
  func receive(_ outcome: GetOutcome, at now: WallTime) {
    guard let client = client.take() else { return }
    let step = ReadStep(after: outcome, lease, acceptsStaleFor: { StaleIfError.accepted(by: client) })
    if case .answer = step, !outcome.isInChunks {
      return client.receive(route.answers.get(outcome, key, terms, now: now))
    }
    take(step, after: outcome, for: client)
  }

  private func take(_ step: ReadStep, after outcome: GetOutcome, for client: any AnswerReceiver) {
    coordinator?.isolated((self, step, outcome, client)) { coordinator, parts in
      // All are confined to the loop's thread, which the compiler cannot see across libmicrohttpd.
      nonisolated(unsafe) let (request, step, outcome, client) = parts
      _ = Task.immediate(executorPreference: coordinator.loop) {
        client.receive(await request.answer(after: step, outcome, coordinator))
      }
    }
  }

  private func answer(
    after step: ReadStep, _ outcome: GetOutcome, _ coordinator: isolated Coordinator
  ) async -> Response {
    switch step {
    case .answer: return await response(outcome, coordinator)
    case .serveStale(let hit): return await response(.hit(hit), coordinator)
    case .claimRefresh(let hit):
      let isClaimed = await coordinator.claimRefresh(of: key, hit)
      let response = await response(outcome, coordinator)
      return isClaimed ? response.adding("Cache-Gateway-Refresh", "you") : response
    case .lease(let terms):
      let result = await coordinator.lease(key, terms, after: outcome)
      return await response(result.outcome, coordinator).adding(result.lease)
    }
  }

  private func response(_ outcome: GetOutcome, _ coordinator: isolated Coordinator) async -> Response {
    guard case .hit(let hit) = outcome, outcome.isInChunks else {
      return route.answers.get(outcome, key, terms, now: coordinator.loop.wallClock)
    }
    let opened = await coordinator.open(hit, key, mode)
    let now = coordinator.loop.wallClock
    switch opened {
    case .large(let hit, let value):
      return route.answers.found(hit, .chunks(value, on: coordinator), key, terms, now)
    case .other(let outcome): return route.answers.get(outcome, key, terms, now: now)
    }
  }

  func tooLarge(mostBody: Int) -> Response { Problem.unexpectedBody.response }
}

extension GetOutcome {
  fileprivate var isInChunks: Bool {
    if case .hit(let hit) = self { return hit.record.kind == .chunks }
    return false
  }
}
