import Glibc
import Testing

/// Values in chunks, which go straight from where they are to the socket.
struct DirectDownloadTests {
  /// Bytes in a chunk.
  private static let chunk = 523_776
  private static let count = 3_000_000
  private let gateway: GatewayProcess
  private let client: HTTPClient

  init() throws {
    gateway = try GatewayProcess(nodes: 2)
    client = try gateway.connect()
  }

  /// Around chunks, and around what libmicrohttpd is told of at once.
  @Test(arguments: [
    2 * chunk + 1, 3 * chunk - 1, 3 * chunk, 3 * chunk + 1, 4 * chunk + 65_535, 4 * chunk + 65_536,
    4 * chunk + 65_537, 20_000_000,
  ])
  func `a value in chunks comes back as it was`(count: Int) throws {
    #expect(try client.put("/keys/a", .pattern(count)).status == 204)
    for _ in 0..<3 { #expect(try client.get("/keys/a").body == .pattern(count)) }
  }

  @Test func `a client may be slow to take it`() throws {
    #expect(try client.put("/keys/a", .pattern(Self.count)).status == 204)
    let whole = HTTPClient.bytes("GET", "/keys/a")
    for step in [10_007, 65_536, 700_001] {
      let slow = try gateway.connect()
      try slow.stream.send(whole)
      while try slow.stream.receiveLine() != "" {}
      var received: [UInt8] = []
      while received.count < Self.count {
        received += try slow.stream.receive(min(step, Self.count - received.count))
        usleep(2_000)
      }
      #expect(received == .pattern(Self.count))
      #expect(try slow.get("/keys/none").status == 404)
    }
  }

  @Test func `requests that follow at once are answered in order`() throws {
    #expect(try client.put("/keys/a", .pattern(Self.count)).status == 204)
    #expect(try client.put("/keys/b", "small").status == 204)
    let pair = HTTPClient.bytes("GET", "/keys/a") + HTTPClient.bytes("GET", "/keys/b")
    try client.stream.send(pair + pair + pair)
    for _ in 0..<3 {
      #expect(try client.response().body == .pattern(Self.count))
      #expect(try client.response().text == "small")
    }
  }

  @Test func `ranges of it are what they were`() throws {
    let value = [UInt8].pattern(Self.count)
    #expect(try client.put("/keys/a", value).status == 204)
    for range in [0...0, 5...2_000_000, Self.chunk - 1...Self.chunk, 1_000_000...Self.count - 1] {
      let fields = ["Range": "bytes=\(range.lowerBound)-\(range.upperBound)"]
      let part = try client.request("GET", "/keys/a", fields)
      #expect(part.status == 206)
      #expect(part.body == Array(value[range]))
    }
  }

  @Test func `a client that leaves in the middle spoils nothing for who comes next`() throws {
    #expect(try client.put("/keys/a", .pattern(Self.count)).status == 204)
    #expect(try client.put("/keys/b", "small").status == 204)
    for taken in stride(from: 1, to: Self.count, by: 300_007) {
      let leaving = try gateway.connect()
      try leaving.stream.send(HTTPClient.bytes("GET", "/keys/a"))
      _ = try leaving.stream.receive(taken)
      if taken.isMultiple(of: 2) { leaving.stream.reset() } else { leaving.stream.close() }
      // On the descriptor that it had.
      let next = try gateway.connect()
      #expect(try next.get("/keys/b").text == "small")
      #expect(try next.get("/keys/a").body == .pattern(Self.count))
    }
  }

  @Test func `values of many clients do not mix`() throws {
    let clients = try (0..<12).map { _ in try gateway.connect() }
    func value(_ index: Int) -> [UInt8] { [UInt8](repeating: UInt8(index), count: Self.count) }
    for index in clients.indices { #expect(try client.put("/keys/k\(index)", value(index)).status == 204) }
    for (index, client) in clients.enumerated() {
      try client.stream.send(HTTPClient.bytes("GET", "/keys/k\(index)"))
    }
    for (index, client) in clients.enumerated() { #expect(try client.response().body == value(index)) }
  }
}
