import GatewayCore

/// `/keys/{key}`: GET, HEAD, PUT and DELETE of one key.
final class KeysRoute: Sendable {
  static let prefix = "/keys/"
  private static let allowed = "GET, HEAD, PUT, DELETE, OPTIONS"

  private let pool: NodePool
  private let lifetimes: RequestLifetime
  private let maxValueSize: Int
  private let replicas: Int
  private let storesVersions: Bool
  fileprivate let answers: KeyAnswers

  init(_ configuration: Configuration, pool: NodePool) {
    self.pool = pool
    lifetimes = RequestLifetime(
      standard: configuration.defaultLifetime, keepsWindows: configuration.chain.valueFormat == .record)
    maxValueSize = configuration.maxValueSize
    replicas = configuration.chain.replicas
    storesVersions = configuration.chain.valueFormat == .record
    answers = KeyAnswers(configuration)
  }

  func plan(_ head: borrowing RequestHead, _ path: UnsafeBufferPointer<UInt8>) -> Plan {
    if head.method == .options {
      return .answer(Response(204).adding("Allow", Self.allowed))
    }
    if head.method == .other { return .answer(Problem.methodNotAllowed(Self.allowed).response) }
    do throws(Refusal) {
      return try plan(head.method, try key(path), head)
    } catch {
      return .answer(error.problem.response)
    }
  }

  private func plan(_ method: Method, _ key: Key, _ head: borrowing RequestHead) throws(Refusal) -> Plan {
    switch method {
    case .put: return try planPut(key, head)
    case .delete: return perform(.delete(key, try terms(head)), mostBody: 0)
    default:
      let mode = try RequestPreferences.readMode(head)
      return .perform(GetRequest(self, key, mode, try RequestPreferences.lease(head)), mostBody: 0)
    }
  }

  private func planPut(_ key: Key, _ head: borrowing RequestHead) throws(Refusal) -> Plan {
    if head.header("Content-Range") != nil { throw Refusal(.partialWrite) }
    let (lifetime, windows) = try lifetimes.lifetime(head)
    let contentType = try label(head, "Content-Type")
    let encoding = try label(head, "Content-Encoding")
    let fitting = pool.longestBody(
      for: key, contentType: contentType.count, contentEncoding: encoding.count, windows: windows)
    return perform(
      .put(key, contentType: contentType, contentEncoding: encoding, lifetime, windows, try terms(head)),
      mostBody: min(maxValueSize, fitting))
  }

  private func perform(_ action: WriteRequest.Action, mostBody: Int) -> Plan {
    .perform(WriteRequest(self, action, mostBody: mostBody), mostBody: mostBody)
  }

  private func key(_ path: UnsafeBufferPointer<UInt8>) throws(Refusal) -> Key {
    do {
      return try Key(try PercentEncoding.decode(path.dropFirst(Self.prefix.utf8.count)))
    } catch {
      throw Refusal(.invalidKey("\(error)"))
    }
  }

  /// A header value that is stored with the value, and sent back as it is.
  private func label(_ head: borrowing RequestHead, _ name: StaticString) throws(Refusal) -> Bytes {
    guard let label = head.joinedHeader(name) else { return .empty }
    guard label.count <= Record.longestLabel else {
      throw Refusal(
        .invalidHeader("\(name) has \(label.count) bytes: at most \(Record.longestLabel) are stored"))
    }
    guard label.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 9 }) else {
      throw Refusal(.invalidHeader("\(name) holds a control character"))
    }
    return Bytes(label)
  }

  private func terms(_ head: borrowing RequestHead) throws(Refusal) -> WriteTerms {
    WriteTerms(
      condition: try RequestConditions.condition(head, versioned: storesVersions),
      quorum: try RequestPreferences.quorum(head, replicas: replicas))
  }
}

/// On what terms a write takes place.
private struct WriteTerms {
  let condition: WriteCondition
  /// nil: as configured.
  let quorum: Int?
}

/// A GET or HEAD, read and checked.
private final class GetRequest: PlannedRequest, GetReceiver {
  private let route: KeysRoute
  private let key: Key
  private let mode: ReadMode
  private let lease: LeaseTerms?
  private var client: (any AnswerReceiver)?
  /// Outlives its requests.
  private unowned(unsafe) var coordinator: Coordinator?

