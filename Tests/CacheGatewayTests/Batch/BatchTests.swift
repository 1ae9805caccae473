import Foundation
import Testing

@testable import GatewayCore

/// POST /batch over HTTP.
struct BatchTests {
  /// A result as it is sent.
  struct Result: Decodable, Equatable {
    struct Replicas: Decodable, Equatable {
      let standing: Int
      let wanted: Int
    }

    struct Problem: Decodable, Equatable {
      let type: String
      let status: Int
    }

    var index: Int?
    let status: Int
    var etag: String?
    var maxAge: Int?
    var contentType: String?
    var contentEncoding: String?
    var value: String?
    var valueBase64: String?
    var replicas: Replicas?
    var retryAfter: Int?
    var problem: Problem?

    /// The last part of the problem's type.
    var problemName: String? { problem?.type.split(separator: ":").last.map(String.init) }
  }

  private struct Results: Decodable {
    let results: [Result]
  }

  private let gateway: GatewayProcess
  private let client: HTTPClient

  init() throws {
    gateway = try GatewayProcess()
    client = try gateway.connect()
  }

  private static let json = ["Content-Type": "application/json"]

  private func post(
    _ operations: [String], _ fields: [String: String] = [:], to client: HTTPClient? = nil
  ) throws -> HTTPResponse {
    let body = "{\"operations\":[\(operations.joined(separator: ","))]}"
    return try (client ?? self.client).request(
      "POST", "/batch", Self.json.merging(fields) { $1 }, body: Array(body.utf8))
  }

  private func batch(
    _ operations: String..., fields: [String: String] = [:], through gateway: GatewayProcess? = nil
  ) throws -> [Result] {
    try results(of: post(operations, fields, to: gateway?.connect()))
  }

  private func results(of answer: HTTPResponse) throws -> [Result] {
    #expect(answer.status == 200)
    #expect(answer["Content-Type"] == "application/json")
    return try answer.decoded(as: Results.self).results
  }

