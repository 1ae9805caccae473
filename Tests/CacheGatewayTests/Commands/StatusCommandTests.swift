import Foundation
import Testing

struct StatusCommandTests {
  private func start(_ port: UInt16, _ arguments: String...) throws -> ChildProcess {
    try ChildProcess(
      GatewayProcess.executable, ["status", "--admin", "127.0.0.1:\(port)"] + arguments)
  }

  @Test func `the nodes are shown with their states`() throws {
    let gateway = try GatewayProcess(nodes: 2)
    gateway.nodes[1].kill()
    _ = try gateway.node("node-2", "down") { $0.state == "down" }
    let status = try start(gateway.adminPort)
    #expect(try status.waitForEnd() == .exited(0))
    let lines = status.output.split(separator: "\n", omittingEmptySubsequences: false)
    // Below them, perhaps, that node-1 is not sure to have all its keys yet.
    #expect(lines.count >= 4)
    #expect(
      lines[1].split(separator: " ").prefix(3) == ["node-1", "127.0.0.1:\(gateway.nodes[0].port)", "up"])
    #expect(
      lines[2].split(separator: " ").prefix(3) == ["node-2", "127.0.0.1:\(gateway.nodes[1].port)", "down"])
    #expect(lines[3].isEmpty)
    #expect(status.errorOutput.isEmpty)
  }

  @Test func `as JSON it is what the gateway answers`() throws {
    let gateway = try GatewayProcess(nodes: 2)
    let status = try start(gateway.adminPort, "--json")
    #expect(try status.waitForEnd() == .exited(0))
    let answer = try JSONDecoder().decode(NodesAnswer.self, from: Data(status.output.utf8))
    #expect(answer.nodes.map(\.name) == ["node-1", "node-2"])
    #expect(status.output.hasSuffix("}\n"))
  }

  @Test func `it is watched in plain lines where there is no terminal, also while the gateway is away`()
    throws
  {
    let gateway = try GatewayProcess(nodes: 1)
    let status = try start(gateway.adminPort, "--watch")
    try eventually("it is shown again") { status.output.split(separator: "\n").count >= 4 }
    #expect(!status.output.contains("\u{1B}"))
    gateway.kill()
    try eventually("it is told that nobody answers") { status.errorOutput.contains("no gateway answers") }
    #expect(status.isRunning)
    status.signal(SIGINT)
    #expect(try status.waitForEnd() == .killed(SIGINT))
  }

  @Test func `a gateway that does not answer ends with 69`() throws {
    let port = try Ports.reserve()
    for arguments in [[], ["--watch"], ["--json"]] {
      let status = try ChildProcess(
        GatewayProcess.executable, ["status", "--admin", "localhost:\(port)"] + arguments)
      #expect(try status.waitForEnd() == .exited(69))
      #expect(status.output.isEmpty)
      #expect(status.errorOutput.contains("no gateway answers at localhost:\(port)"))
    }
  }

  @Test func `the address can be named in the environment`() throws {
    let variable = "CACHE_GATEWAY_ADMIN_LISTEN"
    let gateway = try GatewayProcess(nodes: 1)
    let status = try GatewayProcess.run("status", environment: [variable: "127.0.0.1:\(gateway.adminPort)"])
    #expect(status.end == .exited(0))
    let wrong = try GatewayProcess.run("status", environment: [variable: "nowhere"])
    #expect(wrong.end == .exited(64))
    #expect(wrong.error.contains(variable))
  }
}
