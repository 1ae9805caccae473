import Testing

@testable import CacheGateway
@testable import GatewayCore

struct BatchReaderTests {
  private let reader = BatchReader(
    standardLifetime: .forever, storesVersions: true, longestValue: { _, _, _ in 8 })

  private func read(_ body: String) throws(Refusal) -> [BatchOperation] {
    try reader.operations(Bytes(body.utf8), quorum: nil)
  }

  /// The one operation of a batch.
  private func one(_ operation: String) throws -> BatchOperation {
    try #require(try read("{\"operations\":[\(operation)]}").first)
  }

  private func problem(_ operation: String) throws -> Problem? {
    if case .refused(let problem) = try one(operation) { problem } else { nil }
  }

  private func wholeProblem(_ body: String) -> Problem? {
    do {
      _ = try read(body)
      return nil
    } catch {
      return error.problem
    }
  }

  @Test func `a put has a value, labels and a lifetime`() throws {
    let operation = try one(
      "{\"op\":\"put\",\"key\":\"a/\\u00e9\",\"value\":\"x\\ny\",\"contentType\":\"text/plain\",\"contentEncoding\":\"br\","
        + "\"ttl\":\"10m\"}")
    guard case .write(.put(let key, let value, let terms), let body, 8) = operation else {
      Issue.record("no put: \(operation)")
      return
    }
    #expect(key == (try Key("a/é")))
    #expect(body.array.text == "x\ny")
    #expect(value.contentType.array.text == "text/plain")
    #expect(value.contentEncoding.array.text == "br")
    #expect(value.lifetime == Lifetime(seconds: 600))
    guard case .always = terms.condition else {
      Issue.record("a condition: \(terms)")
      return
    }
  }

  @Test(arguments: [("60", 60), ("\"60\"", 60), ("\"2h\"", 7200), ("315360000", 315_360_000)])
  func `a lifetime is a number of seconds or text`(ttl: String, seconds: UInt32) throws {
    guard
      case .write(.touch(_, let lifetime, _), _, _) = try one(
        "{\"op\":\"touch\",\"key\":\"a\",\"ttl\":\(ttl)}")
    else {
      Issue.record("no touch")
      return
    }
    #expect(lifetime == Lifetime(seconds: seconds))
  }

  @Test func `keys and values may be any bytes`() throws {
    let operation = try one("{\"op\":\"put\",\"keyBase64\":\"AP8=\",\"valueBase64\":\"/wA=\"}")
    guard case .write(let write, let body, _) = operation else {
      Issue.record("no write: \(operation)")
      return
    }
    #expect(write.key.bytes == [0, 255])
    #expect(body.array == [255, 0])
  }

  @Test func `conditions are those of the header fields`() throws {
    let cases = [
      ("\"ifNoneMatch\":\"*\"", true), ("\"ifMatch\":\"*\"", false),
      ("\"ifMatch\":\"\\\"0000000000000001-00000002\\\"\"", false),
    ]
    for (members, creates) in cases {
      let operation = try one("{\"op\":\"put\",\"key\":\"a\",\"value\":\"\",\(members)}")
      guard case .write(let write, _, _) = operation else {
        Issue.record("no write: \(operation)")
        continue
      }
      #expect(write.creates == creates, "\(members)")
    }
  }

