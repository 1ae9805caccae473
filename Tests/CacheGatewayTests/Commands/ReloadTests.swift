import Glibc
import Testing

/// SIGHUP reads the configuration anew.
struct ReloadTests {
  private let nodes: [MemcachedNode]
  private let file: ConfigurationText
  private let gateway: GatewayProcess

  init() throws {
    nodes = try (1...2).map { try MemcachedNode(name: "node-\($0)") }
    file = try ConfigurationText(Self.text(nodes))
    gateway = try GatewayProcess(in: [], ["--config", file.path, "--log-format", "json"])
  }

  private static func text(_ nodes: [MemcachedNode], _ more: String = "") -> String {
    let list = nodes.map { "{name: \($0.name), address: \"127.0.0.1:\($0.port)\"}" }
    return "nodes: [\(list.joined(separator: ", "))]\n\(more)"
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
