import Testing

/// A gateway dies while it restores a node (rule C11).
struct RestoreTakeoverTests {
  /// Some four seconds' work at this rate.
  private static let rate = ["--restore-rate", "200KiB"]

  private let nodes: [MemcachedNode]
  private let gateways: [GatewayProcess]

  init() throws {
    nodes = try (1...3).map { try MemcachedNode(name: "node-\($0)") }
    gateways = [try GatewayProcess(in: nodes, Self.rate), try GatewayProcess(in: nodes, Self.rate)]
    for node in nodes { try eventually("the node is marked") { try node.isMarked() } }
  }

  private func restore(_ gateway: GatewayProcess) throws -> TransferAnswer? {
    try gateway.node("node-1").restore
  }

  @Test(.waiting) func `another gateway takes it over and brings it to its end`() throws {
    let client = try gateways[0].connect()
    let value = String(repeating: "value ", count: 350)
    for number in 0..<600 { #expect(try client.put("/keys/key-\(number)", value).status == 204) }
    let before = try Set(nodes[0].listing().map(\.name))
    nodes[0].kill()
    try nodes[0].start()
    var busy: Int?
    try eventually("a gateway copies keys") {
      busy = try gateways.firstIndex { gateway in
        let restore = try restore(gateway)
        return restore?.state == "running" && restore.map { $0.keysDone > 0 } == true
      }
      return busy != nil
    }
    let first = try #require(busy)
    let other = gateways[1 - first]
    // It may find the node back a little later.
    try eventually("the other one waits") { try restore(other)?.state == "waiting" }
    gateways[first].kill()
    let done = try nodes[0].listing().count
    #expect(done < before.count)
    // The lock lives for ten seconds, and a node that fell for a moment is a source again after twenty.
    try eventually("the node has its keys back", attempts: 12_000) {
      try before.isSubset(of: nodes[0].listing().map(\.name))
    }
    let copied = try #require(try restore(other)).keysDone
    #expect(copied > 0 && copied <= before.count - done)
  }
}
