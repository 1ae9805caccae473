import Testing

@testable import GatewayCore

/// Histories in which the pool is changed while it serves, at each gateway at another time: no request fails, nothing
/// is lost, and what was replaced or deleted is not read again.
@Suite struct PoolSimulationTests {
  private func play(_ change: @escaping (World) -> PoolChange, _ edit: (inout Scenario) -> Void = { _ in }) {
    var scenario = Scenario(operations: 120, spares: 2, keepsValues: true, failures: .none) { world in
      world.changePool(change(world), apart: .milliseconds(900))
    }
    scenario.cost = 8
    scenario.calm = .milliseconds(1500)
    scenario.settings.poolChangeGrace = .seconds(1)
    scenario.restores = true
    scenario.inspection = { $0.misplaced(keys: 3) }
    edit(&scenario)
    GatewayCoreTests.play(scenario)
  }

  @Test func `a node is added`() {
    play { world in
      var change = PoolChange()
      change.added = [world.spares[0]]
      return change
    }
  }

  @Test func `two nodes are added, with a single copy of each key`() {
    play { world in
      var change = PoolChange()
      change.added = world.spares
      return change
    } _: {
      $0.settings.replicas = 1
    }
  }

  @Test func `a node is removed`() {
    play { world in
      var change = PoolChange()
      change.removed = [world.anyMember]
      return change
    }
  }

  @Test func `two nodes are drained, with a single copy of each key`() {
    play { world in
      var change = PoolChange()
      change.drained = ["node-1", "node-2"]
      return change
    } _: {
      $0.settings.replicas = 1
    }
  }

  @Test func `nodes are replaced by others`() {
    play { world in
      var change = PoolChange()
      change.added = world.spares
      change.removed = ["node-1", "node-2"]
      return change
    }
  }

  @Test func `a node gets another weight`() {
    play { world in
      var change = PoolChange()
      change.weights = [world.anyMember: world.time.chance(0.5) ? 5 : 0.2]
      return change
    }
  }

  @Test func `another number of copies is wanted`() {
    play { world in
      var change = PoolChange()
      change.replicas = world.settings.replicas == 1 ? 2 : 1
      return change
    } _: {
      $0.settings.replicas = 1
    }
  }

  @Test func `a node is added while another one dies`() {
    play { world in
      let node = world.time.random(below: 3)
      let start = world.time.jitter(.milliseconds(300), .milliseconds(1500))
      world.time.after(start) { world.nodes[node].kill() }
      var change = PoolChange()
      change.added = [world.spares[0]]
      return change
    }
  }
}

extension World {
  /// Waits until every gateway takes all keys to be at their places, then names those that are not.
  func misplaced(keys: Int) -> [String] {
    heal()
    let limit = time.now + .seconds(120)
    while time.now < limit, !gateways.allSatisfy(\.isSettled) { run(for: .milliseconds(500)) }
    guard gateways.allSatisfy(\.isSettled) else { return ["keys did not come to their places"] }
    // What a gateway's latest write left elsewhere, before it was done with the change.
    run(for: settings.failoverLifetime + .seconds(1))
    return (0..<keys).compactMap { misplaced($0) }
  }

  private func misplaced(_ key: Int) -> String? {
    let layout = gateways[0].coordinator.pool.layout
    let holders = Set(nodes.indices.filter { nodes[$0].item("key-\(key)") != nil })
    if holders.isEmpty { return nil }
    let names = layout.current.natural(Self.key(key).hash).compactMap { score in
      layout.nodes.first { $0.index == score.node }?.name
    }
    let natural = Set(names.compactMap { Int($0.dropFirst("node-".count)) }.map { $0 - 1 })
    return holders == natural ? nil : "key-\(key) is on \(holders.sorted()), not on \(natural.sorted())"
  }

  var anyMember: String { "node-\(1 + time.random(below: 3))" }

  /// Each gateway hears of the change at another moment, up to `apart` from the others'.
  func changePool(_ change: PoolChange, apart: Duration) {
    let start = time.jitter(.milliseconds(50), .milliseconds(500))
    for gateway in gateways {
      time.after(start + time.jitter(.zero, apart)) {
        let coordinator = gateway.coordinator
        gateway.loop.post { try? coordinator.pool.change(change, now: coordinator.loop.now) }
      }
    }
  }
}

extension SimulatedGateway {
  fileprivate var isSettled: Bool { isAlive && coordinator.pool.layout.stage == .settled && seesAllUp }
}
