import Glibc
import Testing

/// Values that no item holds: in chunks on the nodes, whole for every reader.
struct LargeValuesTests {
  private static let mebibyte = 1 << 20

  private func pool(
    _ count: Int = 3, _ options: [String] = [], nodeOptions: [String] = []
  ) throws -> (nodes: [MemcachedNode], gateway: GatewayProcess) {
    let nodes = try (1...count).map { try MemcachedNode(name: "node-\($0)", options: nodeOptions) }
    let gateway = try GatewayProcess(in: nodes, options)
    // Then each has the gateway's own items, and their number changes by what clients do only.
    for node in nodes { _ = try gateway.node(node.name, "complete") { $0.restore?.state == "done" } }
    return (nodes, gateway)
  }

  private func items(_ nodes: [MemcachedNode]) throws -> Int {
    try nodes.reduce(0) { try $0 + (Int($1.statistic("curr_items") ?? "") ?? 0) }
  }

  @Test(arguments: [1_048_577, 2 * (512 * 1024 - 512), 2 * (512 * 1024 - 512) + 1, 5_000_000])
  func `a value larger than an item comes back as it was`(count: Int) throws {
    let client = try pool().gateway.connect()
    let body = [UInt8].pattern(count)
    let put = try client.put("/keys/a", body, ["Content-Type": "text/x-large"])
    #expect(put.status == 204)
    #expect(put["Cache-Gateway-Replicas"] == "2/2")
    let get = try client.get("/keys/a")
    #expect(get.status == 200)
    #expect(get.body == body)
    #expect(get["ETag"] == put["ETag"])
    #expect(get["Content-Type"] == "text/x-large")
  }

  @Test func `HEAD says what GET says, without the body`() throws {
    let client = try pool().gateway.connect()
    #expect(try client.put("/keys/a?ttl=90", .pattern(3 * Self.mebibyte)).status == 204)
    let get = try client.get("/keys/a")
    let head = try client.request("HEAD", "/keys/a")
    #expect(head.status == 200)
    for name in ["Content-Length", "ETag", "Content-Type", "Last-Modified"] {
      #expect(head[name] == get[name])
    }
    #expect((85...90).contains(try #require(head.maxAge)))
    // The connection is in step.
    #expect(try client.get("/keys/a").body.count == 3 * Self.mebibyte)
  }

  @Test func `a body of unknown length may turn out large`() throws {
    let client = try pool().gateway.connect()
    let body = [UInt8].pattern(3_000_000)
    try client.stream.send("PUT /keys/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    for start in stride(from: 0, to: body.count, by: 100_000) {
      let part = Array(body[start..<start + 100_000])
      try client.stream.send(Array("\(String(part.count, radix: 16))\r\n".utf8) + part + [13, 10])
    }
    try client.stream.send("0\r\n\r\n")
    #expect(try client.response().status == 204)
    #expect(try client.get("/keys/a").body == body)
  }

