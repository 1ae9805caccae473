import Glibc
import Testing

/// The embedded default: memcached processes of the gateway's own.
struct LocalNodesTests {
  private let gateway: GatewayProcess

  init() throws {
    gateway = try GatewayProcess(in: [], ["--log-format", "json"])
  }

  /// Where they listen, as the gateway logs it.
  private func ports() throws -> [UInt16] {
    let line = try #require(gateway.log.split(separator: "\n").first { $0.contains("\"ports\":\"") })
    let list = try #require(line.split(separator: "\"ports\":\"").last).prefix { $0 != "\"" }
    return list.split(separator: " ").compactMap { UInt16($0) }
  }

  @Test func `without any nodes named three are started and used`() throws {
    let client = try gateway.connect()
    #expect(try client.put("/keys/a", "v")["Cache-Gateway-Replicas"] == "2/2")
    #expect(try client.get("/keys/a").text == "v")
    #expect(try client.get("/keys/a").cacheStatus("node")?.hasPrefix("local-") == true)
    #expect(try ports().count == 3)
    for port in try ports() { #expect(Loopback.accepts(port)) }
  }

  @Test func `they are gone when the gateway was told to stop`() throws {
    let ports = try ports()
    gateway.terminate()
    #expect(try gateway.waitForEnd() == .exited(0))
    for port in ports { #expect(!Loopback.accepts(port)) }
  }

  @Test func `they are gone when the gateway was killed`() throws {
    let ports = try ports()
    gateway.kill()
    for port in ports { try eventually("port \(port) is closed") { !Loopback.accepts(port) } }
  }

  @Test func `one that dies is started again, at its port`() throws {
    let client = try gateway.connect()
    let ports = try ports()
    let children = ProcessTable.children(of: gateway.id)
    #expect(children.count == 3)
    for child in children { kill(child, SIGKILL) }
    try eventually("all are back") {
      let now = ProcessTable.children(of: gateway.id)
      return now.count == 3 && now.isDisjoint(with: children) && ports.allSatisfy(Loopback.accepts)
    }
    try eventually("they are used again") {
      try client.put("/keys/a", "v")["Cache-Gateway-Replicas"] == "2/2"
    }
  }
}