  @Test(arguments: [
    ("5", "it is no object"), ("[]", "it is no object"), ("null", "it is no object"), ("{}", "op: "),
    ("{\"op\":1}", "op: "), ("{\"op\":\"Get\",\"key\":\"a\"}", "op: "),
    ("{\"op\":\"get\"}", "key is missing"),
    ("{\"op\":\"get\",\"key\":5}", "key: it must be a string"),
    ("{\"op\":\"get\",\"key\":null}", "key: it must be a string"),
    ("{\"op\":\"get\",\"key\":\"a\",\"keyBase64\":\"YQ==\"}", "both key and keyBase64"),
    ("{\"op\":\"get\",\"keyBase64\":\"YQ\"}", "keyBase64 is no base64"),
    ("{\"op\":\"get\",\"key\":\"a\",\"ttl\":5}", "'ttl' is no member of a get"),
    ("{\"op\":\"delete\",\"key\":\"a\",\"value\":\"x\"}", "'value' is no member of a delete"),
    ("{\"op\":\"put\",\"key\":\"a\",\"value\":\"x\",\"ifmatch\":\"*\"}", "'ifmatch' is no member of a put"),
    ("{\"op\":\"put\",\"key\":\"a\"}", "value is missing"),
    ("{\"op\":\"put\",\"key\":\"a\",\"value\":{}}", "value: it must be a string"),
    ("{\"op\":\"put\",\"key\":\"a\",\"value\":\"\",\"valueBase64\":\"\"}", "both value and valueBase64"),
    ("{\"op\":\"put\",\"key\":\"a\",\"value\":\"\",\"ttl\":0}", "ttl: "),
    ("{\"op\":\"put\",\"key\":\"a\",\"value\":\"\",\"ttl\":-1}", "ttl: "),
    ("{\"op\":\"put\",\"key\":\"a\",\"value\":\"\",\"ttl\":1.5}", "ttl: "),
    ("{\"op\":\"put\",\"key\":\"a\",\"value\":\"\",\"ttl\":1e400}", "ttl: "),
    ("{\"op\":\"put\",\"key\":\"a\",\"value\":\"\",\"ttl\":99999999999999999999999999999999999}", "ttl: "),
    ("{\"op\":\"put\",\"key\":\"a\",\"value\":\"\",\"ttl\":null}", "ttl: "),
    ("{\"op\":\"put\",\"key\":\"a\",\"value\":\"\",\"ttl\":[60]}", "ttl: "),
    ("{\"op\":\"touch\",\"key\":\"a\",\"ttl\":\"soon\"}", "ttl: 'soon'"),
    ("{\"op\":\"put\",\"key\":\"a\",\"value\":\"\",\"ifMatch\":\"x\"}", "ifMatch: 'x'"),
    ("{\"op\":\"put\",\"key\":\"a\",\"value\":\"\",\"ifNoneMatch\":null}", "ifNoneMatch: it must be"),
    (
      "{\"op\":\"put\",\"key\":\"a\",\"value\":\"\",\"contentType\":\"a\\nb\"}", "contentType holds a control"
    ),
  ]) func `an operation that is not valid is refused, by its member's name`(operation: String, detail: String)
    throws
  {
    let problem = try #require(try problem(operation))
    #expect("\(problem.name)" == "invalid-operation")
    #expect(problem.status == 400)
    #expect(problem.detail.contains(detail), "\(problem.detail)")
  }

  @Test func `keys and values have the limits of single requests`() throws {
    #expect(try problem("{\"op\":\"get\",\"key\":\"\"}")?.name.description == "invalid-key")
    let long = String(repeating: "k", count: Key.longest)
    #expect(try problem("{\"op\":\"get\",\"key\":\"\(long)\"}") == nil)
    #expect(try problem("{\"op\":\"get\",\"key\":\"\(long)k\"}")?.name.description == "invalid-key")
    #expect(try problem("{\"op\":\"put\",\"key\":\"a\",\"value\":\"12345678\"}") == nil)
    #expect(try problem("{\"op\":\"put\",\"key\":\"a\",\"value\":\"123456789\"}")?.status == 413)
  }

  @Test func `long texts are refused without being quoted`() throws {
    let long = String(repeating: "x", count: 100_000)
    for members in [
      "\"op\":\"\(long)\"", "\"op\":\"get\",\"key\":\"a\",\"\(long)\":1",
      "\"op\":\"delete\",\"key\":\"a\",\"ifMatch\":\"\(long)\"",
      "\"op\":\"put\",\"key\":\"a\",\"value\":\"\",\"contentType\":\"\(long)\"",
      "\"op\":\"touch\",\"key\":\"a\",\"ttl\":\"\(long)\"", "\"op\":\"get\",\"key\":\"\(long)\"",
    ] {
      let problem = try #require(try problem("{\(members)}"))
      #expect(problem.detail.utf8.count < 200)
    }
  }

  @Test func `conditions need values that have versions`() throws {
    let raw = BatchReader(standardLifetime: .forever, storesVersions: false, longestValue: { _, _, _ in 8 })
    let body =
      "{\"operations\":[{\"op\":\"delete\",\"key\":\"a\",\"ifMatch\":\"*\"},{\"op\":\"delete\",\"key\":\"a\"}]}"
    let operations = try raw.operations(Bytes(body.utf8), quorum: nil)
    guard case .refused(let problem) = operations[0], case .write = operations[1] else {
      Issue.record("\(operations)")
      return
    }
    #expect(problem.status == 501)
  }

  @Test(arguments: [
    "", "{", "[]", "null", "{}", "{\"operations\":{}}", "{\"operations\":null}", "{\"operations\":[]}",
    "{\"ops\":[{}]}", "{\"operations\":[{}],\"more\":1}",
    "{\"operations\":[{\"op\":\"get\",\"op\":\"get\"}]}",
    "{\"operations\":[{\"op\":\"\\ud800\"}]}",
  ]) func `what is no batch is refused as a whole`(body: String) {
    let problem = wholeProblem(body)
    #expect(problem?.status == 400)
    #expect(problem?.name.description == "invalid-batch")
  }

  @Test func `a batch holds 1000 operations at most`() throws {
    let get = "{\"op\":\"get\",\"key\":\"a\"}"
    func batch(_ count: Int) -> String {
      "{\"operations\":[\(Array(repeating: get, count: count).joined(separator: ","))]}"
    }
    #expect(try read(batch(1000)).count == 1000)
    for count in [1001, 50_000] {
      #expect(wholeProblem(batch(count))?.status == 413)
      #expect(wholeProblem(batch(count))?.name.description == "batch-too-large")
    }
  }