  init(_ route: KeysRoute, _ key: Key, _ mode: ReadMode, _ lease: LeaseTerms?) {
    self.route = route
    self.key = key
    self.mode = mode
    self.lease = lease
  }

  func perform(body: Bytes, for client: any AnswerReceiver, on coordinator: isolated Coordinator) {
    self.client = client
    self.coordinator = coordinator
    coordinator.get(key, mode, for: self)
  }

  func receive(_ outcome: GetOutcome, at now: WallTime) {
    guard let client = client.take() else { return }
    let step = ReadStep(after: outcome, lease, acceptsStaleFor: { StaleIfError.accepted(by: client) })
    if case .answer = step { return client.receive(route.answers.get(outcome, key, now: now)) }
    take(step, after: outcome, for: client)
  }

  private func take(_ step: ReadStep, after outcome: GetOutcome, for client: any AnswerReceiver) {
    guard let coordinator else { return }
    coordinator.isolated((self, step, outcome, client)) { coordinator, parts in
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
    case .answer: return response(outcome, coordinator)
    case .serveStale(let hit): return response(.hit(hit), coordinator)
    case .claimRefresh(let hit):
      let isClaimed = await coordinator.claimRefresh(of: key, hit)
      let response = response(outcome, coordinator)
      return isClaimed ? response.adding("Cache-Gateway-Refresh", "you") : response
    case .lease(let terms):
      let result = await coordinator.lease(key, terms, after: outcome)
      return response(result.outcome, coordinator).adding(result.lease)
    }
  }

  private func response(_ outcome: GetOutcome, _ coordinator: isolated Coordinator) -> Response {
    route.answers.get(outcome, key, now: coordinator.loop.wallClock)
  }

  func tooLarge(mostBody: Int) -> Response { Problem.unexpectedBody.response }
}

/// A PUT or DELETE, read and checked.
private final class WriteRequest: PlannedRequest {
  enum Action {
    case put(Key, contentType: Bytes, contentEncoding: Bytes, Lifetime, StaleWindows, WriteTerms)
    case delete(Key, WriteTerms)
  }

  private let route: KeysRoute
  private let action: Action
  private let mostBody: Int

  init(_ route: KeysRoute, _ action: Action, mostBody: Int) {
    self.route = route
    self.action = action
    self.mostBody = mostBody
  }

  func perform(body: Bytes, for client: any AnswerReceiver, on coordinator: isolated Coordinator) {
    // Both are confined to the loop's thread, which the compiler cannot see across libmicrohttpd.
    nonisolated(unsafe) let request = self
    nonisolated(unsafe) let client = client
    _ = Task.immediate(executorPreference: coordinator.loop) {
      client.receive(await request.answer(body, coordinator))
    }
  }

  private func answer(_ body: Bytes, _ coordinator: isolated Coordinator) async -> Response {
    switch action {
    case .put(let key, let contentType, let contentEncoding, let lifetime, let windows, let terms):
      await put(
        key,
        NewValue(
          contentType: contentType, contentEncoding: contentEncoding, body: body, lifetime: lifetime,
          windows: windows),
        terms, coordinator)
    case .delete(let key, let terms): await delete(key, terms, coordinator)
    }
  }

  private func put(
    _ key: Key, _ value: NewValue, _ terms: WriteTerms, _ coordinator: isolated Coordinator
  ) async -> Response {
    var creates = false
    if case .absent = terms.condition { creates = true }
    let outcome = await coordinator.put(key, value, if: terms.condition, quorum: terms.quorum)
    return route.answers.put(outcome, limit: mostBody, creates: creates)
  }

  private func delete(
    _ key: Key, _ terms: WriteTerms, _ coordinator: isolated Coordinator
  ) async -> Response {
    route.answers.delete(await coordinator.delete(key, if: terms.condition, quorum: terms.quorum))
  }

  func tooLarge(mostBody: Int) -> Response {
    if case .put = action { return Problem.tooLarge(limit: mostBody).response }
    return Problem.unexpectedBody.response
  }
}

/// A request that is turned away.
struct Refusal: Error {
  let problem: Problem

  init(_ problem: Problem) {
    self.problem = problem
  }
}
