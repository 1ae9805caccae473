import GatewayCore
import Glibc
import HistoryChecker
import Testing

/// The core under seeded fault schedules. Each test plays thousands of histories; a failing one prints its
/// seed, and `SIMULATION_SEED=… swift test --filter SimulationTests` plays that one alone.
@Suite struct SimulationTests {
  /// More with `SIMULATION_HISTORIES`.
  private static let histories = environment("SIMULATION_HISTORIES") ?? 3000

  private static func environment(_ name: String) -> Int? {
    getenv(name).flatMap { Int(String(cString: $0)) }
  }

  private static var seeds: [UInt64] {
    if let seed = environment("SIMULATION_SEED") { return [UInt64(seed)] }
    return (1...UInt64(histories)).map { $0 }
  }

  /// Plays every seed; `play` returns what was wrong.
  private func forEachSeed(_ play: (UInt64) -> [String]) {
    for seed in Self.seeds {
      let complaints = play(seed)
      if !complaints.isEmpty {
        Issue.record("SIMULATION_SEED=\(seed): \(complaints.prefix(5).joined(separator: "; "))")
        return
      }
    }
  }

  /// Two gateways that write one key at the same moment may each overwrite the other's value on a different
  /// node, so that a reader sees the newer one, then the older one, until both writes have arrived. Versions
  /// as one client sees them are held against one gateway only.
  private func complaints(_ world: World) -> [String] {
    HistoryChecker(world.history).violations()
      .filter { $0.0 != .fallingVersion || world.gateways.count == 1 }
      .map { violation, operation in "\(violation): \(operation)" }
  }

  private func failures(_ world: World) -> [String] {
    world.history.filter { $0.outcome == .unknown }.map { "failed: \($0)" }
  }

  @Test func `without faults every operation succeeds and nothing is stale, through two gateways`() {
    forEachSeed { seed in
      let world = World(seed: seed, nodes: 3 + Int(seed % 3), gateways: 2)
      world.run(for: .milliseconds(50))
      for client in 0..<4 { world.startClient(client, at: client % 2, keys: 3, operations: 12) }
      let done = world.runClients(limit: .seconds(60))
      world.stop()
      return (done ? [] : ["clients hang"]) + failures(world) + complaints(world)
    }
  }

  @Test func `one node at a time is killed and started empty: no request fails, nothing is stale`() {
    forEachSeed { seed in
      let world = World(seed: seed, nodes: 3 + Int(seed % 3), gateways: 1)
      world.run(for: .milliseconds(50))
      for client in 0..<4 { world.startClient(client, at: 0, keys: 3, operations: 60) }
      var start = Duration.milliseconds(Int64(world.loop.random(below: 100)))
      for _ in 0..<3 {
        let node = world.nodes[world.loop.random(below: world.nodes.count)]
        world.loop.after(start) { node.kill() }
        start += world.loop.jitter(.milliseconds(1), .milliseconds(150))
        world.loop.after(start) { node.start() }
        // A probe finds it back within 200 ms the first time, and somewhat later when it falls often.
        start += world.loop.jitter(.milliseconds(600), .milliseconds(700))
      }
      let done = world.runClients(limit: .seconds(60))
      world.stop()
      return (done ? [] : ["clients hang"]) + failures(world) + complaints(world)
    }
  }

  @Test func `a node hangs once and goes on: requests end in time, nothing is stale or back from the dead`() {
    forEachSeed { seed in
      let world = World(seed: seed, nodes: 3 + Int(seed % 3), gateways: 1)
      world.run(for: .milliseconds(50))
      for client in 0..<4 { world.startClient(client, at: 0, keys: 3, operations: 25) }
      let node = world.nodes[world.loop.random(below: world.nodes.count)]
      let start = world.loop.jitter(.zero, .milliseconds(200))
      world.loop.after(start) { node.stop() }
      world.loop.after(start + world.loop.jitter(.milliseconds(10), .seconds(3))) { node.resume() }
      let done = world.runClients(limit: .seconds(60))
      world.stop()
      let limit = Duration.milliseconds(1300)
      let slow = world.history.filter { $0.end - $0.start > limit }.map { "slow: \($0)" }
      return (done ? [] : ["clients hang"]) + slow + failures(world) + complaints(world)
    }
  }

