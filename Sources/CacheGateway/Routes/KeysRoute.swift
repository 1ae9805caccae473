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
    lifetimes = RequestLifetime(standard: configuration.defaultLifetime)
    maxValueSize = configuration.maxValueSize
    replicas = configuration.chain.replicas
    storesVersions = configuration.chain.valueFormat == .record
    answers = KeyAnswers(configuration)
  }

  func plan(_ head: borrowing RequestHead, _ path: UnsafeBufferPointer<UInt8>) -> Plan {
    if head.method == .options {
      return .answer(Response(204).adding("Allow", Self.allowed))
    }
    if head.method == .other || head.method == .post {
      return .answer(Problem.methodNotAllowed(Self.allowed).response)
    }
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
    default: return .perform(GetRequest(self, key, try RequestPreferences.readMode(head)), mostBody: 0)
    }
  }

  private func planPut(_ key: Key, _ head: borrowing RequestHead) throws(Refusal) -> Plan {
    if head.header("Content-Range") != nil { throw Refusal(.partialWrite) }
    let lifetime = try lifetimes.lifetime(head)
    if try RequestPreferences.isTouch(head) {
      return perform(.touch(key, lifetime, try terms(head)), mostBody: 0)
    }
    let contentType = try label(head, "Content-Type")
    let encoding = try label(head, "Content-Encoding")
    let fitting = pool.longestBody(for: key, contentType: contentType.count, contentEncoding: encoding.count)
    return perform(
      .put(key, contentType: contentType, contentEncoding: encoding, lifetime, try terms(head)),
      mostBody: min(maxValueSize, fitting))
  }

  private func perform(_ write: KeyWrite, mostBody: Int) -> Plan {
    .perform(WriteRequest(self, write, mostBody: mostBody), mostBody: mostBody)
  }

  private func key(_ path: UnsafeBufferPointer<UInt8>) throws(Refusal) -> Key {
    do {
      return try Key(try PercentEncoding.decode(path.dropFirst(Self.prefix.utf8.count)))
    } catch {
      throw Refusal(.invalidKey("\(error)"))
    }
  }

  private func label(_ head: borrowing RequestHead, _ name: StaticString) throws(Refusal) -> Bytes {
    guard let label = head.joinedHeader(name) else { return .empty }
    return try StoredLabel.check(Bytes(label), of: name)
  }

  private func terms(_ head: borrowing RequestHead) throws(Refusal) -> WriteTerms {
    WriteTerms(
      condition: try RequestConditions.condition(head, versioned: storesVersions),
      quorum: try RequestPreferences.quorum(head, replicas: replicas))
  }
}

/// A GET or HEAD, read and checked.
private final class GetRequest: PlannedRequest, GetReceiver {
  private let route: KeysRoute
  private let key: Key
  private let mode: ReadMode
  private var client: (any AnswerReceiver)?

  init(_ route: KeysRoute, _ key: Key, _ mode: ReadMode) {
    self.route = route
    self.key = key
    self.mode = mode
  }

  func perform(body: Bytes, for client: any AnswerReceiver, on coordinator: isolated Coordinator) {
    self.client = client
    coordinator.get(key, mode, for: self)
  }

  func receive(_ outcome: GetOutcome, at now: WallTime) {
    client.take()?.receive(route.answers.get(outcome, key, now: now))
  }

  func tooLarge(mostBody: Int) -> Response { Problem.unexpectedBody.response }
}

/// A PUT or DELETE, read and checked.
private final class WriteRequest: PlannedRequest {
  private let route: KeysRoute
  private let write: KeyWrite
  private let mostBody: Int

  init(_ route: KeysRoute, _ write: KeyWrite, mostBody: Int) {
    self.route = route
    self.write = write
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

/// A request that is turned away.
struct Refusal: Error {
  let problem: Problem

  init(_ problem: Problem) {
    self.problem = problem
  }
}
