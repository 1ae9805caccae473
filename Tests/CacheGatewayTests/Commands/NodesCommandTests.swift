import GatewayCore
import Testing

@testable import CacheGateway

/// `nodes …` against the real gateway, and against answers that take a whole pool's work to come about.
struct NodesCommandTests {
  private typealias Result = (end: ChildProcess.End, output: String, error: String)

  private func run(_ arguments: String..., port: UInt16) throws -> Result {
    let process = try ChildProcess(
      GatewayProcess.executable, ["nodes"] + arguments + ["--admin", "127.0.0.1:\(port)"])
    let end = try process.waitForEnd()
    return (end, process.output, process.errorOutput)
  }

  // MARK: The real gateway

  @Test func `the nodes are listed`() throws {
    let gateway = try GatewayProcess(nodes: 3)
    for arguments in [["nodes"], ["nodes", "list"]] {
      let process = try ChildProcess(
        GatewayProcess.executable, arguments,
        environment: ["CACHE_GATEWAY_ADMIN_LISTEN": "127.0.0.1:\(gateway.adminPort)"])
      #expect(try process.waitForEnd() == .exited(0))
      let names = process.output.split(separator: "\n").map { $0.prefix { $0 != " " } }
      #expect(names == ["NODE", "node-1", "node-2", "node-3"])
      #expect(process.output.contains("  127.0.0.1:\(gateway.nodes[2].port)  up"))
      #expect(process.errorOutput.isEmpty)
    }
  }

  @Test func `what the gateway refuses is told by its detail, and ends with 1`() throws {
    let gateway = try GatewayProcess(nodes: 1)
    let port = gateway.adminPort
    let refused = [
      (
        try run("add", "node-1=127.0.0.1:\(try Ports.reserve())", port: port),
        "a node called 'node-1' already"
      ),
      (
        try run("add", "x=127.0.0.1:\(gateway.nodes[0].port)", port: port),
        "is the address of the node 'node-1'"
      ),
      (try run("add", "x=127.0.0.1:\(try Ports.reserve())", "--wait", port: port), "'x' does not answer"),
      (try run("weight", "x", "2", port: port), "no node is called 'x'"),
      (try run("remove", "a/b %", port: port), "no node is called 'a/b %'"),
      (try run("remove", "node-1", "--wait", port: port), "'node-1' is the last node"),
      (try run("drain", "node-1", port: port), "'node-1' is the last node"),
      (try run("restore", "x", "--wait", port: port), "no node is called 'x'"),
      (try run("flush", "x", port: port), "no node is called 'x'"),
    ]
    for (result, detail) in refused {
      #expect(result.end == .exited(1))
      #expect(result.output.isEmpty)
      #expect(result.error.hasPrefix("cache-gateway: "))
      #expect(result.error.contains(detail))
      #expect(result.error.split(separator: "\n").count == 1)
    }
  }

  @Test func `a flush empties the node`() throws {
    let gateway = try GatewayProcess(nodes: 1)
    try gateway.nodes[0].set("a", "v")
    let result = try run("flush", "node-1", port: gateway.adminPort)
    #expect(result.end == .exited(0))
    #expect(result.output == "node-1 is empty\n")
    #expect(try gateway.nodes[0].item("a") == nil)
  }

  @Test func `bad usage ends with 64, before anybody is asked`() throws {
    for arguments in [
      ["add", "nowhere"], ["add", "a=b:1*0"], ["add", "a b=c:1"], ["add"], ["weight", "a", "heavy"],
      ["weight", "a"],
      ["drain"], ["flush", "a", "--wait"], ["explode", "a"], ["list", "--admin", "nowhere"],
      ["remove", "a", "b"],
    ] {
      let process = try ChildProcess(GatewayProcess.executable, ["nodes"] + arguments)
      #expect(try process.waitForEnd() == .exited(64))
      #expect(process.output.isEmpty)
      #expect(!process.errorOutput.isEmpty)
    }
  }

  @Test func `a gateway that does not answer ends with 69`() throws {
    let port = try Ports.reserve()
    for result in [try run("list", port: port), try run("drain", "a", "--wait", port: port)] {
      #expect(result.end == .exited(69))
      #expect(result.output.isEmpty)
      #expect(result.error.contains("no gateway answers at 127.0.0.1:\(port): Connection refused"))
    }
  }

  // MARK: Answers

