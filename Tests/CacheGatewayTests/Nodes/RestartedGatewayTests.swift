import Glibc
import Testing

/// Rule C8: what a node missed outlives the gateway that noted it, kill -9 included.
struct RestartedGatewayTests {
  private static let count = 60

  private let nodes: [MemcachedNode]
  private var gateway: GatewayProcess

  init() throws {
    nodes = try (1...3).map { try MemcachedNode(name: "node-\($0)") }
    gateway = try GatewayProcess(in: nodes, [])
  }

  private static func isDeleted(_ number: Int) -> Bool { number % 2 == 1 }

  private static func key(_ number: Int) -> String { "k\(number)" }

  /// Values on all nodes; then half of them are overwritten and half deleted while `victim` hangs, and the
  /// gateway is killed.
  private func missWrites(at victim: MemcachedNode) throws {
    let client = try gateway.connect()
    for number in 0..<Self.count {
      #expect(try client.put("/keys/\(Self.key(number))", "old").status == 204)
    }
    victim.pause()
    for number in 0..<Self.count {
      let path = "/keys/\(Self.key(number))"
      let answer = Self.isDeleted(number) ? try client.delete(path) : try client.put(path, "new")
      #expect(answer.status == 204)
    }
    gateway.kill()
  }

  private mutating func restart() throws {
    gateway = try GatewayProcess(in: nodes, [], state: gateway.state)
  }

  private func journal(_ node: MemcachedNode) -> String {
    "\(gateway.state.path)/missed-writes/\(node.name).journal"
  }

  /// What a reader may see now.
  private func expectNothingOld(_ client: HTTPClient, allThere: Bool) throws {
    for number in 0..<Self.count {
      let get = try client.get("/keys/\(Self.key(number))")
      if get.status == 200 {
        #expect(!Self.isDeleted(number), "\(Self.key(number)) is deleted and there")
        #expect(get.text == "new", "\(Self.key(number))")
      } else {
        #expect(get.status == 404 || !allThere && get.status == 503)
        #expect(Self.isDeleted(number) || !allThere, "\(Self.key(number)) is lost")
      }
    }
  }

  private func waitUntilUp(_ count: Int, _ client: HTTPClient) throws {
    try eventually("\(count) nodes are up") {
      try client.get("/readyz").text == "ready: \(count) of 3 nodes are up\n"
    }
  }

  /// Asked directly, a node has no value from before its outage.
  private func expectNothingOld(on node: MemcachedNode) throws {
    for number in 0..<Self.count {
      let item = try node.item(Self.key(number))
      #expect(item?.value.suffix(3) != Array("old".utf8)[...], "\(Self.key(number)) on \(node.name)")
    }
  }

  @Test(arguments: [0, 1, 2])
  mutating func `a node that missed writes serves nothing old to the next gateway`(
    victim: Int
  ) throws {
    let node = nodes[victim]
    try missWrites(at: node)
    try restart()
    let client = try gateway.connect()
    try expectNothingOld(client, allThere: true)
    node.resume()
    try expectNothingOld(client, allThere: true)
    try waitUntilUp(3, client)
    try expectNothingOld(on: node)
    try expectNothingOld(client, allThere: true)
  }

  @Test(arguments: [0, 1, 2]) mutating func `nor when the others die as soon as it is back`(victim: Int)
    throws
  {
    let node = nodes[victim]
    try missWrites(at: node)
    try restart()
    let client = try gateway.connect()
    node.resume()
    for other in nodes where other.name != node.name { other.kill() }
    try expectNothingOld(client, allThere: false)
    try waitUntilUp(1, client)
    try expectNothingOld(client, allThere: false)
    try expectNothingOld(on: node)
  }

  @Test mutating func `nor when it goes on before the gateway is started again`() throws {
    let node = nodes[1]
    try missWrites(at: node)
    node.resume()
    try restart()
    let client = try gateway.connect()
    for other in nodes where other.name != node.name { other.kill() }
    try expectNothingOld(client, allThere: false)
    try waitUntilUp(1, client)
    try expectNothingOld(on: node)
  }

  @Test mutating func `nor when the gateway is killed a second time before the node is back`() throws {
    let node = nodes[0]
    try missWrites(at: node)
    try restart()
    #expect(try gateway.connect().put("/keys/k0", "new").status == 204)
    gateway.kill()
    try restart()
    node.resume()
    let client = try gateway.connect()
    try waitUntilUp(3, client)
    try expectNothingOld(on: node)
    try expectNothingOld(client, allThere: true)
  }

