import Glibc
import HistoryChecker
import Testing

@testable import GatewayCore

/// The core under seeded fault schedules, two and three gateways before three to seven nodes: the catalogue of
/// faults, row by row. Each plays many histories; a failing one prints its seed, and
/// `SIMULATION_SEED=… swift test --filter SimulationTests` plays that one alone.
@Suite struct SimulationTests {
  @Test func `without faults every request succeeds`() {
    play(Scenario(failures: .none) { _ in })
  }

  @Test func `a node is killed and started empty, then the next`() {
    play(
      Scenario(failures: .none) { world in
        world.oneAfterTheOther(.milliseconds(1500)) { node, over in
          world.nodes[node].kill()
          world.time.after(over) { world.nodes[node].start() }
        }
      })
  }

  @Test func `values in chunks while a node is killed and started empty, then the next`() {
    play(
      // A read ends when the last node with a chunk dies in its middle.
      Scenario(largeRate: 0.5) { world in
        world.oneAfterTheOther(.milliseconds(1500)) { node, over in
          world.nodes[node].kill()
          world.time.after(over) { world.nodes[node].start() }
        }
      })
  }

  @Test func `values in chunks while nodes hang`() {
    play(
      Scenario(largeRate: 0.5) { world in
        world.oneAfterTheOther(.milliseconds(800)) { node, over in
          world.nodes[node].stop()
          world.time.after(over) { world.nodes[node].resume() }
        }
      })
  }

  @Test func `values in chunks while nodes evict all the time`() {
    play(
      Scenario(largeRate: 0.5) { world in
        for moment in 1..<60 {
          world.time.after(.milliseconds(10 * moment)) { world.nodes[world.anyNode].evict(1) }
        }
      })
  }

  @Test func `a node hangs, then the next`() {
    play(
      Scenario(failures: .none) { world in
        world.oneAfterTheOther(.milliseconds(800)) { node, over in
          world.nodes[node].stop()
          world.time.after(over) { world.nodes[node].resume() }
        }
      })
  }

  @Test func `a node that hung answers alone long after`() {
    play(
      Scenario(
        keys: 12,
        faults: { world in
          let start = world.time.jitter(.milliseconds(20), .milliseconds(300))
          world.time.after(start) { world.nodes[0].stop() }
          world.time.after(start + world.time.jitter(.milliseconds(20), .seconds(1))) {
            world.nodes[0].resume()
          }
        },
        epilogue: { world in
          if world.time.chance(0.5) { world.run(for: NodePool.probation + .seconds(6)) }
          world.leaveAlone(0, keys: 12)
        }))
  }

  @Test func `nodes hang or die without a pause, before one gateway`() {
    play(
      Scenario(gateways: 1...1, operations: 80) { world in
        world.oneAfterTheOther(.milliseconds(10)) { node, over in
          let hangs = world.time.chance(0.7)
          hangs ? world.nodes[node].stop() : world.nodes[node].kill()
          world.time.after(over) { hangs ? world.nodes[node].resume() : world.nodes[node].start() }
        }
      })
  }

  @Test func `a node is cut off from all gateways`() {
    play(
      Scenario(failures: .none) { world in
        world.oneAfterTheOther(.milliseconds(1500)) { node, over in
          for gateway in world.gateways { world.network.cut(gateway.loop, from: node) }
          world.time.after(over) { world.healLinks(of: node) }
        }
      })
  }

  @Test func `a node is cut off and a gateway is killed and started again meanwhile`() {
    play(
      Scenario { world in
        world.oneAfterTheOther(NodeHealth.longestPause + .seconds(1)) { node, over in
          for gateway in world.gateways { world.network.cut(gateway.loop, from: node) }
          let gateway = world.anyGateway
          world.time.after(over / 3) { gateway.kill() }
          world.time.after(over / 2) {
            gateway.restart()
            world.network.cut(gateway.loop, from: node)
          }
          world.time.after(over) { world.healLinks(of: node) }
        }
      })
  }

  /// It waits for what its earlier run may have sent, and the others may be much earlier: what each of them writes then, the
  /// others read, however slow a node is. One request at a time: what overlaps may be seen in any order past the grace.
  @Test func `a gateway that was killed meanwhile finds a node back long after the others`() {
    play(
      Scenario(
        cost: 8, operations: 10, keys: 6,
        faults: { world in
          let node = world.anyNode
          let gateway = world.anyGateway
          for gateway in world.gateways { world.network.cut(gateway.loop, from: node) }
          world.time.after(.milliseconds(400)) { gateway.kill() }
          world.time.after(.milliseconds(500)) {
            gateway.restart()
            world.network.cut(gateway.loop, from: node)
          }
          world.time.after(world.time.jitter(.seconds(4), .seconds(8))) { world.healLinks(of: node) }
        },
        epilogue: { world in
          world.run(for: .seconds(11))
          // Often past the read grace.
          world.network.longestDelay = .milliseconds(10)
          var isDone = false
          world.act { world in
            let sessions = world.gateways.indices.map { Session(client: 10 + $0, gateway: $0) }
            for _ in 0..<600 {
              let key = world.time.random(below: 6)
              let writer = sessions[world.time.random(below: sessions.count)]
              if world.time.chance(0.7) {
                await world.put(writer, key: key)
              } else {
                await world.delete(writer, key: key)
              }
              await world.get(sessions[world.time.random(below: sessions.count)], key: key)
            }
            isDone = true
          }
          let limit = world.time.now + .seconds(120)
          while !isDone, world.time.now < limit { world.run(for: .milliseconds(100)) }
          #expect(isDone)
        }))
  }