  @Test(arguments: [[], ["-I", "8m"]] as [[String]])
  func `nothing is lost where a body turns out to be too long for an item`(nodeOptions: [String]) throws {
    let client = try pool(2, nodeOptions: nodeOptions).gateway.connect()
    for count in [1_047_551, 1_047_552, 1_047_553, 1_048_000, 1_048_210, 1_048_500, 1_571_329] {
      let body = [UInt8].pattern(count)
      try client.stream.send("PUT /keys/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
      for start in stride(from: 0, to: count, by: 9973) {
        let part = Array(body[start..<min(count, start + 9973)])
        try client.stream.send(Array("\(String(part.count, radix: 16))\r\n".utf8) + part + [13, 10])
      }
      try client.stream.send("0\r\n\r\n")
      #expect(try client.response().status == 204)
      #expect(try client.get("/keys/a").body == body)
    }
  }

  @Test func `small, large and none take each other's place`() throws {
    let client = try pool().gateway.connect()
    for count in [3_000_000, 10, 2_000_000, 4_000_000, 0] {
      #expect(try client.put("/keys/a", .pattern(count)).status == 204)
      #expect(try client.get("/keys/a").body == .pattern(count))
    }
    #expect(try client.put("/keys/a", .pattern(3_000_000)).status == 204)
    #expect(try client.delete("/keys/a").status == 204)
    #expect(try client.get("/keys/a").status == 404)
  }

  @Test func `conditions hold for them as for others`() throws {
    let (nodes, gateway) = try pool()
    let client = try gateway.connect()
    let body = [UInt8].pattern(2_000_000)
    let created = try client.put("/keys/a", body, ["If-None-Match": "*"])
    #expect(created.status == 201)
    let before = try items(nodes)
    #expect(try client.put("/keys/a", .pattern(3_000_000), ["If-None-Match": "*"]).status == 412)
    #expect(try client.put("/keys/a", .pattern(3_000_000), ["If-Match": "\"x\""]).status != 204)
    #expect(try client.get("/keys/a").body == body)
    try eventually("the chunks of what was refused are gone") { try items(nodes) <= before }
    let tag = try #require(created["ETag"])
    #expect(try client.put("/keys/a", .pattern(3_000_000), ["If-Match": tag]).status == 204)
    #expect(try client.get("/keys/a").body == .pattern(3_000_000))
  }

  @Test func `an upload that breaks off leaves what was there, and nothing else`() throws {
    let (nodes, gateway) = try pool()
    let client = try gateway.connect()
    #expect(try client.put("/keys/a", .pattern(2_000_000)).status == 204)
    let before = try items(nodes)
    let broken = try gateway.connect()
    try broken.stream.send("PUT /keys/a HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n")
    try broken.stream.send([UInt8].pattern(4_000_000))
    try eventually("chunks of it are on the nodes") { try items(nodes) > before }
    broken.stream.reset()
    try eventually("they are gone") { try items(nodes) <= before }
    #expect(try client.get("/keys/a").body == .pattern(2_000_000))
  }

  @Test func `more than is allowed is refused, known beforehand or not`() throws {
    let client = try pool(2, ["--max-value-size", "2MiB"]).gateway.connect()
    #expect(try client.put("/keys/a", .pattern(2 * Self.mebibyte)).status == 204)
    let refused = try client.put("/keys/a", .pattern(2 * Self.mebibyte + 1))
    #expect(refused.status == 413)
    #expect(refused.text.contains("\(2 * Self.mebibyte) bytes"))
    try client.stream.send("PUT /keys/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    let part = [UInt8].pattern(Self.mebibyte + 1)
    for _ in 0..<2 {
      try client.stream.send(Array("\(String(part.count, radix: 16))\r\n".utf8) + part + [13, 10])
    }
    try client.stream.send("0\r\n\r\n")
    #expect(try client.response().status == 413)
    #expect(try client.get("/keys/a").body == .pattern(2 * Self.mebibyte))
  }

  @Test func `plain values have no chunks`() throws {
    let (nodes, gateway) = try pool(2, ["--value-format", "raw"])
    let client = try gateway.connect()
    #expect(try client.put("/keys/a", .pattern(2_000_000)).status == 413)
    // The gateway's clock and its mark on each.
    #expect(try items(nodes) <= 4)
  }

  @Test func `chunks fit into what a node takes`() throws {
    let (_, gateway) = try pool(2, nodeOptions: ["-I", "512k"])
    let client = try gateway.connect()
    for count in [500_000, 523_000, 524_000, 525_000, 1_000_000] {
      #expect(try client.put("/keys/a", .pattern(count)).status == 204)
      #expect(try client.get("/keys/a").body == .pattern(count))
    }
  }

  @Test func `they are there for every gateway, and while a node is dead`() throws {
    let (nodes, first) = try pool()
    let second = try GatewayProcess(in: nodes, [])
    #expect(try first.connect().put("/keys/a", .pattern(3_000_000)).status == 204)
    #expect(try second.connect().get("/keys/a").body == .pattern(3_000_000))
    let holder = try first.chain("a")[0]
    holder.kill()
    #expect(try second.connect().get("/keys/a").body == .pattern(3_000_000))
    #expect(try second.connect().put("/keys/b", .pattern(2_500_000)).status == 204)
    #expect(try first.connect().get("/keys/b").body == .pattern(2_500_000))
  }

  @Test func `a client that reads slowly gets the whole value`() throws {
    let client = try pool().gateway.connect()
    let body = [UInt8].pattern(8_000_000)
    #expect(try client.put("/keys/a", body).status == 204)
    try client.stream.send("GET /keys/a HTTP/1.1\r\nHost: x\r\n\r\n")
    while try client.stream.receiveLine() != "" {}
    var received: [UInt8] = []
    while received.count < body.count {
      received += try client.stream.receive(min(500_000, body.count - received.count))
      usleep(5000)
    }
    #expect(received == body)
  }

  @Test func `many at once over one connection each`() throws {
    let (_, gateway) = try pool()
    let clients = try (0..<8).map { _ in try gateway.connect() }
    for (number, client) in clients.enumerated() {
      try client.stream.send(HTTPClient.bytes("PUT", "/keys/\(number)", body: .pattern(1_500_000 + number)))
    }
    for client in clients { #expect(try client.response().status == 204) }
    for number in clients.indices {
      try clients[number].stream.send("GET /keys/\(number) HTTP/1.1\r\nHost: x\r\n\r\n")
    }
    for (number, client) in clients.enumerated() {
      #expect(try client.response().body == .pattern(1_500_000 + number))
    }
  }
}