  @Test func `operations of one key are in one lane, in their order`() throws {
    let keys = ["a", "b", "a", "c", "b", "a"]
    let operations = keys.map { "{\"op\":\"get\",\"key\":\"\($0)\"}" } + ["1", "2"]
    let lanes = BatchLanes(try read("{\"operations\":[\(operations.joined(separator: ","))]}"))
    #expect(all(lanes) == [[0, 2, 5], [1, 4], [3], [6], [7]])
  }

  @Test func `a thousand keys have a thousand lanes, and a thousand times the same one`() throws {
    let gets = (0..<1000).map { "{\"op\":\"get\",\"key\":\"\($0)\"}" }
    let lanes = BatchLanes(try read("{\"operations\":[\(gets.joined(separator: ","))]}"))
    #expect(all(lanes) == (0..<1000).map { [$0] })
    let same = BatchLanes(Array(repeating: .get(try Key("a")), count: 1000))
    #expect(all(same) == [Array(0..<1000)])
  }

  private func all(_ lanes: BatchLanes) -> [[Int]] {
    (0..<lanes.count).map { lane in
      Array(sequence(first: lanes.first(lane)) { lanes.next($0) })
    }
  }
}

struct BatchFormatTests {
  @Test(arguments: [
    ("application/x-ndjson", true), ("application/json, application/x-ndjson", true),
    ("Application/X-NDJSON;q=0.5", true), ("application/x-ndjson ; q=1", true),
    ("application/json", false), ("*/*", false), ("", false), ("application/x-ndjson;q=0", false),
    ("application/x-ndjson; q=0.00", false), ("application/x-ndjsonx", false),
  ]) func `results come a line each where Accept names that`(accept: String, lines: Bool) {
    #expect((BatchFormat(accept: accept) == .lines) == lines)
    #expect(BatchFormat(accept: nil) == .json)
  }
}

struct BatchResultTests {
  private let key: Key

  init() throws { key = try Key("k") }

  private func json(_ result: BatchResult, index: Int? = nil) -> String {
    var json = JSONWriter()
    result.append(index: index, to: &json)
    return json.finish().array.text
  }

  private func found(_ value: [UInt8], contentType: [UInt8] = [], seconds: UInt32? = 60) -> BatchResult {
    let record = Record(
      kind: .value, version: Version(time: 1, writer: 2), writtenAt: 0, contentType: Bytes(contentType),
      body: Bytes(value))
    return .found(
      Hit(record: record, lifetime: Lifetime(seconds: seconds), staleness: nil, link: 1, node: "a"), key)
  }

  @Test func `a hit tells its tag, lifetime, type and value`() {
    #expect(
      json(found(Array("x".utf8), contentType: Array("text/plain".utf8)), index: 3)
        == "{\"index\":3,\"status\":200,\"etag\":\"\\\"0000000000000001-00000002\\\"\",\"maxAge\":60,"
        + "\"contentType\":\"text/plain\",\"value\":\"x\"}")
    #expect(
      json(found([], seconds: nil)).contains(
        "\"maxAge\":31536000,\"contentType\":\"application/octet-stream\""))
  }

  @Test(arguments: [
    (Array("é\n\t\"".utf8), "\"value\":\"é\\n\\t\\\"\""), ([], "\"value\":\"\""),
    ([0x7F], "\"value\":\"\u{7F}\""),
    ([0], "\"valueBase64\":\"AA==\""), ([11], "\"valueBase64\":\"Cw==\""),
    ([0x1B], "\"valueBase64\":\"Gw==\""),
    ([0xFF], "\"valueBase64\":\"/w==\""), ([0xC3], "\"valueBase64\":\"ww==\""),
    ([0xED, 0xA0, 0x80], "\"valueBase64\":\"7aCA\""),
  ]) func `a value that is no text is told in base64`(value: [UInt8], member: String) {
    #expect(json(found(value)).hasSuffix(",\(member)}"))
  }

  @Test func `a content type that is no UTF-8 leaves the answer UTF-8`() {
    var writer = JSONWriter()
    found([], contentType: [0x61, 0xFF]).append(to: &writer)
    #expect(writer.finish().isUTF8)
  }

  @Test func `a write tells its tag where there is one, and its copies`() {
    #expect(
      json(.written(status: 204, version: nil, standing: 1, wanted: 2))
        == "{\"status\":204,\"replicas\":{\"standing\":1,\"wanted\":2}}")
    #expect(
      json(.written(status: 201, version: Version(time: 16, writer: 1), standing: 2, wanted: 2))
        .contains("\"etag\":\"\\\"0000000000000010-00000001\\\"\""))
  }

  @Test func `a failure is the problem of the single request`() {
    #expect(json(.failed(.conditionFailed)) == "{\"status\":412,\"problem\":\(Problem.conditionFailed.json)}")
    #expect(json(.failed(.contended)).hasPrefix("{\"status\":503,\"retryAfter\":1,\"problem\":{"))
  }
}
