import GatewayCore
import Glibc
import Testing

@testable import CacheGateway

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

  /// Far more than the buffers of both ends hold.
  private static let much = 20_000_000

  /// Has the answer's head, and has taken nothing of its body.
  private func slowReader(of gateway: GatewayProcess) throws -> Stream {
    let slow = try Stream(port: gateway.port, receiveBuffer: 16_384)
    try slow.send(HTTPClient.bytes("GET", "/keys/a"))
    while try slow.receiveLine() != "" {}
    return slow
  }

  @Test func `a client may be slow to take it`() throws {
    #expect(try client.put("/keys/a", .pattern(Self.much)).status == 204)
    for step in [65_536, 700_001] {
      let slow = try slowReader(of: gateway)
      var received: [UInt8] = []
      while received.count < Self.much {
        usleep(step == 65_536 ? 200 : 20_000)
        received += try slow.receive(min(step, Self.much - received.count))
      }
      #expect(received == .pattern(Self.much))
      try slow.send(HTTPClient.bytes("GET", "/keys/none"))
      #expect(try slow.receiveLine() == "HTTP/1.1 404 Not Found")
    }
  }

  @Test func `a client of HTTP 1.0 gets it as well`() throws {
    #expect(try client.put("/keys/a", .pattern(Self.count)).status == 204)
    try client.stream.send("GET /keys/a HTTP/1.0\r\n\r\n")
    while try client.stream.receiveLine() != "" {}
    #expect(try client.stream.receiveToEnd() == .pattern(Self.count))
  }

  @Test func `where the rest is lost the answer breaks off after what was there`() throws {
    let gateway = try GatewayProcess(nodes: 1)
    let client = try gateway.connect()
    #expect(try client.put("/keys/a", .pattern(Self.much)).status == 204)
    let slow = try slowReader(of: gateway)
    gateway.nodes[0].kill()
    let received = try slow.receiveToEnd()
    #expect(received.count < Self.much)
    #expect(received == .pattern(received.count))
    #expect(try gateway.connect().get("/livez").status == 200)
  }

  /// It closes a connection on which nothing happens after a minute only.
  @Test func `that a client has gone is seen at once, however much is to be sent to it`() throws {
    #expect(try client.put("/keys/a", .pattern(Self.much)).status == 204)
    // Two workers may yet open a connection for long values to each of two nodes.
    let most = ProcessTable.openFiles(of: gateway.id) + 4
    for resets in [false, true] {
      let readers = try (0..<10).map { _ in try slowReader(of: gateway) }
      for (index, reader) in readers.enumerated() { _ = try reader.receive(1 + index * 200_000) }
      #expect(ProcessTable.openFiles(of: gateway.id) > most)
      for reader in readers { resets ? reader.reset() : reader.close() }
      try eventually("their connections are closed") { ProcessTable.openFiles(of: gateway.id) <= most }
    }
    #expect(try client.get("/keys/a").body == .pattern(Self.much))
  }

  @Test func `a client that takes nothing does not keep the gateway from ending`() throws {
    #expect(try client.put("/keys/a", .pattern(Self.much)).status == 204)
    let slow = try slowReader(of: gateway)
    gateway.terminate()
    #expect(try gateway.waitForEnd() == .exited(0))
    #expect(try slow.receiveToEnd().count < Self.much)
  }

  @Test func `without a socket there is none, and nothing is harmed`() {
    #expect(DirectDownload.begin(to: -1) == nil)
    let storage = ByteStorage.allocate(capacity: 100_000)
    #expect(DirectUpload.begin(from: -1, into: storage, rest: 100_000) == nil)
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
      // Perhaps on the descriptor that it had.
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
