import Testing

/// Two gateways that each reach one of a key's two nodes, and a third that reaches both.
struct SplitGatewaysTests {
  private let nodes: [MemcachedNode]
  private let whole: HTTPClient

  init() throws {
    nodes = try (1...2).map { try MemcachedNode(name: "node-\($0)") }
    whole = try GatewayProcess(in: nodes, []).connect()
  }

  /// A client of a gateway for which the other node is down.
  private func clientThatReaches(_ index: Int) throws -> HTTPClient {
    let reached = try nodes.enumerated().map { position, node in
      if position == index { return node }
      let gone = try MemcachedNode(name: node.name)
      gone.kill()
      return gone
    }
    return try GatewayProcess(in: reached, []).connect()
  }

  @Test
  func `conditional writes on either side have different versions, and the higher one stands in the end`()
    throws
  {
    let tag = try #require(whole.put("/keys/k", "first")["ETag"])
    let tags = try (0..<2).map { side in
      let put = try clientThatReaches(side).put("/keys/k", "side \(side)", ["If-Match": tag])
      #expect(put.status == 204)
      return try #require(put["ETag"])
    }
    #expect(tags[0] != tags[1])
    #expect(tags.allSatisfy { $0 > tag })
    let get = try whole.request("GET", "/keys/k", ["Cache-Gateway-Read": "newest"])
    #expect(get["ETag"] == tags.max())
    try eventually("both nodes have the same value") { try nodes[0].item("k") == nodes[1].item("k") }
    #expect(try whole.get("/keys/k")["ETag"] == tags.max())
  }
}