  @Test func `nodes hang or die one after the other: what they missed is never read from them`() {
    forEachSeed { seed in
      let world = World(seed: seed, nodes: 3 + Int(seed % 3), gateways: 1)
      world.run(for: .milliseconds(50))
      for client in 0..<4 { world.startClient(client, at: 0, keys: 3, operations: 150) }
      var start = Duration.milliseconds(Int64(world.loop.random(below: 100)))
      for _ in 0..<3 {
        let node = world.nodes[world.loop.random(below: world.nodes.count)]
        let hangs = world.loop.chance(0.7)
        world.loop.after(start) { hangs ? node.stop() : node.kill() }
        start += world.loop.jitter(.milliseconds(50), .milliseconds(700))
        world.loop.after(start) { hangs ? node.resume() : node.start() }
        start += world.loop.jitter(.milliseconds(10), .milliseconds(900))
      }
      let done = world.runClients(limit: .seconds(60))
      world.stop()
      return (done ? [] : ["clients hang"]) + complaints(world)
    }
  }

  @Test func `with nodes killed, hung, lossy and lying at random, no client hangs and no value is damaged`() {
    forEachSeed { seed in
      let world = World(seed: seed, nodes: 2 + Int(seed % 4), gateways: 2)
      world.network.lossRate = [0, 0.01, 0.1][Int(seed % 3)]
      world.network.lieRate = [0, 0.02][Int(seed / 3 % 2)]
      world.run(for: .milliseconds(50))
      for client in 0..<4 { world.startClient(client, at: client % 2, keys: 3, operations: 15) }
      for node in world.nodes {
        var time = world.loop.jitter(.zero, .milliseconds(300))
        for _ in 0..<3 {
          let kills = world.loop.chance(0.5)
          world.loop.after(time) { kills ? node.kill() : node.stop() }
          time += world.loop.jitter(.milliseconds(1), .milliseconds(900))
          world.loop.after(time) { kills ? node.start() : node.resume() }
          time += world.loop.jitter(.milliseconds(1), .milliseconds(300))
        }
      }
      let done = world.runClients(limit: .seconds(120))
      world.stop()
      // Stale values after several faults need the missed-write journal; damage never has an excuse.
      let damage = HistoryChecker(world.history).violations().filter {
        $0.0 == .foreignValue || $0.0 == .futureValue
          || $0.0 == .versionAgainstTime && world.gateways.count == 1
      }
      return (done ? [] : ["clients hang"]) + damage.map { "\($0.0): \($0.1)" }
    }
  }

  @Test func `when all nodes die requests end with an error in time, and succeed again when they are back`() {
    forEachSeed { seed in
      let world = World(seed: seed, nodes: 3, gateways: 1)
      world.run(for: .milliseconds(50))
      for node in world.nodes { node.kill() }
      world.startClient(0, at: 0, keys: 2, operations: 5)
      guard world.runClients(limit: .seconds(20)) else { return ["clients hang"] }
      let answered = world.history.filter { $0.outcome != .unknown }.map { "answered: \($0)" }
      for node in world.nodes { node.start() }
      world.run(for: .seconds(10))
      let before = world.history.count
      world.startClient(0, at: 0, keys: 2, operations: 5)
      guard world.runClients(limit: .seconds(20)) else { return ["clients hang"] }
      world.stop()
      let failed = world.history[before...].filter { $0.outcome == .unknown }.map { "failed: \($0)" }
      return answered + failed + complaints(world)
    }
  }

  @Test func `the same seed plays the same history`() {
    func play() -> [String] {
      let world = World(seed: 7, nodes: 4, gateways: 2)
      world.network.lossRate = 0.05
      for client in 0..<4 { world.startClient(client, at: client % 2, keys: 3, operations: 20) }
      world.loop.after(.milliseconds(60)) { world.nodes[1].kill() }
      _ = world.runClients(limit: .seconds(60))
      world.stop()
      return world.history.map { "\($0)" }
    }
    let first = play()
    #expect(!first.isEmpty)
    #expect(first == play())
  }
}
