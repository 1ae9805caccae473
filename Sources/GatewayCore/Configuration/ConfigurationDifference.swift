/// Options of two configurations that are not the same.
public enum ConfigurationDifference {
  private typealias Reading = @Sendable (Configuration) -> String

  /// Every option but `nodes` and `replicas`, each with what it comes to.
  private static let readings: [(option: String, reading: Reading)] = [
    ("listen", { "\($0.listen)" }),
    ("admin-listen", { "\($0.adminListen)" }),
    ("workers", { "\($0.workers ?? 0)" }),
    ("write-quorum", { "\($0.chain.writeQuorum)" }),
    ("read", { $0.chain.readMode.rawValue }),
    ("read-grace", { "\($0.chain.readGrace)" }),
    ("value-format", { $0.chain.valueFormat.rawValue }),
    ("when-unreachable", { $0.whenUnreachable.rawValue }),
    ("local-nodes", { "\($0.localNodes)" }),
    ("default-ttl", { "\($0.defaultLifetime)" }),
    ("failover-ttl", { "\($0.chain.failoverLifetime)" }),
    ("tombstone-ttl", { "\($0.chain.tombstoneLifetime)" }),
    ("pool-change-grace", { "\($0.chain.poolChangeGrace)" }),
    ("restore-rate", { "\($0.restoreRate)" }),
    ("max-value-size", { "\($0.maxValueSize)" }),
    ("timeouts.connect", { "\($0.chain.connectTimeout)" }),
    ("timeouts.operation", { "\($0.chain.operationTimeout)" }),
    ("timeouts.request", { "\($0.chain.requestTimeout)" }),
    ("state-directory", { $0.stateDirectory ?? "" }),
    ("log-level", { $0.logLevel.rawValue }),
    ("log-format", { $0.logFormat.rawValue }),
  ]

  /// The names of the options that differ, but for those of the pool.
  public static func options(_ one: Configuration, _ other: Configuration) -> [String] {
    readings.filter { $0.reading(one) != $0.reading(other) }.map(\.option)
  }
}