  @Test func `each operation does what the single request does`() throws {
    let put = try client.put(
      "/keys/there?ttl=1h", "old", ["Content-Type": "text/plain", "Content-Encoding": "br"])
    let tag = try #require(put["ETag"])
    let results = try batch(
      "{\"op\":\"get\",\"key\":\"there\"}", "{\"op\":\"get\",\"key\":\"missing\"}",
      "{\"op\":\"put\",\"key\":\"new\",\"valueBase64\":\"AP8=\",\"contentType\":\"x/y\",\"ttl\":\"10m\"}",
      "{\"op\":\"put\",\"key\":\"once\",\"value\":\"1\",\"ifNoneMatch\":\"*\"}",
      "{\"op\":\"delete\",\"key\":\"never\"}")
    #expect(results.map(\.status) == [200, 404, 204, 201, 204])
    #expect(results[0].value == "old")
    #expect(results[0].etag == tag)
    #expect(results[0].contentType == "text/plain")
    #expect(results[0].contentEncoding == "br")
    #expect(try (3500...3600).contains(#require(results[0].maxAge)))
    #expect(results[1].problemName == "not-found")
    for result in results[2...] { #expect(result.replicas == Result.Replicas(standing: 2, wanted: 2)) }
    #expect(results[4].etag == nil)
    let get = try client.get("/keys/new")
    #expect(get.body == [0, 255])
    #expect(get["Content-Type"] == "x/y")
    #expect(get["ETag"] == results[2].etag)
    #expect(try (570...600).contains(#require(get.maxAge)))
    #expect(try client.get("/keys/once").text == "1")
  }

  @Test func `operations of one key are done in their order`() throws {
    let results = try batch(
      "{\"op\":\"get\",\"key\":\"k\"}", "{\"op\":\"put\",\"key\":\"k\",\"value\":\"1\"}",
      "{\"op\":\"get\",\"key\":\"k\"}",
      "{\"op\":\"put\",\"key\":\"k\",\"value\":\"2\",\"ifNoneMatch\":\"*\"}",
      "{\"op\":\"put\",\"key\":\"k\",\"value\":\"3\",\"ifMatch\":\"*\"}", "{\"op\":\"get\",\"key\":\"k\"}",
      "{\"op\":\"delete\",\"key\":\"k\"}", "{\"op\":\"get\",\"key\":\"k\"}")
    #expect(results.map(\.status) == [404, 204, 200, 412, 204, 200, 204, 404])
    #expect(results.map(\.value) == [nil, nil, "1", nil, nil, "3", nil, nil])
    #expect(results[3].problemName == "condition-failed")
  }

  @Test func `a bad operation does not spoil the others`() throws {
    let results = try batch(
      "{\"op\":\"put\",\"key\":\"a\",\"value\":\"1\"}",
      "{\"op\":\"put\",\"key\":\"b\",\"value\":\"1\",\"ttl\":\"soon\"}",
      "7", "{\"op\":\"get\",\"key\":\"a\"}")
    #expect(results.map(\.status) == [204, 400, 400, 200])
    #expect(results[1].problemName == "invalid-operation")
    #expect(try client.get("/keys/b").status == 404)
  }

  @Test func `a thousand operations have their results in their order`() throws {
    let keys = (0..<1000).map { "key-\($0 * 7 % 1000)" }
    let puts = try results(
      of: post(keys.enumerated().map { "{\"op\":\"put\",\"key\":\"\($1)\",\"value\":\"v\($0)\"}" }))
    #expect(puts.allSatisfy { $0.status == 204 })
    let gets = try results(of: post(keys.map { "{\"op\":\"get\",\"key\":\"\($0)\"}" }))
    #expect(gets.map(\.value) == (0..<1000).map { "v\($0)" })
  }

  @Test func `lines may be longer than what is sent at once`() throws {
    let values = (0..<8).map { [UInt8].pattern(50_000 + $0 * 20_000) }
    for (key, value) in values.enumerated() { #expect(try client.put("/keys/k\(key)", value).status == 204) }
    let answer = try post(
      values.indices.map { "{\"op\":\"get\",\"key\":\"k\($0)\"}" }, ["Accept": "application/x-ndjson"])
    let lines = try answer.text.split(separator: "\n").map {
      try JSONDecoder().decode(Result.self, from: Data($0.utf8))
    }
    #expect(lines.count == values.count)
    for line in lines {
      let value = values[try #require(line.index)]
      #expect(line.valueBase64.flatMap { Data(base64Encoded: $0) } == Data(value))
    }
  }

  @Test func `lines come with their indices`() throws {
    _ = try client.put("/keys/a", "line\nbreak")
    let answer = try post(
      ["{\"op\":\"get\",\"key\":\"a\"}", "{}", "{\"op\":\"put\",\"key\":\"b\",\"value\":\"\"}"],
      ["Accept": "application/x-ndjson"])
    #expect(answer.status == 200)
    #expect(answer["Content-Type"] == "application/x-ndjson")
    // Not held back until all are there.
    #expect(answer["Transfer-Encoding"] == "chunked")
    #expect(answer.text.hasSuffix("\n"))
    let lines = try answer.text.split(separator: "\n").map {
      try JSONDecoder().decode(Result.self, from: Data($0.utf8))
    }
    #expect(lines.sorted { $0.index ?? 0 < $1.index ?? 0 }.map(\.index) == [0, 1, 2])
    #expect(lines.first { $0.index == 0 }?.value == "line\nbreak")
    #expect(lines.first { $0.index == 1 }?.status == 400)
    #expect(lines.first { $0.index == 2 }?.status == 204)
  }

  @Test func `an answer holds 16 MiB of values, and says which did not fit`() throws {
    let value = String(repeating: "v\n", count: 350_000)
    for number in 0..<30 { #expect(try client.put("/keys/\(number)", value).status == 204) }
    let gets = (0..<30).map { "{\"op\":\"get\",\"key\":\"\($0)\"}" }
    let results = try results(of: post(gets))
    #expect(results.count { $0.status == 200 } == (16 << 20) / 700_000)
    for result in results {
      if result.status == 200 {
        #expect(result.value == value)
      } else {
        #expect(result.status == 413)
        #expect(result.problemName == "batch-answer-full")
      }
    }
  }

  @Test func `a value above the limit is refused, the others are stored`() throws {
    let gateway = try GatewayProcess(nodes: 2, "--max-value-size", "1000")
    let results = try batch(
      "{\"op\":\"put\",\"key\":\"a\",\"value\":\"\(String(repeating: "x", count: 1001))\"}",
      "{\"op\":\"put\",\"key\":\"b\",\"value\":\"x\"}", through: gateway)
    #expect(results.map(\.status) == [413, 204])
    #expect(results[0].problemName == "value-too-large")
  }

  @Test func `values larger than an item are stored and read as others`() throws {
    let value = String(repeating: "x", count: 3_000_000)
    let results = try batch(
      "{\"op\":\"put\",\"key\":\"a\",\"value\":\"\(value)\"}", "{\"op\":\"get\",\"key\":\"a\"}",
      "{\"op\":\"touch\",\"key\":\"a\",\"ttl\":60}", "{\"op\":\"get\",\"key\":\"a\"}")
    #expect(results.map(\.status) == [204, 200, 204, 200])
    #expect(results[1].value == value)
    #expect(results[3].value == value)
    #expect(results[3].maxAge == 60)
  }

  @Test func `the preferences of the request hold for all its operations`() throws {
    gateway.nodes[1].kill()
    gateway.nodes[2].kill()
    let put = "{\"op\":\"put\",\"key\":\"a\",\"value\":\"1\"}"
    let results = try batch(put, fields: ["Cache-Gateway-Write-Quorum": "2"])
    #expect(results[0].status == 503)
    #expect(results[0].problemName == "below-write-quorum")
    #expect(results[0].retryAfter == 1)
    #expect(try batch(put)[0].status == 204)
    #expect(
      try batch("{\"op\":\"get\",\"key\":\"a\"}", fields: ["Cache-Gateway-Read": "newest"])[0].status == 200)
    for field in ["Cache-Gateway-Read", "Cache-Gateway-Write-Quorum"] {
      #expect(try post([put], [field: "no"]).problem == "invalid-header")
    }
  }

  @Test(.waiting) func `what was not begun after some seconds is not done`() throws {
    let lock = ReservedName.lock(try Key("locked"))
    for node in gateway.nodes { try node.add(lock, flags: 0) }
    let locked = (0..<9).map {
      "{\"op\":\"put\",\"key\":\"locked\",\"value\":\"\($0)\",\"ifNoneMatch\":\"*\"}"
    }
    let results = try results(of: post(locked + ["{\"op\":\"put\",\"key\":\"free\",\"value\":\"1\"}"]))
    #expect(results.first?.problemName == "key-contended")
    #expect(results[8].problemName == "batch-out-of-time")
    #expect(results[8].retryAfter == 1)
    #expect(results[9].status == 204)
  }

  @Test func `without nodes each operation says so`() throws {
    for node in gateway.nodes { node.kill() }
    let results = try batch("{\"op\":\"get\",\"key\":\"a\"}", "{\"op\":\"delete\",\"key\":\"b\"}")
    #expect(results.map(\.status) == [503, 503])
    #expect(results.allSatisfy { $0.problemName == "nodes-unreachable" })
  }

  @Test func `what is no batch is refused as a whole and nothing is done`() throws {
    let put = "{\"op\":\"put\",\"key\":\"a\",\"value\":\"1\"}"
    for body in [
      "", "{", "[\(put)]", "{\"operations\":[\(put)", "{\"operations\":[\(put),{\"op\":1,\"op\":1}]}",
    ] {
      let answer = try client.request("POST", "/batch", Self.json, body: Array(body.utf8))
      #expect(answer.status == 400, "\(body)")
      #expect(answer.problem == "invalid-batch", "\(body)")
    }
    let many = try post(Array(repeating: put, count: 1001))
    #expect(many.status == 413)
    #expect(many.problem == "batch-too-large")
    #expect(try client.get("/keys/a").status == 404)
  }

  @Test func `a body of more than 16 MiB is refused`() throws {
    let length = ["Content-Length": "\((16 << 20) + 1)", "Expect": "100-continue"]
    let answer = try client.request("POST", "/batch", Self.json.merging(length) { $1 })
    #expect(answer.status == 413)
    #expect(answer.problem == "batch-too-large")
  }

  @Test(arguments: ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""])
  func `another kind of body is refused`(type: String) throws {
    let answer = try client.request("POST", "/batch", ["Content-Type": type], body: Array("{}".utf8))
    #expect(answer.status == 415)
    #expect(answer.problem == "unsupported-media-type")
  }

  @Test func `parameters of the content type do not matter`() throws {
    let answer = try post(
      ["{\"op\":\"get\",\"key\":\"a\"}"], ["Content-Type": "Application/JSON ; charset=utf-8"])
    #expect(answer.status == 200)
  }

  @Test func `only POST and OPTIONS are known`() throws {
    for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH"] {
      let answer = try client.request(method, "/batch")
      #expect(answer.status == 405)
      #expect(answer["Allow"] == "POST, OPTIONS")
    }
    let options = try client.request("OPTIONS", "/batch")
    #expect(options.status == 204)
    #expect(options["Allow"] == "POST, OPTIONS")
    #expect(try client.request("POST", "/keys/a", body: []).status == 405)
    #expect(try gateway.connectToAdmin().request("POST", "/batch", Self.json, body: []).status == 404)
  }
}
