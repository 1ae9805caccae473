import Testing

@testable import GatewayCore

/// What operators see of nodes that die, hang and come back.
struct NodeStatesTests {
  private func overwrite(_ client: HTTPClient, _ value: String) throws {
    for number in 0..<40 { #expect(try client.put("/keys/k\(number)", value).status == 204) }
  }

  /// What was logged. An attempt to bring the node back that failed and was made again counts once.
  private func messages(_ gateway: GatewayProcess, about node: String) throws -> [String] {
    try gateway.logged(about: node).compactMap { $0["message"] }
      .reduce(into: []) { if $0.last != $1 { $0.append($1) } }
  }

  @Test func `a node that was killed is down, with the reason, and trusted as soon as it is back empty`()
    throws
  {
    let gateway = try GatewayProcess(nodes: 3, "--log-format", "json")
    let before = try gateway.node("node-2", "probed") { $0.processId != nil }
    #expect(before.state == "up")
    #expect(before.trusted)
    #expect(before.lastFallReason == nil)
    gateway.nodes[1].kill()
    let down = try gateway.node("node-2", "down") { $0.state == "down" }
    #expect(!down.trusted)
    #expect(down.secondsUntilTrusted == nil)
    #expect(down.lastFallReason?.isEmpty == false)
    #expect(down.processId == before.processId)
    #expect(try ["up", "trusted", "falls_total"].map { try gateway.metric($0, "node-2") } == [0, 0, 1])
    #expect(try gateway.node("node-1").state == "up")
    #expect(try gateway.metric("falls_total", "node-1") == 0)
    try gateway.nodes[1].start()
    let up = try gateway.node("node-2", "up") { $0.state == "up" }
    #expect(up.trusted)
    #expect(up.lastFallReason == down.lastFallReason)
    _ = try gateway.node("node-2", "another process") { $0.processId != before.processId }
    #expect(try ["up", "trusted", "returns_total"].map { try gateway.metric($0, "node-2") } == [1, 1, 1])
    #expect(try messages(gateway, about: "node-2") == ["node is down", "node is returning", "node is up"])
    #expect(try gateway.logged(about: "node-2")[0]["reason"] == down.lastFallReason)
    #expect(try gateway.logged(about: "node-1").isEmpty)
  }

  @Test func `a node that hung comes back rid of what it missed, and is not trusted at first`() throws {
    let gateway = try GatewayProcess(
      nodes: 3, "--timeouts-operation", "100ms", "--log-format", "json")
    let client = try gateway.connect()
    try overwrite(client, "old")
    gateway.nodes[1].pause()
    _ = try gateway.node("node-2", "down") { $0.state == "down" }
    try overwrite(client, "new")
    let down = try gateway.node("node-2")
    #expect((1...40).contains(down.missedWrites))
    #expect(!down.flushOnReturn)
    #expect(try gateway.metric("missed_writes", "node-2") == down.missedWrites)
    gateway.nodes[1].resume()
    let up = try gateway.node("node-2", "up") { $0.state == "up" }
    #expect(!up.trusted)
    #expect((10...20).contains(try #require(up.secondsUntilTrusted)))
    #expect(up.missedWrites == 0)
    #expect(try gateway.metric("missed_writes_noted_total", "node-2") >= down.missedWrites)
    #expect((1...40).contains(try gateway.metric("old_copies_removed_total", "node-2")))
    #expect(try gateway.metric("flushes_total", "node-2") == 0)
    // At the start it may have been restored, as it held nothing.
    let logged = try gateway.logged(about: "node-2").filter { $0["message"]?.contains("restored") == false }
    #expect(logged.first?["message"] == "node is down")
    #expect(logged.first?["reason"] == up.lastFallReason)
    let returning = logged.first { $0["message"] == "node is returning" }
    #expect(returning?["missed-writes"] == "\(down.missedWrites)")
    #expect(logged.last?["message"] == "node is up")
    #expect(logged.last?["away-seconds"].flatMap(Double.init) != nil)
  }

  /// The test holds the node in its return by a connection that counts as one of the earlier run's: the node
  /// may yet carry out what it received over it.
  private func start(
    _ entries: [JournalEntry], _ node: MemcachedNode, heldBy connection: Stream
  ) throws -> GatewayProcess {
    let state = try TemporaryDirectory()
    let port = try connection.localPort
    try EarlierRun.leave(entries + [.connection(localPort: port)], forNode: node.name, in: state)
    return try GatewayProcess(in: [node], ["--log-format", "json"], state: state)
  }

  @Test func `a node that is being rid of what it missed is returning`() throws {
    let node = try MemcachedNode(name: "node-1")
    try node.set("k", "old")
    let connection = try Stream(port: node.port)
    let missed = JournalEntry.missed(try Key("k").wireKey, Version(time: 1, writer: 1))
    let gateway = try start([missed], node, heldBy: connection)
    let returning = try gateway.node("node-1", "returning") { $0.state != "down" }
    #expect(returning.state == "returning")
    #expect(!returning.trusted)
    #expect(returning.missedWrites == 1)
    #expect(returning.lastFallReason == Node.missedWritesBefore)
    #expect(try ["up", "returning"].map { try gateway.metric($0, "node-1") } == [0, 1])
    connection.close()
    let up = try gateway.node("node-1", "up") { $0.state == "up" }
    #expect(up.missedWrites == 0)
    #expect(try ["up", "returning"].map { try gateway.metric($0, "node-1") } == [1, 0])
    #expect(try gateway.metric("old_copies_removed_total", "node-1") == 1)
    #expect(try messages(gateway, about: "node-1") == ["node is down", "node is returning", "node is up"])
  }

  @Test func `a node that missed more than is noted is marked, and flushed on its return`() throws {
    let node = try MemcachedNode(name: "node-1")
    try node.set("k", "old")
    let connection = try Stream(port: node.port)
    let gateway = try start([.overflow], node, heldBy: connection)
    let returning = try gateway.node("node-1", "returning") { $0.state != "down" }
    #expect(returning.state == "returning")
    #expect(returning.flushOnReturn)
    #expect(try gateway.metric("flush_on_return", "node-1") == 1)
    connection.close()
    let up = try gateway.node("node-1", "up") { $0.state == "up" }
    #expect(!up.flushOnReturn)
    #expect(try node.item("k") == nil)
    #expect(try ["flush_on_return", "flushes_total"].map { try gateway.metric($0, "node-1") } == [0, 1])
    #expect(
      try messages(gateway, about: "node-1") == [
        "node is down", "node is returning", "node was flushed: what it held may have been old",
        "node is up",
      ])
  }
}
