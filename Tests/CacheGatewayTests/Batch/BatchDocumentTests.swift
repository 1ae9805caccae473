import Testing

@testable import CacheGateway
@testable import GatewayCore

struct BatchDocumentTests {
  private final class Client: AnswerReceiver {
    var answers: [Response] = []

    func receive(_ answer: consuming Response) { answers.append(answer) }

    func joinedHeader(_ name: StaticString) -> [UInt8]? { nil }
  }

  private func document(_ results: [Int], failing: Int = -1) throws -> String {
    let client = Client()
    let document = BatchDocument(count: results.count, for: client)
    for index in results {
      document.add(index, .written(status: 204, version: nil, standing: index, wanted: 2))
    }
    #expect(client.answers.isEmpty)
    document.end()
    let answer = try #require(client.answers.first)
    guard client.answers.count == 1, case .whole(let body) = answer.content else {
      Issue.record("\(client.answers)")
      return ""
    }
    return body.array.text
  }

  private func result(_ index: Int) -> String {
    "{\"status\":204,\"replicas\":{\"standing\":\(index),\"wanted\":2}}"
  }

  @Test func `results are in the order of the operations, in whatever order they come`() throws {
    let expected = "{\"results\":[\((0..<5).map(result).joined(separator: ","))]}\n"
    #expect(try document([0, 1, 2, 3, 4]) == expected)
    #expect(try document([3, 0, 4, 2, 1]) == expected)
    #expect(try document([0]) == "{\"results\":[\(result(0))]}\n")
  }

  @Test func `more than was expected of them fits`() throws {
    let client = Client()
    let document = BatchDocument(count: 2, for: client)
    let long = String(repeating: "x", count: 100_000)
    for index in [1, 0] { document.add(index, .failed(.invalidOperation("\(index)\(long)"))) }
    document.end()
    guard case .whole(let body) = client.answers.first?.content else {
      Issue.record("\(client.answers)")
      return
    }
    #expect(body.array.text.contains("\"0\(long)\"}},{\"status\":400,"))
  }

  private func value(_ body: [UInt8]) throws -> ReadValue {
    let key = try Key("k")
    let record = Record(kind: .value, version: Version(time: 1, writer: 2), writtenAt: 5, body: Bytes(body))
    let set = RecordEncoder(record, for: key).set(.set, lifetime: .forever, valueLifetime: .forever)
    let stored = MetaValue(
      bytes: Bytes(set.head + body), clientFlags: set.clientFlags, lifetime: .forever, cas: 1)
    return ReadValue(stored, try #require(RecordDecoder.parts(of: stored, for: key)))
  }

  private func hit(_ body: [UInt8]) throws -> BatchResult {
    let record = Record(kind: .value, version: Version(time: 1, writer: 2), writtenAt: 5, body: Bytes(body))
    return .found(
      Hit(record: record, lifetime: .forever, staleness: nil, link: 1, node: "a"), try Key("k"))
  }

  @Test func `longer values stand in the order of the operations as well`() throws {
    let client = Client()
    let bodies = [5, 5000, 7, 4096, 4097, 100_000, 3].enumerated().map { index, count in
      [UInt8](repeating: UInt8(ascii: "a") + UInt8(index), count: count)
    }
    let document = BatchDocument(count: bodies.count, for: client)
    for index in [5, 0, 3, 1, 6, 2, 4] {
      if index.isMultiple(of: 2) {
        document.add(index, try value(bodies[index]))
      } else {
        document.add(index, try hit(bodies[index]))
      }
    }
    document.end()
    guard case .whole(let body) = client.answers.first?.content else {
      Issue.record("\(client.answers)")
      return
    }
    let expected = try bodies.map { try hit($0) }.map { hit in json { hit.append(to: &$0) } }
    #expect(body.array.text == "{\"results\":[\(expected.joined(separator: ","))]}\n")
  }

  @Test(arguments: [(4096, false), (4097, true)])
  func `a longer value is not encoded while others are awaited`(length: Int, isKept: Bool) throws {
    let document = BatchDocument(count: 1, for: Client())
    weak var storage: ByteStorage?
    func add() throws {
      let result = try hit([UInt8](repeating: 0x61, count: length))
      if case .found(let hit, _) = result { storage = hit.record.body.storage }
      document.add(0, result)
    }
    try add()
    #expect((storage != nil) == isKept)
  }

  private func json(_ write: (inout JSONWriter) -> Void) -> String {
    var json = JSONWriter()
    write(&json)
    return json.finish().array.text
  }

  @Test func `a value is told as the hit is that it would be`() throws {
    let key = try Key("k")
    let bodies: [[UInt8]] = [[], Array("plain".utf8), Array("é\n\"\\".utf8), [0, 255]]
    for body in bodies {
      let record = Record(
        kind: .value, version: Version(time: 0x18EA_6800_B346_69FD, writer: 0x8BC8_6828), writtenAt: 5,
        contentType: Bytes(Array("text/\"x\"".utf8)), contentEncoding: Bytes(Array("br".utf8)),
        body: Bytes(body))
      let set = RecordEncoder(record, for: key).set(
        .set, lifetime: Lifetime(seconds: 60), valueLifetime: Lifetime(seconds: 60))
      let stored = MetaValue(
        bytes: Bytes(set.head + body), clientFlags: set.clientFlags, lifetime: Lifetime(seconds: 60), cas: 1)
      let parts = try #require(RecordDecoder.parts(of: stored, for: key))
      let hit = Hit(record: record, lifetime: Lifetime(seconds: 60), staleness: nil, link: 1, node: "a")
      for index in [nil, 7] {
        let expected = json { BatchResult.found(hit, key).append(index: index, to: &$0) }
        #expect(json { BatchResult.append(ReadValue(stored, parts), index: index, to: &$0) } == expected)
      }
    }
  }
}
