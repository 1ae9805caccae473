import GatewayCore

/// PROPFIND and MKCOL of `/keys/…`, as far as cache clients that speak WebDAV need them (RFC 4918 sections 9.1
/// and 9.3).
///
/// There are only keys, no collections. A client looks for the collection of a key before it stores the key,
/// and creates it where it is missing: so every path that ends in a slash answers as a collection, in which
/// nothing is listed. Any other path is a key.
enum WebDAVRoute {
  /// A PROPFIND names the properties that it asks for in its body. It gets all there are: the body is read up
  /// to here, and not looked at. Clients send some hundred bytes.
  private static let mostBody = 64 * 1024

  static func find(
    _ head: borrowing RequestHead, _ path: UnsafeBufferPointer<UInt8>, _ answers: KeyAnswers
  ) throws(Refusal) -> Plan {
    try checkDepth(head)
    let mode = try RequestPreferences.readMode(head)
    let key = try key(path)
    let isCollection = path.last == UInt8(ascii: "/")
    let request = FindRequest(Array(path), isCollection ? nil : key, mode, answers)
    return .perform(request, mostBody: mostBody)
  }

  static func makeCollection(_ path: UnsafeBufferPointer<UInt8>) throws(Refusal) -> Plan {
    _ = try key(path)
    return .perform(MakeCollectionRequest(), mostBody: 0)
  }

  /// nil: `/keys/` itself.
  private static func key(_ path: UnsafeBufferPointer<UInt8>) throws(Refusal) -> Key? {
    path.count == KeysRoute.prefix.utf8CodeUnitCount ? nil : try KeysRoute.key(path)
  }

  /// All depths get the same answer, since nothing is listed (RFC 4918 section 10.2).
  private static func checkDepth(_ head: borrowing RequestHead) throws(Refusal) {
    guard let depth = head.header("Depth") else { return }
    guard ["0", "1", "infinity"].contains(depth.lowercased()) else {
      throw Refusal(.invalidHeader("Depth: '\(depth)' is none of 0, 1 and infinity"))
    }
  }
}

/// A PROPFIND, read and checked.
private final class FindRequest: PlannedRequest, GetReceiver {
  private let path: [UInt8]
  /// nil: a collection.
  private let key: Key?
  private let mode: ReadMode
  private let answers: KeyAnswers
  private var client: (any AnswerReceiver)?

  init(_ path: [UInt8], _ key: Key?, _ mode: ReadMode, _ answers: KeyAnswers) {
    self.path = path
    self.key = key
    self.mode = mode
    self.answers = answers
  }

  func perform(body: Bytes, for client: any AnswerReceiver, on coordinator: isolated Coordinator) {
    guard let key else {
      // Whatever happened below it happened up to now.
      client.receive(answer(.collection, lastModified: coordinator.loop.wallClock.seconds))
      return
    }
    self.client = client
    coordinator.get(key, mode, for: self)
  }

  func receive(_ outcome: GetOutcome, at now: WallTime) {
    guard let key else { return }
    client.take()?.receive(answer(outcome, key, now))
  }

  private func answer(_ outcome: GetOutcome, _ key: Key, _ now: WallTime) -> Response {
    guard case .hit(let hit) = outcome else { return answers.get(outcome, key, nil, now: now) }
    var tag = HeaderText()
    KeyAnswers.appendEntityTag(hit.record, key, &tag)
    // Clients cannot do without a date: a plain value, whose time of writing nobody knows, gets today's.
    let written = hit.record.version == .plain ? now.seconds : UInt64(hit.record.writtenAt)
    return answer(
      .value(length: Int(hit.record.length), entityTag: String(decoding: tag.bytes, as: UTF8.self)),
      lastModified: min(written, now.seconds))
  }

  private func answer(_ resource: WebDAVMultistatus.Resource, lastModified: UInt64) -> Response {
    let multistatus = WebDAVMultistatus(path: path, resource: resource, lastModified: lastModified)
    return Response(207, body: Bytes(multistatus.xml.utf8))
      .adding("Content-Type", "application/xml; charset=utf-8")
  }

  func tooLarge(mostBody: Int) -> Response {
    Problem.findBodyTooLarge(limit: mostBody).response
  }
}

/// A MKCOL: collections are always there.
private final class MakeCollectionRequest: PlannedRequest {
  func perform(body: Bytes, for client: any AnswerReceiver, on coordinator: isolated Coordinator) {
    client.receive(Response(201))
  }

  func tooLarge(mostBody: Int) -> Response { Problem.unexpectedBody.response }
}

extension Problem {
  fileprivate static func findBodyTooLarge(limit: Int) -> Problem {
    Problem(
      status: 413, name: "unexpected-body", title: "A body is not expected here",
      detail: "a PROPFIND's body may have \(limit) bytes at most, which are not looked at")
  }
}
