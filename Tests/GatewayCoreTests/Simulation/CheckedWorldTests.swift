import GatewayCore
import HistoryChecker
import Testing

/// The checker is shown to catch, through the whole gateway, a node that breaks a promise.
@Suite struct CheckedWorldTests {
  @Test func `a node that goes back to an older value is caught`() {
    let world = World(seed: 1, nodes: 1, gateways: 1)
    world.run(for: .milliseconds(50))
    world.act { world in
      let session = Session(client: 0)
      await world.put(session, key: 0)
      await world.loop.sleep(.milliseconds(1))
      let old = world.nodes[0].item("key-0")
      await world.put(session, key: 0)
      if let old { world.nodes[0].store("key-0", old.value, flags: old.flags) }
      await world.loop.sleep(.milliseconds(1))
      await world.get(session, key: 0)
    }
    world.run(for: .seconds(1))
    world.stop()
    #expect(HistoryChecker(world.history).violations().contains { $0.0 == .staleValue })
  }
}
