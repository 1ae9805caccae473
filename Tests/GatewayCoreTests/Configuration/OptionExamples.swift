@testable import GatewayCore

/// For each option a value that differs from its default, a value that is wrong, and how to see it.
struct OptionExample: Sendable, CustomStringConvertible {
  let name: String
  let text: String
  let wrong: String
  /// What the configuration holds then, in words.
  let expected: String
  let read: @Sendable (Configuration) -> String

  init(
    _ name: String, _ text: String, wrong: String, _ expected: String? = nil,
    _ read: @escaping @Sendable (Configuration) -> String
  ) {
    self.name = name
    self.text = text
    self.wrong = wrong
    self.expected = expected ?? text
    self.read = read
  }

  var description: String { name }

  static let all = [
    OptionExample("listen", "0.0.0.0:80", wrong: "here") { "\($0.listen)" },
    OptionExample("admin-listen", "[::1]:0", wrong: "1:2:3") { "\($0.adminListen)" },
    OptionExample("workers", "3", wrong: "0", "Optional(3)") { "\($0.workers as Int?)" },
    OptionExample("replicas", "3", wrong: "17") { "\($0.chain.replicas)" },
    OptionExample("write-quorum", "2", wrong: "0") { "\($0.chain.writeQuorum)" },
    OptionExample("read", "sequential", wrong: "random") { $0.chain.readMode.rawValue },
    OptionExample("read-grace", "7ms", wrong: "soon", "0.007 seconds") { "\($0.chain.readGrace)" },
    OptionExample("value-format", "raw", wrong: "json") { $0.chain.valueFormat.rawValue },
    OptionExample("when-unreachable", "miss", wrong: "404") { $0.whenUnreachable.rawValue },
    OptionExample("local-nodes", "5", wrong: "65") { "\($0.localNodes)" },
    OptionExample("default-ttl", "2h", wrong: "0", "7200") { "\($0.defaultLifetime.seconds ?? 0)" },
    OptionExample("failover-ttl", "1h", wrong: "none", "3600.0 seconds") { "\($0.chain.failoverLifetime)" },
    OptionExample("tombstone-ttl", "90", wrong: "90ms", "90.0 seconds") { "\($0.chain.tombstoneLifetime)" },
    OptionExample("pool-change-grace", "5s", wrong: "2h", "5.0 seconds") { "\($0.chain.poolChangeGrace)" },
    OptionExample("max-value-size", "1MiB", wrong: "1MB", "1048576") { "\($0.maxValueSize)" },
    OptionExample("restore-rate", "50MiB", wrong: "1B", "bytes(52428800)") { "\($0.restoreRate)" },
    OptionExample("timeouts.connect", "30ms", wrong: "0", "0.03 seconds") { "\($0.chain.connectTimeout)" },
    OptionExample("timeouts.operation", "2s", wrong: "2h", "2.0 seconds") { "\($0.chain.operationTimeout)" },
    OptionExample("timeouts.request", "5s", wrong: "-5s", "5.0 seconds") { "\($0.chain.requestTimeout)" },
    OptionExample("state-directory", "/var/lib/x", wrong: "") { $0.stateDirectory ?? "" },
    OptionExample("log-level", "debug", wrong: "loud") { $0.logLevel.rawValue },
    OptionExample("log-format", "json", wrong: "xml") { $0.logFormat.rawValue },
  ]

  /// As it stands in the file; a point separates levels.
  func yaml(_ text: String) -> String {
    let parts = name.split(separator: ".")
    return parts.count == 2 ? "\(parts[0]): {\(parts[1]): \"\(text)\"}" : "\(name): \"\(text)\""
  }

  var flag: String { name.map { $0 == "." ? "-" : String($0) }.joined() }

  var variable: String {
    "CACHE_GATEWAY_" + name.uppercased().map { $0 == "-" || $0 == "." ? "_" : String($0) }.joined()
  }
}

/// Loads a configuration, and lists the mistakes in it.
struct Load {
  var sources = ConfigurationSources()

  init(_ yaml: String? = nil) {
    if let yaml { sources.file = ("gateway.yaml", yaml) }
  }

  func configuration() throws -> Configuration { try sources.load() }

  /// As printed, one each.
  func mistakes() -> [String] {
    do {
      _ = try sources.load()
      return []
    } catch {
      return error.mistakes.map(\.description)
    }
  }

  /// Where they are.
  func places() -> [String] {
    mistakes().map { String($0.prefix { $0 != " " }.dropLast()) }
  }
}
