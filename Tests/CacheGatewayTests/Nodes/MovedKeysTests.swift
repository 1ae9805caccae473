import GatewayCore
import Testing

@testable import CacheGateway

/// The pool of a real gateway changes by its commands: keys move, and stand where they belong then (rule C11).
@Suite(.waiting) struct MovedKeysTests {
  private let gateway: GatewayProcess
  private let client: HTTPClient

  init() throws {
    gateway = try GatewayProcess(nodes: 3, "--pool-change-grace", "0s")
    client = try gateway.connect()
    for node in gateway.nodes { try eventually("the node is marked") { try node.isMarked() } }
  }

  private func store(_ count: Int, bytes: Int = 10) throws {
    let value = String(repeating: "v", count: bytes)
    for number in 0..<count { #expect(try client.put("/keys/key-\(number)", value).status == 204) }
  }

  /// `nodes …`; what it says.
  private func run(_ arguments: String...) throws -> String {
    let process = try ChildProcess(
      GatewayProcess.executable, ["nodes"] + arguments + ["--admin", "127.0.0.1:\(gateway.adminPort)"])
    #expect(try process.waitForEnd() == .exited(0))
    return process.output
  }

  private func rebalance() throws -> TransferAnswer? {
    try gateway.connectToAdmin().get("/nodes").decoded(as: NodesAnswer.self).rebalance
  }

  /// Each of the keys stands at these nodes and nowhere else.
  private func expectPlaces(_ count: Int, of members: [(node: MemcachedNode, weight: Double)]) throws {
    let order = ChainOrder(members.map { ChainOrder.Node(name: $0.node.name, weight: $0.weight) })
    for number in 0..<count {
      let places = order.chain(forKeyHash: try Key("key-\(number)").hash).prefix(2)
      let names = places.map { members[$0].node.name }
      for node in gateway.nodes {
        #expect(try (node.item("key-\(number)") != nil) == names.contains(node.name))
      }
    }
  }

  @Test func `another weight, a drain and a removal move keys, and say how many`() throws {
    let nodes = gateway.nodes
    try store(100)
    let weighted = try run("weight", "node-1", "4", "--wait")
    #expect(weighted.hasPrefix("the keys stand where they belong: ") && !weighted.contains(": 0 keys"))
    try expectPlaces(100, of: [(nodes[0], 4), (nodes[1], 1), (nodes[2], 1)])

    let swept = try #require(try rebalance())
    #expect(try run("weight", "node-1", "4") == "node-1 has the weight 4\n")
    #expect(try rebalance() == swept)

    let drained = try run("drain", "node-2", "--wait")
    #expect(drained.hasPrefix("node-2 is drained: ") && !drained.contains(": 0 keys"))
    try expectPlaces(100, of: [(nodes[0], 4), (nodes[2], 1)])
    #expect(try run("remove", "node-2", "--wait").hasPrefix("node-2 is gone"))
    #expect(try gateway.connectToAdmin().get("/nodes/node-2").status == 404)
    for number in 0..<100 { #expect(try client.get("/keys/key-\(number)").status == 200) }
  }

  @Test func `a restore that is asked for brings back what a node lacks`() throws {
    try store(100)
    let node = gateway.nodes[0]
    let lost = try (0..<100).filter { try node.item("key-\($0)") != nil }
    for number in lost { try node.delete("key-\(number)") }
    let result = try run("restore", "node-1", "--wait")
    #expect(result.hasPrefix("node-1 is restored: \(lost.count) keys"))
    for number in lost { #expect(try node.item("key-\(number)") != nil) }
  }

  @Test func `a node that is added is given its keys, and the command says so`() throws {
    try store(100)
    let added = try MemcachedNode(name: "node-4")
    let result = try run("add", "node-4=127.0.0.1:\(added.port)", "--wait")
    let held = try added.listing().count
    #expect(held > 0)
    #expect(result.hasPrefix("the keys stand where they belong: "))
    #expect(result.contains("; node-4 was given \(held) keys"))
  }

  @Test func `keys that no other node takes stay on a node that is being drained, and are read`() throws {
    try store(60, bytes: 100_000)
    let small = try MemcachedNode(name: "node-4", options: ["-m", "2", "-M"])
    _ = try run("add", "node-4=127.0.0.1:\(small.port)")
    _ = try run("drain", "node-1")
    try eventually("it is told that keys stay") {
      let rebalance = try rebalance()
      return rebalance?.state == "interrupted" && rebalance?.reason?.contains("keys stay on") == true
    }
    #expect(try gateway.node("node-1").membership == "draining")
    for number in 0..<60 { #expect(try client.get("/keys/key-\(number)").body.count == 100_000) }
    _ = try run("remove", "node-4")
    try eventually("the node is drained then") { try gateway.node("node-1").membership == "drained" }
    for number in 0..<60 { #expect(try client.get("/keys/key-\(number)").body.count == 100_000) }
    #expect(try gateway.nodes[0].listing().isEmpty)
  }
}
