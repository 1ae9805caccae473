import Testing

/// Conditional writes of one key at the same time, through two gateways over the same nodes.
struct ConcurrentConditionsTests {
  private let gateways: [GatewayProcess]

  init() throws {
    let first = try GatewayProcess()
    gateways = [first, try GatewayProcess(in: first.nodes, [])]
  }

  private func connect(_ count: Int) throws -> [HTTPClient] {
    try (0..<count).map { try gateways[$0 % 2].connect() }
  }

  /// All send before any reads its answer.
  private func putAll(
    _ clients: [HTTPClient], _ key: String, _ fields: [String: String]
  ) throws -> [HTTPResponse] {
    for (number, client) in clients.enumerated() {
      try client.stream.send(
        HTTPClient.bytes("PUT", "/keys/\(key)", fields, body: Array("\(number)".utf8)))
    }
    return try clients.map { try $0.response(to: "PUT") }
  }

  /// Refused, or told to come again; nothing else happens to those who lose.
  private func expectLost(_ answers: [HTTPResponse]) {
    for answer in answers {
      #expect(["condition-failed", "key-contended"].contains(answer.problem ?? ""), "\(answer.text)")
    }
  }

  @Test func `of 64 that create a key, one does`() throws {
    let clients = try connect(64)
    for round in 0..<3 {
      let answers = try putAll(clients, "k\(round)", ["If-None-Match": "*"])
      let winners = answers.indices.filter { answers[$0].status == 201 }
      try #require(winners.count == 1)
      expectLost(answers.filter { $0.status != 201 })
      for client in clients[..<2] {
        let get = try client.get("/keys/k\(round)")
        #expect(get.text == "\(winners[0])")
        #expect(get["ETag"] == answers[winners[0]]["ETag"])
      }
    }
  }

  @Test func `of those that replace the same version, one does`() throws {
    let clients = try connect(8)
    var tag = try #require(clients[0].put("/keys/k", "first")["ETag"])
    for _ in 0..<20 {
      let answers = try putAll(clients, "k", ["If-Match": tag])
      let winners = answers.indices.filter { answers[$0].status == 204 }
      try #require(winners.count == 1)
      expectLost(answers.filter { $0.status != 204 })
      let next = try #require(answers[winners[0]]["ETag"])
      #expect(next > tag)
      tag = next
      for client in clients[..<2] {
        let get = try client.get("/keys/k")
        #expect(get.text == "\(winners[0])")
        #expect(get["ETag"] == tag)
      }
    }
  }

  @Test func `of those that delete the same version, one does`() throws {
    let clients = try connect(8)
    for round in 0..<10 {
      let tag = try #require(clients[round % 2].put("/keys/k", "v")["ETag"])
      for client in clients {
        try client.stream.send(HTTPClient.bytes("DELETE", "/keys/k", ["If-Match": tag]))
      }
      let answers = try clients.map { try $0.response(to: "DELETE") }
      #expect(answers.count { $0.status == 204 } == 1)
      expectLost(answers.filter { $0.status != 204 })
      for client in clients[..<2] { #expect(try client.get("/keys/k").status == 404) }
    }
  }

  @Test func `200 increments by eight clients are all counted`() throws {
    let (clients, each) = (8, 25)
    _ = try gateways[0].connect().put("/keys/counter", "0")
    let ports = gateways.map(\.port)
    try Threads.run(clients) { number in
      let client = try HTTPClient(port: ports[number % 2])
      var done = 0
      while done < each {
        let get = try client.get("/keys/counter")
        guard let value = Int(get.text), let tag = get["ETag"] else {
          throw SetupError("the counter is gone: \(get.status) \(get.text)")
        }
        let put = try client.put("/keys/counter", "\(value + 1)", ["If-Match": tag])
        switch put.status {
        case 204: done += 1
        case 412: break
        case 503 where put.problem == "key-contended": break
        default: throw SetupError("the increment was answered \(put.status) \(put.text)")
        }
      }
    }
    for gateway in gateways {
      #expect(try gateway.connect().get("/keys/counter").text == "\(clients * each)")
    }
  }

  @Test func `an unconditional write among conditional ones is never lost`() throws {
    let clients = try connect(8)
    for round in 0..<20 {
      let tag = try #require(clients[round % 2].put("/keys/k", "before")["ETag"])
      // The last one has no condition.
      for (number, client) in clients.enumerated() {
        let fields = number == 7 ? [:] : ["If-Match": tag]
        try client.stream.send(HTTPClient.bytes("PUT", "/keys/k", fields, body: Array("\(number)".utf8)))
      }
      let answers = try clients.map { try $0.response(to: "PUT") }
      #expect(answers[7].status == 204)
      #expect(answers[..<7].count { $0.status == 204 } <= 1)
      for client in clients[..<2] { #expect(try client.get("/keys/k")["ETag"] == answers[7]["ETag"]) }
    }
  }
}
