import GatewayCore

/// `/keys/{key}`: GET, HEAD, PUT and DELETE of one key; WebDAV's methods are in WebDAVRoute.swift.
final class KeysRoute: Sendable {
  static let prefix = "/keys/"
  private static let allowed = "GET, HEAD, PUT, DELETE, OPTIONS, PROPFIND, MKCOL"

  private let pool: NodePool
  private let loop: any EventLoop
  private let lifetimes: RequestLifetime
  private let maxValueSize: Int
  private let replicas: Int
  private let storesVersions: Bool
  fileprivate let answers: KeyAnswers

  /// `loop` tells the time. Requests come in on its thread.
  init(_ configuration: Configuration, pool: NodePool, loop: any EventLoop) {
    self.pool = pool
    self.loop = loop
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
      switch head.method {
      case .propfind: return try WebDAVRoute.find(head, path, answers)
      case .mkcol: return try WebDAVRoute.makeCollection(path)
      default: return try plan(head.method, try Self.key(path), head)
      }
    } catch {
      return .answer(error.problem.response)
    }
  }

  private func plan(_ method: Method, _ key: Key, _ head: borrowing RequestHead) throws(Refusal) -> Plan {
    switch method {
    case .put: return try planPut(key, head)
    case .delete: return perform(.delete(key, try terms(head)), mostBody: 0)
    default:
      let (mode, terms) = (try RequestPreferences.readMode(head), try ReadTerms.terms(head, loop))
      return .perform(GetRequest(self, key, mode, terms), mostBody: 0)
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
    let most = min(maxValueSize, fitting)
    let value = NewValue(
      contentType: contentType, contentEncoding: encoding, body: .empty, lifetime: lifetime)
    let terms = try terms(head)
    // Plain values have no chunks (rule C12).
    guard storesVersions else { return perform(.put(key, value, terms), mostBody: most) }
    let request = PutRequest(
      self, .put(key, value, terms), mostBody: most, mostStreamed: maxValueSize, pieceSize: pool.chunkSize)
    return .perform(request, mostBody: most)
  }

  private func perform(_ write: KeyWrite, mostBody: Int) -> Plan {
    .perform(WriteRequest(self, write, mostBody: mostBody), mostBody: mostBody)
  }

  /// The key that a path names.
  static func key(_ path: UnsafeBufferPointer<UInt8>) throws(Refusal) -> Key {
    do {
      return try Key(try PercentEncoding.decode(path.dropFirst(prefix.utf8.count)))
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
      condition: try RequestConditions.condition(head, versioned: storesVersions, loop),
      quorum: try RequestPreferences.quorum(head, replicas: replicas))
  }
}

/// A GET or HEAD, read and checked.
private final class GetRequest: PlannedRequest, GetReceiver {
  private let route: KeysRoute
  private let key: Key
  private let mode: ReadMode
  private let terms: ReadTerms?
  private var client: (any AnswerReceiver)?
  /// Outlives every request.
  private unowned(unsafe) var coordinator: Coordinator?

  init(_ route: KeysRoute, _ key: Key, _ mode: ReadMode, _ terms: ReadTerms?) {
    self.route = route
    self.key = key
    self.mode = mode
    self.terms = terms
  }

  func perform(body: Bytes, for client: any AnswerReceiver, on coordinator: isolated Coordinator) {
    self.client = client
    self.coordinator = coordinator
    coordinator.get(key, mode, for: self)
  }

  func receive(_ outcome: GetOutcome, at now: WallTime) {
    if case .hit(let hit) = outcome, hit.record.kind == .chunks { return open(hit) }
    client.take()?.receive(route.answers.get(outcome, key, terms, now: now))
  }

  private func open(_ hit: Hit) {
    coordinator?.isolated((self, hit)) { coordinator, argument in
      nonisolated(unsafe) let (request, hit) = argument
      _ = Task.immediate(executorPreference: coordinator.loop) { await request.answer(hit, on: coordinator) }
    }
  }

  private func answer(_ hit: Hit, on coordinator: isolated Coordinator) async {
    let opened = await coordinator.open(hit, key, mode)
    let now = coordinator.loop.wallClock
    switch opened {
    case .large(let hit, let value):
      let bytes = ValueBytes.chunks(value, on: coordinator)
      client.take()?.receive(route.answers.found(hit, bytes, key, terms, now))
    case .other(let outcome): client.take()?.receive(route.answers.get(outcome, key, terms, now: now))
    }
  }

  func tooLarge(mostBody: Int) -> Response { Problem.unexpectedBody.response }
}

/// A PUT or DELETE, read and checked.
private class WriteRequest: PlannedRequest {
  fileprivate let route: KeysRoute
  fileprivate let write: KeyWrite
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

/// A PUT whose body may be longer than an item.
private final class PutRequest: WriteRequest, StreamingRequest {
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

/// A request that is turned away.
struct Refusal: Error {
  let problem: Problem

  init(_ problem: Problem) {
    self.problem = problem
  }
}
