import Testing

struct CommandLineTests {
  /// EX_USAGE.
  private static let usage = ChildProcess.End.exited(64)

  @Test(arguments: [
    ("--replicas", "0"), ("--workers", "none"), ("--listen", "nowhere"), ("--admin-listen", "1.2.3.4"),
    ("--node", "host"), ("--read", "both"), ("--read-grace", "soon"), ("--default-ttl", "0"),
    ("--failover-ttl", "none"), ("--tombstone-ttl", "1ms"), ("--max-value-size", "lots"),
    ("--write-quorum", "99"),
    ("--timeouts-connect", "0"), ("--timeouts-operation", "2h"), ("--timeouts-request", "x"),
    ("--log-level", "loud"), ("--log-format", "xml"), ("--value-format", "json"), ("--local-nodes", "0"),
    ("--when-unreachable", "teapot"),
  ])
  func `a wrong value is refused with the names of flag and value`(flag: String, value: String) throws {
    let result = try GatewayProcess.run("serve", flag, value)
    #expect(result.end == Self.usage)
    #expect(result.error.contains(flag))
    #expect(result.error.contains(value))
    #expect(result.output.isEmpty)
  }

  @Test func `a flag that is not known is refused by its name`() throws {
    for arguments in [["--colour", "red"], ["serve", "--colour"]] {
      let process = try ChildProcess(GatewayProcess.executable, arguments)
      #expect(try process.waitForEnd() == Self.usage)
      #expect(process.errorOutput.contains("--colour"))
    }
  }

  @Test func `several mistakes are told together`() throws {
    let result = try GatewayProcess.run(
      "--replicas", "0", "--read", "both", environment: ["CACHE_GATEWAY_LOG_LEVEL": "loud"])
    #expect(result.end == Self.usage)
    let lines = result.error.split(separator: "\n").map { $0.prefix { $0 != ":" } }
    #expect(lines == ["CACHE_GATEWAY_LOG_LEVEL", "--replicas", "--read"])
  }

  @Test func `what contradicts itself is refused`() throws {
    let result = try GatewayProcess.run("--replicas", "2", "--write-quorum", "3")
    #expect(result.end == Self.usage)
    #expect(result.error.contains("write-quorum"))
  }

  @Test func `help and the names of the commands can be asked for`() throws {
    let help = try GatewayProcess.run("--help")
    #expect(help.end == .exited(0))
    #expect(help.output.contains("serve"))
    #expect(help.output.contains("check"))
    let serve = try GatewayProcess.run("serve", "--help")
    for flag in ["--config", "--listen", "--node", "--replicas", "--local-nodes", "--state-directory"] {
      #expect(serve.output.contains(flag))
    }
  }

  @Test func `a port in use is told, and ends the program with 1`() throws {
    let gateway = try GatewayProcess(nodes: 1)
    for flag in ["--listen", "--admin-listen"] {
      let other = flag == "--listen" ? "--admin-listen" : "--listen"
      let result = try GatewayProcess.run(
        flag, "127.0.0.1:\(gateway.port)", other, "127.0.0.1:0", "--node",
        "127.0.0.1:\(gateway.nodes[0].port)")
      #expect(result.end == .exited(1))
      #expect(result.error.contains("127.0.0.1:\(gateway.port)"))
      #expect(result.error.contains("in use"))
      #expect(result.output.isEmpty)
    }
    #expect(try gateway.connect().get("/livez").status == 200)
  }

  @Test func `a missing memcached is told when the embedded default needs it`() throws {
    let result = try GatewayProcess.run(
      "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", environment: ["PATH": "/nonexistent"])
    #expect(result.end == .exited(1))
    #expect(result.error.contains("memcached was not found"))
    #expect(result.error.contains("--node"))
  }