  private static func pool(
    _ membership: NodeStatus.Membership? = .member, restore: TransferStatus.State? = nil,
    rebalance: TransferStatus.State? = nil
  ) -> ScriptedGateway.Answer {
    var node = NodeStatus(name: "b", address: Endpoint(host: "b", port: 1))
    node.membership = membership ?? .member
    node.restore = restore.map { transfer($0) }
    let nodes = membership == nil ? "" : node.json
    let rebalance = rebalance.map { transfer($0).json } ?? "null"
    return ScriptedGateway.Answer(200, "{\"nodes\":[\(nodes)],\"rebalance\":\(rebalance)}")
  }

  private static func transfer(_ state: TransferStatus.State) -> TransferStatus {
    var transfer = TransferStatus(state: state)
    (transfer.keysDone, transfer.bytesDone, transfer.timeTaken) = (3, 2048, .seconds(2))
    (transfer.keysToGo, transfer.bytesToGo) = state == .done ? (0, 0) : (1, 2048)
    return transfer
  }

  private static let figures = "3 keys, 2.0 KiB in 2.0 s (1.0 KiB/s)"

  @Test func `each command asks for what it says`() throws {
    let gateway = try ScriptedGateway(.init(202, "{}"), .init(204))
    let said = [
      try run("drain", "[::1]:5", port: gateway.port), try run("remove", "b", port: gateway.port),
      try run("restore", "b", port: gateway.port), try run("add", "b=[::1]:5*2.5", port: gateway.port),
      try run("weight", "b", "3", port: gateway.port),
    ]
    for result in said { #expect(result.end == .exited(0)) }
    #expect(
      said.map(\.output) == [
        "[::1]:5 is being drained\n", "b is gone\n", "b is being restored\n", "b is in the pool\n",
        "b has the weight 3\n",
      ])
    #expect(
      gateway.requests == [
        "POST /nodes/%5B%3A%3A1%5D%3A5/drain", "DELETE /nodes/b", "POST /nodes/b/restore",
        #"PUT /nodes/b {"address":"[::1]:5","weight":2.5}"#, #"PUT /nodes/b {"weight":3.0}"#,
      ])
  }

  @Test func `a drain is waited for, and told with its figures`() throws {
    let gateway = try ScriptedGateway(
      .init(202, "{}"), Self.pool(.draining, rebalance: .running), Self.pool(.drained, rebalance: .done))
    let result = try run("drain", "b", "--wait", port: gateway.port)
    #expect(result.end == .exited(0))
    #expect(result.output == "b is drained: \(Self.figures)\n")
    #expect(result.error.hasPrefix("drain b  ["))
    #expect(result.error.hasSuffix("50 %  3 of 4 keys  2.0 KiB of 4.0 KiB  0 B/s\n"))
    #expect(gateway.requests == ["POST /nodes/b/drain", "GET /nodes", "GET /nodes"])
  }

  @Test func `a restore is waited for, and told with its figures`() throws {
    let gateway = try ScriptedGateway(
      .init(202, "{}"), Self.pool(restore: .waiting), Self.pool(restore: .interrupted),
      Self.pool(restore: .done))
    let result = try run("restore", "b", "--wait", port: gateway.port)
    #expect(result.end == .exited(0))
    #expect(result.output == "b is restored: \(Self.figures)\n")
    #expect(result.error.split(separator: "\n").count == 2)
  }

  @Test func `a node that leaves and one that comes are waited for`() throws {
    let leaving = try ScriptedGateway(.init(202, "{}"), Self.pool(.leaving), Self.pool(nil))
    #expect(try run("remove", "b", "--wait", port: leaving.port).output == "b is gone\n")
    let coming = try ScriptedGateway(
      .init(201, "{}"), Self.pool(rebalance: .running), Self.pool(rebalance: .done))
    #expect(
      try run("add", "b=b:1", "--wait", port: coming.port).output
        == "the keys stand where they belong: \(Self.figures)\n")
  }

  @Test func `what somebody else called off ends with 1`() throws {
    let gateway = try ScriptedGateway(.init(202, "{}"), Self.pool(.draining), Self.pool(.member))
    let result = try run("drain", "b", "--wait", port: gateway.port)
    #expect(result.end == .exited(1))
    #expect(result.output.isEmpty)
    #expect(result.error.hasSuffix("cache-gateway: b is not being drained any more: member\n"))
  }

  @Test(arguments: [
    "", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "HTTP/1.1 500 X\r\nContent-Length: 4\r\n\r\noops", "220 mail.example ESMTP\r\n",
  ])
  func `whoever else answers there is told from a gateway`(bytes: String) throws {
    let other = try ScriptedGateway(.init(bytes: bytes))
    let result = try run("list", port: other.port)
    #expect(result.end == .exited(1))
    #expect(result.output.isEmpty)
    #expect(result.error.contains("not the answer of a gateway's admin listener"))
  }
}
