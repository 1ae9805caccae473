import Logging

@testable import GatewayCore

/// One gateway: a process that can be stopped, killed and started again with the journals it left.
final class SimulatedGateway {
  private let time: SimulatedTime
  private let network: SimulatedNetwork
  private let configurations: [NodeConfiguration]
  private let settings: ChainSettings
  private var clockError: Duration
  /// Whether it restores emptied nodes.
  private let restores: Bool
  private var journals: [String: SimulatedJournal] = [:]
  private(set) var loop: SimulatedLoop
  private(set) var coordinator: Coordinator
  private(set) var mover: Coordinator?
  private(set) var isAlive = true
  /// Ended runs: what they had under way is never resumed, but refers to them.
  private var earlier: [(SimulatedLoop, Coordinator, Coordinator?)] = []
  private var killWatchers: [() -> Void] = []

  init(
    _ time: SimulatedTime, _ network: SimulatedNetwork, _ configurations: [NodeConfiguration],
    _ settings: ChainSettings, clockError: Duration, restores: Bool = false
  ) {
    self.restores = restores
    self.time = time
    self.network = network
    self.configurations = configurations
    self.settings = settings
    self.clockError = clockError
    for configuration in configurations {
      journals[configuration.name] = SimulatedJournal(node: configuration.name)
    }
    (loop, coordinator) = Self.start(time, network, configurations, settings, clockError, journals)
    startMover()
  }

  /// On the gateway's only loop, with connections of its own.
  private func startMover() {
    guard restores else { return }
    var settings = settings
    settings.operationTimeout = .seconds(10)
    var logger = Logger(label: "simulation")
    logger.logLevel = .critical
    let mover = Coordinator(
      pool: coordinator.pool, settings: settings, clock: coordinator.clock, loop: loop, logger: logger)
    self.mover = mover
    loop.post {
      mover.assumeIsolated {
        $0.start(probing: { _ in false })
        $0.startRestoring(rate: .auto, spoolDirectory: nil)
      }
    }
  }

  private static func start(
    _ time: SimulatedTime, _ network: SimulatedNetwork, _ configurations: [NodeConfiguration],
    _ settings: ChainSettings, _ clockError: Duration, _ journals: [String: SimulatedJournal]
  ) -> (SimulatedLoop, Coordinator) {
    var logger = Logger(label: "simulation")
    logger.logLevel = .critical
    let loop = SimulatedLoop(time, network, clockError: clockError)
    let pool: NodePool
    do {
      pool = try NodePool(
        configurations, replicas: settings.replicas, failoverLifetime: settings.failoverLifetime,
        now: time.now, logger: logger, knownCopies: KnownCopies(partCount: 2, placesPerPart: 1)
      ) { (name) throws(SystemError) in journals[name]?.open() }
    } catch {
      preconditionFailure("journals in memory always open: \(error)")
    }
    let clock = VersionClock(writer: UInt32(truncatingIfNeeded: time.random()))
    let coordinator = Coordinator(pool: pool, settings: settings, clock: clock, loop: loop, logger: logger)
    loop.post { coordinator.assumeIsolated { $0.start(probing: { _ in true }) } }
    return (loop, coordinator)
  }

  // MARK: Faults

  /// kill -9: what was under way never ends, what had been sent may still arrive.
  func kill() {
    guard isAlive else { return }
    isAlive = false
    loop.kill()
    for watcher in killWatchers { watcher() }
    killWatchers = []
    for journal in journals.values.sorted(by: { $0.node < $1.node }) where time.chance(0.5) { journal.tear() }
  }

  /// Calls `watcher` when the process ends: the connections to it break.
  func onKill(_ watcher: @escaping () -> Void) { killWatchers.append(watcher) }

  /// With the same clock as before, or with one that is off by `clockError`.
  func restart(clockError: Duration? = nil) {
    guard !isAlive else { return }
    isAlive = true
    self.clockError = clockError ?? self.clockError
    earlier.append((loop, coordinator, mover))
    (loop, coordinator) = Self.start(time, network, configurations, settings, self.clockError, journals)
    startMover()
  }

  /// SIGSTOP.
  func stop() { loop.stop() }

  /// SIGCONT.
  func resume() { loop.resume() }

  /// Ends its work, so that nothing of it is left.
  func end() {
    guard isAlive else { return }
    loop.resume()
    mover?.assumeIsolated { $0.stop() }
    coordinator.assumeIsolated { $0.stop() }
  }

  /// What nodes it takes for up.
  var seesAllUp: Bool { isAlive && coordinator.pool.nodes.allSatisfy(\.isUp) }
}