  @Test func `a valid file is called valid`() throws {
    let file = try ConfigurationText("replicas: 3\nnodes: [{name: a, address: \"10.0.0.1:11211\"}]\n")
    let result = try GatewayProcess.run("check", file.path)
    #expect(result.end == .exited(0))
    #expect(result.output == "\(file.path) is valid\n")
  }

  @Test func `each mistake in a file is told with its line`() throws {
    let file = try ConfigurationText(
      """
      listen: 127.0.0.1:0
      replicas: many
      colour: red
      timeouts:
        connect: 100ms
        operation: 0
      """)
    let check = try GatewayProcess.run("check", file.path)
    #expect(check.end == .exited(1))
    let lines = check.output.split(separator: "\n")
    #expect(lines.count == 3)
    for (line, number) in zip(lines, [2, 3, 6]) { #expect(line.hasPrefix("\(file.path):\(number): ")) }
    let serve = try GatewayProcess.run("serve", "--config", file.path)
    #expect(serve.end == Self.usage)
    #expect(serve.error.split(separator: "\n") == lines)
  }

  @Test func `a file that cannot be read is told`() throws {
    for arguments in [
      ["check", "/nonexistent.yaml"], ["--config", "/nonexistent.yaml"], ["check", "/tmp"],
    ] {
      let process = try ChildProcess(GatewayProcess.executable, arguments)
      #expect(try process.waitForEnd() == Self.usage)
      #expect(process.errorOutput.contains("cannot read \(arguments[1])"))
    }
  }

  @Test func `file, environment and flags are heard, in this order`() throws {
    let node = try MemcachedNode(name: "from-file")
    let file = try ConfigurationText(
      """
      nodes: [{name: from-file, address: "127.0.0.1:\(node.port)"}]
      default-ttl: 100s
      max-value-size: 10
      read: sequential
      """)
    let gateway = try GatewayProcess(
      in: [], ["--config", file.path, "--default-ttl", "300s"],
      environment: ["CACHE_GATEWAY_DEFAULT_TTL": "200s", "CACHE_GATEWAY_MAX_VALUE_SIZE": "20"])
    let client = try gateway.connect()
    #expect(try client.put("/keys/a", .pattern(20)).status == 204)
    #expect(try client.put("/keys/a", .pattern(21)).status == 413)
    #expect(try (270...300).contains(#require(client.get("/keys/a").maxAge)))
    #expect(try client.get("/keys/a").cacheStatus("node") == "from-file")
    #expect(try node.item("a") != nil)
  }

  @Test func `nodes can be named in the environment`() throws {
    let nodes = try ["x", "y"].map { try MemcachedNode(name: $0) }
    let list = nodes.map { "\($0.name)=127.0.0.1:\($0.port)" }.joined(separator: ",")
    let gateway = try GatewayProcess(in: [], [], environment: ["CACHE_GATEWAY_NODES": list])
    #expect(try gateway.connect().put("/keys/a", "v")["Cache-Gateway-Replicas"] == "2/2")
    for node in nodes { #expect(try node.item("a") != nil) }
  }

  @Test func `a host name is resolved`() throws {
    let node = try MemcachedNode(name: "named")
    let gateway = try GatewayProcess(in: [], ["--node", "named=localhost:\(node.port)"])
    let client = try gateway.connect()
    try eventually("the node is reached by its name") { try client.put("/keys/a", "v").status == 204 }
    #expect(try node.item("a") != nil)
  }

  @Test func `logs are text or one JSON object a line`() throws {
    let gateway = try GatewayProcess(nodes: 1, "--log-format", "json")
    gateway.nodes[0].kill()
    try eventually("the loss is logged") { gateway.log.contains("node is down") }
    for line in gateway.log.split(separator: "\n") {
      #expect(line.hasPrefix("{\"time\":\""))
      #expect(line.hasSuffix("}"))
    }
    #expect(gateway.log.contains("\"level\":\"warning\""))
    #expect(gateway.log.contains("\"node\":\"node-1\""))
  }
}
