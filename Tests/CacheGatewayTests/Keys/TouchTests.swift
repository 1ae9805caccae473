import Testing

/// PUT with Cache-Gateway-Touch, and the batch's touch.
struct TouchTests {
  private static let touch = ["Cache-Gateway-Touch": "true"]

  private let gateway: GatewayProcess
  private let client: HTTPClient
  private let chain: [MemcachedNode]

  init() throws {
    gateway = try GatewayProcess()
    client = try gateway.connect()
    chain = try gateway.chain("k")
  }

  private func touch(_ query: String, _ fields: [String: String] = [:]) throws -> HTTPResponse {
    try client.request("PUT", "/keys/k?\(query)", fields.merging(Self.touch) { $1 })
  }

  private func isAbout(_ seconds: Int, _ lifetime: Int?) -> Bool {
    lifetime.map { (seconds - 30...seconds).contains($0) } ?? false
  }

  @Test(arguments: ["?ttl=60", "?ttl=2h", ""]) func `a value gets the lifetime and stays what it is`(
    query: String
  ) throws {
    let put = try client.put(
      "/keys/k\(query)", "v", ["Content-Type": "text/plain", "Content-Encoding": "br"])
    let before = try client.get("/keys/k")
    let touched = try touch("ttl=10m")
    #expect(touched.status == 204)
    #expect(touched["ETag"] == put["ETag"])
    #expect(touched["Cache-Gateway-Replicas"] == "2/2")
    let after = try client.get("/keys/k")
    for field in ["ETag", "Content-Type", "Content-Encoding", "Last-Modified"] {
      #expect(after[field] == before[field])
    }
    #expect(after.text == "v")
    #expect(isAbout(600, after.maxAge))
    for node in chain.prefix(2) { #expect(try isAbout(600, node.item("k")?.lifetime)) }
    #expect(try chain[2].item("k") == nil)
  }

  @Test func `the lifetime is said as that of a PUT`() throws {
    _ = try client.put("/keys/k", "v")
    #expect(try touch("", ["Cache-Control": "max-age=500"]).status == 204)
    #expect(isAbout(500, try client.get("/keys/k").maxAge))
    #expect(try touch("").status == 204)
    #expect(try chain[0].item("k")?.lifetime == nil)
    #expect(try touch("ttl=soon").problem == "invalid-parameter")
  }

  @Test func `an empty body is none, any other is refused`() throws {
    _ = try client.put("/keys/k", "v")
    #expect(try client.put("/keys/k?ttl=60", "", Self.touch).status == 204)
    let refused = try client.put("/keys/k?ttl=60", "new", Self.touch)
    #expect(refused.status == 400)
    #expect(refused.problem == "invalid-header")
    #expect(refused.text.contains("Cache-Gateway-Touch"))
    for value in ["", "false", "1", "TRUE"] {
      let answer = try client.put("/keys/k", "new", ["Cache-Gateway-Touch": value])
      #expect(answer.status == 400)
      #expect(answer.text.contains("Cache-Gateway-Touch"))
    }
    #expect(try client.get("/keys/k").text == "v")
  }

  @Test func `nothing is touched where nothing is`() throws {
    let missing = try touch("ttl=60")
    #expect(missing.status == 404)
    #expect(missing.problem == "not-found")
    _ = try client.put("/keys/k", "v")
    _ = try client.delete("/keys/k")
    #expect(try touch("ttl=60").status == 404)
    #expect(try client.get("/keys/k").status == 404)
  }

  @Test func `conditions hold for a touch as for a PUT`() throws {
    let tag = try #require(client.put("/keys/k", "v")["ETag"])
    #expect(try touch("ttl=60", ["If-Match": tag]).status == 204)
    #expect(try touch("ttl=90", ["If-Match": "*"]).status == 204)
    #expect(try touch("ttl=1h", ["If-None-Match": tag]).status == 412)
    #expect(try touch("ttl=1h", ["If-None-Match": "*"]).status == 412)
    _ = try client.put("/keys/k?ttl=60", "newer")
    #expect(try touch("ttl=1h", ["If-Match": tag]).status == 412)
    #expect(isAbout(60, try client.get("/keys/k").maxAge))
    _ = try client.delete("/keys/k")
    #expect(try touch("ttl=1h", ["If-Match": "*"]).status == 412)
  }

  @Test(arguments: [0, 1]) func `a copy that was lost is there again, with the lifetime`(lost: Int) throws {
    _ = try client.put("/keys/k?ttl=60", "v")
    try chain[lost].delete("k")
    #expect(try touch("ttl=1h")["Cache-Gateway-Replicas"] == "2/2")
    #expect(try isAbout(3600, chain[lost].item("k")?.lifetime))
    try chain[lost].delete("k")
    #expect(try client.get("/keys/k").text == "v")
    try eventually("the copy is repaired") { try chain[lost].item("k") != nil }
    #expect(try isAbout(3600, chain[lost].item("k")?.lifetime))
  }

  @Test func `an older copy is replaced, a newer one is the one that is touched`() throws {
    _ = try client.put("/keys/k", "old")
    let old = try #require(try chain[0].item("k"))
    let tag = try client.put("/keys/k", "new")["ETag"]
    try chain[0].set("k", old)
    let touched = try touch("ttl=1h")
    #expect(touched["ETag"] == tag)
    for node in chain.prefix(2) {
      #expect(try isAbout(3600, node.item("k")?.lifetime))
      #expect(try node.item("k")?.value == chain[1].item("k")?.value)
    }
    #expect(try client.get("/keys/k").text == "new")
  }

  @Test func `a stand-in's copy lives as long as the outage may, and tells the whole lifetime`() throws {
    _ = try client.put("/keys/k?ttl=60", "v")
    chain[0].kill()
    #expect(try touch("ttl=2h")["Cache-Gateway-Replicas"] == "2/2")
    #expect(try isAbout(7200, chain[1].item("k")?.lifetime))
    #expect(try isAbout(600, chain[2].item("k")?.lifetime))
    chain[1].kill()
    #expect(isAbout(7200, try client.get("/keys/k").maxAge))
  }

  @Test func `items of other clients are left as they are`() throws {
    try chain[0].set("k", "plain", flags: 5)
    let answer = try touch("ttl=60")
    #expect(answer.status == 501)
    #expect(answer.problem == "touch-unsupported")
    #expect(try chain[0].item("k") == MemcachedNode.Item(value: Array("plain".utf8), flags: 5))
    let raw = try GatewayProcess(nodes: 1, "--value-format", "raw").connect()
    _ = try raw.put("/keys/k", "v")
    #expect(try raw.request("PUT", "/keys/k", Self.touch).problem == "touch-unsupported")
  }

  @Test func `without nodes it says so`() throws {
    for node in gateway.nodes { node.kill() }
    #expect(try touch("ttl=60").problem == "nodes-unreachable")
  }

  @Test func `a batch touches many`() throws {
    let tags = try (0..<50).map { try client.put("/keys/\($0)?ttl=60", "v")["ETag"] ?? "" }
    let operations = (0..<51).map { "{\"op\":\"touch\",\"key\":\"\($0)\",\"ttl\":\"1h\"}" }
    let body = "{\"operations\":[\(operations.joined(separator: ","))]}"
    let answer = try client.request(
      "POST", "/batch", ["Content-Type": "application/json"], body: Array(body.utf8))
    let results = try answer.decoded(as: [String: [BatchTests.Result]].self)["results"] ?? []
    #expect(results.map(\.status) == Array(repeating: 204, count: 50) + [404])
    #expect(results.dropLast().map(\.etag) == tags)
    for number in 0..<50 { #expect(isAbout(3600, try client.get("/keys/\(number)").maxAge)) }
  }
}
