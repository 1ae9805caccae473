import Logging
import Testing

@testable import GatewayCore

struct NodeStatusTests {
  private let start = Instant.seconds(1000)
  private let log = RecordedLog()
  private let pool: NodePool
  private let node: Node

  init() {
    let configurations = ["a", "b"].map { NodeConfiguration(name: $0, host: "::1", port: 11211, weight: 2) }
    pool = NodePool(
      configurations, failoverLifetime: .seconds(600), now: .seconds(1000), logger: log.logger)
    node = pool.nodes[0]
  }

  private func status(_ seconds: Int64) -> NodeStatus { node.status(now: start + .seconds(seconds)) }

  private func fall(_ seconds: Int64, _ reason: String = "it broke") {
    pool.markDown(node, reason: reason, now: start + .seconds(seconds))
  }

  private func rise(_ seconds: Int64) { pool.markUp(node, now: start + .seconds(seconds)) }

  private func learn(_ id: String?) { node.learn(NodeProcess(id: id, startedAt: 0)) }

  @Test func `a node that never fell is up, trusted, and has missed nothing`() {
    var expected = NodeStatus(name: "a", address: Endpoint(host: "::1", port: 11211), weight: 2)
    expected.timeInState = .seconds(7)
    #expect(status(7) == expected)
    #expect(status(7).isTrusted)
    #expect(log.lines.isEmpty)
  }

  @Test func `a fall tells since when and why`() {
    fall(10)
    fall(11, "again")
    #expect(status(15).state == .down)
    #expect(status(15).timeInState == .seconds(5))
    #expect(status(15).lastFallReason == "it broke")
    #expect(!status(15).isTrusted)
    #expect(status(15).timeUntilTrusted == nil)
    #expect(status(15).counts.falls == 1)
    #expect(log.lines == ["warning node is down node=a reason=it broke"])
  }

  @Test func `a node that is being rid of what it missed is returning`() throws {
    fall(10)
    node.missed.note(try Key("k").wireKey, Version(time: 1, writer: 1))
    pool.markReturning(node, now: start + .seconds(20))
    #expect(status(22).state == .returning)
    #expect(status(22).timeInState == .seconds(2))
    #expect(status(22).missedWrites == 1)
    #expect(!status(22).isTrusted)
    #expect(log.lines.last == "notice node is returning missed-writes=1 node=a")
    node.endReturning()
    #expect(status(23).state == .down)
    #expect(status(23).timeInState == .seconds(13))
  }

  @Test func `a node that is up again is trusted after its probation`() {
    fall(10)
    rise(22)
    let probation = NodePool.probation.inSeconds
    #expect(status(23).state == .up)
    #expect(status(23).timeInState == .seconds(1))
    #expect(status(23).timeUntilTrusted == .seconds(probation - 1))
    #expect(!status(22 + probation - 1).isTrusted)
    #expect(status(22 + probation).isTrusted)
    #expect(status(22 + probation + 100).timeUntilTrusted == .zero)
    #expect(status(23).lastFallReason == "it broke")
    #expect(log.lines.last == "notice node is up away-seconds=12.000 node=a")
  }

  @Test func `a node that is returning when it comes up is up`() {
    fall(10)
    pool.markReturning(node, now: start + .seconds(11))
    rise(12)
    #expect(status(12).state == .up)
  }

  /// A node that comes into a pool, with what an earlier run had noted of it.
  private func arriving(_ entries: [JournalEntry]) -> Node {
    let journal = SimulatedJournal(node: "n", entries).open()
    let missed = MissedWrites(node: "n", journal: journal, logger: log.logger)
    missed.noteEverything()
    return Node(
      index: 0, configuration: NodeConfiguration(name: "n", host: "::1", port: 11211), missed: missed,
      now: start, downBecause: Node.arrives)
  }

  private func probation(of node: Node) -> Duration {
    pool.markUp(node, now: start)
    return node.timeUntilTrusted(now: start)
  }

