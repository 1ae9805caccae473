import Testing

struct NodesRouteTests {
  @Test func `every node is listed, in the order of the configuration, as it is told alone`() throws {
    let gateway = try GatewayProcess(nodes: 3)
    let client = try gateway.connectToAdmin()
    let get = try client.get("/nodes")
    #expect(get.status == 200)
    #expect(get["Content-Type"] == "application/json")
    #expect(get["Cache-Control"] == "no-store")
    let nodes: NodesAnswer = try get.decoded()
    #expect(nodes.nodes.map(\.name) == ["node-1", "node-2", "node-3"])
    #expect(nodes.nodes.map(\.address) == gateway.nodes.map { "127.0.0.1:\($0.port)" })
    for node in nodes.nodes {
      let alone = try client.get("/nodes/\(node.name)")
      #expect(alone.status == 200)
      #expect(alone["Content-Type"] == "application/json")
      #expect(alone["Cache-Control"] == "no-store")
      #expect(try alone.decoded(as: NodeAnswer.self).address == node.address)
      #expect(node.state == "up")
      #expect(node.trusted)
      #expect(node.secondsUntilTrusted == 0)
      #expect(node.lastFallReason == nil)
      #expect([node.flaps, node.missedWrites] == [0, 0])
      #expect(node.membership == "member")
      #expect(node.restore == nil)
    }
    #expect(nodes.rebalance == nil)
  }

  @Test func `the process is the one that memcached tells`() throws {
    let gateway = try GatewayProcess(nodes: 1)
    let id = try #require(try gateway.nodes[0].statistic("pid").flatMap(Int.init))
    _ = try gateway.node("node-1", "known to be process \(id)") { $0.processId == id }
  }

  @Test func `weights are told`() throws {
    let node = try MemcachedNode(name: "a")
    let gateway = try GatewayProcess(in: [], ["--node", "heavy=127.0.0.1:\(node.port)*2.5"])
    #expect(try gateway.node("heavy").weight == 2.5)
  }

  @Test func `names are percent-decoded once, and nothing else`() throws {
    let node = try MemcachedNode(name: "a")
    let gateway = try GatewayProcess(in: [], ["--node", "127.0.0.1:\(node.port)"])
    let client = try gateway.connectToAdmin()
    for path in ["127.0.0.1:\(node.port)", "127.0.0.1%3A\(node.port)", "%31%32%37.0.0.1%3a\(node.port)"] {
      #expect(try client.get("/nodes/\(path)").status == 200)
    }
    for path in ["127.0.0.1%253A\(node.port)", "127.0.0.1", "127.0.0.1:\(node.port)/", "./127.0.0.1"] {
      #expect(try client.get("/nodes/\(path)").status == 404)
    }
  }

  @Test(arguments: [
    "", "node-4", "NODE-1", "node-1%00", "node-1%", "%zz", "%FF", "a%22b", "node-1/", "node-1/x",
    "node-1/flush/", "node-1%2Fflush", "/flush",
  ])
  func `an unknown name is a problem`(name: String) throws {
    let gateway = try GatewayProcess(nodes: 1)
    let client = try gateway.connectToAdmin()
    let get = try client.get("/nodes/\(name)")
    #expect(get.status == 404)
    #expect(get.problem == "not-found")
    #expect(try client.request("HEAD", "/nodes/\(name)").status == 404)
    #expect(try client.get("/nodes/node-1").status == 200)
  }

  @Test(arguments: ["/nodes", "/metrics"])
  func `it is there to be read, on the admin listener only`(path: String) throws {
    let gateway = try GatewayProcess(nodes: 1)
    let client = try gateway.connectToAdmin()
    let head = try client.request("HEAD", path)
    #expect(head.status == 200)
    #expect(head["Content-Type"] == (try client.get(path)["Content-Type"]))
    let options = try client.request("OPTIONS", path)
    #expect(options.status == 204)
    #expect(options["Allow"] == "GET, HEAD, OPTIONS")
    for method in ["PUT", "POST", "DELETE", "PATCH"] {
      let refused = try client.request(method, path, body: method == "DELETE" ? nil : [1])
      #expect(refused.status == 405)
      #expect(refused["Allow"] == "GET, HEAD, OPTIONS")
      #expect(refused.problem == "method-not-allowed")
    }
    #expect(try gateway.connect().get(path).status == 404)
  }

  @Test func `other paths are still not there`() throws {
    let client = try GatewayProcess(nodes: 1).connectToAdmin()
    for path in ["/node", "/nodesx", "/metrics/", "/metricsx"] {
      #expect(try client.get(path).status == 404)
    }
  }
}
