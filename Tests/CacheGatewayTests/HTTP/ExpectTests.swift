import Testing

/// Expect, down to what is on the wire (RFC 9110 section 10.1.1).
struct ExpectTests {
  private let gateway: GatewayProcess
  private let client: HTTPClient

  init() throws {
    gateway = try GatewayProcess(nodes: 2, "--max-value-size", "1000")
    client = try gateway.connect()
  }

  private func head(
    _ method: String = "PUT", _ target: String = "/keys/a", _ fields: String = "", version: String = "1.1"
  ) -> String {
    "\(method) \(target) HTTP/\(version)\r\nHost: x\r\nContent-Length: 5\r\n\(fields)\r\n"
  }

  @Test(arguments: ["Content-Length: 5", "Transfer-Encoding: chunked"])
  func `a client is told once to go on, before it has sent anything of the body`(framing: String) throws {
    for word in ["100-continue", "100-Continue"] {
      try client.stream.send("PUT /keys/a HTTP/1.1\r\nHost: x\r\n\(framing)\r\nExpect: \(word)\r\n\r\n")
      #expect(try client.response().status == 100)
      try client.stream.send(framing.hasSuffix("chunked") ? "5\r\nhello\r\n0\r\n\r\n" : "hello")
      #expect(try client.response().status == 204)
    }
    #expect(try client.get("/keys/a").text == "hello")
  }

  @Test func `a client that does not wait may be told or not, and its value is stored`() throws {
    try client.stream.send(head("PUT", "/keys/a", "Expect: 100-continue\r\n") + "hello")
    var answer = try client.response()
    if answer.status == 100 { answer = try client.response() }
    #expect(answer.status == 204)
    #expect(try client.get("/keys/a").text == "hello")
  }

  /// What is wrong with the head, and the status it is refused with.
  private static let refused: [(method: String, target: String, fields: String, status: Int)] = [
    ("PUT", "/keys/%zz", "", 400), ("PUT", "/keys/", "", 400), ("PUT", "/keys/a?ttl=soon", "", 400),
    ("PUT", "/keys/a", "Cache-Control: max-age=0\r\n", 400), ("PUT", "/keys/a", "If-Match: x\r\n", 400),
    ("PUT", "/keys/a", "Content-Range: bytes 0-1/2\r\n", 400),
    ("PUT", "/keys/a", "Cache-Gateway-Write-Quorum: 9\r\n", 400), ("PUT", "/nothing", "", 404),
    ("POST", "/keys/a", "", 405), ("DELETE", "/keys/a", "", 413), ("GET", "/keys/a", "", 413),
  ]

  @Test func `a request that is refused by its head is refused instead, and the connection closed`() throws {
    _ = try client.put("/keys/a", "old")
    for (method, target, fields, status) in Self.refused {
      let client = try gateway.connect()
      try client.stream.send(head(method, target, fields + "Expect: 100-continue\r\n"))
      let answer = try client.response()
      #expect(answer.status == status, "\(method) \(target) \(fields)")
      #expect(answer.problem != nil)
      #expect(answer["Connection"]?.lowercased() == "close")
      #expect(try client.stream.endsHere())
    }
    #expect(try client.get("/keys/a").text == "old")
  }

  @Test func `a body too large is refused before it is sent`() throws {
    try client.stream.send(
      "PUT /keys/a HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n")
    let answer = try client.response()
    #expect(answer.status == 413)
    #expect(answer.problem == "value-too-large")
    #expect(try client.stream.endsHere())
  }

  @Test(arguments: ["200-ok", "100-continue, x=1", "100-continue\r\nExpect: other", "100-continue;q=1"])
  func `anything else that is expected is refused by its name`(expectation: String) throws {
    for method in ["PUT", "GET", "OPTIONS"] {
      let client = try gateway.connect()
      try client.stream.send(head(method, "/keys/a", "Expect: \(expectation)\r\n"))
      let answer = try client.response()
      #expect(answer.status == 417)
      #expect(answer.problem == "expectation-failed")
      #expect(answer.text.contains("\"detail\":\"Expect: '"))
      #expect(answer["Connection"]?.lowercased() == "close")
      #expect(try client.stream.endsHere())
    }
    #expect(try client.get("/keys/a").status == 404)
  }

  @Test func `the body of a refused request is never read as another request`() throws {
    let smuggled = HTTPClient.bytes("PUT", "/keys/smuggled", body: [1])
    for (method, target, fields, _) in Self.refused {
      let client = try gateway.connect()
      try client.stream.send(
        "\(method) \(target) HTTP/1.1\r\nHost: x\r\nContent-Length: \(smuggled.count)\r\n\(fields)"
          + "Expect: 100-continue\r\n\r\n")
      try client.stream.send(smuggled)
      #expect(try client.response().status >= 400)
      #expect(try client.stream.endsHere())
    }
    #expect(try client.get("/keys/smuggled").status == 404)
  }

  @Test func `an empty Expect is nothing`() throws {
    try client.stream.send(head("PUT", "/keys/a", "Expect: \r\n") + "hello")
    #expect(try client.response().status == 204)
    #expect(try client.get("/keys/a").text == "hello")
  }

  @Test func `HTTP 1_0 is never told to go on`() throws {
    let old = try gateway.connect()
    try old.stream.send(head("PUT", "/keys/a", "Expect: 100-continue\r\n", version: "1.0") + "hello")
    #expect(try old.stream.receiveLine().contains(" 204 "))
    #expect(try client.get("/keys/a").text == "hello")
  }
}
