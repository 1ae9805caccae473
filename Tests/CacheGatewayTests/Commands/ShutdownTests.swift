import Glibc
import Testing

/// SIGTERM drains: stops accepting, finishes what is in flight, exits 0.
struct ShutdownTests {
  private let gateway: GatewayProcess

  init() throws {
    gateway = try GatewayProcess(nodes: 2)
  }

  @Test func `an idle gateway exits with 0`() throws {
    gateway.terminate()
    #expect(try gateway.waitForEnd() == .exited(0))
  }

  @Test func `connections that wait for the next request do not hold it up`() throws {
    let clients = try (0..<20).map { _ in try gateway.connect() }
    for client in clients { #expect(try client.put("/keys/a", "v").status == 204) }
    gateway.terminate()
    #expect(try gateway.waitForEnd() == .exited(0))
    for client in clients { #expect(try client.stream.endsHere()) }
  }

  @Test func `a request in flight is finished`() throws {
    let upload = try gateway.connect()
    let request = HTTPClient.bytes("PUT", "/keys/a", body: .pattern(100_000))
    try upload.stream.send(Array(request[..<50_000]))
    // The gateway has seen the head when it has answered another request since.
    for _ in 0..<5 { _ = try gateway.connect().get("/livez") }
    gateway.terminate()
    try eventually("nobody is let in any more") { !Loopback.accepts(gateway.port) }
    try upload.stream.send(Array(request[50_000...]))
    let answer = try upload.response()
    #expect(answer.status == 204)
    #expect(answer["Connection"]?.lowercased() == "close")
    #expect(try upload.stream.endsHere())
    #expect(try gateway.waitForEnd() == .exited(0))
    #expect(try gateway.nodes[0].item("a") != nil)
  }

  @Test func `an answer that is being read is finished`() throws {
    let gateway = try GatewayProcess(nodes: 1, nodeOptions: ["-I", "20m", "-m", "200"])
    let reader = try gateway.connect()
    // More than the buffers of both ends hold.
    let body = [UInt8].pattern(16_000_000)
    #expect(try reader.put("/keys/big", body).status == 204)
    try reader.stream.send(HTTPClient.bytes("GET", "/keys/big"))
    try eventually("the node was asked") { try gateway.nodes[0].statistic("get_hits") != "0" }
    gateway.terminate()
    try eventually("nobody is let in any more") { !Loopback.accepts(gateway.port) }
    #expect(try reader.response().body == body)
    #expect(try reader.stream.endsHere())
    #expect(try gateway.waitForEnd() == .exited(0))
  }

  @Test func `its port is free afterwards`() throws {
    gateway.terminate()
    #expect(try gateway.waitForEnd() == .exited(0))
    #expect(!Loopback.accepts(gateway.port))
    #expect(!Loopback.accepts(gateway.adminPort))
  }

  @Test func `its nodes keep what they hold`() throws {
    _ = try gateway.connect().put("/keys/a", "v")
    gateway.terminate()
    #expect(try gateway.waitForEnd() == .exited(0))
    let next = try GatewayProcess(in: gateway.nodes, [])
    #expect(try next.connect().get("/keys/a").text == "v")
  }
}
