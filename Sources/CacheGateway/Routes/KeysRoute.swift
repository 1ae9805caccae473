import GatewayCore
import Glibc

/// `/keys/{key}`: GET, HEAD, PUT and DELETE of one key; WebDAV's methods are in WebDAVRoute.swift.
final class KeysRoute: Sendable {
  static let prefix: StaticString = "/keys/"
  private static let allowed = "GET, HEAD, PUT, DELETE, OPTIONS, PROPFIND, MKCOL"

  private let pool: NodePool
  let loop: any EventLoop
  private let lifetimes: RequestLifetime
  private let maxValueSize: Int
  private let storesVersions: Bool
  let answers: KeyAnswers

  /// `loop` tells the time. Requests come in on its thread.
  init(_ configuration: Configuration, pool: NodePool, loop: any EventLoop) {
    self.pool = pool
    self.loop = loop
    lifetimes = RequestLifetime(
      standard: configuration.defaultLifetime, keepsWindows: configuration.chain.valueFormat == .record)
    maxValueSize = configuration.maxValueSize
    storesVersions = configuration.chain.valueFormat == .record
    answers = KeyAnswers(configuration)
  }

  static func isPrefix(of path: UnsafeBufferPointer<UInt8>) -> Bool {
    guard path.count >= prefix.utf8CodeUnitCount, let start = path.baseAddress else { return false }
    return memcmp(start, prefix.utf8Start, prefix.utf8CodeUnitCount) == 0
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
      return .perform(try GetRequest(self, key, head), mostBody: 0)
    }
  }

  private func planPut(_ key: Key, _ head: borrowing RequestHead) throws(Refusal) -> Plan {
    if head.fields.contains(.contentRange) { throw Refusal(.partialWrite) }
    let (lifetime, windows) = try lifetimes.lifetime(head)
    if try RequestPreferences.isTouch(head) {
      return perform(.touch(key, lifetime, try terms(head)), mostBody: 0)
    }
    let contentType = try label(head, .contentType, "Content-Type")
    let encoding = try label(head, .contentEncoding, "Content-Encoding")
    let fitting = pool.longestBody(
      for: key, contentType: contentType.count, contentEncoding: encoding.count, windows: windows)
    let value = NewValue(
      contentType: contentType, contentEncoding: encoding, body: .empty, lifetime: lifetime,
      windows: windows)
    let terms = try terms(head)
    // Plain values have no chunks (rule C12).
    guard storesVersions else {
      return perform(.put(key, value, terms), mostBody: min(maxValueSize, fitting))
    }
    let pieceSize = pool.chunkSize
    let most = min(maxValueSize, fitting, Self.mostCollected(head.contentLength, pieceSize))
    let request = PutRequest(
      self, .put(key, value, terms), mostBody: most, mostStreamed: maxValueSize, pieceSize: pieceSize)
    return .perform(request, mostBody: most)
  }

  /// One item costs less than two chunks and a record, but is in memory as a whole.
  private static let longestWhole = 2 << 20

  /// What is longer is a stream, which takes so much at once of what was collected before its length was known.
  private static func mostCollected(_ announced: UInt64?, _ pieceSize: Int) -> Int {
    if let announced, announced <= longestWhole { return longestWhole }
    return UploadStream.mostAtOnce(pieceSize)
  }

  private func perform(_ write: KeyWrite, mostBody: Int) -> Plan {
    .perform(WriteRequest(self, write, mostBody: mostBody), mostBody: mostBody)
  }

  /// The key that a path names.
  static func key(_ path: UnsafeBufferPointer<UInt8>) throws(Refusal) -> Key {
    do {
      return try Key(try PercentEncoding.decode(path.dropFirst(prefix.utf8CodeUnitCount)))
    } catch {
      throw Refusal(.invalidKey("\(error)"))
    }
  }

  private func label(
    _ head: borrowing RequestHead, _ field: RareFields, _ name: StaticString
  ) throws(Refusal) -> Bytes {
    guard head.fields.contains(field), let label = head.joinedHeader(name) else { return .empty }
    return try StoredLabel.check(Bytes(label), of: name)
  }

  private func terms(_ head: borrowing RequestHead) throws(Refusal) -> WriteTerms {
    WriteTerms(
      condition: try RequestConditions.condition(head, versioned: storesVersions, loop),
      quorum: try RequestPreferences.quorum(head, pool))
  }
}

/// A request that is turned away.
struct Refusal: Error {
  let problem: Problem

  init(_ problem: Problem) {
    self.problem = problem
  }
}
