import Glibc
import HistoryChecker
import Testing

@testable import GatewayCore

/// One kind of fault, played with many seeds.
struct Scenario {
  enum Failures {
    /// Every request is answered: a link of every key's placement lives all the time.
    case none
    case allowed
  }

  var gateways = 2...3
  /// A history takes as long as so many of other scenarios: as many fewer are played.
  var cost = 1
  /// For each client.
  var operations = 40
  /// Keys are few, so that clients meet at them.
  var keys = 3
  /// Of all writes, those in chunks.
  var largeRate = 0.0
  var clockErrors = false
  var spares = 0
  /// Nothing is evicted, and no node loses what another has not: what was written is found.
  var keepsValues = false
  /// Before the clients begin.
  var calm = Duration.milliseconds(50)
  var failures = Failures.allowed
  var settings = Scenario.settings
  /// Whether gateways restore emptied nodes.
  var restores = false
  /// What is wrong in the end with what the nodes hold.
  var inspection: (World) -> [String] = { _ in [] }
  /// Prepares the faults.
  let faults: (World) -> Void
  /// What happens once the clients have done their work.
  var epilogue: (World) -> Void = { _ in }

  /// Outages are short here, and so is what outlives them.
  static var settings: ChainSettings {
    var settings = ChainSettings()
    settings.failoverLifetime = .seconds(2)
    return settings
  }

  /// Plays one history; returns what was wrong with it.
  func complaints(_ seed: UInt64) -> [String] {
    let gateways = gateways.lowerBound + Int(seed / 5) % gateways.count
    let errors: [Duration] = clockErrors ? [.zero, .seconds(seed % 2 == 0 ? 3600 : -3600)] : []
    let world = World(
      seed: seed, nodes: 3 + Int(seed % 5), spares: spares, gateways: gateways, clockErrors: errors,
      settings: settings, restores: restores)
    world.largeRate = largeRate
    world.run(for: calm)
    for client in 0..<6 {
      world.startClient(client, at: client % gateways, keys: keys, operations: operations)
    }
    faults(world)
    let isDone = world.runClients(limit: .seconds(120))
    epilogue(world)
    let inspected = inspection(world)
    let snapshot = world.healedSnapshot(keys: keys, settling: seed % 8 == 0)
    world.stop()
    let hang = isDone ? [] : ["clients hang"]
    return hang + inspected + failed(world) + lost(world) + Self.violations(world, snapshot)
  }

  private func failed(_ world: World) -> [String] {
    guard case .none = failures else { return [] }
    return world.history.filter { $0.outcome == .unknown }.map { "failed: \($0)" }
  }

  private func lost(_ world: World) -> [String] {
    keepsValues ? LostValues.find(in: world.history).map { "lost: \($0)" } : []
  }

  static func violations(_ world: World, _ snapshot: [Copy]) -> [String] {
    let inHistory = HistoryChecker(world.history).findings().map {
      "\($0.violation): \($0.operation) contradicts \($0.contradicts.map { "\($0)" } ?? "nothing")"
    }
    let inTheEnd = SnapshotChecker(snapshot, after: world.history).findings().map {
      "\($0.violation): \($0.copy) contradicts \($0.contradicts.map { "\($0)" } ?? "nothing")"
    }
    return inHistory + inTheEnd
  }
}

extension Scenario {
  /// Plays it without one of the protections, until a seed shows what that one is for; nil when none does.
  func firstViolation(without protection: Protections, seeds: ClosedRange<UInt64>) -> String? {
    var scenario = self
    scenario.settings.protections.remove(protection)
    for seed in seeds {
      if let violation = scenario.complaints(seed).first(where: { !$0.hasPrefix("failed") }) {
        return "seed \(seed): \(violation)"
      }
    }
    return nil
  }
}

/// Histories of each scenario, more with `SIMULATION_HISTORIES`: the 27 scenarios with two and three gateways alone
/// make 20,520.
private let histories = environment("SIMULATION_HISTORIES") ?? 760

private func environment(_ name: String) -> Int? {
  getenv(name).flatMap { Int(String(cString: $0)) }
}

/// Plays a scenario with every seed, up to the first that goes wrong.
func play(_ scenario: Scenario) {
  if let seed = environment("SIMULATION_SEED") { return play(scenario, UInt64(seed)) }
  for seed in 1...UInt64(max(1, histories / scenario.cost)) where !isFine(scenario, seed) { return }
}

private func play(_ scenario: Scenario, _ seed: UInt64) { _ = isFine(scenario, seed) }

private func isFine(_ scenario: Scenario, _ seed: UInt64) -> Bool {
  let complaints = scenario.complaints(seed)
  if complaints.isEmpty { return true }
  Issue.record("SIMULATION_SEED=\(seed): \(complaints.prefix(4).joined(separator: "\n"))")
  return false
}

// MARK: Faults

extension World {
  var anyNode: Int { time.random(below: nodes.count) }

  var anyGateway: SimulatedGateway { gateways[time.random(below: gateways.count)] }

  /// Three outages of some node each, with pauses of at least `pause` between them.
  func oneAfterTheOther(_ pause: Duration, _ fault: @escaping (_ node: Int, _ over: Duration) -> Void) {
    var start = time.jitter(.zero, .milliseconds(100))
    for _ in 0..<3 {
      let node = anyNode
      let length = time.jitter(.milliseconds(5), .milliseconds(700))
      time.after(start) { fault(node, length) }
      start += length + pause + time.jitter(.zero, .milliseconds(500))
    }
  }

  /// All nodes but one die, which then answers alone for every key.
  func leaveAlone(_ node: Int, keys: Int) {
    for other in nodes.indices where other != node { nodes[other].kill() }
    run(for: .seconds(1))
    readEverything(keys)
  }

  func healLinks(of node: Int) {
    for gateway in gateways { network.heal(gateway.loop, from: node) }
  }
}
