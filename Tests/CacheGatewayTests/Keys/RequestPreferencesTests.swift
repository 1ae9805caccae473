import Testing

/// What one request asks of the chain, other than the configuration: Cache-Gateway-Read and
/// Cache-Gateway-Write-Quorum.
struct RequestPreferencesTests {
  // MARK: Reads

  /// Link 1 holds an older value than link 2.
  private func gatewayWithOldLink1(
    _ options: String...
  ) throws -> (gateway: GatewayProcess, client: HTTPClient, chain: [MemcachedNode]) {
    let nodes = try (1...3).map { try MemcachedNode(name: "node-\($0)") }
    let gateway = try GatewayProcess(in: nodes, options)
    let client = try gateway.connect()
    let chain = try gateway.chain("k")
    _ = try client.put("/keys/k", "old")
    let old = try #require(try chain[0].item("k"))
    _ = try client.put("/keys/k", "new")
    try chain[0].set("k", old)
    return (gateway, client, chain)
  }

  @Test func `the newest is read from all links, also where one is asked at a time`() throws {
    let (_, client, chain) = try gatewayWithOldLink1("--read", "sequential")
    #expect(try client.get("/keys/k").text == "old")
    let newest = try client.request("GET", "/keys/k", ["Cache-Gateway-Read": "newest"])
    #expect(newest.text == "new")
    #expect(newest.cacheStatus("link") == "2")
    let new = try #require(try chain[1].item("k"))
    try eventually("link 1 is repaired") { try chain[0].item("k") == new }
  }

  @Test func `the first answer is not waited with, the newest is waited for`() throws {
    // Longer than anybody waits here: only what does not wait for link 2 is answered while it hangs.
    let (gateway, client, chain) = try gatewayWithOldLink1(
      "--read-grace", "1h", "--timeouts-operation", "1h", "--timeouts-request", "1h")
    chain[1].pause()
    let waiting = try gateway.connect()
    try waiting.stream.send(HTTPClient.bytes("GET", "/keys/k", ["Cache-Gateway-Read": "newest"]))
    for method in ["GET", "HEAD"] {
      let first = try client.request(method, "/keys/k", ["Cache-Gateway-Read": "first"])
      #expect(first.status == 200)
      #expect(first.cacheStatus("link") == "1")
      if method == "GET" { #expect(first.text == "old") }
    }
    chain[1].resume()
    #expect(try waiting.response().text == "new")
  }

  @Test func `a key that nobody has is missed in every mode`() throws {
    let client = try GatewayProcess().connect()
    for mode in ["first", "newest"] {
      let miss = try client.request("GET", "/keys/missing", ["Cache-Gateway-Read": mode])
      #expect(miss.status == 404)
      #expect(miss.problem == "not-found")
    }
  }

  @Test(arguments: ["", "First", "NEWEST", "oldest", "newest, first", "first;", "1", "\u{E9}"])
  func `another read mode is refused`(value: String) throws {
    let client = try GatewayProcess(nodes: 1).connect()
    _ = try client.put("/keys/k", "v")
    for method in ["GET", "HEAD"] {
      let answer = try client.request(method, "/keys/k", ["Cache-Gateway-Read": value])
      #expect(answer.status == 400)
      guard method == "GET" else { continue }
      #expect(answer.problem == "invalid-header")
      #expect(answer.text.contains("\"detail\":\"Cache-Gateway-Read: '\(value)'"))
    }
  }

  // MARK: Writes

  private func write(_ client: HTTPClient, _ method: String, _ quorum: String) throws -> HTTPResponse {
    try client.request(
      method, "/keys/k", ["Cache-Gateway-Write-Quorum": quorum], body: method == "PUT" ? [1] : nil)
  }

  @Test func `a write may ask for as many acknowledgements as there are copies`() throws {
    let client = try GatewayProcess(nodes: 3, "--replicas", "3").connect()
    for quorum in ["1", "2", "3"] {
      for method in ["PUT", "DELETE"] {
        let answer = try write(client, method, quorum)
        #expect(answer.status == 204)
        #expect(answer["Cache-Gateway-Replicas"] == "3/3")
      }
    }
  }

  @Test(arguments: [
    "", "0", "3", "-1", "+1", "1.0", "one", "all", "1, 2", "0x1", "99999999999999999999", "٢",
  ])
  func `another number is refused, and nothing changed`(value: String) throws {
    let client = try GatewayProcess().connect()
    let tag = try #require(client.put("/keys/k", "old")["ETag"])
    for method in ["PUT", "DELETE"] {
      let answer = try write(client, method, value)
      #expect(answer.status == 400, "\(value)")
      #expect(answer.problem == "invalid-header")
      #expect(answer.text.contains("\"detail\":\"Cache-Gateway-Write-Quorum: '\(value)'"))
      #expect(answer.text.contains("from 1 to 2"))
    }
    #expect(try client.get("/keys/k")["ETag"] == tag)
  }

  @Test func `with one of two nodes gone, two acknowledgements are too many`() throws {
    let gateway = try GatewayProcess(nodes: 2)
    let client = try gateway.connect()
    gateway.nodes[0].kill()
    for method in ["PUT", "DELETE"] {
      let refused = try write(client, method, "2")
      #expect(refused.status == 503)
      #expect(refused.problem == "below-write-quorum")
      #expect(refused.text.contains("1 of the 2 acknowledgements"))
      #expect(refused["Retry-After"] != nil)
      let taken = try write(client, method, "1")
      #expect(taken.status == 204)
      #expect(taken["Cache-Gateway-Replicas"] == "1/2")
    }
  }

  @Test func `a request asks for fewer acknowledgements than the configuration`() throws {
    let gateway = try GatewayProcess(nodes: 2, "--write-quorum", "2")
    let client = try gateway.connect()
    gateway.nodes[0].kill()
    #expect(try client.put("/keys/k", "v").status == 503)
    #expect(try write(client, "PUT", "1").status == 204)
    #expect(try client.delete("/keys/k").status == 503)
    #expect(try write(client, "DELETE", "1").status == 204)
  }

  @Test(arguments: [0, 1, 2]) func `with one of three nodes gone, the stand-in acknowledges`(victim: Int)
    throws
  {
    let gateway = try GatewayProcess()
    let client = try gateway.connect()
    gateway.nodes[victim].kill()
    for method in ["PUT", "DELETE"] {
      let answer = try write(client, method, "2")
      #expect(answer.status == 204, "\(answer.text)")
      #expect(answer["Cache-Gateway-Replicas"] == "2/2")
    }
  }

  @Test func `a quorum and a condition are both kept to`() throws {
    let gateway = try GatewayProcess(nodes: 2)
    let client = try gateway.connect()
    let tag = try #require(client.put("/keys/k", "old")["ETag"])
    func put(_ quorum: String, _ field: String, _ value: String) throws -> Int {
      try client.put("/keys/k", "new", ["Cache-Gateway-Write-Quorum": quorum, field: value]).status
    }
    #expect(try put("2", "If-None-Match", "*") == 412)
    #expect(try put("2", "If-Match", tag) == 204)
    gateway.nodes[1].kill()
    #expect(try put("2", "If-Match", tag) == 412)
    #expect(try put("2", "If-Match", "*") == 503)
    #expect(try put("1", "If-Match", "*") == 204)
  }
}
