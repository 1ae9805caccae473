import Testing

@testable import GatewayCore

/// File, environment and command line, and which of them wins.
struct ConfigurationSourcesTests {
  @Test func `there is an example of every option`() {
    #expect(OptionExample.all.map(\.name).sorted() == ConfigurationOption.all.map(\.name).sorted())
  }

  @Test func `without any source everything has its default`() throws {
    let configuration = try Load().configuration()
    #expect(configuration.listen.description == "127.0.0.1:8080")
    #expect(configuration.adminListen.description == "127.0.0.1:8081")
    #expect(configuration.workers == nil)
    #expect(configuration.nodes.isEmpty)
    #expect(configuration.localNodes == 3)
    #expect(configuration.chain.replicas == 2)
    #expect(configuration.chain.writeQuorum == 1)
    #expect(configuration.chain.readMode == .parallel)
    #expect(configuration.chain.readGrace == .milliseconds(5))
    #expect(configuration.chain.valueFormat == .record)
    #expect(configuration.whenUnreachable == .error)
    #expect(configuration.defaultLifetime == .forever)
    #expect(configuration.chain.failoverLifetime == .seconds(600))
    #expect(configuration.chain.tombstoneLifetime == .seconds(600))
    #expect(configuration.maxValueSize == 64 << 20)
    #expect(configuration.chain.connectTimeout == .milliseconds(100))
    #expect(configuration.chain.operationTimeout == .milliseconds(250))
    #expect(configuration.chain.requestTimeout == .seconds(1))
    #expect(configuration.stateDirectory == nil)
  }

  @Test(arguments: OptionExample.all) func `every option can be set in the file`(_ option: OptionExample)
    throws
  {
    #expect(option.read(try Load().configuration()) != option.expected)
    let load = Load("# a comment\n\(option.yaml(option.text))\n")
    #expect(option.read(try load.configuration()) == option.expected)
  }

  @Test(arguments: OptionExample.all)
  func `every option can be set in the environment, over the file`(_ option: OptionExample) throws {
    var load = Load(option.yaml(option.read(try Load().configuration()).isEmpty ? "x" : option.text))
    load.sources.environment = [option.variable: option.text]
    #expect(option.read(try load.configuration()) == option.expected)
  }

  @Test(arguments: OptionExample.all)
  func `every option can be set on the command line`(_ option: OptionExample) throws {
    var load = Load()
    load.sources.flags = [(option.name, option.text)]
    #expect(option.read(try load.configuration()) == option.expected)
  }

  @Test func `the command line wins over the environment, and that over the file`() throws {
    var load = Load("replicas: 5\nlog-level: error\nread: sequential\n")
    load.sources.environment = ["CACHE_GATEWAY_REPLICAS": "6", "CACHE_GATEWAY_LOG_LEVEL": "debug"]
    load.sources.flags = [("replicas", "7")]
    let configuration = try load.configuration()
    #expect(configuration.chain.replicas == 7)
    #expect(configuration.logLevel == .debug)
    #expect(configuration.chain.readMode == .sequential)
  }

  @Test func `nodes on the command line replace those of the environment, and these those of the file`()
    throws
  {
    var load = Load("nodes: [{name: f, address: \"1.1.1.1:1\"}]")
    #expect(try load.configuration().nodes.map(\.name) == ["f"])
    load.sources.environment = ["CACHE_GATEWAY_NODES": "e1=1.1.1.1:1,e2=1.1.1.1:2*3"]
    #expect(try load.configuration().nodes.map(\.name) == ["e1", "e2"])
    #expect(try load.configuration().nodes.map(\.weight) == [1, 3])
    load.sources.nodes = ["c=1.1.1.1:9"]
    #expect(try load.configuration().nodes.map(\.name) == ["c"])
  }

  @Test(arguments: OptionExample.all.filter { $0.name != "state-directory" })
  func `a mistake names its place: the line, the variable or the flag`(_ option: OptionExample) {
    #expect(Load("\n\n\(option.yaml(option.wrong))\n").places() == ["gateway.yaml:3"])
    var load = Load()
    load.sources.environment = [option.variable: option.wrong]
    #expect(load.places() == [option.variable])
    load.sources.environment = [:]
    load.sources.flags = [(option.name, option.wrong)]
    #expect(load.places() == ["--\(option.flag)"])
    if !option.wrong.isEmpty { #expect(load.mistakes()[0].contains(option.wrong)) }
  }

  @Test func `an empty state directory is a mistake`() {
    #expect(Load("state-directory: \"\"").places() == ["gateway.yaml:1"])
    #expect(Load("replicas: 2\nstate-directory:\n").places() == ["gateway.yaml:2"])
  }

  @Test func `a mistake in a lower source is told also when a higher one sets the option`() {
    var load = Load("replicas: many")
    load.sources.flags = [("replicas", "3")]
    #expect(load.places() == ["gateway.yaml:1"])
  }

  @Test func `mistakes of all sources are told together`() {
    var load = Load("replicas: many\nfoo: 1\n")
    load.sources.environment = ["CACHE_GATEWAY_READ": "x", "CACHE_GATEWAY_NODES": "a=h:1,b=h"]
    load.sources.flags = [("log-level", "loud")]
    load.sources.nodes = ["a=h:x", "c=h:1", "d"]
    #expect(
      load.places() == [
        "gateway.yaml:1", "gateway.yaml:2", "CACHE_GATEWAY_READ", "CACHE_GATEWAY_NODES", "--log-level",
        "--node", "--node",
      ])
  }

  @Test func `other variables of the environment are no business of ours`() throws {
    var load = Load()
    load.sources.environment = ["PATH": "/bin", "REPLICAS": "x"]
    #expect(load.mistakes() == [])
  }
}
