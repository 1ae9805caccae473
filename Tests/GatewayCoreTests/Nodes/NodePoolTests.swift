import Logging
import Testing

@testable import GatewayCore

struct NodePoolTests {
  private let start = Instant.seconds(1000)
  private let pool: NodePool

  init() {
    pool = Self.pool(at: .seconds(1000))
  }

  /// Three nodes, and failover copies that live for 600 seconds.
  private static func pool(at now: Instant) -> NodePool {
    let nodes = ["a", "b", "c"].enumerated().map {
      NodeConfiguration(name: $0.element, host: "127.0.0.1", port: UInt16(11211 + $0.offset))
    }
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    return NodePool(nodes, failoverLifetime: .seconds(600), now: now, logger: logger)
  }

  private func fall(_ node: Int, _ seconds: Int64) {
    pool.markDown(pool.nodes[node], reason: "test", now: start + .seconds(seconds))
  }

  private func rise(_ node: Int, _ seconds: Int64) {
    pool.markUp(pool.nodes[node], now: start + .seconds(seconds))
  }

  private func isOpen(_ seconds: Int64) -> Bool { pool.reachIsOpen(now: start + .seconds(seconds)) }

  @Test func `the reach is open from the start until failover copies of an earlier run have gone`() {
    #expect(isOpen(0))
    #expect(isOpen(599))
    #expect(!isOpen(600))
  }

  @Test func `the reach is open for as long as a node is down, and the failover lifetime after`() {
    fall(1, 1000)
    #expect(isOpen(1000))
    #expect(isOpen(1_000_000))
    rise(1, 5000)
    #expect(isOpen(5599))
    #expect(!isOpen(5600))
  }

  @Test func `the reach stays open until the last node is up again`() {
    fall(0, 1000)
    fall(2, 1001)
    rise(0, 2000)
    #expect(isOpen(1_000_000))
    rise(2, 3000)
    #expect(isOpen(3599))
    #expect(!isOpen(3600))
  }

  @Test func `a failover copy that was about to be left keeps the reach open for its lifetime`() {
    pool.extendReach(now: start + .seconds(1000))
    #expect(isOpen(1599))
    #expect(!isOpen(1600))
    pool.extendReach(now: start + .seconds(500))
    #expect(isOpen(1599))
  }

  @Test func `a failover copy does not close a reach that a down node holds open`() {
    fall(1, 10)
    pool.extendReach(now: start + .seconds(20))
    #expect(isOpen(1_000_000))
  }

  @Test func `up and down are told by the nodes`() {
    #expect(pool.upCount == 3)
    fall(1, 1)
    #expect(pool.nodes.map(\.isUp) == [true, false, true])
    #expect(pool.upCount == 2)
    rise(1, 2)
    #expect(pool.upCount == 3)
  }

  @Test func `watchers hear of each fall once`() {
    let fallen = Journal<NodeEvent>()
    let watch = pool.watch { fallen.append($0) }
    fall(1, 1)
    fall(1, 2)
    fall(2, 3)
    rise(1, 4)
    rise(1, 5)
    fall(1, 6)
    #expect(fallen.all == [.down(1), .down(2), .down(1)])
    pool.endWatch(watch)
    fall(0, 7)
    #expect(fallen.all == [.down(1), .down(2), .down(1)])
  }

  @Test func `every watcher hears`() {
    let journals = [Journal<NodeEvent>(), Journal<NodeEvent>()]
    let watches = journals.map { journal in pool.watch { journal.append($0) } }
    fall(0, 1)
    #expect(journals.map(\.all) == [[.down(0)], [.down(0)]])
    pool.endWatch(watches[0])
    fall(1, 2)
    #expect(journals.map(\.all) == [[.down(0)], [.down(0), .down(1)]])
  }

  @Test func `the pool is settled when each node was reached or found to be down`() {
    #expect(!pool.isSettled)
    pool.nodes[0].learn(NodeProcess(["pid": "1"]))
    fall(1, 1)
    #expect(!pool.isSettled)
    pool.nodes[2].learn(NodeProcess(["pid": "1"]))
    #expect(pool.isSettled)
  }

  @Test func `chains are made of the nodes' names and weights`() throws {
    let order = ChainOrder(["a", "b", "c"].map { ChainOrder.Node(name: $0) })
    for number in 0..<100 {
      let key = try Key("key-\(number)")
      #expect(pool.layout.current.order.chain(forKeyHash: key.hash) == order.chain(forKeyHash: key.hash))
    }
  }

  @Test func `a numeric address is known at once, a host name only when it was resolved`() throws {
    #expect(pool.nodes[0].address?.port == 11211)
    let configuration = NodeConfiguration(name: "d", host: "cache.example", port: 1)
    let node = Node(
      index: 0, configuration: configuration, missed: .inMemory(), now: start)
    #expect(node.address == nil)
    let address = try #require(SocketAddress(numericHost: "127.0.0.1", port: 1))
    node.setAddress(address)
    #expect(node.address == address)
  }

  @Test func `the longest body is what the smallest node stores, less what is stored along with it`() throws {
    let key = try Key("k")
    let standard = pool.longestBody(for: key, contentType: 0, contentEncoding: 0)
    #expect((1_040_000...1_048_576).contains(standard))
    pool.nodes[1].itemSizeLimit = 2 << 20
    #expect(pool.longestBody(for: key, contentType: 0, contentEncoding: 0) == standard)
    pool.nodes[2].itemSizeLimit -= 1000
    #expect(pool.longestBody(for: key, contentType: 0, contentEncoding: 0) == standard - 1000)
    #expect(pool.longestBody(for: key, contentType: 10, contentEncoding: 4) == standard - 1014)
    #expect(
      try pool.longestBody(for: Key(.printable(2048)), contentType: 0, contentEncoding: 0)
        == standard - 1000 - 2048)
    pool.nodes[0].itemSizeLimit = 10
    #expect(pool.longestBody(for: key, contentType: 0, contentEncoding: 0) == 0)
  }
}
