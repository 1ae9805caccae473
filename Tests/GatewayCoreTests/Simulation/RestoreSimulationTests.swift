import HistoryChecker
import Testing

@testable import GatewayCore

/// Restores of emptied nodes (rule C11) under faults: nothing stale, no deleted key alive, and in the end every key
/// stands where it is to stand, without anybody having read it.
@Suite struct RestoreSimulationTests {
  private static func scenario(
    keys: Int = 12, operations: Int = 60, largeRate: Double = 0, inspected: Bool = true,
    _ faults: @escaping (World) -> Void
  ) -> Scenario {
    var scenario = Scenario(
      gateways: 2...2, operations: operations, keys: keys, largeRate: largeRate, calm: .milliseconds(1500),
      faults: faults)
    scenario.cost = 8
    scenario.restores = true
    if inspected { scenario.inspection = { $0.whatIsMissing(keys: keys) } }
    return scenario
  }

  @Test func `a node that restarts empty gets its keys back, while clients write and delete`() {
    play(
      Self.scenario { world in
        let node = world.anyNode
        world.time.after(.milliseconds(400)) { world.nodes[node].kill() }
        world.time.after(.milliseconds(900)) { world.nodes[node].start() }
      })
  }

  @Test func `a node that somebody flushes gets its keys back`() {
    play(
      Self.scenario { world in
        world.time.after(.milliseconds(500)) { world.nodes[world.anyNode].flush() }
      })
  }

  @Test func `large values are brought back with their chunks`() {
    play(
      Self.scenario(keys: 4, operations: 30, largeRate: 0.7) { world in
        let node = world.anyNode
        world.time.after(.milliseconds(300)) { world.nodes[node].kill() }
        world.time.after(.milliseconds(800)) { world.nodes[node].start() }
      })
  }

  @Test func `a gateway dies in the middle of a restore, another one takes over`() {
    play(
      Self.scenario { world in
        let node = world.anyNode
        world.time.after(.milliseconds(300)) { world.nodes[node].kill() }
        world.time.after(.milliseconds(700)) { world.nodes[node].start() }
        let gateway = world.anyGateway
        world.time.after(world.time.jitter(.milliseconds(700), .seconds(3))) { gateway.kill() }
      })
  }

  @Test func `a clone hangs in the middle of a restore`() {
    play(
      Self.scenario { world in
        let node = world.anyNode
        world.time.after(.milliseconds(300)) { world.nodes[node].kill() }
        world.time.after(.milliseconds(700)) { world.nodes[node].start() }
        let other = (node + 1) % world.nodes.count
        world.time.after(world.time.jitter(.milliseconds(700), .seconds(2))) { world.nodes[other].stop() }
        world.time.after(.seconds(4)) { world.nodes[other].resume() }
      })
  }

  @Test func `a clone dies in the middle of a restore, or the node itself does again`() {
    play(
      Self.scenario(inspected: false) { world in
        let node = world.anyNode
        world.time.after(.milliseconds(300)) { world.nodes[node].kill() }
        world.time.after(.milliseconds(700)) { world.nodes[node].start() }
        let other = world.anyNode
        let moment = world.time.jitter(.milliseconds(800), .seconds(3))
        world.time.after(moment) { world.nodes[other].kill() }
        world.time.after(moment + .milliseconds(400)) { world.nodes[other].start() }
      })
  }

  @Test func `a gateway hangs for half a minute in the middle of a restore`() {
    play(
      Self.scenario(inspected: false) { world in
        let node = world.anyNode
        world.time.after(.milliseconds(300)) { world.nodes[node].kill() }
        world.time.after(.milliseconds(700)) { world.nodes[node].start() }
        let gateway = world.anyGateway
        world.time.after(world.time.jitter(.milliseconds(700), .seconds(3))) { gateway.stop() }
        world.time.after(.seconds(30)) { gateway.resume() }
      })
  }
}

extension World {
  /// Waits until every node has its mark, then names the keys that some node of their natural placement lacks while
  /// another one holds a value. A node that hung was rid of what it missed (rule C8), which reads bring back.
  func whatIsMissing(keys: Int) -> [String] {
    heal()
    let limit = time.now + .seconds(120)
    while time.now < limit, !nodes.allSatisfy(\.isMarked) { run(for: .milliseconds(500)) }
    guard nodes.allSatisfy(\.isMarked) else { return ["a node was not restored"] }
    run(for: .seconds(12))
    while time.now < limit, !nodes.allSatisfy(\.isMarked) { run(for: .milliseconds(500)) }
    return (0..<keys).flatMap { missing($0) }
  }

  private func missing(_ key: Int) -> [String] {
    let order = gateways[0].coordinator.pool.layout.current.order
    let chain = order.chain(forKeyHash: Self.key(key).hash)
    let natural = chain.prefix(settings.replicas)
    let holders = chain.filter { nodes[$0].item("key-\(key)") != nil }
    guard natural.contains(where: holders.contains) else { return [] }
    return natural.filter { !holders.contains($0) && !nodes[$0].hasHung }
      .map { "node-\($0 + 1) lacks key-\(key), whose chain is \(chain) and which \(holders) hold" }
  }
}

extension SimulatedMemcached {
  fileprivate var isMarked: Bool { item(String(decoding: ReservedName.restored.bytes, as: UTF8.self)) != nil }
}
