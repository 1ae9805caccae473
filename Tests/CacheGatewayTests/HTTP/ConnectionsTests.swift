import Glibc
import Testing

/// What a connection may look like on the wire.
struct ConnectionsTests {
  private let gateway: GatewayProcess
  private let client: HTTPClient

  init() throws {
    gateway = try GatewayProcess(nodes: 2)
    client = try gateway.connect()
  }

  @Test func `pipelined requests are answered in order`() throws {
    var requests: [UInt8] = []
    for number in 0..<50 {
      requests += HTTPClient.bytes("PUT", "/keys/k\(number)", body: Array("value-\(number)".utf8))
      requests += HTTPClient.bytes("GET", "/keys/k\(number)")
      requests += HTTPClient.bytes("GET", "/keys/missing-\(number)")
      requests += HTTPClient.bytes("HEAD", "/keys/k\(number)")
    }
    try client.stream.send(requests)
    for number in 0..<50 {
      #expect(try client.response().status == 204)
      #expect(try client.response().text == "value-\(number)")
      #expect(try client.response().status == 404)
      #expect(try client.response(to: "HEAD")["Content-Length"] == "\("value-\(number)".utf8.count)")
    }
  }

  @Test func `one connection serves many requests`() throws {
    for number in 0..<500 {
      #expect(try client.put("/keys/k\(number % 7)", "v\(number)").status == 204)
      #expect(try client.get("/keys/k\(number % 7)").text == "v\(number)")
    }
  }

  @Test func `a request may arrive in two pieces cut anywhere`() throws {
    let request = HTTPClient.bytes(
      "PUT", "/keys/split?ttl=1h", ["Content-Type": "text/plain"], body: Array("body".utf8))
    for cut in 1..<request.count {
      try client.stream.send(Array(request[..<cut]))
      usleep(500)
      try client.stream.send(Array(request[cut...]))
      #expect(try client.response().status == 204, "cut at \(cut)")
    }
    #expect(try client.get("/keys/split").text == "body")
  }

  @Test func `a request may arrive byte by byte`() throws {
    for byte in HTTPClient.bytes("PUT", "/keys/slow", body: .pattern(100)) {
      try client.stream.send([byte])
      usleep(300)
    }
    #expect(try client.response().status == 204)
    for byte in HTTPClient.bytes("GET", "/keys/slow") { try client.stream.send([byte]) }
    #expect(try client.response().body == .pattern(100))
  }

  @Test func `an upload that is broken off stores nothing`() throws {
    _ = try client.put("/keys/old", "old")
    let heads = ["Content-Length: 1000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n3E8\r\n"]
    for (number, head) in heads.enumerated() {
      for key in ["old", "new-\(number)"] {
        for breakOff in [{ $0.close() }, { $0.reset() }] as [(Stream) -> Void] {
          let upload = try gateway.connect()
          try upload.stream.send("PUT /keys/\(key) HTTP/1.1\r\nHost: x\r\n\(head)")
          try upload.stream.send([UInt8].pattern(500))
          breakOff(upload.stream)
        }
      }
    }
    // Long after the gateway has seen the ends.
    for _ in 0..<50 {
      #expect(try client.get("/keys/old").text == "old")
      #expect(try client.get("/keys/new-0").status == 404)
      #expect(try client.get("/keys/new-1").status == 404)
      usleep(2000)
    }
  }

  @Test func `a client that goes away while it is answered does no harm`() throws {
    _ = try client.put("/keys/big", .pattern(1_000_000))
    for _ in 0..<30 {
      let reader = try gateway.connect()
      for _ in 0..<3 { try reader.stream.send(HTTPClient.bytes("GET", "/keys/big")) }
      _ = try reader.stream.receiveLine()
      reader.stream.reset()
    }
    #expect(try client.get("/keys/big").body == .pattern(1_000_000))
  }

  @Test func `a client that asks for it gets its connection closed`() throws {
    let answer = try client.request("GET", "/keys/a", ["Connection": "close"])
    #expect(answer["Connection"]?.lowercased() == "close")
    #expect(try client.stream.endsHere())
  }

  @Test func `HTTP 1_0 is answered, and the connection closed`() throws {
    _ = try client.put("/keys/a", "hello")
    let old = try gateway.connect()
    try old.stream.send("GET /keys/a HTTP/1.0\r\n\r\n")
    let answer = try old.stream.receiveToEnd().text
    #expect(answer.hasPrefix("HTTP/1."))
    #expect(answer.contains(" 200 "))
    #expect(answer.hasSuffix("\r\n\r\nhello"))
  }

  @Test func `identical reads from many clients all get the value`() throws {
    _ = try client.put("/keys/hot", "hot value")
    let readers = try (0..<16).map { _ in try gateway.connect() }
    let burst = (0..<25).flatMap { _ in HTTPClient.bytes("GET", "/keys/hot") }
    for reader in readers { try reader.stream.send(burst) }
    for reader in readers {
      for _ in 0..<25 { #expect(try reader.response().text == "hot value") }
    }
  }

  @Test func `a read that begins after a write was answered sees it, whatever other reads are under way`()
    throws
  {
    let readers = try (0..<8).map { _ in try gateway.connect() }
    let burst = (0..<20).flatMap { _ in HTTPClient.bytes("GET", "/keys/hot") }
    for number in 0..<40 {
      for reader in readers { try reader.stream.send(burst) }
      _ = try client.put("/keys/hot", "\(number)")
      #expect(try client.get("/keys/hot").text == "\(number)")
      for reader in readers {
        var last = -1
        for _ in 0..<20 {
          let answer = try reader.response()
          let value = answer.status == 404 ? -1 : try #require(Int(answer.text))
          #expect(value >= max(last, number - 1))
          last = value
        }
      }
    }
  }

  @Test func `hundreds of connections are served side by side`() throws {
    let clients = try (0..<300).map { _ in try gateway.connect() }
    for (number, client) in clients.enumerated() {
      try client.stream.send(HTTPClient.bytes("PUT", "/keys/c\(number)", body: Array("\(number)".utf8)))
    }
    for client in clients { #expect(try client.response().status == 204) }
    for (number, client) in clients.enumerated() {
      #expect(try client.get("/keys/c\(number)").text == "\(number)")
    }
  }
}