  @Test func `one that has just come into the pool is trusted sooner, unless it was in it before`() {
    #expect(probation(of: arriving([])) == NodePool.foundByOthers)
    #expect(probation(of: arriving([.connection(localPort: 5)])) == NodePool.probation)
    #expect(probation(of: arriving([.process(NodeProcess(id: "1", startedAt: 0))])) == NodePool.probation)
    let fallen = arriving([])
    _ = probation(of: fallen)
    pool.markDown(fallen, reason: "it broke", now: start)
    #expect(probation(of: fallen) == NodePool.probation)
    #expect(NodePool.foundByOthers < NodePool.probation)
  }

  @Test func `a new process is trusted at once`() {
    learn("1")
    node.acceptProcess()
    fall(10)
    learn("2")
    rise(20)
    #expect(status(20).isTrusted)
  }

  @Test(arguments: [("4711", 4711), (nil, nil), ("", nil), ("12x", nil), ("99999999999999999999", nil)])
  func `the process is the one that served last, as far as its id is a number`(id: String?, number: Int?) {
    learn(id)
    #expect(status(0).processID == nil)
    node.acceptProcess()
    learn("5")
    #expect(status(0).processID == number)
  }

  @Test func `falls and returns are counted, those of other nodes apart`() {
    for second in 0..<5 as Range<Int64> {
      fall(10 * second)
      rise(10 * second + 5)
    }
    rise(60)
    #expect(status(60).counts.falls == 5)
    #expect(status(60).counts.returns == 5)
    #expect(status(60).flaps == 4)
    #expect(pool.nodes[1].status(now: start).counts == NodeStatus.Counts())
  }

  @Test func `what is noted is counted for good, what is missed only until it is settled`() throws {
    let versions = (0..<3 as Range<UInt64>).map { Version(time: $0, writer: 1) }
    for version in versions { node.missed.note(try Key("k").wireKey, version) }
    node.missed.note(try Key("k").wireKey, versions[1])
    node.missed.note(try Key("l").wireKey, versions[0])
    #expect(status(0).missedWrites == 2)
    #expect(status(0).counts.missedWritesNoted == 4)
    node.missed.settleAll()
    #expect(status(0).missedWrites == 0)
    #expect(status(0).counts.missedWritesNoted == 4)
  }

  @Test func `more than can be noted is told until the node was flushed`() throws {
    for number in 0...MissedWrites.mostKeys {
      node.missed.note(try Key("\(number)").wireKey, Version(time: 1, writer: 1))
    }
    #expect(status(0).flushOnReturn)
    #expect(status(0).missedWrites == 0)
    fall(1)
    pool.markReturning(node, now: start + .seconds(1))
    #expect(log.lines.last == "notice node is returning missed-writes=more than are noted node=a")
    node.missed.settleAll()
    pool.noteFlush(of: node)
    #expect(!status(1).flushOnReturn)
    #expect(status(1).counts.flushes == 1)
    #expect(log.lines.last == "warning node was flushed: what it held may have been old node=a")
  }

  @Test func `a node with missed writes of an earlier run begins as one that is down`() throws {
    let journal = SimulatedJournal(
      node: "a", [.missed(try Key("k").wireKey, Version(time: 1, writer: 1))])
    let pool = try NodePool(
      [node.configuration, pool.nodes[1].configuration], replicas: 2, failoverLifetime: .seconds(600),
      now: start,
      logger: log.logger
    ) { name in name == "a" ? journal.open() : nil }
    let statuses = pool.nodes.map { $0.status(now: start + .seconds(1)) }
    #expect(statuses.map(\.state) == [.down, .up])
    #expect(statuses.map(\.missedWrites) == [1, 0])
    #expect(statuses.map(\.lastFallReason) == [Node.missedWritesBefore, nil])
    #expect(statuses[0].counts == NodeStatus.Counts())
    #expect(log.lines == ["warning node is down node=a reason=\(Node.missedWritesBefore)"])
  }
}
