import Testing

/// Parts of values (RFC 9110 section 14).
struct RangesTests {
  private let gateway: GatewayProcess
  private let client: HTTPClient

  init() throws {
    gateway = try GatewayProcess(nodeOptions: ["-I", "8m"])
    client = try gateway.connect()
  }

  private func ask(_ range: String, _ key: String = "digits", _ fields: [String: String] = [:]) throws
    -> HTTPResponse
  {
    try client.request("GET", "/keys/\(key)", fields.merging(["Range": range]) { $1 })
  }

  private func storeDigits() throws {
    _ = try client.put("/keys/digits?ttl=1h", "0123456789", ["Content-Type": "text/plain"])
  }

  @Test func `one part is sent with its place in the value, and all that goes with the whole`() throws {
    try storeDigits()
    let whole = try client.get("/keys/digits")
    #expect(whole["Accept-Ranges"] == "bytes")
    #expect(whole["Content-Range"] == nil)
    for (range, place, text) in [
      ("bytes=0-0", "0-0", "0"), ("bytes=2-4", "2-4", "234"), ("bytes=7-", "7-9", "789"),
      ("bytes=-3", "7-9", "789"), ("bytes=0-", "0-9", "0123456789"), ("bytes=-99", "0-9", "0123456789"),
      ("bytes=5-99", "5-9", "56789"), ("Bytes= 9-9 ", "9-9", "9"), ("bytes=3-4,99-", "3-4", "34"),
      ("bytes=3-4,5-6", "3-6", "3456"), ("bytes=4-6,2-5", "2-6", "23456"),
    ] {
      let part = try ask(range)
      #expect(part.status == 206, "\(range)")
      #expect(part.text == text, "\(range)")
      #expect(part["Content-Range"] == "bytes \(place)/10", "\(range)")
      for name in ["Content-Type", "ETag", "Last-Modified", "Accept-Ranges"] {
        #expect(part[name] == whole[name])
      }
      #expect(try (3500...3600).contains(#require(part.maxAge)))
      #expect(part.cacheStatus("link") == "1")
    }
  }

  @Test(arguments: [
    "bytes=4-2", "bytes=x", "bytes", "bytes=", "bytes=1-2,3-1", "bytes=1", "lines=0-1", "0-1", "",
    "bytes=0-1\r\nRange: bytes=3-4",
  ])
  func `what is no range of bytes is ignored`(range: String) throws {
    try storeDigits()
    let answer = try ask(range)
    #expect(answer.status == 200)
    #expect(answer.text == "0123456789")
    #expect(answer["Content-Range"] == nil)
  }

