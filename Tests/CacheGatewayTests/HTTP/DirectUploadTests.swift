import Glibc
import Testing

/// Long bodies, which come straight from the socket to where they are collected.
struct DirectUploadTests {
  private static let count = 300_000
  private let gateway: GatewayProcess
  private let client: HTTPClient

  init() throws {
    gateway = try GatewayProcess(nodes: 2)
    client = try gateway.connect()
  }

  private func put(_ count: Int) -> [UInt8] {
    HTTPClient.bytes("PUT", "/keys/a", body: .pattern(count))
  }

  /// Around what libmicrohttpd reads at once, and around what the gateway does.
  @Test(arguments: [5_000, 5_120, 5_121, 10_240, 10_241, 100_000, 262_144, 262_145, 300_000, 1_040_000])
  func `a long body comes back as it was`(count: Int) throws {
    for _ in 0..<20 {
      #expect(try client.put("/keys/a", .pattern(count)).status == 204)
      #expect(try client.get("/keys/a").body == .pattern(count))
    }
  }

  @Test(arguments: [1, 60, 61, 1000, 5_000, 5_500, 10_000, 20_000, 262_200, 299_000, 300_050])
  func `a long body may arrive in two pieces cut anywhere`(cut: Int) throws {
    let request = put(Self.count)
    try client.stream.send(Array(request[..<cut]))
    usleep(20_000)
    try client.stream.send(Array(request[cut...]))
    #expect(try client.response().status == 204)
    #expect(try client.get("/keys/a").body == .pattern(Self.count))
  }

  /// Streamed to the nodes in pieces of half a megabyte, less 512 bytes.
  @Test(arguments: [2_097_153, 3 * 523_776 - 1, 4 * 523_776, 5 * 523_776 + 1, 7_000_001])
  func `a body that is streamed comes back as it was`(count: Int) throws {
    for _ in 0..<3 {
      #expect(try client.put("/keys/a", .pattern(count)).status == 204)
      #expect(try client.get("/keys/a").body == .pattern(count))
    }
  }

  @Test func `a streamed body may arrive in pieces of any length`() throws {
    let request = put(3_000_000)
    for step in [1_001, 5_119, 65_537, 523_776, 523_777, 1_500_000] {
      for start in stride(from: 0, to: request.count, by: step) {
        try client.stream.send(Array(request[start..<min(request.count, start + step)]))
        if step > 60_000 { usleep(1_000) }
      }
      #expect(try client.response().status == 204)
      #expect(try client.get("/keys/a").body == .pattern(3_000_000))
    }
  }

  @Test func `a streamed body that breaks off leaves what was there`() throws {
    #expect(try client.put("/keys/a", "before").status == 204)
    let request = put(3_000_000)
    for cut in stride(from: 1_000, to: request.count, by: 500_003) {
      let broken = try gateway.connect()
      try broken.stream.send(Array(request[..<cut]))
      usleep(2_000)
      broken.stream.close()
      #expect(try gateway.connect().get("/keys/a").text == "before", "cut at \(cut)")
    }
  }

  @Test func `a long body may arrive in many small pieces`() throws {
    let request = put(40_000)
    for start in stride(from: 0, to: request.count, by: 777) {
      try client.stream.send(Array(request[start..<min(request.count, start + 777)]))
      usleep(500)
    }
    #expect(try client.response().status == 204)
    #expect(try client.get("/keys/a").body == .pattern(40_000))
  }

  @Test func `requests that follow a long body at once are answered in order`() throws {
    let get = HTTPClient.bytes("GET", "/keys/a")
    let counts = (1...8).map { 10_000 + $0 * 5_000 }
    // As much as the sockets hold, in both directions.
    try client.stream.send(counts.flatMap { put($0) + get + get })
    for count in counts {
      #expect(try client.response().status == 204)
      #expect(try client.response().body == .pattern(count))
      #expect(try client.response().body == .pattern(count))
    }
  }

  @Test func `a long body that breaks off stores nothing, and spoils nothing for who comes next`() throws {
    #expect(try client.put("/keys/a", "before").status == 204)
    let request = put(Self.count)
    for cut in stride(from: 100, to: Self.count, by: 20_011) {
      let broken = try gateway.connect()
      try broken.stream.send(Array(request[..<cut]))
      usleep(2_000)
      if cut.isMultiple(of: 2) { broken.stream.reset() } else { broken.stream.close() }
      // Perhaps on the descriptor that the broken one had.
      #expect(try gateway.connect().get("/keys/a").text == "before", "cut at \(cut)")
    }
    let other = try gateway.connect()
    #expect(try other.put("/keys/b", .pattern(Self.count)).status == 204)
    #expect(try other.get("/keys/b").body == .pattern(Self.count))
  }

  /// The gateway finds all that was sent and the end at once. It closes a connection that says nothing after a minute
  /// only; the client waits for less.
  @Test(arguments: [7_000, 200_000, 290_000])
  func `that a client has gone is seen though its body and its end come together`(count: Int) throws {
    #expect(try client.get("/livez").status == 200)
    gateway.pause()
    try client.stream.send(Array(put(Self.count)[..<count]))
    client.stream.finishSending()
    gateway.resume()
    #expect(try client.stream.endsHere())
    #expect(try gateway.connect().get("/keys/a").status == 404)
  }

  @Test func `long bodies of many clients do not mix`() throws {
    let clients = try (1...12).map { _ in try gateway.connect() }
    let requests = clients.indices.map { index in
      HTTPClient.bytes("PUT", "/keys/k\(index)", body: [UInt8](repeating: UInt8(index), count: Self.count))
    }
    for start in stride(from: 0, to: requests[0].count, by: 30_001) {
      for (client, request) in zip(clients, requests) {
        try client.stream.send(Array(request[start..<min(request.count, start + 30_001)]))
      }
    }
    for (index, client) in clients.enumerated() {
      #expect(try client.response().status == 204)
      #expect(
        try client.get("/keys/k\(index)").body == [UInt8](repeating: UInt8(index), count: Self.count))
    }
  }
}
