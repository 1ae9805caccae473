import Testing

/// Values past their freshness (RFC 5861), through two gateways over the same nodes.
struct StaleValuesTests {
  private let gateways: [GatewayProcess]
  private let client: HTTPClient
  private let control = "max-age=60, stale-while-revalidate=30, stale-if-error=300"

  init() throws {
    let first = try GatewayProcess()
    gateways = [first, try GatewayProcess(in: first.nodes, [])]
    client = try gateways[0].connect()
  }

  /// As if it had been stored earlier: `left` seconds are left of what the nodes keep it for.
  private func age(_ key: String, left: Int) throws {
    for node in gateways[0].nodes {
      guard var item = try node.item(key) else { continue }
      item.lifetime = left
      try node.set(key, item)
    }
  }

  private func put(_ key: String, left: Int? = nil) throws {
    #expect(try client.put("/keys/\(key)", "value", ["Cache-Control": control]).status == 204)
    if let left { try age(key, left: left) }
  }

  /// The number after `name=` in Cache-Control.
  private func seconds(_ name: String, _ answer: HTTPResponse) -> Int? {
    let directives = (answer["Cache-Control"] ?? "").split { ", ".contains($0) }
    return directives.first { $0.hasPrefix(name + "=") }.flatMap { Int($0.dropFirst(name.count + 1)) }
  }

  @Test func `a fresh value names its freshness and its windows`() throws {
    try put("k")
    let get = try client.get("/keys/k")
    #expect(get.status == 200)
    #expect(try (30...60).contains(#require(seconds("max-age", get))))
    #expect(get["Cache-Control"]?.hasSuffix(", stale-while-revalidate=30, stale-if-error=300") == true)
    #expect(get.cacheStatus("ttl") == seconds("max-age", get).map(String.init))
    #expect(get["Cache-Gateway-Refresh"] == nil)
  }

  @Test func `the nodes keep it for its freshness and the longer window`() throws {
    try put("k")
    let lifetimes = try gateways[0].nodes.compactMap { try $0.item("k")?.lifetime }
    #expect(lifetimes.count == 2)
    for lifetime in lifetimes { #expect((330...360).contains(lifetime)) }
  }

  @Test func `a stale value is served, and one client of all gateways is told to refresh it`() throws {
    try put("k", left: 290)
    let clients = try (0..<20).map { try gateways[$0 % 2].connect() }
    for client in clients { try client.stream.send(HTTPClient.bytes("GET", "/keys/k")) }
    let answers = try clients.map { try $0.response() }
    for get in answers {
      #expect(get.status == 200)
      #expect(get.text == "value")
      #expect(get["Cache-Control"]?.hasPrefix("max-age=0, stale-while-revalidate=") == true)
      #expect(try (1...20).contains(#require(seconds("stale-while-revalidate", get))))
      #expect(try (270...290).contains(#require(seconds("stale-if-error", get))))
      #expect(get["Cache-Status"]?.hasPrefix("cache-gateway; fwd=stale; ttl=-") == true)
      #expect(get["ETag"] == answers[0]["ETag"])
    }
    #expect(answers.compactMap { $0["Cache-Gateway-Refresh"] } == ["you"])
    #expect(try client.put("/keys/k", "new", ["Cache-Control": control]).status == 204)
    #expect(try client.get("/keys/k").text == "new")
    try age("k", left: 290)
    #expect(try client.request("HEAD", "/keys/k")["Cache-Gateway-Refresh"] == "you")
  }

  @Test func `past the first window it is there only for those whose origin failed`() throws {
    try put("k", left: 200)
    #expect(try client.get("/keys/k").problem == "not-found")
    #expect(try client.request("HEAD", "/keys/k").status == 404)
    for accepted in ["stale-if-error=300", "max-age=0, Stale-If-Error=120"] {
      let get = try client.request("GET", "/keys/k", ["Cache-Control": accepted])
      #expect(get.status == 200, "\(accepted)")
      #expect(get.text == "value")
      #expect(get["Cache-Control"]?.hasPrefix("max-age=0, stale-if-error=") == true)
      #expect(get["Cache-Status"]?.hasPrefix("cache-gateway; fwd=stale; ttl=-") == true)
      #expect(get["Cache-Gateway-Refresh"] == nil)
    }
    for refused in ["stale-if-error=99", "stale-if-error", "stale-if-error=x", "max-stale=300"] {
      #expect(try client.request("GET", "/keys/k", ["Cache-Control": refused]).status == 404, "\(refused)")
    }
  }

  @Test func `who has just failed to reach the origin is not told to refresh`() throws {
    try put("k", left: 290)
    let get = try client.request("GET", "/keys/k", ["Cache-Control": "stale-if-error=60"])
    #expect(get.status == 200)
    #expect(get["Cache-Gateway-Refresh"] == nil)
    #expect(try client.get("/keys/k")["Cache-Gateway-Refresh"] == "you")
  }

  @Test func `conditions take it to be there for as long as it is served to all`() throws {
    try put("k", left: 290)
    #expect(try client.put("/keys/k", "new", ["If-None-Match": "*"]).status == 412)
    try put("k", left: 200)
    #expect(try client.put("/keys/k", "new", ["If-None-Match": "*"]).status == 201)
    #expect(try client.get("/keys/k").text == "new")
  }

  @Test func `a copy that was lost comes back with the windows`() throws {
    try put("k")
    let chain = try gateways[0].chain("k")
    let item = try #require(try chain[0].item("k"))
    try chain[0].delete("k")
    _ = try client.request("GET", "/keys/k", ["Cache-Gateway-Read": "newest"])
    try eventually("the copy is repaired") { try chain[0].item("k") != nil }
    #expect(try chain[0].item("k")?.value == item.value)
  }

  @Test func `ttl goes before max-age, and the windows count from there`() throws {
    #expect(try client.put("/keys/k?ttl=1h", "value", ["Cache-Control": control]).status == 204)
    let get = try client.get("/keys/k")
    #expect(try (3570...3600).contains(#require(seconds("max-age", get))))
    #expect(get["Cache-Control"]?.hasSuffix(", stale-while-revalidate=30, stale-if-error=300") == true)
  }

  @Test(arguments: ["stale-while-revalidate", "stale-if-error"])
  func `a window that is no number is refused and nothing stored`(name: String) throws {
    for argument in ["", "=", "=x", "=-1"] {
      let put = try client.put("/keys/k", "value", ["Cache-Control": "max-age=60, \(name)\(argument)"])
      #expect(put.status == 400)
      #expect(put.problem == "invalid-header")
    }
    #expect(try client.get("/keys/k").status == 404)
  }

  @Test func `plain values have no windows`() throws {
    let gateway = try GatewayProcess(nodes: 1, "--value-format", "raw")
    let client = try gateway.connect()
    #expect(try client.put("/keys/k", "value", ["Cache-Control": control]).status == 204)
    #expect(try (30...60).contains(#require(client.get("/keys/k").maxAge)))
    #expect(try (30...60).contains(#require(gateway.nodes[0].item("k")?.lifetime)))
  }
}