  @Test mutating func `a node that was started anew meanwhile is up at once, its journal is done with`()
    throws
  {
    let node = nodes[2]
    try missWrites(at: node)
    node.kill()
    try node.start()
    try restart()
    let client = try gateway.connect()
    try waitUntilUp(3, client)
    try expectNothingOld(client, allThere: true)
    gateway.kill()
    // Nothing is left to be applied: this time it is up from the start.
    try restart()
    #expect(try gateway.connect().get("/readyz").text == "ready: 3 of 3 nodes are up\n")
  }

  // MARK: Damage

  private func damage(_ path: String, _ change: (inout [UInt8]) -> Void) throws {
    var bytes = try StateFile.read(path)
    change(&bytes)
    try StateFile.write(path, bytes)
  }

  @Test(arguments: ["byte", "header", "emptied"])
  mutating func `a damaged journal does not keep the gateway from starting, and its node is flushed`(
    damage: String
  ) throws {
    let node = nodes[0]
    try missWrites(at: node)
    try self.damage(journal(node)) { bytes in
      switch damage {
      case "byte": bytes[bytes.count / 2] ^= 0x10
      case "header": bytes[0] ^= 1
      default: bytes = []
      }
    }
    try restart()
    #expect(gateway.log.contains("a journal of missed writes cannot be relied on"))
    #expect(gateway.log.contains("\(node.name).journal.damaged-1"))
    let client = try gateway.connect()
    try expectNothingOld(client, allThere: true)
    node.resume()
    try waitUntilUp(3, client)
    #expect(try node.statistic("cmd_flush") == "1")
    for other in nodes where other.name != node.name { #expect(try other.statistic("cmd_flush") == "0") }
    try expectNothingOld(on: node)
    for other in nodes where other.name != node.name { other.kill() }
    try expectNothingOld(client, allThere: false)
  }

  @Test mutating func `a journal that was cut short in its last record is read up to there`() throws {
    let node = nodes[0]
    try missWrites(at: node)
    try damage(journal(node)) { $0 += [0, 30, 0xFF, 0xE1, 3, 0] }
    try restart()
    #expect(!gateway.log.contains("cannot be relied on"))
    node.resume()
    let client = try gateway.connect()
    try waitUntilUp(3, client)
    #expect(try node.statistic("cmd_flush") == "0")
    try expectNothingOld(on: node)
  }

  /// One gateway loses a node and writes, another one writes to it, the first writes again, and is killed.
  @Test func `what was missed last counts, also when the node got another gateway's write in between`() throws
  {
    let nodes = try (1...2).map { try MemcachedNode(name: "node-\($0)") }
    let gone = try MemcachedNode(name: "node-1")
    gone.kill()
    let first = try GatewayProcess(in: [gone, nodes[1]], [])
    let client = try first.connect()
    let other = try GatewayProcess(in: nodes, []).connect()
    #expect(try client.put("/keys/k", "missed first").status == 204)
    #expect(try other.put("/keys/k", "of the other gateway").status == 204)
    #expect(try client.put("/keys/k", "missed last").status == 204)
    first.kill()
    let next = try GatewayProcess(in: nodes, [], state: first.state)
    try awaitAllUp(next)
    let left = try nodes[0].item("k")?.value.text ?? ""
    #expect(!left.hasSuffix("of the other gateway"))
  }

  @Test func `a node whose journal was damaged is flushed once, not at each start of the gateway`() throws {
    let nodes = try (1...2).map { try MemcachedNode(name: "node-\($0)") }
    var gateway = try GatewayProcess(in: nodes, [])
    #expect(try gateway.connect().put("/keys/k", "v").status == 204)
    gateway.kill()
    try StateFile.write("\(gateway.state.path)/missed-writes/node-1.journal", [])
    for _ in 0..<3 {
      gateway = try GatewayProcess(in: nodes, [], state: gateway.state)
      try awaitAllUp(gateway)
      gateway.kill()
    }
    #expect(try nodes[0].statistic("cmd_flush") == "1")
  }

  private func awaitAllUp(_ gateway: GatewayProcess) throws {
    try eventually("both nodes are up") {
      try gateway.connect().get("/readyz").text == "ready: 2 of 2 nodes are up\n"
    }
  }
}
