/// Everything that the gateway can be told, with its defaults (DESIGN.md section 4).
public struct Configuration: Sendable {
  public enum WhenUnreachable: String, Sendable, CaseIterable {
    /// 503 when no link of a key answers.
    case error
    /// 404 instead, for clients that give up on an error.
    case miss
  }

  public enum LogFormat: String, Sendable, CaseIterable {
    case text
    case json
  }

  public enum LogLevel: String, Sendable, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
  }

  public var listen = Endpoint(host: "127.0.0.1", port: 8080)
  public var adminListen = Endpoint(host: "127.0.0.1", port: 8081)
  /// nil: one for each core.
  public var workers: Int?
  public var nodes: [NodeConfiguration] = []
  /// memcached processes of the gateway's own, started when there are no `nodes`.
  public var localNodes = 3
  public var chain = ChainSettings()
  public var whenUnreachable = WhenUnreachable.error
  public var defaultLifetime = Lifetime.forever
  /// Bytes.
  public var maxValueSize = 64 << 20
  public var restoreRate = RestoreRate.auto
  public var stateDirectory: String?
  public var logLevel = LogLevel.info
  public var logFormat = LogFormat.text

  public init() {}

  /// What no option is wrong about alone.
  func contradictions() -> [String] {
    var found: [String] = []
    if chain.writeQuorum > chain.replicas {
      found.append("write-quorum is \(chain.writeQuorum) but there are only \(chain.replicas) replicas")
    }
    let names = nodes.map(\.name)
    for name in Set(names).sorted() where names.count(where: { $0 == name }) > 1 {
      found.append("there are several nodes named '\(name)'")
    }
    let addresses = nodes.map { Endpoint(host: $0.host, port: $0.port).description }
    for address in Set(addresses).sorted() where addresses.count(where: { $0 == address }) > 1 {
      found.append("there are several nodes at \(address)")
    }
    return found
  }
}
