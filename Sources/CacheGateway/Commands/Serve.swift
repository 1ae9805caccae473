import ArgumentParser
import GatewayCore
import Glibc
import Logging

/// Runs the gateway until it is told to stop.
struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Serve keys over HTTP (the default).")

  @OptionGroup var flags: ConfigurationFlags

  func run() throws {
    let configuration = try flags.load()
    LogOutput.bootstrap(configuration)
    let logger = Logger(label: "cache-gateway")
    let signals = Signals.blocked()
    do {
      let state = try openStateDirectory(configuration, logger)
      let localNodes = try startLocalNodes(configuration, logger)
      defer { localNodes?.stop() }
      let gateway = try Gateway(
        configuration, localNodes: localNodes?.configurations ?? [], state: state, logger: logger)
      try gateway.start()
      announce(gateway)
      serve(gateway, signals, localNodes, logger)
      logger.notice("stopping: requests under way are finished")
      gateway.drainAndStop()
      logger.notice("stopped")
    } catch {
      throw StandardError.exit("\(error)", code: EXIT_FAILURE)
    }
  }

  private func openStateDirectory(
    _ configuration: Configuration, _ logger: Logger
  ) throws -> StateDirectory {
    let state = try StateDirectory(
      configured: configuration.stateDirectory,
      environment: Environment.values(of: ["XDG_STATE_HOME", "HOME"]))
    logger.notice("state is kept in a directory", metadata: ["path": "\(state.path)"])
    return state
  }

  private func startLocalNodes(_ configuration: Configuration, _ logger: Logger) throws -> LocalNodes? {
    guard configuration.nodes.isEmpty else { return nil }
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
    let nodes = try LocalNodes(count: configuration.localNodes, searchPath: path, logger: logger)
    logger.notice(
      "no nodes are configured: local memcached processes were started",
      metadata: ["ports": "\(nodes.configurations.map { String($0.port) }.joined(separator: " "))"])
    return nodes
  }

  /// The one line that programs which start a gateway wait for.
  private func announce(_ gateway: Gateway) {
    StandardOutput.print("listening on http://\(gateway.address) admin http://\(gateway.adminAddress)")
  }

  /// Until it is told to stop.
  private func serve(
    _ gateway: Gateway, _ signals: Signals, _ localNodes: LocalNodes?, _ logger: Logger
  ) {
    while true {
      switch signals.wait(seconds: 1) {
      case .stop: return
      case .reload: reload(gateway, logger)
      case .other: localNodes?.restartEnded()
      }
    }
  }

  /// A configuration with mistakes changes nothing.
  private func reload(_ gateway: Gateway, _ logger: Logger) {
    do {
      gateway.apply(try flags.sources().load())
    } catch {
      for mistake in "\(error)".split(separator: "\n") {
        logger.error("the configuration is not reloaded", metadata: ["mistake": "\(mistake)"])
      }
    }
  }
}