  @Test(arguments: ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999-", "bytes=10-,11-"])
  func `a range beyond the end is refused with the length`(range: String) throws {
    try storeDigits()
    let answer = try ask(range)
    #expect(answer.status == 416)
    #expect(answer.problem == "range-not-satisfiable")
    #expect(answer["Content-Range"] == "bytes */10")
    #expect(answer.text.contains("10 bytes"))
    #expect(try ask("bytes=0-").status == 206)
  }

  @Test func `several parts come in one body, in the order asked for`() throws {
    try storeDigits()
    let answer = try ask("bytes=-2, 0-0, 4-5, 99-")
    #expect(answer.status == 206)
    #expect(answer["Content-Range"] == nil)
    #expect(answer["Content-Length"] == "\(answer.body.count)")
    let parts = try MultipartBody(answer).parts
    #expect(parts.map(\.body.text) == ["89", "0", "45"])
    #expect(parts.map { $0.fields["Content-Range"] } == ["bytes 8-9/10", "bytes 0-0/10", "bytes 4-5/10"])
    #expect(parts.allSatisfy { $0.fields["Content-Type"] == "text/plain" && $0.fields.count == 2 })
    let again = try ask("bytes=-2, 0-0, 4-5")
    #expect(again["Content-Type"] != answer["Content-Type"])
  }

  @Test func `an encoding stands with the part it applies to`() throws {
    _ = try client.put("/keys/digits", "0123456789", ["Content-Encoding": "br"])
    let one = try ask("bytes=1-2")
    #expect(one["Content-Encoding"] == "br")
    let several = try ask("bytes=1-2,5-6")
    #expect(several["Content-Encoding"] == nil)
    for part in try MultipartBody(several).parts {
      #expect(part.fields["Content-Encoding"] == "br")
      #expect(part.fields["Content-Type"] == "application/octet-stream")
    }
  }

  @Test func `parts of a large value are its very bytes`() throws {
    let value = [UInt8].pattern(5_000_000)
    _ = try client.put("/keys/large", value)
    for range in [0..<1, 4_999_999..<5_000_000, 1_234_567..<4_321_098, 0..<5_000_000] {
      let part = try ask("bytes=\(range.lowerBound)-\(range.upperBound - 1)", "large")
      #expect(part.status == 206)
      #expect(part.body == Array(value[range]))
    }
    let starts: [Int] = (0..<16).map { 4_500_000 - $0 * 300_000 }
    let ranges: [Range<Int>] = starts.map { $0..<($0 + 299_999) }
    let list = ranges.map { "\($0.lowerBound)-\($0.upperBound - 1)" }.joined(separator: ",")
    for _ in 0..<3 {
      let parts = try MultipartBody(ask("bytes=" + list, "large")).parts
      let expected: [[UInt8]] = ranges.map { Array(value[$0]) }
      #expect(parts.map(\.body) == expected)
    }
  }

  @Test func `more parts than make sense are answered with the whole value`() throws {
    _ = try client.put("/keys/large", .pattern(10_000))
    let sixteen = (0..<16).map { "\(10 * $0)-\(10 * $0)" }.joined(separator: ",")
    #expect(try MultipartBody(ask("bytes=" + sixteen, "large")).parts.count == 16)
    for abuse in [
      sixteen + ",9999-9999", (0..<1000).map { "\(10 * $0)-" }.joined(separator: ","),
      Array(repeating: "0-", count: 2000).joined(separator: ","),
    ] {
      let answer = try ask("bytes=" + abuse, "large")
      #expect(answer.status == 200)
      #expect(answer.body == .pattern(10_000))
    }
    let overlapping = Array(repeating: "0-", count: 200).joined(separator: ",")
    let answer = try ask("bytes=" + overlapping, "large")
    #expect(answer["Content-Range"] == "bytes 0-9999/10000")
    #expect(answer.body == .pattern(10_000))
  }

  @Test func `an empty value has no part`() throws {
    _ = try client.put("/keys/empty", "")
    for range in ["bytes=0-", "bytes=0-0", "bytes=5-9"] {
      let answer = try ask(range, "empty")
      #expect(answer.status == 416)
      #expect(answer["Content-Range"] == "bytes */0")
    }
    let end = try ask("bytes=-5", "empty")
    #expect(end.status == 200)
    #expect(end["Content-Length"] == "0")
  }

  @Test func `only GET knows parts`() throws {
    try storeDigits()
    for range in ["bytes=0-1", "bytes=0-1,3-4", "bytes=99-"] {
      let head = try client.request("HEAD", "/keys/digits", ["Range": range])
      #expect(head.status == 200)
      #expect(head["Content-Length"] == "10")
      #expect(head["Content-Range"] == nil)
      #expect(head["Accept-Ranges"] == "bytes")
    }
    #expect(try client.put("/keys/digits", "new", ["Range": "bytes=0-1"]).status == 204)
    #expect(try client.get("/keys/digits").text == "new")
    #expect(try client.request("DELETE", "/keys/digits", ["Range": "bytes=0-1"]).status == 204)
    #expect(try ask("bytes=0-1").status == 404)
  }

  @Test func `If-Range with the value's tag gets the part, with any other the whole`() throws {
    let old = try #require(client.put("/keys/digits", "old")["ETag"])
    try storeDigits()
    let tag = try #require(client.get("/keys/digits")["ETag"])
    #expect(try ask("bytes=2-3", "digits", ["If-Range": tag]).text == "23")
    #expect(try ask("bytes=99-", "digits", ["If-Range": tag]).status == 416)
    for other in [old, "W/\(tag)", "\"x\"", "*", "x", "", "\(tag), \(tag)"] {
      for range in ["bytes=2-3", "bytes=99-", "bytes=0-0,5-6"] {
        let answer = try ask(range, "digits", ["If-Range": other])
        #expect(answer.status == 200, "\(other)")
        #expect(answer.text == "0123456789")
      }
    }
  }

  @Test func `If-Range with the value's date gets the part when that second is over`() throws {
    try storeDigits()
    let date = try #require(client.get("/keys/digits")["Last-Modified"])
    try eventually("the value is a second old") {
      try #require(client.get("/keys/digits")["Age"].flatMap(Int.init)) > 0
    }
    #expect(try ask("bytes=2-3", "digits", ["If-Range": date]).text == "23")
    for other in ["Sat, 01 Jan 2000 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "\(date), \(date)"] {
      #expect(try ask("bytes=2-3", "digits", ["If-Range": other]).text == "0123456789")
    }
  }

  @Test func `parts of an item of another client`() throws {
    for node in gateway.nodes { try node.set("plain", "by another client") }
    let tag = try #require(client.get("/keys/plain")["ETag"])
    #expect(try ask("bytes=3-9", "plain", ["If-Range": tag]).text == "another")
    let parts = try MultipartBody(ask("bytes=0-1,-6", "plain")).parts
    #expect(parts.map(\.body.text) == ["by", "client"])
  }

  @Test func `a download that broke off is taken up where it ended, and begun anew on a changed value`()
    throws
  {
    let value = [UInt8].pattern(1_000_000)
    let tag = try #require(client.put("/keys/large", value)["ETag"])
    let rest = try ask("bytes=300000-", "large", ["If-Range": tag])
    #expect(rest["Content-Range"] == "bytes 300000-999999/1000000")
    #expect(Array(value[..<300_000]) + rest.body == value)
    _ = try client.put("/keys/large", .pattern(10))
    #expect(try ask("bytes=300000-", "large", ["If-Range": tag]).body == .pattern(10))
  }

  @Test func `a client that goes away in the middle of many parts does no harm`() throws {
    let value = [UInt8].pattern(5_000_000)
    _ = try client.put("/keys/large", value)
    for _ in 0..<20 {
      let reader = try gateway.connect()
      let fields = ["Range": "bytes=0-2000000,2100000-"]
      try reader.stream.send(HTTPClient.bytes("GET", "/keys/large", fields))
      _ = try reader.stream.receive(10_000)
      reader.stream.reset()
    }
    #expect(try client.get("/keys/large").body == value)
  }
}
