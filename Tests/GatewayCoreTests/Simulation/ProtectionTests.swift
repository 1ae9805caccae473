import Testing

@testable import GatewayCore

/// The history checker catches what each protection is for: the core without it breaks a promise, the core with
/// it plays the same seeds without a violation.
@Suite struct ProtectionTests {
  /// A node hangs while values of new keys are on their way to it, which are replaced during the outage. Long
  /// after its return it answers alone.
  private let alone = Scenario(
    operations: 0, keys: 40,
    faults: { world in
      for key in 0..<40 {
        world.act { world in
          let session = Session(client: 10 + key, gateway: key % world.gateways.count)
          await world.put(session, key: key)
          await world.loop.sleep(.milliseconds(600))
          await world.put(session, key: key)
        }
      }
      world.time.after(world.time.jitter(.zero, .milliseconds(4))) { world.nodes[0].stop() }
      world.time.after(.milliseconds(1500)) { world.nodes[0].resume() }
    },
    epilogue: { world in
      world.run(for: NodePool.probation + .seconds(8))
      world.leaveAlone(0, keys: 40)
    })
  private let undisturbed = Scenario { $0.conditionalRate = 0 }

  private func expectNeeded(_ protection: Protections, _ scenario: Scenario) {
    #expect(scenario.firstViolation(without: protection, seeds: 1...1000) != nil)
    for seed in 1...20 as ClosedRange<UInt64> { #expect(scenario.complaints(seed).isEmpty) }
  }

  @Test func `without compare-and-swap, racing writes leave an older value`() {
    expectNeeded(.compareAndSwap, undisturbed)
  }

  @Test func `without tombstones, a deleted value comes back`() {
    expectNeeded(.tombstones, undisturbed)
  }

  @Test func `without the journal, a node serves what it missed`() {
    expectNeeded(.journal, alone)
  }

  @Test func `without former places, a change of the pool loses values`() {
    // So many keys that both copies of some belong on the new nodes.
    let change = Scenario(operations: 120, keys: 12, spares: 2, keepsValues: true) { world in
      var change = PoolChange()
      change.added = world.spares
      world.changePool(change, apart: .milliseconds(900))
    }
    expectNeeded(.formerPlaces, change)
  }

  @Test func `without the barrier at the return, a write from before the outage lands after it`() {
    expectNeeded(.returnBarrier, alone)
  }
}