  @Test func `packets are lost in one direction only`() {
    play(
      Scenario(failures: .none) { world in
        world.oneAfterTheOther(.milliseconds(1500)) { node, over in
          let direction: SimulatedNetwork.Direction = world.time.chance(0.5) ? .toNode : .toGateway
          for gateway in world.gateways { world.network.cut(gateway.loop, from: node, [direction]) }
          world.time.after(over) { world.healLinks(of: node) }
        }
      })
  }

  @Test func `only one gateway is cut off from a node`() {
    play(
      Scenario(failures: .none) { world in
        world.oneAfterTheOther(.milliseconds(1500)) { node, over in
          world.network.cut(world.anyGateway.loop, from: node)
          world.time.after(over) { world.healLinks(of: node) }
        }
      })
  }

  @Test func `a node comes and goes`() {
    play(
      Scenario(operations: 100) { world in
        let node = world.anyNode
        for turn in 0..<4 {
          world.time.after(.milliseconds(100 + 500 * turn)) { world.nodes[node].kill() }
          world.time.after(.milliseconds(350 + 500 * turn)) { world.nodes[node].start() }
        }
      })
  }

  @Test func `a link breaks for a moment`() {
    play(
      Scenario(failures: .none) { world in
        for _ in 0..<4 {
          let node = world.anyNode
          let gateway = world.anyGateway
          let start = world.time.jitter(.zero, .milliseconds(500))
          world.time.after(start) { world.network.cut(gateway.loop, from: node) }
          world.time.after(start + .milliseconds(30)) { world.network.heal(gateway.loop, from: node) }
        }
      })
  }

  @Test func `one node is emptied, and in the end all are`() {
    play(
      Scenario(
        failures: .none,
        faults: { world in
          world.time.after(.milliseconds(100)) { world.nodes[world.anyNode].flush() }
          world.time.after(.milliseconds(400)) { world.nodes[world.anyNode].flush() }
        },
        epilogue: { world in
          for node in world.nodes { node.flush() }
          world.readEverything(3)
        }))
  }

  @Test func `nodes evict all the time`() {
    play(
      Scenario(failures: .none) { world in
        for moment in 1..<60 {
          world.time.after(.milliseconds(10 * moment)) {
            world.nodes[world.anyNode].evict(1)
          }
        }
      })
  }

  @Test func `a node lies`() {
    play(Scenario { $0.network.lieRates[$0.anyNode] = 0.05 })
  }

  @Test func `a node's link loses packets`() {
    play(Scenario { $0.network.lossRates[$0.anyNode] = [0.002, 0.01, 0.05][$0.time.random(below: 3)] })
  }

  @Test func `a gateway is killed in the middle of its work`() {
    play(
      Scenario { world in
        for _ in 0..<3 {
          let gateway = world.anyGateway
          let start = world.time.jitter(.zero, .milliseconds(600))
          world.time.after(start) { gateway.kill() }
          world.time.after(start + world.time.jitter(.milliseconds(1), .milliseconds(300))) {
            gateway.restart()
          }
        }
      })
  }

  @Test func `a gateway hangs for half a minute`() {
    play(
      Scenario { world in
        let gateway = world.anyGateway
        world.time.after(world.time.jitter(.zero, .milliseconds(400))) { gateway.stop() }
        world.time.after(.seconds(30)) { gateway.resume() }
      })
  }

  @Test func `one gateway's clock is wrong by an hour`() {
    play(
      Scenario(clockErrors: true, failures: .none) { world in
        world.oneAfterTheOther(.milliseconds(1500)) { node, over in
          let hangs = world.time.chance(0.5)
          hangs ? world.nodes[node].stop() : world.nodes[node].kill()
          world.time.after(over) { hangs ? world.nodes[node].resume() : world.nodes[node].start() }
        }
      })
  }

  @Test func `a gateway whose clock all follow starts anew with one that is two hours behind`() {
    play(
      Scenario(clockErrors: true, calm: .milliseconds(1500)) { world in
        let gateway = world.gateways[1]
        for start in [0, 150, 300] {
          let killed = Duration.milliseconds(start) + world.time.jitter(.zero, .milliseconds(100))
          world.time.after(killed) { gateway.kill() }
          world.time.after(killed + world.time.jitter(.milliseconds(1), .milliseconds(40))) {
            gateway.restart(clockError: .seconds(-3600))
          }
        }
      })
  }

  @Test func `all nodes die and come back`() {
    play(
      Scenario { world in
        world.time.after(.milliseconds(200)) { for node in world.nodes { node.kill() } }
        world.time.after(.milliseconds(900)) { for node in world.nodes { node.start() } }
      })
  }

  @Test func `the same seed plays the same history`() {
    func history() -> [String] {
      let world = World(seed: 7, nodes: 4, gateways: 2)
      world.network.lossRates[0] = 0.05
      for client in 0..<4 { world.startClient(client, at: client % 2, keys: 3, operations: 20) }
      world.time.after(.milliseconds(60)) { world.nodes[1].kill() }
      _ = world.runClients(limit: .seconds(60))
      world.stop()
      return world.history.map { "\($0)" }
    }
    let first = history()
    #expect(!first.isEmpty)
    #expect(first == history())
  }
}
