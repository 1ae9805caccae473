import Glibc
import Testing

struct StateDirectoryTests {
  private func run(_ arguments: [String]) throws -> (end: ChildProcess.End, output: String, error: String) {
    let listening = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]
    let process = try ChildProcess(GatewayProcess.executable, listening + arguments)
    return (try process.waitForEnd(), process.output, process.errorOutput)
  }

  @Test func `one that cannot be written is told, and ends the program with 1`() throws {
    let file = try ConfigurationText("in the way")
    for path in [file.path + "/state", file.path, "/proc/state"] {
      let result = try run(["--state-directory", path])
      #expect(result.end == .exited(1))
      #expect(result.error.contains("the state directory \(path) cannot be used"))
      #expect(result.output.isEmpty)
    }
  }

  @Test func `one in use by another gateway is told, and ends the program with 1`() throws {
    let gateway = try GatewayProcess(nodes: 1)
    let result = try run([
      "--state-directory", gateway.state.path, "--node", "127.0.0.1:\(gateway.nodes[0].port)",
    ])
    #expect(result.end == .exited(1))
    #expect(result.error.contains("the state directory \(gateway.state.path) is in use by another gateway"))
    #expect(result.output.isEmpty)
    #expect(try gateway.connect().get("/livez").status == 200)
  }

  @Test func `it is logged, and free again when the gateway was killed`() throws {
    let gateway = try GatewayProcess(in: [], ["--log-format", "json"])
    #expect(gateway.log.contains("\"path\":\"\(gateway.state.path)\""))
    gateway.kill()
    let next = try GatewayProcess(in: [], [], state: gateway.state)
    #expect(try next.connect().get("/livez").status == 200)
  }

  @Test func `by default several gateways share the user's folder`() throws {
    let home = try TemporaryDirectory()
    let processes = try (1...2).map { _ in
      try ChildProcess(
        GatewayProcess.executable,
        ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--log-format", "json"],
        environment: ["HOME": home.path])
    }
    for process in processes {
      try eventually("it serves") { process.output.hasPrefix("listening on") || !process.isRunning }
      #expect(process.isRunning)
    }
    let folder = home.path + "/.local/state/cache-gateway"
    for number in 1...2 {
      #expect(processes.count { $0.errorOutput.contains("\"path\":\"\(folder)/\(number)\"") } == 1)
    }
  }
}
