import Testing

@testable import GatewayCore

/// Histories in which clients renew lifetimes all the time, under faults: what was replaced or deleted stays so,
/// and nothing is lost.
@Suite struct TouchSimulationTests {
  @Test func `renewals beside writes and deletes, without faults`() {
    play(Scenario(failures: .none) { $0.touchRate = 0.4 })
  }

  @Test func `renewals while a node is killed and started empty`() {
    play(
      Scenario(failures: .none) { world in
        world.touchRate = 0.4
        world.oneAfterTheOther(.milliseconds(1500)) { node, over in
          world.nodes[node].kill()
          world.time.after(over) { world.nodes[node].start() }
        }
      })
  }

  @Test func `renewals while a node hangs`() {
    play(
      Scenario(failures: .none) { world in
        world.touchRate = 0.4
        world.oneAfterTheOther(.milliseconds(800)) { node, over in
          world.nodes[node].stop()
          world.time.after(over) { world.nodes[node].resume() }
        }
      })
  }

  @Test func `renewals while only one gateway is cut off from a node`() {
    play(
      Scenario(failures: .none) { world in
        world.touchRate = 0.4
        world.oneAfterTheOther(.milliseconds(1500)) { node, over in
          world.network.cut(world.anyGateway.loop, from: node)
          world.time.after(over) { world.healLinks(of: node) }
        }
      })
  }

  @Test func `renewals by a gateway that hangs for half a minute`() {
    play(
      Scenario { world in
        world.touchRate = 0.4
        let gateway = world.anyGateway
        world.time.after(world.time.jitter(.zero, .milliseconds(400))) { gateway.stop() }
        world.time.after(.seconds(30)) { gateway.resume() }
      })
  }

  @Test func `a renewal answers with the version that is there`() {
    let world = World(seed: 3, nodes: 3, gateways: 1)
    world.run(for: .milliseconds(50))
    world.act { world in
      let session = Session(client: 0)
      #expect(await world.touch(session, key: 0)?.failure == .absent)
      await world.put(session, key: 0)
      let stored = session.seen[0]
      let outcome = await world.touch(session, key: 0)
      #expect(outcome?.failure == nil)
      #expect(outcome?.version == stored)
      #expect(outcome?.standing == 2)
      await world.delete(session, key: 0)
      #expect(await world.touch(session, key: 0)?.failure == .absent)
    }
    world.run(for: .seconds(1))
    world.stop()
  }
}
