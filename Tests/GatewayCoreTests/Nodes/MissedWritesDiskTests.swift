import Testing

@testable import GatewayCore

/// Rule C8: what the journal on disk has of the missed writes, how long it grows, and a disk that fails.
struct MissedWritesDiskTests {
  private let harness = MissedWritesHarness()
  private var missed: MissedWrites { harness.missed }
  private var journal: SimulatedJournal { harness.journal }

  private let process = NodeProcess(id: "17", startedAt: 1000)

  @Test func `the journal has a key before the write is answered, and is rid of it when all are settled`()
    throws
  {
    try harness.note("a", 5)
    #expect(try journal.contents.missed == harness.versions(["a": 5]))
    try harness.note("b", 6)
    try harness.note("a", 7)
    #expect(try journal.contents.missed == harness.versions(["a": 7, "b": 6]))
    #expect(journal.appends == 3)
    // To apply one twice does no harm: nothing is written until all are settled.
    try harness.settle("a", 7)
    #expect(try journal.contents.missed[harness.key("b")] == harness.version(6))
    #expect(journal.replacements == 0)
    try harness.settle("b", 6)
    #expect(journal.contents == .empty)
    #expect(journal.replacements == 1)
  }

  @Test func `what is known already is not written again`() throws {
    for time in [5, 1, 4, 5] as [UInt64] { try harness.note("a", time) }
    #expect(journal.appends == 1)
  }

  @Test func `the next run goes on where this one ended`() throws {
    try harness.note("a", 5)
    try harness.note("b", 6)
    missed.noteProcess(process)
    missed.connectionOpened(localPort: 4000)
    missed.connectionOpened(localPort: 4001)
    let next = harness.reopened()
    #expect(try next.next() == .keys(harness.versions(["a": 5, "b": 6])))
    #expect(try next.holds(harness.key("a")))
    #expect(next.process == process)
    // Over them the node may carry out what it had not read when the run ended.
    #expect(next.formerPorts == [4000, 4001])
    #expect(missed.formerPorts.isEmpty)
  }

  @Test func `settling all keeps what is known of connections and process`() throws {
    missed.noteProcess(process)
    missed.connectionOpened(localPort: 4000)
    missed.connectionOpened(localPort: 4001)
    missed.connectionClosed(localPort: 4001)
    try harness.note("a", 5)
    missed.settleAll()
    #expect(journal.contents == JournalContents(process: process, localPorts: [4000, 4001]))
  }

  // MARK: Its length

  /// The most bytes of a journal that holds so many of these keys.
  private func mostBytes(_ keys: Int, nameLength: Int) -> Int {
    (2 * keys + 1010) * (4 + 14 + nameLength + 8) + 100
  }

  @Test func `rising versions of a few keys do not make the journal long`() throws {
    for time in 1...20_000 as ClosedRange<UInt64> { try harness.note("key-\(time % 7)", time) }
    #expect(journal.longest <= mostBytes(7, nameLength: 5))
    #expect(journal.contents.missed.count == 7)
    #expect(harness.reopened().next() == missed.next())
  }

  @Test func `connections that come and go do not either`() {
    for number in 0..<20_000 {
      let port = UInt16(32_768 + number % 5000)
      missed.connectionOpened(localPort: port)
      missed.connectionClosed(localPort: port)
      missed.connectionsEnded([port])
    }
    #expect(journal.longest <= mostBytes(0, nameLength: 0))
  }

  @Test func `outages that come and go do not either`() throws {
    for round in 1...200 as ClosedRange<UInt64> {
      try harness.noteMany(50, length: 6, round)
      #expect(harness.settleBatches() == 1)
      #expect(journal.contents == .empty)
    }
    #expect(journal.longest <= mostBytes(50, nameLength: 6))
  }

  @Test func `the longest keys that are noted fit the longest journal`() throws {
    for time in 1...3 as ClosedRange<UInt64> {
      try harness.noteMany(MissedWrites.mostBytes / 250, length: 250, time)
    }
    #expect(!missed.hasOverflowed)
    #expect(journal.longest < JournalFile.longest)
  }

  @Test func `as many short keys as are noted fit it as well`() throws {
    for time in 1...3 as ClosedRange<UInt64> {
      try harness.noteMany(
        MissedWrites.mostKeys, length: MissedWrites.mostBytes / MissedWrites.mostKeys, time)
    }
    #expect(!missed.hasOverflowed)
    #expect(journal.longest < JournalFile.longest)
  }

  @Test func `a long journal of another run is cut down to what it holds`() throws {
    let key = try harness.key("a")
    let entries = (1...5000 as ClosedRange<UInt64>).map { JournalEntry.missed(key, harness.version($0)) }
    let later = MissedWritesHarness(entries)
    for time in 5001...8000 as ClosedRange<UInt64> { try later.note("a", time) }
    #expect(later.journal.length <= mostBytes(1, nameLength: 1))
    #expect(later.journal.contents.missed == [key: later.version(8000)])
  }

  // MARK: A disk that fails

  @Test func `a journal that cannot be written does not stop service, and is logged once`() throws {
    journal.diskError = .diskFull
    try harness.noteMany(5000, length: 8)
    missed.noteProcess(process)
    missed.connectionOpened(localPort: 4000)
    #expect(missed.count == 5000)
    #expect(try missed.holds(harness.key(MissedWritesHarness.name(4999, 8))))
    _ = harness.settleBatches()
    #expect(missed.isEmpty)
    #expect(
      harness.log.lines == [
        "error missed writes are kept in memory only: the journal cannot be written "
          + "node=node reason=\(SystemError.diskFull)"
      ])
    #expect(journal.contents == .empty)
  }

  @Test func `a disk that fails again is logged again`() throws {
    for number in 0..<3 {
      journal.diskError = .diskFull
      try harness.note("lost-\(number)", 5)
      try harness.note("lost-as-well-\(number)", 5)
      journal.diskError = nil
      try harness.note("kept-\(number)", 5)
      #expect(harness.log.lines.count == number + 1)
    }
  }

  @Test func `a flush takes the overflow out of the journal`() throws {
    try harness.noteMany(MissedWrites.mostKeys + 1, length: 6)
    #expect(harness.journal.contents.hasOverflowed)
    harness.missed.settleAll()
    #expect(harness.journal.contents == .empty)
    #expect(harness.reopened().next() == .none)
  }

  @Test func `also when it ends the overflow of an earlier run`() throws {
    let harness = MissedWritesHarness([.overflow])
    harness.missed.settleAll()
    #expect(harness.journal.contents == .empty)
  }

  @Test func `what was missed while the disk failed is in the journal once it works again`() throws {
    try harness.note("a", 5)
    harness.journal.diskError = .diskFull
    try harness.note("b", 6)
    harness.journal.diskError = nil
    try harness.note("c", 7)
    #expect(try harness.journal.contents.missed == harness.versions(["a": 5, "b": 6, "c": 7]))
  }

  @Test func `an overflow while the disk failed is in the journal once it works again`() throws {
    harness.journal.diskError = .diskFull
    try harness.noteMany(MissedWrites.mostKeys + 1, length: 6)
    harness.journal.diskError = nil
    harness.missed.connectionOpened(localPort: 1)
    #expect(harness.journal.contents.hasOverflowed)
  }

  @Test func `what was missed again is in the journal with its last version`() throws {
    try harness.note("a", 5)
    try harness.note("a", 9)
    #expect(try harness.journal.contents.missed == harness.versions(["a": 9]))
  }
}
