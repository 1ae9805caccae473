import ArgumentParser
import GatewayCore
import Glibc

/// Every configuration option as a flag. Each can also be given as an environment variable
/// `CACHE_GATEWAY_<OPTION>` or in the file; the command line wins over the environment over the file.
struct ConfigurationFlags: ParsableArguments {
  @Option(help: ArgumentHelp("Read the configuration from a YAML file.", valueName: "file"))
  var config: String?

  @Option(help: ArgumentHelp("Serve keys at this address; port 0 takes a free one.", valueName: "host:port"))
  var listen: String?

  @Option(help: ArgumentHelp("Serve the admin API at this address.", valueName: "host:port"))
  var adminListen: String?

  @Option(help: ArgumentHelp("A memcached node; repeat for each.", valueName: "[name=]host:port[*weight]"))
  var node: [String] = []

  @Option(help: ArgumentHelp("Links of a key's chain that hold it.", valueName: "n"))
  var replicas: String?

  @Option(help: ArgumentHelp("Worker threads; auto: one for each core.", valueName: "n"))
  var workers: String?

  @Option(help: ArgumentHelp("memcached processes to start when no node is named.", valueName: "n"))
  var localNodes: String?

  @Option(help: ArgumentHelp("Acknowledgements that a write needs.", valueName: "n"))
  var writeQuorum: String?

  @Option(help: ArgumentHelp("Ask the placement's links: parallel or sequential.", valueName: "mode"))
  var read: String?

  @Option(help: ArgumentHelp("Wait for the other links after the first value.", valueName: "duration"))
  var readGrace: String?

  @Option(help: ArgumentHelp("Store values as record (with metadata) or raw.", valueName: "format"))
  var valueFormat: String?

  @Option(help: ArgumentHelp("Answer error (503) or miss (404) when no link answers.", valueName: "answer"))
  var whenUnreachable: String?

  @Option(help: ArgumentHelp("Lifetime of values that name none; none: no limit.", valueName: "lifetime"))
  var defaultTtl: String?

  @Option(help: ArgumentHelp("Lifetime of copies past the first n links.", valueName: "lifetime"))
  var failoverTtl: String?

  @Option(help: ArgumentHelp("Lifetime of a delete's tombstone.", valueName: "lifetime"))
  var tombstoneTtl: String?

  @Option(
    help: ArgumentHelp("Within this time all gateways hear of a pool change.", valueName: "duration"))
  var poolChangeGrace: String?

  @Option(help: ArgumentHelp("The longest value taken.", valueName: "size"))
  var maxValueSize: String?

  @Option(help: ArgumentHelp("Bytes a second to restore emptied nodes with, or auto.", valueName: "rate"))
  var restoreRate: String?

  @Option(help: ArgumentHelp("For connecting to a node.", valueName: "duration"))
  var timeoutsConnect: String?

  @Option(help: ArgumentHelp("For one command to one node.", valueName: "duration"))
  var timeoutsOperation: String?

  @Option(help: ArgumentHelp("For everything that a request waits for.", valueName: "duration"))
  var timeoutsRequest: String?

  @Option(help: ArgumentHelp("Where state that outlives the process is kept.", valueName: "directory"))
  var stateDirectory: String?

  @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "level"))
  var logLevel: String?

  @Option(help: ArgumentHelp("text or json, on standard error.", valueName: "format"))
  var logFormat: String?

  /// The configuration from all sources. Prints every mistake and throws exit code 64 when there are any.
  func load() throws -> Configuration {
    do {
      return try TextFile.exiting { () throws(FileError) in try sources() }.load()
    } catch let mistakes as ConfigurationMistakes {
      StandardError.print("\(mistakes)")
      throw ExitCode(EX_USAGE)
    }
  }

  /// Reads the file, as it is now.
  func sources() throws(FileError) -> ConfigurationSources {
    var sources = ConfigurationSources()
    sources.environment = Environment.values(
      of: ConfigurationOption.all.map(\.variable) + ["CACHE_GATEWAY_NODES"])
    sources.flags = flags
    sources.nodes = node
    if let config { sources.file = (config, try TextFile.read(config)) }
    return sources
  }

  private var flags: [(option: String, value: String)] {
    let values: [(String, String?)] = [
      ("listen", listen), ("admin-listen", adminListen), ("workers", workers), ("replicas", replicas),
      ("local-nodes", localNodes), ("write-quorum", writeQuorum), ("read", read), ("read-grace", readGrace),
      ("value-format", valueFormat), ("when-unreachable", whenUnreachable), ("default-ttl", defaultTtl),
      ("failover-ttl", failoverTtl), ("tombstone-ttl", tombstoneTtl), ("pool-change-grace", poolChangeGrace),
      ("max-value-size", maxValueSize),
      ("restore-rate", restoreRate),
      ("timeouts.connect", timeoutsConnect), ("timeouts.operation", timeoutsOperation),
      ("timeouts.request", timeoutsRequest), ("state-directory", stateDirectory), ("log-level", logLevel),
      ("log-format", logFormat),
    ]
    return values.compactMap { name, value in value.map { (name, $0) } }
  }
}
