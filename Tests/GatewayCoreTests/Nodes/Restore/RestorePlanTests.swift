import Logging
import Testing

@testable import GatewayCore

/// Node 0 was emptied; keys stand on two nodes.
@Suite struct RestorePlanTests {
  private func move(
    _ chain: [Int], from source: Int, _ pass: RestorePlan.Pass = .first, down: Set<Int> = [],
    lastAccess: Int64 = 100
  ) -> KeyMove {
    RestorePlan(target: 0, source: source, pass: pass)
      .move(chain: chain, replicas: 2, lastAccess: lastAccess) { !down.contains($0) }
  }

  @Test func `the other link of the natural placement copies the key`() {
    #expect(move([0, 1, 2, 3], from: 1) == KeyMove(targets: [0]))
    #expect(move([1, 0, 2, 3], from: 1) == KeyMove(targets: [0]))
  }

  @Test func `links further down do not while it is up`() {
    #expect(move([0, 1, 2, 3], from: 2) == .none)
    #expect(move([0, 1, 2, 3], from: 2, down: [1]) == KeyMove(targets: [0]))
    #expect(move([0, 1, 2, 3], from: 3, down: [1]) == .none)
  }

  @Test func `keys whose natural placement is elsewhere are left alone`() {
    #expect(move([1, 2, 0, 3], from: 1) == .none)
    #expect(move([1, 2, 0, 3], from: 3) == .none)
  }

  @Test func `the second pass copies only what was stored since the first began`() {
    #expect(move([0, 1, 2], from: 1, .second(since: 101)) == .none)
    #expect(move([0, 1, 2], from: 1, .second(since: 100)) == KeyMove(targets: [0]))
  }

  @Test func `the second pass clears away copies past the natural placement`() {
    let cleared = KeyMove(targets: [0, 1], leaves: true)
    #expect(move([0, 1, 2], from: 2, .second(since: 101)) == cleared)
    #expect(move([1, 2, 0], from: 0, .second(since: 101)) == KeyMove(targets: [1, 2], leaves: true))
    #expect(move([0, 1, 2], from: 2, .first) == .none)
  }

  /// Of random keys, nodes up and replicas.
  @Test func `with and without the whole chain it comes to the same`() {
    let configurations = (0..<5).map { NodeConfiguration(name: "node-\($0)", host: "h", port: 1) }
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    var generator = SeededGenerator(seed: 1)
    for replicas in 1...5 {
      let layout = NodePool(
        configurations, replicas: replicas, failoverLifetime: .seconds(1), now: .seconds(0), logger: logger
      ).layout
      for _ in 0..<1000 {
        let hash = generator.next()
        let down = Set((0..<5).filter { _ in generator.next() % 3 == 0 })
        let plan = RestorePlan(
          target: 0, source: Int(generator.next() % 5),
          pass: generator.next() % 2 == 0 ? .first : .second(since: 50))
        let quick = plan.move(layout, keyHash: hash, lastAccess: 60) { !down.contains($0) }
        let chain = layout.chain(hash).nodes
        #expect(
          quick == plan.move(chain: chain, replicas: replicas, lastAccess: 60) { !down.contains($0) })
      }
    }
  }

  @Test func `nothing is cleared away while a node that is to hold it is down`() {
    #expect(move([0, 1, 2], from: 2, .second(since: 101), down: [1]) == .none)
  }
}
