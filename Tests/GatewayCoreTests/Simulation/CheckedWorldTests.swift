import GatewayCore
import HistoryChecker
import Testing

/// The checker is shown to catch, through the whole gateway, a node that breaks a promise.
@Suite struct CheckedWorldTests {
  @Test func `a node that goes back to an older value is caught`() {
    let world = World(seed: 1, nodes: 1, gateways: 1)
    world.run(for: .milliseconds(50))
    world.act(on: 0) { world, coordinator in
      await world.put(0, key: 0, on: coordinator)
      let old = world.nodes[0].item("key-0")
      await world.loop.sleep(.milliseconds(1))
      await world.put(0, key: 0, on: coordinator)
      await world.loop.sleep(.milliseconds(1))
      if let old { world.nodes[0].store("key-0", old.value, flags: old.flags) }
      await world.loop.sleep(.milliseconds(1))
      await world.get(0, key: 0, on: coordinator)
    }
    world.run(for: .seconds(1))
    world.stop()
    #expect(HistoryChecker(world.history).violations().contains { $0.0 == .staleValue })
  }
}
