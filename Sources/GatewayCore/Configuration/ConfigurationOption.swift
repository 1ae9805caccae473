/// An option with one value: what it is called and how its text becomes part of the configuration. The same
/// list serves the file, the environment and the command line.
public struct ConfigurationOption: Sendable {
  /// As in the file; a point separates levels.
  public let name: String
  let apply: @Sendable (inout Configuration, String) throws(SyntaxError) -> Void

  /// The name of the command line's flag.
  public var flag: String { name.map { $0 == "." ? "-" : String($0) }.joined() }

  /// The name of the environment variable.
  public var variable: String {
    "CACHE_GATEWAY_" + flag.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
  }

  public static let all: [ConfigurationOption] = [
    ConfigurationOption(name: "listen") { (configuration, text) throws(SyntaxError) in
      configuration.listen = try ValueSyntax.endpoint(text, allowsPortZero: true)
    },
    ConfigurationOption(name: "admin-listen") { (configuration, text) throws(SyntaxError) in
      configuration.adminListen = try ValueSyntax.endpoint(text, allowsPortZero: true)
    },
    ConfigurationOption(name: "workers") { (configuration, text) throws(SyntaxError) in
      configuration.workers = text == "auto" ? nil : try ValueSyntax.integer(text, 1...1024)
    },
    ConfigurationOption(name: "replicas") { (configuration, text) throws(SyntaxError) in
      configuration.chain.replicas = try ValueSyntax.integer(text, 1...16)
    },
    ConfigurationOption(name: "write-quorum") { (configuration, text) throws(SyntaxError) in
      configuration.chain.writeQuorum = try ValueSyntax.integer(text, 1...16)
    },
    ConfigurationOption(name: "read") { (configuration, text) throws(SyntaxError) in
      configuration.chain.readMode = try ValueSyntax.choice(text, ChainSettings.ReadMode.self)
    },
    ConfigurationOption(name: "read-grace") { (configuration, text) throws(SyntaxError) in
      configuration.chain.readGrace = try ValueSyntax.duration(text)
    },
    ConfigurationOption(name: "value-format") { (configuration, text) throws(SyntaxError) in
      configuration.chain.valueFormat = try ValueSyntax.choice(text, ChainSettings.ValueFormat.self)
    },
    ConfigurationOption(name: "when-unreachable") { (configuration, text) throws(SyntaxError) in
      configuration.whenUnreachable = try ValueSyntax.choice(text, Configuration.WhenUnreachable.self)
    },
    ConfigurationOption(name: "local-nodes") { (configuration, text) throws(SyntaxError) in
      configuration.localNodes = try ValueSyntax.integer(text, 1...64)
    },
    ConfigurationOption(name: "default-ttl") { (configuration, text) throws(SyntaxError) in
      configuration.defaultLifetime = try ValueSyntax.lifetime(text, allowsNone: true)
    },
    ConfigurationOption(name: "failover-ttl") { (configuration, text) throws(SyntaxError) in
      configuration.chain.failoverLifetime = try wholeSeconds(text)
    },
    ConfigurationOption(name: "tombstone-ttl") { (configuration, text) throws(SyntaxError) in
      configuration.chain.tombstoneLifetime = try wholeSeconds(text)
    },
    ConfigurationOption(name: "pool-change-grace") { (configuration, text) throws(SyntaxError) in
      let grace = try ValueSyntax.duration(text)
      guard grace <= .seconds(3600) else { throw SyntaxError("\(text) is too long: at most 1h") }
      configuration.chain.poolChangeGrace = grace
    },
    ConfigurationOption(name: "max-value-size") { (configuration, text) throws(SyntaxError) in
      configuration.maxValueSize = try ValueSyntax.size(text)
    },
    ConfigurationOption(name: "restore-rate") { (configuration, text) throws(SyntaxError) in
      configuration.restoreRate = try restoreRate(text)
    },
    ConfigurationOption(name: "timeouts.connect") { (configuration, text) throws(SyntaxError) in
      configuration.chain.connectTimeout = try timeout(text)
    },
    ConfigurationOption(name: "timeouts.operation") { (configuration, text) throws(SyntaxError) in
      configuration.chain.operationTimeout = try timeout(text)
    },
    ConfigurationOption(name: "timeouts.request") { (configuration, text) throws(SyntaxError) in
      configuration.chain.requestTimeout = try timeout(text)
    },
    ConfigurationOption(name: "state-directory") { (configuration, text) throws(SyntaxError) in
      guard !text.isEmpty else { throw SyntaxError("a directory is needed") }
      configuration.stateDirectory = text
    },
    ConfigurationOption(name: "log-level") { (configuration, text) throws(SyntaxError) in
      configuration.logLevel = try ValueSyntax.choice(text, Configuration.LogLevel.self)
    },
    ConfigurationOption(name: "log-format") { (configuration, text) throws(SyntaxError) in
      configuration.logFormat = try ValueSyntax.choice(text, Configuration.LogFormat.self)
    },
  ]

  private static func wholeSeconds(_ text: String) throws(SyntaxError) -> Duration {
    guard let seconds = try ValueSyntax.lifetime(text, allowsNone: false).seconds else { return .zero }
    return .seconds(Int64(seconds))
  }

  /// At least one KiB a second, so that a restore comes to an end.
  private static func restoreRate(_ text: String) throws(SyntaxError) -> RestoreRate {
    if text == "auto" { return .auto }
    guard let rate = try? ValueSyntax.size(text), rate >= 1024 else {
      throw SyntaxError("'\(text)' is no rate: write auto, or bytes a second, at least 1KiB: 50MiB")
    }
    return .bytes(rate)
  }

  private static func timeout(_ text: String) throws(SyntaxError) -> Duration {
    let timeout = try ValueSyntax.duration(text)
    guard timeout > .zero, timeout <= .seconds(3600) else {
      throw SyntaxError("a timeout of \(text): it must be more than 0 and at most 1h")
    }
    return timeout
  }
}
