import Foundation
import GatewayCore
import Testing

@testable import CacheGateway

struct ProblemTests {
  private static let all = [
    Problem.invalidKey("the key is empty"), .invalidParameter("ttl: 'x'"), .invalidHeader("Content-Type"),
    .notFound("no node has this key"), .methodNotAllowed("GET, HEAD"), .tooLarge(limit: 1000),
    .unexpectedBody,
    .conditionFailed, .partialWrite, .unreachable("none"), .belowQuorum(standing: 1, quorum: 2),
    .outOfMemory,
    .outOfUploadMemory, .readConditionFailed, .rangeNotSatisfiable(length: 0), .expectationFailed("x"),
    .plainTouch, .touchWithBody, .invalidBatch("no JSON"), .batchTooLarge("1001"),
    .batchMediaType, .invalidOperation("op"), .answerFull, .batchOutOfTime,
    .invalidNode("weight"), .nodeTooLarge(limit: 1),
    PoolChangeError.unknownNode("a").problem, PoolChangeError.nameTaken("a").problem,
    PoolChangeError.addressTaken(Endpoint(host: "a", port: 1), by: "b").problem,
    PoolChangeError.lastNode("a").problem, PoolChangeError.tooManyNodes(limit: 1).problem,
    PoolChangeError.unreachable("a", reason: "timed out").problem,
  ]

  private func fields(_ response: Response) -> [String: String] {
    let head = String(decoding: response.text.bytes, as: UTF8.self)
    var fields: [String: String] = [:]
    for line in head.split(separator: "\r\n") {
      guard let colon = line.firstRange(of: ": ") else { continue }
      fields[String(line[..<colon.lowerBound])] = String(line[colon.upperBound...])
    }
    return fields
  }

  private func document(_ response: Response) throws -> [String: Any] {
    guard case .whole(let body) = response.content else { throw NoBody() }
    let object = try JSONSerialization.jsonObject(with: Data(body.array))
    return try #require(object as? [String: Any])
  }

  private struct NoBody: Error {}

  @Test func `is a problem document with a type, a title, the status and a detail`() throws {
    for problem in Self.all {
      let response = problem.response
      let document = try document(response)
      #expect(response.status == problem.status)
      #expect(fields(response)["Content-Type"] == "application/problem+json")
      #expect(document["status"] as? Int == Int(problem.status))
      #expect(document["detail"] as? String == problem.detail)
      #expect((document["type"] as? String)?.hasPrefix("urn:cache-gateway:problem:") == true)
      #expect((document["title"] as? String)?.isEmpty == false)
      #expect(document.count == 4)
    }
  }

  @Test func `types that mean the same have the same status and title`() throws {
    var seen: [String: String] = [:]
    for problem in Self.all {
      let key = "\(problem.status) \(problem.title)"
      #expect(seen["\(problem.name)", default: key] == key)
      seen["\(problem.name)"] = key
    }
  }

  @Test(
    arguments: [
      (Problem.invalidKey(""), 400), (.notFound(""), 404), (.methodNotAllowed(""), 405),
      (.tooLarge(limit: 1), 413),
      (.unexpectedBody, 413), (.conditionFailed, 412), (.conditionalPlainWrite, 501),
      (.readConditionFailed, 412), (.rangeNotSatisfiable(length: 1), 416), (.expectationFailed(""), 417),
      (.contended, 503), (.unreachable(""), 503), (.outOfMemory, 507),
      (.belowQuorum(standing: 0, quorum: 1), 503), (.outOfUploadMemory, 503),
      (.plainTouch, 501), (.touchWithBody, 400), (.invalidBatch(""), 400), (.batchTooLarge(""), 413),
      (.batchMediaType, 415), (.invalidOperation(""), 400), (.answerFull, 413), (.batchOutOfTime, 503),
    ] as [(Problem, UInt32)])
  func `has the status of the contract`(problem: Problem, status: UInt32) {
    #expect(problem.status == status)
  }

  @Test func `says when to try again whenever the nodes or memory are to blame`() {
    for problem in Self.all {
      let retryAfter = fields(problem.response)["Retry-After"].flatMap(Int.init)
      #expect((retryAfter != nil) == (problem.status == 503))
      if let retryAfter { #expect((1...60).contains(retryAfter)) }
    }
  }

  @Test func `names the methods that are allowed`() {
    #expect(fields(Problem.methodNotAllowed("GET, HEAD").response)["Allow"] == "GET, HEAD")
  }

  @Test func `keeps what a client sent from breaking out of the document`() throws {
    let nasty = "\",\"type\":\"x\u{0}\u{1}\u{1F}\\\n\r\t\u{7F}\u{2028}é💥"
    #expect(try document(Problem.invalidKey(nasty).response)["detail"] as? String == nasty)
  }

  @Test(arguments: [
    ("", ""), ("plain", "plain"), ("\"", "\\\""), ("\\", "\\\\"), ("\n", "\\u000a"), ("\u{0}", "\\u0000"),
    ("\u{1F}", "\\u001f"), ("é💥", "é💥"), ("/", "/"),
  ])
  func `text is escaped as JSON wants it`(text: String, escaped: String) {
    #expect(JSONText.escape(text) == escaped)
  }
}
