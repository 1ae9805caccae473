import Glibc
import Testing

/// Nodes that die, hang and come back under requests.
struct NodeFaultsTests {
  /// Puts and gets keys in turn; each read must see the write before it.
  private func use(_ client: HTTPClient, _ rounds: Range<Int>) throws {
    for round in rounds {
      let key = "/keys/k\(round % 40)"
      let put = try client.put(key, "v\(round)")
      #expect(put.status == 204, "\(put.text)")
      let get = try client.get(key)
      #expect(get.status == 200)
      #expect(get.text == "v\(round)")
    }
  }

  @Test(arguments: [0, 1, 2]) func `the loss of one of three nodes gives no error and loses no write`(
    victim: Int
  ) throws {
    let gateway = try GatewayProcess()
    let client = try gateway.connect()
    for number in 0..<100 { _ = try client.put("/keys/before-\(number)", "\(number)") }
    try use(client, 0..<200)
    gateway.nodes[victim].kill()
    try use(client, 200..<400)
    for number in 0..<100 {
      #expect(try client.get("/keys/before-\(number)").text == "\(number)")
    }
    try gateway.nodes[victim].start()
    try use(client, 400..<800)
  }

  @Test func `a node killed while many clients write costs none of them an error`() throws {
    let gateway = try GatewayProcess()
    let clients = try (0..<16).map { _ in try gateway.connect() }
    let body = [UInt8].pattern(20_000)
    for round in 0..<60 {
      for (number, client) in clients.enumerated() {
        for part in 0..<4 {
          try client.stream.send(
            HTTPClient.bytes("PUT", "/keys/c\(number)-\(part)?ttl=1h", body: body + [UInt8(round)]))
        }
      }
      if round == 20 { gateway.nodes[0].kill() }
      if round == 40 { try gateway.nodes[0].start() }
      for client in clients {
        for _ in 0..<4 { #expect(try client.response().status == 204) }
      }
    }
    for (number, client) in clients.enumerated() {
      for part in 0..<4 { #expect(try client.get("/keys/c\(number)-\(part)").body.last == 59) }
    }
  }

  @Test func `two copies stand again on the nodes that are left`() throws {
    let gateway = try GatewayProcess()
    let client = try gateway.connect()
    let chain = try gateway.chain("k")
    chain[0].kill()
    try eventually("a write has two copies") {
      try client.put("/keys/k", "v")["Cache-Gateway-Replicas"] == "2/2"
    }
    #expect(try chain[1].item("k") != nil)
    #expect(try chain[2].item("k") != nil)
    let get = try client.get("/keys/k")
    #expect(get.text == "v")
    #expect(get.cacheStatus("link") == "2")
  }

  @Test func `a stand-in's copy does not outlive the outage by much`() throws {
    let gateway = try GatewayProcess(nodes: 3, "--failover-ttl", "100s")
    let client = try gateway.connect()
    let chain = try gateway.chain("k")
    chain[0].kill()
    _ = try client.put("/keys/k", "v")
    #expect(try (70...100).contains(#require(chain[2].item("k")?.lifetime)))
    #expect(try #require(try chain[1].item("k")).lifetime == nil)
    // The client is told the value's own lifetime, whichever copy it gets.
    chain[1].kill()
    #expect(try client.get("/keys/k")["Cache-Control"] == "max-age=31536000")
  }

  @Test func `a node that hangs is stepped over`() throws {
    let gateway = try GatewayProcess(nodes: 3, "--timeouts-operation", "100ms")
    let client = try gateway.connect()
    try use(client, 0..<50)
    gateway.nodes[1].pause()
    try use(client, 50..<150)
    gateway.nodes[1].resume()
  }

  @Test func `without any node every request is answered 503, and 204 and 200 again when they are back`()
    throws
  {
    let gateway = try GatewayProcess(nodes: 2)
    let client = try gateway.connect()
    _ = try client.put("/keys/k", "v")
    for node in gateway.nodes { node.kill() }
    for _ in 0..<20 {
      for method in ["GET", "HEAD", "PUT", "DELETE"] {
        let answer = try client.request(method, "/keys/k", body: method == "PUT" ? [1] : nil)
        #expect(answer.status == 503)
        #expect(answer["Retry-After"].flatMap(Int.init) != nil)
        if method != "HEAD" { #expect(answer.problem == "nodes-unreachable") }
      }
    }
    #expect(try client.get("/keys/k")["Cache-Status"]?.contains("node-1") == true)
    for node in gateway.nodes { try node.start() }
    try eventually("writes are taken again") { try client.put("/keys/k", "new").status == 204 }
    #expect(try client.get("/keys/k").text == "new")
    try eventually("writes have two copies again") {
      try client.put("/keys/k", "new")["Cache-Gateway-Replicas"] == "2/2"
    }
  }

  @Test func `unreachable can be answered as a miss`() throws {
    let gateway = try GatewayProcess(nodes: 2, "--when-unreachable", "miss")
    let client = try gateway.connect()
    for node in gateway.nodes { node.kill() }
    for _ in 0..<10 {
      let get = try client.get("/keys/k")
      #expect(get.status == 404)
      #expect(get["Cache-Status"]?.contains("no answer from") == true)
      #expect(try client.put("/keys/k", "v").status == 503)
    }
  }

  @Test func `a miss names the links that did not answer`() throws {
    let gateway = try GatewayProcess()
    let client = try gateway.connect()
    let chain = try gateway.chain("k")
    chain[1].kill()
    let get = try client.get("/keys/k")
    #expect(get.status == 404)
    #expect(get["Cache-Status"] == "cache-gateway; fwd=miss; detail=\"no answer from \(chain[1].name)\"")
  }

  @Test func `a write below its quorum is answered 503`() throws {
    let gateway = try GatewayProcess(nodes: 2, "--write-quorum", "2")
    let client = try gateway.connect()
    #expect(try client.put("/keys/k", "v").status == 204)
    gateway.nodes[0].kill()
    let put = try client.put("/keys/k", "v")
    #expect(put.status == 503)
    #expect(put.problem == "below-write-quorum")
    #expect(put["Retry-After"] != nil)
    #expect(try client.delete("/keys/k").status == 503)
  }

  @Test func `a gateway starts also while nodes are down`() throws {
    let nodes = try ["node-1", "node-2", "node-3"].map { try MemcachedNode(name: $0) }
    nodes[0].kill()
    nodes[2].kill()
    let gateway = try GatewayProcess(in: nodes, [])
    let client = try gateway.connect()
    #expect(try client.put("/keys/k", "v").status == 204)
    #expect(try client.get("/keys/k").text == "v")
    try nodes[0].start()
    try nodes[2].start()
    try eventually("writes have two copies") {
      try client.put("/keys/k", "v")["Cache-Gateway-Replicas"] == "2/2"
    }
  }

  @Test(arguments: [1, 2, 3]) func `every value has as many copies as it is asked to have`(replicas: Int)
    throws
  {
    let gateway = try GatewayProcess(nodes: 3, "--replicas", "\(replicas)")
    let client = try gateway.connect()
    for number in 0..<20 {
      let key = "k\(number)"
      #expect(try client.put("/keys/\(key)", "v")["Cache-Gateway-Replicas"] == "\(replicas)/\(replicas)")
      let holders = try gateway.chain(key).map { try $0.item(key) != nil }
      #expect(holders == (0..<3).map { $0 < replicas })
    }
  }

  @Test func `more replicas than nodes are as many as there are nodes`() throws {
    let gateway = try GatewayProcess(nodes: 2, "--replicas", "3")
    #expect(try gateway.connect().put("/keys/k", "v")["Cache-Gateway-Replicas"] == "2/2")
  }
}
