import Testing

@testable import GatewayCore

struct ConfigurationDifferenceTests {
  @Test func `a configuration does not differ from itself, nor by its pool`() {
    var other = Configuration()
    other.chain.replicas = 3
    other.nodes = [NodeConfiguration(name: "a", host: "a", port: 1)]
    #expect(ConfigurationDifference.options(Configuration(), other).isEmpty)
  }

  @Test(arguments: ConfigurationOption.all.map(\.name).filter { $0 != "replicas" })
  func `each option that differs is named`(name: String) throws {
    let option = try #require(ConfigurationOption.all.first { $0.name == name })
    let example = try #require(OptionExample.all.first { $0.name == name })
    var changed = Configuration()
    try option.apply(&changed, example.text)
    #expect(ConfigurationDifference.options(Configuration(), changed) == [name])
    #expect(ConfigurationDifference.options(changed, Configuration()) == [name])
    #expect(ConfigurationDifference.options(changed, changed).isEmpty)
  }

  @Test func `all that differ are named, in the order of the documentation`() {
    var changed = Configuration()
    (changed.workers, changed.logLevel, changed.chain.readMode) = (3, .debug, .sequential)
    #expect(ConfigurationDifference.options(Configuration(), changed) == ["workers", "read", "log-level"])
  }
}
