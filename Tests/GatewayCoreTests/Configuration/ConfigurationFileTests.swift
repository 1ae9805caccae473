import Testing

@testable import GatewayCore

struct ConfigurationFileTests {
  @Test func `reads the documented example`() throws {
    let configuration = try Load(
      """
      listen: 0.0.0.0:8080
      admin-listen: 127.0.0.1:8081
      workers: auto            # one per core
      replicas: 2
      write-quorum: 1
      read: parallel           # or sequential
      read-grace: 5ms
      when-unreachable: error  # or miss
      nodes:
        - {name: cache-a, address: 10.0.0.11:11211}
        - {name: cache-b, address: 10.0.0.12:11211, weight: 2}
      default-ttl: none
      failover-ttl: 10m
      tombstone-ttl: 10m
      max-value-size: 64MiB
      timeouts: {connect: 100ms, operation: 250ms, request: 1s}
      state-directory: /var/lib/cache-gateway
      """
    ).configuration()
    #expect(configuration.listen.description == "0.0.0.0:8080")
    #expect(configuration.nodes.map(\.name) == ["cache-a", "cache-b"])
    #expect(configuration.nodes.map(\.port) == [11211, 11211])
    #expect(configuration.nodes.map(\.weight) == [1, 2])
    #expect(configuration.stateDirectory == "/var/lib/cache-gateway")
  }

  @Test func `nodes may be written in any of YAML's ways`() throws {
    let nodes = try Load(
      """
      nodes:
        - a=10.0.0.1:1*2
        - 10.0.0.2:2
        - name: c
          address: "[::1]:3"
          weight: 0.5
        - address: 10.0.0.4:4
      """
    ).configuration().nodes
    #expect(nodes.map(\.name) == ["a", "10.0.0.2:2", "c", "10.0.0.4:4"])
    #expect(nodes.map(\.host) == ["10.0.0.1", "10.0.0.2", "::1", "10.0.0.4"])
    #expect(nodes.map(\.weight) == [2, 1, 0.5, 1])
  }

  @Test(arguments: ["", "# nothing\n", "---\n", "{}"]) func `an empty file is a valid one`(yaml: String)
    throws
  {
    #expect(Load(yaml).mistakes() == [])
  }

  @Test func `every mistake is told with its line`() {
    let load = Load(
      """
      listen: nowhere
      replicas: 99
      # a comment
      colour: red
      read: [parallel]
      timeouts:
        connect: 1s
        lunch: 1h
        request: 0
      nodes:
        - a=10.0.0.1:1
        - {name: b}
        - {name: c d, address: 10.0.0.1:3}
        - {name: d, address: 10.0.0.1}
        - {name: e, address: 10.0.0.1:5, weight: heavy}
        - {name: f, address: 10.0.0.1:6, colour: red}
      log-level: loud
      """)
    #expect(load.places() == [1, 2, 4, 5, 8, 9, 12, 13, 14, 15, 16, 17].map { "gateway.yaml:\($0)" })
  }

  @Test(arguments: [
    ("colour: red", "unknown option 'colour'"), ("timeouts: {lunch: 1h}", "unknown option 'timeouts.lunch'"),
    ("nodes: [{address: \"h:1\", color: x}]", "unknown option 'color'"),
    ("Listen: h:1", "unknown option 'Listen'"),
    ("replicas:\n  - 2", "replicas must have a single value"), ("nodes: h:1", "nodes must be a list"),
    ("nodes: {a: \"h:1\"}", "nodes must be a list"), ("timeouts: 5s", "timeouts must be a mapping"),
    ("nodes: [[h]]", "a node must be"), ("nodes: [{name: a}]", "needs an address"),
    ("- a\n- b", "must be a mapping"),
    ("just text", "must be a mapping"), ("1: 2", "unknown option '1'"),
  ])
  func `a mistake says what is wrong`(yaml: String, message: String) {
    let mistakes = Load(yaml).mistakes()
    #expect(mistakes.count == 1)
    #expect(mistakes.first?.contains(message) == true, "\(mistakes)")
  }

  @Test(arguments: [
    "listen: [1, 2", "listen: \"open", "a: b: c", "\tlisten: x", "replicas: 2\n bad", "&a *b",
    "%YAML 9.9\n---\n{",
  ])
  func `a file that is no YAML is one mistake with a line`(yaml: String) {
    let places = Load(yaml).places()
    #expect(places.count == 1)
    #expect(places.first?.hasPrefix("gateway.yaml:") == true, "\(places)")
  }

  @Test func `an option given twice is told at the second place`() {
    let mistakes = Load("listen: 1.1.1.1:1\nreplicas: 2\nlisten: 1.1.1.1:2\n").mistakes()
    #expect(mistakes.count == 1)
    #expect(mistakes.first?.hasPrefix("gateway.yaml:3: ") == true, "\(mistakes)")
    #expect(mistakes.first?.contains("listen") == true, "\(mistakes)")
  }

  @Test func `a mistake in a node of several lines is told with its own line`() {
    let load = Load(
      """
      nodes:
        - name: a
          address: nowhere
          weight: 1
      """)
    #expect(load.places() == ["gateway.yaml:3"])
  }

  @Test func `a value of a node that is no single value is told, not left out`() {
    #expect(Load("nodes: [{name: a, address: \"h:1\", weight: [2]}]").places() == ["gateway.yaml:1"])
    #expect(Load("nodes: [{name: [a], address: \"h:1\"}]").places() == ["gateway.yaml:1"])
  }

  @Test func `what contradicts itself is told`() {
    #expect(
      Load("write-quorum: 3").mistakes() == [
        "gateway.yaml: write-quorum is 3 but there are only 2 replicas"
      ])
    #expect(Load("write-quorum: 3\nreplicas: 3").mistakes() == [])
    #expect(
      Load("nodes: [\"a=h:1\", \"a=h:2\", \"b=h:3\", \"c=h:3\"]").mistakes() == [
        "gateway.yaml: there are several nodes named 'a'", "gateway.yaml: there are several nodes at h:3",
      ])
  }

  @Test func `contradictions between sources are told too`() {
    var load = Load("replicas: 2")
    load.sources.flags = [("write-quorum", "3")]
    #expect(load.mistakes().count == 1)
  }
}
