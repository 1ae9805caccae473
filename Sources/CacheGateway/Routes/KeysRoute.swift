import GatewayCore

/// `/keys/{key}`: GET, HEAD, PUT and DELETE of one key.
struct KeysRoute {
  enum Action {
    case get(Key)
    case put(Key, Labels, Lifetime)
    case delete(Key)
  }

  /// What is stored along with a value.
  struct Labels {
    var contentType: [UInt8] = []
    var contentEncoding: [UInt8] = []
  }

  static let prefix = "/keys/"
  private static let allowed = "GET, HEAD, PUT, DELETE, OPTIONS"

  private let pool: NodePool
  private let lifetimes: RequestLifetime
  private let maxValueSize: Int
  private let answers: KeyAnswers
  private let coordinatorLimit: @Sendable (Key, Labels) -> Int

  init(_ configuration: Configuration, pool: NodePool) {
    self.pool = pool
    lifetimes = RequestLifetime(standard: configuration.defaultLifetime)
    maxValueSize = configuration.maxValueSize
    answers = KeyAnswers(configuration)
    coordinatorLimit = { key, labels in
      pool.longestBody(
        for: key, contentType: labels.contentType.count, contentEncoding: labels.contentEncoding.count)
    }
  }

  // MARK: Planning

  func plan(_ head: borrowing RequestHead, _ path: UnsafeBufferPointer<UInt8>) -> Plan<Action> {
    if head.method == .options {
      return .answer(Response(204, fields: [Response.Field(name: "Allow", value: Self.allowed)]))
    }
    if head.method == .other { return .answer(Problem.methodNotAllowed(Self.allowed).response) }
    do throws(Refusal) {
      return try plan(head.method, try key(path), head)
    } catch {
      return .answer(error.problem.response)
    }
  }

  private func plan(_ method: Method, _ key: Key, _ head: borrowing RequestHead) throws(Refusal) -> Plan<Action> {
    switch method {
    case .put: return try planPut(key, head)
    case .delete:
      try refuseConditions(head)
      return .perform(.delete(key), mostBody: 0, tooLarge: Self.unexpectedBody)
    default: return .perform(.get(key), mostBody: 0, tooLarge: Self.unexpectedBody)
    }
  }

  private func planPut(_ key: Key, _ head: borrowing RequestHead) throws(Refusal) -> Plan<Action> {
    try refuseConditions(head)
    if head.header("Content-Range") != nil { throw Refusal(.partialWrite) }
    let lifetime = try lifetimes.lifetime(head)
    let labels = Labels(
      contentType: try label(head, "Content-Type"), contentEncoding: try label(head, "Content-Encoding"))
    let limit = min(maxValueSize, coordinatorLimit(key, labels))
    return .perform(
      .put(key, labels, lifetime), mostBody: limit, tooLarge: Problem.tooLarge(limit: limit).response)
  }

  private func key(_ path: UnsafeBufferPointer<UInt8>) throws(Refusal) -> Key {
    do {
      return try Key(try PercentEncoding.decode(path.dropFirst(Self.prefix.utf8.count)))
    } catch {
      throw Refusal(.invalidKey("\(error)"))
    }
  }

  private func label(_ head: borrowing RequestHead, _ name: StaticString) throws(Refusal) -> [UInt8] {
    let label = Array((head.header(name) ?? "").utf8)
    guard label.count <= Record.longestLabel else {
      throw Refusal(
        .invalidHeader("\(name) has \(label.count) bytes: at most \(Record.longestLabel) are stored"))
    }
    return label
  }

  /// Ignoring a condition would overwrite what the client wants kept.
  private func refuseConditions(_ head: borrowing RequestHead) throws(Refusal) {
    for name in ["If-Match", "If-None-Match", "If-Unmodified-Since"] as [StaticString]
    where head.header(name) != nil {
      throw Refusal(.conditionalWrite)
    }
  }

  private static var unexpectedBody: Response { Problem.unexpectedBody.response }

  // MARK: Carrying out

  func perform(_ action: Action, body: Bytes, on coordinator: isolated Coordinator) async -> Response {
    switch action {
    case .get(let key):
      let outcome = await coordinator.get(key)
      return answers.get(outcome, key, now: coordinator.loop.wallClock)
    case .put(let key, let labels, let lifetime):
      let value = NewValue(
        contentType: labels.contentType, contentEncoding: labels.contentEncoding, body: body, lifetime: lifetime)
      let outcome = await coordinator.put(key, value)
      return answers.put(outcome, limit: min(maxValueSize, coordinatorLimit(key, labels)))
    case .delete(let key):
      return answers.delete(await coordinator.delete(key))
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
