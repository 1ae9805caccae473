import Testing

@testable import GatewayCore

/// The history checker catches what each protection is for: the core without it breaks a promise, the core with
/// it plays the same seeds without a violation.
@Suite struct ProtectionTests {
  private let hangs = Scenario(operations: 60) { world in
    world.conditionalRate = 0
    world.oneAfterTheOther(.milliseconds(800)) { node, over in
      world.nodes[node].stop()
      world.time.after(over) { world.nodes[node].resume() }
    }
  }
  /// Keys so many that most are new when the node hangs: then writes to them wait in its sockets that no
  /// compare-and-swap holds up.
  private let alone = Scenario(
    operations: 40, keys: 40,
    faults: { world in
      world.conditionalRate = 0
      world.time.after(world.time.jitter(.milliseconds(20), .milliseconds(150))) { world.nodes[0].stop() }
      world.time.after(.milliseconds(700)) { world.nodes[0].resume() }
    },
    epilogue: { world in
      world.run(for: NodePool.probation + .seconds(6))
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

  @Test func `without the barrier at the return, a write from before the outage lands after it`() {
    expectNeeded(.returnBarrier, alone)
  }
}
