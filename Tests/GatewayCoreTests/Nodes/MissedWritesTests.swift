import Testing

@testable import GatewayCore

/// Rule C8: what is noted of a node, until it is settled.
struct MissedWritesTests {
  private let harness = MissedWritesHarness()
  private var missed: MissedWrites { harness.missed }

  private func batch(_ times: [String: UInt64]) throws -> MissedWrites.Batch {
    .keys(try harness.versions(times))
  }

  private func holds(_ name: String) throws -> Bool { try missed.holds(harness.key(name)) }

  // MARK: Noting and settling

  @Test func `nothing is missed at first`() throws {
    #expect(missed.isEmpty)
    #expect(missed.count == 0)
    #expect(missed.next() == .none)
    #expect(try !holds("a"))
    #expect(harness.journal.contents == .empty)
  }

  @Test func `a key is held from its noting until it is settled`() throws {
    try harness.note("a", 5)
    #expect(try holds("a"))
    #expect(try !holds("b"))
    for _ in 0..<2 { #expect(try missed.next() == batch(["a": 5])) }
    try harness.settle("a", 5)
    #expect(try !holds("a"))
    #expect(missed.isEmpty)
    #expect(missed.next() == .none)
  }

  @Test func `versions only rise`() throws {
    for time in [5, 3, 5, 9, 1] as [UInt64] { try harness.note("a", time) }
    #expect(try missed.next() == batch(["a": 9]))
    #expect(missed.count == 1)
    #expect(missed.notedCount == 2)
  }

  @Test func `what is settled is settled up to its version only`() throws {
    try harness.note("a", 5)
    try harness.note("b", 5)
    try harness.settle("a", 4)
    #expect(try holds("a"))
    // Missed again, while the copy from before was removed.
    try harness.note("b", 8)
    try harness.settle("b", 5)
    #expect(try missed.next() == batch(["a": 5, "b": 8]))
    try harness.settle("a", 6)
    try harness.settle("never noted", 9)
    #expect(try missed.next() == batch(["b": 8]))
  }

  @Test func `a batch is no more than a node does in a few milliseconds, and all get their turn`() throws {
    let count = 4 * MissedWrites.batch - 1
    try harness.noteMany(count, length: 10)
    guard case .keys(let first) = missed.next() else {
      Issue.record("nothing was noted")
      return
    }
    #expect(first.count == MissedWrites.batch)
    #expect(harness.settleBatches() == 4)
    #expect(missed.isEmpty)
  }

  @Test func `a node comes up only when nothing is missed`() throws {
    var isUp = false
    try harness.note("a", 5)
    #expect(!missed.finish { isUp = true })
    #expect(!isUp)
    try harness.settle("a", 5)
    #expect(missed.finish { isUp = true })
    #expect(isUp)
  }

  // MARK: Bounds

  @Test func `more keys than are noted: the node is to be flushed, and no key is noted any more`() throws {
    try harness.noteMany(MissedWrites.mostKeys, length: 6)
    #expect(missed.count == MissedWrites.mostKeys)
    // One that is noted already takes no room.
    try harness.note(MissedWritesHarness.name(0, 6), 6)
    #expect(!missed.hasOverflowed)
    #expect(harness.log.lines.isEmpty)
    for name in ["one more", "and another"] { try harness.note(name, 5) }
    #expect(missed.hasOverflowed)
    #expect(missed.next() == .everything)
    #expect(missed.count == 0)
    #expect(!missed.isEmpty)
    #expect(!missed.finish { Issue.record("came up") })
    #expect(harness.journal.contents == JournalContents(hasOverflowed: true))
    #expect(harness.reopened().next() == .everything)
    #expect(
      harness.log.lines == [
        "error more writes were missed than are noted: the node will be flushed on its return "
          + "limit=\(MissedWrites.mostKeys) keys, \(MissedWrites.mostBytes) bytes node=node"
      ])
  }

  @Test func `their bytes are bounded as well`() throws {
    try harness.noteMany(MissedWrites.mostBytes / 250, length: 250)
    let noted = MissedWritesHarness.name(0, 250)
    try harness.note(noted, 6)
    #expect(!missed.hasOverflowed)
    // What is settled makes room.
    try harness.settle(noted, 6)
    try harness.note("x", 5)
    #expect(!missed.hasOverflowed)
    try harness.note(noted, 5)
    #expect(missed.hasOverflowed)
  }

  @Test func `a flush settles everything, also what overflowed`() throws {
    try harness.noteMany(MissedWrites.mostKeys + 1, length: 6)
    missed.settleAll()
    #expect(missed.isEmpty)
    #expect(missed.next() == .none)
    try harness.note("a", 7)
    #expect(try missed.next() == batch(["a": 7]))
    missed.settleAll()
    #expect(missed.next() == .none)
    #expect(try !holds("a"))
    #expect(harness.journal.contents == .empty)
  }

  // MARK: The process and the connections to it

  @Test func `a process is written down when it is another one`() {
    missed.noteProcess(NodeProcess(id: "17", startedAt: 1000))
    // Time and uptime are rounded apart.
    missed.noteProcess(NodeProcess(id: "17", startedAt: 1001))
    #expect(harness.journal.appends == 1)
    let other = NodeProcess(id: "18", startedAt: 1001)
    missed.noteProcess(other)
    #expect(harness.journal.appends == 2)
    #expect(harness.journal.contents.process == other)
    #expect(missed.process == other)
  }

  @Test func `a connection that was closed counts until the node has let go of it`() {
    missed.connectionOpened(localPort: 4000)
    missed.connectionOpened(localPort: 4001)
    #expect(missed.formerPorts.isEmpty)
    missed.connectionClosed(localPort: 4000)
    missed.connectionClosed(localPort: 9999)
    #expect(missed.formerPorts == [4000])
    #expect(harness.journal.contents.localPorts == [4000, 4001])
    // The same port, over a connection of now.
    missed.connectionOpened(localPort: 4000)
    #expect(missed.formerPorts.isEmpty)
    missed.connectionClosed(localPort: 4000)
    missed.connectionsEnded([4000, 4001])
    #expect(missed.formerPorts.isEmpty)
  }
}
