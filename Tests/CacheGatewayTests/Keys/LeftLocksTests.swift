import Testing

@testable import GatewayCore

/// A gateway that dies in the middle of a conditional write leaves its lock on the nodes.
struct LeftLocksTests {
  private let gateways: [GatewayProcess]
  private let clients: [HTTPClient]

  init() throws {
    let first = try GatewayProcess()
    gateways = [first, try GatewayProcess(in: first.nodes, [])]
    clients = try (0..<6).map { [gateways] in try gateways[$0 % 2].connect() }
  }

  private func leaveLock(_ key: String, on nodes: [MemcachedNode]) throws {
    let name = ReservedName.lock(try Key(key))
    for node in nodes {
      try node.add(name, flags: LockMark(token: 4711, lease: .milliseconds(500)).clientFlags)
    }
  }

  @Test func `on every node, it is broken before a request's time is up`() throws {
    try leaveLock("k", on: gateways[0].nodes)
    let put = try clients[0].put("/keys/k", "v", ["If-None-Match": "*"])
    #expect(put.status == 201, "\(put.text)")
    let tag = try #require(put["ETag"])
    #expect(try clients[1].put("/keys/k", "w", ["If-Match": tag]).status == 204)
  }

  /// Those that hold the lock on link 1 and those that wait for it all have to get past the one left on
  /// another link.
  @Test func `on one node, every request that waits for it is carried out`() throws {
    for (number, node) in gateways[0].nodes.enumerated() {
      let key = "k\(number)"
      try leaveLock(key, on: [node])
      for client in clients {
        try client.stream.send(
          HTTPClient.bytes("PUT", "/keys/\(key)", ["If-None-Match": "*"], body: Array("v".utf8)))
      }
      let statuses = try clients.map { try $0.response(to: "PUT").status }
      #expect(statuses.sorted() == [201] + Array(repeating: 412, count: clients.count - 1))
    }
  }

  @Test func `a lock that is given back within its lease is not broken`() throws {
    let nodes = gateways[0].nodes
    try leaveLock("k", on: nodes)
    for client in clients {
      try client.stream.send(HTTPClient.bytes("PUT", "/keys/k", ["If-None-Match": "*"], body: [1]))
    }
    let name = ReservedName.lock(try Key("k"))
    for node in nodes { #expect(try node.delete(name)) }
    let statuses = try clients.map { try $0.response(to: "PUT").status }
    #expect(statuses.sorted() == [201] + Array(repeating: 412, count: clients.count - 1))
  }
}
