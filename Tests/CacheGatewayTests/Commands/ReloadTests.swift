import GatewayCore
import Glibc
import Testing

/// SIGHUP reads the configuration anew.
struct ReloadTests {
  private let nodes: [MemcachedNode]
  private let file: ConfigurationText
  private let gateway: GatewayProcess
  private static let options = ["--pool-change-grace", "1s", "--log-format", "json"]

  init() throws {
    nodes = try (1...2).map { try MemcachedNode(name: "node-\($0)") }
    file = try ConfigurationText(Self.text(nodes))
    gateway = try GatewayProcess(in: [], ["--config", file.path] + Self.options)
  }

  private static func text(_ nodes: [MemcachedNode], _ more: String = "") -> String {
    let list = nodes.map { "{name: \($0.name), address: \"127.0.0.1:\($0.port)\"}" }
    return "nodes: [\(list.joined(separator: ", "))]\n\(more)"
  }

  /// Keys of a pool all of whose nodes hold what they are to hold.
  private func store(_ count: Int) throws {
    for node in nodes { try eventually("the node is marked") { try node.isMarked() } }
    let client = try gateway.connect()
    for number in 0..<count { #expect(try client.put("/keys/key-\(number)", "v").status == 204) }
  }

  /// Whether each of the keys stands at its places in a pool of these nodes, and at no other of them.
  private func isPlaced(_ count: Int, _ nodes: [MemcachedNode], replicas: Int = 2) throws -> Bool {
    let order = ChainOrder(nodes.map { ChainOrder.Node(name: $0.name) })
    return try (0..<count).allSatisfy { number in
      let places = order.chain(forKeyHash: try Key("key-\(number)").hash).prefix(replicas)
      return try nodes.indices.allSatisfy {
        try (nodes[$0].item("key-\(number)") != nil) == places.contains($0)
      }
    }
  }

  private func reload(_ text: String) throws {
    try file.write(text)
    kill(gateway.id, SIGHUP)
  }

  @Test func `what has not changed stays as it is`() throws {
    let client = try gateway.connect()
    #expect(try client.put("/keys/a", "v").status == 204)
    try reload(Self.text(nodes))
    try eventually("it is reloaded") { gateway.log.contains("the configuration is reloaded") }
    #expect(!gateway.log.contains("\"level\":\"warning\""))
    #expect(try client.get("/keys/a").text == "v")
  }

  @Test func `a file with mistakes is refused with all of them, and the old configuration stays`() throws {
    try reload("replicas: many\ncolour: red\n")
    try eventually("both mistakes are logged") {
      gateway.log.contains("\(file.path):1: ") && gateway.log.contains("\(file.path):2: ")
    }
    #expect(gateway.log.contains("the configuration is not reloaded"))
    #expect(!gateway.log.contains("the configuration is reloaded"))
    #expect(try gateway.connectToAdmin().get("/nodes/node-2").status == 200)
  }

  @Test func `a file that is gone is told`() throws {
    unlink(file.path)
    kill(gateway.id, SIGHUP)
    try eventually("it is logged") { gateway.log.contains("cannot read \(file.path)") }
    #expect(try gateway.connect().put("/keys/a", "v").status == 204)
  }

  @Test func `options that need a restart are named`() throws {
    try reload(Self.text(nodes, "read: sequential\nworkers: 5\n"))
    try eventually("they are logged") { gateway.log.contains("\"options\":\"read\"") }
    #expect(gateway.log.contains("options that changed need a restart"))
    #expect(try gateway.connect().put("/keys/a", "v").status == 204)
  }

  @Test(.waiting) func `a node that is added gets its keys, and the log says when that begins and ends`()
    throws
  {
    try store(100)
    let added = try MemcachedNode(name: "node-3")
    try reload(Self.text(nodes + [added]))
    try eventually("all keys stand at their places") { try isPlaced(100, nodes + [added]) }
    let held = try added.listing().count
    try eventually("the end is logged") { gateway.log.contains("\"node is restored\"") }
    let logged = try gateway.logged(about: "node-3")
    let messages = logged.compactMap { $0["message"] }
    let begun = try #require(messages.firstIndex(of: "node is being restored"))
    let ended = try #require(messages.firstIndex(of: "node is restored"))
    #expect(begun < ended)
    #expect(["node-1", "node-2"].contains(logged[begun]["from"]))
    #expect(logged[ended]["keys"] == "\(held)")
    #expect(logged[begun]["level"] == "notice" && logged[ended]["level"] == "notice")
  }

  @Test func `a node whose address has changed is talked to at the new one only`() throws {
    try store(50)
    let moved = try MemcachedNode(name: "node-2")
    try reload(Self.text([nodes[0], moved]))
    try eventually("its keys are there") { try isPlaced(50, [nodes[0], moved]) }
    // One connection is the one that asks.
    try eventually("nobody is connected to the old one") {
      try nodes[1].statistic("curr_connections").flatMap(Int.init).map { $0 <= 2 } == true
    }
    nodes[1].kill()
    #expect(try gateway.connect().put("/keys/new", "v")["Cache-Gateway-Replicas"] == "2/2")
    #expect(try moved.item("new") != nil)
    #expect(try gateway.node("node-2").state == "up")
  }

  @Test(.waiting) func `more copies are made where replicas are more, and removed where they are fewer`()
    throws
  {
    let third = try MemcachedNode(name: "node-3")
    let all = nodes + [third]
    try reload(Self.text(all))
    try eventually("it is reloaded") { gateway.log.contains("the configuration is reloaded") }
    try eventually("the new node is marked") { try third.isMarked() }
    try store(60)
    for replicas in [3, 1, 2] {
      try reload(Self.text(all, "replicas: \(replicas)\n"))
      try eventually("each key stands \(replicas) times") { try isPlaced(60, all, replicas: replicas) }
    }
    for number in 0..<60 { #expect(try gateway.connect().get("/keys/key-\(number)").status == 200) }
  }

  @Test(.waiting) func `a gateway that is killed while keys move goes on with it when it is started anew`()
    throws
  {
    try store(100)
    let added = try MemcachedNode(name: "node-3")
    try reload(Self.text(nodes + [added]))
    try eventually("the pool has changed") { gateway.log.contains("the pool was changed") }
    gateway.kill()
    #expect(try !isPlaced(100, nodes + [added]))
    let next = try GatewayProcess(
      in: [], ["--config", file.path] + Self.options, state: gateway.state)
    #expect(next.log.contains("keys were moving when the gateway ended: it goes on"))
    try eventually("all keys stand at their places") { try isPlaced(100, nodes + [added]) }
  }

  @Test func `a new node that does not answer is told, and the others serve on`() throws {
    let missing = try MemcachedNode(name: "node-3")
    missing.kill()
    try reload(Self.text(nodes + [missing]))
    try eventually("it is logged") {
      gateway.log.contains("the pool is not changed as the configuration says")
    }
    #expect(gateway.log.contains("'node-3' does not answer"))
    #expect(try gateway.connectToAdmin().get("/nodes/node-3").status == 404)
    #expect(try gateway.connect().put("/keys/a", "v")["Cache-Gateway-Replicas"] == "2/2")
  }

  @Test func `the last node is never taken away by a file`() throws {
    try reload("replicas: 2\n")
    try eventually("it is logged") { gateway.log.contains("\"options\":\"nodes\"") }
    #expect(try gateway.connectToAdmin().get("/nodes").decoded(as: NodesAnswer.self).nodes.count == 2)
  }
}
