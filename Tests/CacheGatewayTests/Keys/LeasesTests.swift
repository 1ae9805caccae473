import Testing

/// Leases of a missing key, through two gateways over the same nodes.
struct LeasesTests {
  private let gateways: [GatewayProcess]
  private let waiting = ["Cache-Gateway-Lease": "20s", "Cache-Gateway-Wait": "10s"]

  init() throws {
    let first = try GatewayProcess()
    gateways = [first, try GatewayProcess(in: first.nodes, [])]
  }

  private func connect(_ count: Int) throws -> [HTTPClient] {
    try (0..<count).map { try gateways[$0 % 2].connect() }
  }

  /// All send before any reads its answer.
  private func ask(_ clients: [HTTPClient], _ key: String, _ fields: [String: String]) throws {
    for client in clients { try client.stream.send(HTTPClient.bytes("GET", "/keys/\(key)", fields)) }
  }

  private func leases(_ answers: [HTTPResponse]) -> [String] {
    answers.map { $0["Cache-Gateway-Lease"] ?? "none" }.sorted()
  }

  @Test func `of 200 who ask for a missing key one is granted the lease, and all others get what is put`()
    throws
  {
    let filler = try gateways[1].connect()
    let lease = try filler.request("GET", "/keys/k", ["Cache-Gateway-Lease": "20s"])
    #expect(lease.status == 404)
    #expect(lease["Cache-Gateway-Lease"] == "granted")
    let clients = try connect(199)
    try ask(clients, "k", waiting)
    #expect(try filler.put("/keys/k", "filled", ["Content-Type": "text/plain"]).status == 204)
    for client in clients {
      let answer = try client.response()
      #expect(answer.status == 200)
      #expect(answer.text == "filled")
      #expect(answer["Content-Type"] == "text/plain")
      #expect(answer["Cache-Gateway-Lease"] == nil)
    }
  }

  @Test func `of 200 who ask at the same time one is granted the lease`() throws {
    let clients = try connect(200)
    try ask(clients, "k", ["Cache-Gateway-Lease": "20s"])
    let answers = try clients.map { try $0.response() }
    #expect(leases(answers) == ["granted"] + Array(repeating: "taken", count: 199))
    for answer in answers {
      #expect(answer.problem == "not-found")
      #expect(answer["Cache-Status"] == "cache-gateway; fwd=miss")
      let isTaken = answer["Cache-Gateway-Lease"] == "taken"
      #expect(answer["Retry-After"] == (isTaken ? "1" : nil))
    }
  }

  @Test(.waiting)
  func `who has waited in vain learns that it is taken, and one when it runs out is granted it`() throws {
    let clients = try connect(9)
    try ask([clients[0]], "k", ["Cache-Gateway-Lease": "1s"])
    #expect(try clients[0].response()["Cache-Gateway-Lease"] == "granted")
    try ask(Array(clients[1..<5]), "k", ["Cache-Gateway-Lease": "60s", "Cache-Gateway-Wait": "100ms"])
    #expect(leases(try clients[1..<5].map { try $0.response() }) == Array(repeating: "taken", count: 4))
    try ask(Array(clients[5...]), "k", ["Cache-Gateway-Lease": "60s", "Cache-Gateway-Wait": "5s"])
    #expect(
      leases(try clients[5...].map { try $0.response() })
        == ["granted"] + Array(repeating: "taken", count: 3))
  }

  @Test(arguments: [0, 1]) func `a DELETE ends it`(gateway: Int) throws {
    let clients = try connect(4)
    let lease = ["Cache-Gateway-Lease": "60s"]
    for client in clients[..<2] { _ = try client.request("GET", "/keys/k", lease) }
    #expect(try clients[2 + gateway].delete("/keys/k").status == 204)
    try eventually("the lease is granted anew") {
      try clients[0].request("GET", "/keys/k", lease)["Cache-Gateway-Lease"] == "granted"
    }
    #expect(try clients[1].request("GET", "/keys/k", lease)["Cache-Gateway-Lease"] == "taken")
  }

  @Test func `a value that is there needs no lease, whatever is left of one`() throws {
    let clients = try connect(2)
    #expect(try clients[0].request("HEAD", "/keys/k", waiting)["Cache-Gateway-Lease"] == "granted")
    #expect(try clients[1].put("/keys/k", "v").status == 204)
    for client in clients {
      let get = try client.request("GET", "/keys/k", waiting)
      #expect(get.status == 200)
      #expect(get["Cache-Gateway-Lease"] == nil)
    }
  }

  @Test func `without the field, nobody is told of leases, nor waits`() throws {
    let client = try gateways[0].connect()
    #expect(try client.request("GET", "/keys/k", waiting)["Cache-Gateway-Lease"] == "granted")
    for fields in [[:], ["Cache-Gateway-Wait": "10s"]] {
      let get = try client.request("GET", "/keys/k", fields)
      #expect(get.status == 404)
      #expect(get["Cache-Gateway-Lease"] == nil)
      #expect(get["Retry-After"] == nil)
    }
  }

  @Test(arguments: [
    ("Cache-Gateway-Lease", "0s"), ("Cache-Gateway-Lease", "61s"), ("Cache-Gateway-Lease", "soon"),
    ("Cache-Gateway-Lease", ""), ("Cache-Gateway-Wait", "31s"), ("Cache-Gateway-Wait", "0"),
    ("cache-gateway-wait", "x"),
  ])
  func `a time that is none is refused, hit or miss`(field: String, value: String) throws {
    let client = try gateways[0].connect()
    _ = try client.put("/keys/there", "v")
    for key in ["there", "missing"] {
      let get = try client.request("GET", "/keys/\(key)", [field: value])
      #expect(get.status == 400)
      #expect(get.problem == "invalid-header")
      #expect(get.text.lowercased().contains("\"detail\":\"\(field.lowercased()): '\(value)'"))
    }
  }

  @Test func `those who wait are answered when the gateway is told to end`() throws {
    let gateway = try GatewayProcess(nodes: 2)
    let clients = try (0..<5).map { _ in try gateway.connect() }
    #expect(
      try clients[0].request("GET", "/keys/k", ["Cache-Gateway-Lease": "60s"])["Cache-Gateway-Lease"]
        == "granted")
    try ask(Array(clients[1...]), "k", ["Cache-Gateway-Lease": "60s", "Cache-Gateway-Wait": "30s"])
    // The gateway has seen them when it has answered another request since.
    for client in try (0..<8).map({ _ in try gateway.connect() }) { _ = try client.get("/keys/other") }
    gateway.terminate()
    for client in clients[1...] { #expect(try client.response()["Cache-Gateway-Lease"] == "taken") }
    #expect(try gateway.waitForEnd() == .exited(0))
  }

  @Test func `a client that goes while it waits takes nothing with it`() throws {
    let gateway = try GatewayProcess(nodes: 2)
    let client = try gateway.connect()
    _ = try client.request("GET", "/keys/k", ["Cache-Gateway-Lease": "60s"])
    for _ in 0..<5 {
      let waiter = try gateway.connect()
      try ask([waiter], "k", waiting)
      waiter.stream.reset()
    }
    #expect(try client.put("/keys/k", "v").status == 204)
    #expect(try client.request("GET", "/keys/k", waiting).text == "v")
  }
}
