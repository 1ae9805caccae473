import Testing

struct BodiesTests {
  private func pair(_ options: String...) throws -> (gateway: GatewayProcess, client: HTTPClient) {
    let nodes = try (1...2).map { try MemcachedNode(name: "node-\($0)", options: ["-I", "8m"]) }
    let gateway = try GatewayProcess(in: nodes, options)
    return (gateway, try gateway.connect())
  }

  @Test(arguments: [0, 1, 2, 255, 4095, 4096, 4097, 65_536, 1_000_000, 5_000_000])
  func `a body of any length comes back as it was`(count: Int) throws {
    let (_, client) = try pair()
    let body = [UInt8].pattern(count)
    #expect(try client.put("/keys/a", body).status == 204)
    let get = try client.get("/keys/a")
    #expect(get.body == body)
    #expect(get["Content-Length"] == "\(count)")
  }

  @Test func `a body may hold every byte, line ends and commands too`() throws {
    let (_, client) = try pair()
    for body in [
      Array(0...255), Array("\r\n".utf8), Array("\r\nmd a\r\nEND\r\n".utf8), [0], [0, 0, 0],
      Array("HTTP/1.1 200 OK\r\n\r\n".utf8),
    ] as [[UInt8]] {
      #expect(try client.put("/keys/a", body).status == 204)
      #expect(try client.get("/keys/a").body == body)
    }
  }

  @Test(arguments: [1_048_576, 2_097_152])
  func `what fits into an item is one, up to 2 MiB`(count: Int) throws {
    let node = try MemcachedNode(name: "node", options: ["-I", "8m"])
    let gateway = try GatewayProcess(in: [node], [])
    let client = try gateway.connect()
    #expect(try client.put("/keys/a", .pattern(count)).status == 204)
    #expect(try #require(try node.item("a")).value.count > count)
    #expect(try client.put("/keys/a", .pattern(2_097_153)).status == 204)
    #expect(try #require(try node.item("a")).value.count < 1000)
  }

  @Test(arguments: ["k", "%20", String(repeating: "k", count: 250), String(repeating: "k", count: 2048)])
  func `around the most that an item holds, values come back as they were`(key: String) throws {
    let gateway = try GatewayProcess(nodes: 2)
    let client = try gateway.connect()
    for count in stride(from: 1_045_000, through: 1_049_000, by: 400) {
      #expect(try client.put("/keys/\(key)", .pattern(count)).status == 204)
      #expect(try client.get("/keys/\(key)").body == .pattern(count))
    }
  }

  @Test func `the longest value can be set lower`() throws {
    let (_, client) = try pair("--max-value-size", "1000")
    #expect(try client.put("/keys/a", .pattern(1000)).status == 204)
    let refused = try client.put("/keys/b", .pattern(1001))
    #expect(refused.status == 413)
    #expect(refused.problem == "value-too-large")
    #expect(refused.text.contains("1000 bytes"))
    #expect(try client.get("/keys/b").status == 404)
    #expect(try client.get("/keys/a").body == .pattern(1000))
  }

  @Test func `a client that waits to be told to go on is told so`() throws {
    let (_, client) = try pair()
    try client.stream.send(
      "PUT /keys/a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    #expect(try client.response().status == 100)
    try client.stream.send("hello")
    #expect(try client.response().status == 204)
    #expect(try client.get("/keys/a").text == "hello")
  }

  @Test func `a client that waits to be told to go on is told at once when its body is too large`() throws {
    let (gateway, client) = try pair("--max-value-size", "1000")
    try client.stream.send(
      "PUT /keys/a HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n")
    let answer = try client.response()
    #expect(answer.status == 413)
    #expect(answer["Connection"]?.lowercased() == "close")
    #expect(try client.stream.endsHere())
    #expect(try gateway.connect().get("/keys/a").status == 404)
  }

  @Test func `a body far too large is refused before it is sent`() throws {
    let (gateway, client) = try pair("--max-value-size", "1000")
    try client.stream.send("PUT /keys/a HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n")
    #expect(try client.response().status == 413)
    #expect(try gateway.connect().get("/keys/a").status == 404)
  }

  @Test func `a connection can be used on after a refused body`() throws {
    let (_, client) = try pair("--max-value-size", "1000")
    for count in [1001, 100_000, 3_000_000] {
      #expect(try client.put("/keys/a", .pattern(count)).status == 413)
      #expect(try client.put("/keys/a", .pattern(10)).status == 204)
    }
  }

  private func chunked(_ chunks: [[UInt8]], trailer: String = "") -> [UInt8] {
    var bytes = Array("PUT /keys/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
    for chunk in chunks where !chunk.isEmpty {
      bytes += Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + [13, 10]
    }
    return bytes + Array("0\r\n\(trailer)\r\n".utf8)
  }

  @Test func `a body in chunks is put together`() throws {
    let (_, client) = try pair()
    let bodies: [[[UInt8]]] = [
      [[1]], [Array("hello".utf8), Array(", ".utf8), Array("world".utf8)], [],
      [.pattern(100_000), .pattern(70_000)],
      (0..<300).map { [UInt8(truncatingIfNeeded: $0)] }, [Array("0\r\n\r\n".utf8)],
    ]
    for chunks in bodies {
      try client.stream.send(chunked(chunks))
      #expect(try client.response().status == 204)
      #expect(try client.get("/keys/a").body == chunks.flatMap { $0 })
    }
  }

  @Test func `trailers after the chunks are read and left alone`() throws {
    let (_, client) = try pair()
    try client.stream.send(chunked([[1, 2, 3]], trailer: "X-Checksum: 5\r\n"))
    #expect(try client.response().status == 204)
    #expect(try client.get("/keys/a").body == [1, 2, 3])
  }

  @Test func `a body in chunks that turns out too large is refused`() throws {
    let (_, client) = try pair("--max-value-size", "1000")
    try client.stream.send(chunked([.pattern(600), .pattern(600)]))
    #expect(try client.response().status == 413)
    #expect(try client.get("/keys/a").status == 404)
    try client.stream.send(chunked([.pattern(600), .pattern(400)]))
    #expect(try client.response().status == 204)
  }
}
