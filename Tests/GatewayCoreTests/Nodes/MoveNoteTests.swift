import Logging
import Testing

@testable import GatewayCore

/// A gateway that is started anew while keys move.
struct MoveNoteTests {
  private let note = MoveNoteInMemory()
  private let now = Instant.seconds(1000)
  private let key = try? Key("k")

  private func pool(_ names: [String], replicas: Int = 2) throws -> NodePool {
    let nodes = names.enumerated().map { index, name in
      NodeConfiguration(name: name, host: "127.0.0.1", port: UInt16(100 + index))
    }
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    return try NodePool(
      nodes, replicas: replicas, failoverLifetime: .seconds(600), now: now, logger: logger, moveNote: note,
      journal: { (_) throws(SystemError) in nil })
  }

  private func add(_ name: String, to pool: NodePool) throws {
    var change = PoolChange()
    change.added = [NodeConfiguration(name: name, host: "127.0.0.1", port: 200)]
    try pool.change(change, now: now)
  }

  @Test func `it is noted for as long as keys move`() throws {
    let pool = try pool(["a", "b"])
    #expect(note.read() == nil)
    try add("c", to: pool)
    #expect(note.read() != nil)
    #expect(pool.beginClearing(after: pool.layout.generation))
    #expect(note.read() != nil)
    #expect(pool.settle(after: pool.layout.generation, now: now))
    #expect(note.read() == nil)
  }

  @Test func `a gateway of the same pool goes on: it waits for others and looks everywhere`() throws {
    try add("c", to: pool(["a", "b"]))
    let next = try pool(["c", "a", "b"])
    #expect(next.layout.stage == .moving && next.layout.hasStrays)
    #expect(next.reachIsOpen(now: now + .seconds(100_000)))
    #expect(next.rebalance(now: now)?.state == .waiting)
    #expect(next.beginClearing(after: next.layout.generation))
    #expect(next.settle(after: next.layout.generation, now: now))
    #expect(note.read() == nil)
    #expect(!next.reachIsOpen(now: now + .seconds(601)))
  }

  @Test func `a gateway of another pool does not`() throws {
    try add("c", to: pool(["a", "b"]))
    for next in [try pool(["a", "b"]), try pool(["a", "b", "c"], replicas: 1)] {
      #expect(next.layout.stage == .settled)
      #expect(!next.reachIsOpen(now: now + .seconds(601)))
    }
  }

  /// It is not known who had a key before.
  @Test func `each node of a key's placement then fills the others, and the rest give it up`() throws {
    try add("c", to: pool(["a", "b"]))
    let layout = try pool(["a", "b", "c"]).layout.cleared
    let key = try #require(key)
    let natural = layout.current.natural(key.hash).map(\.node)
    for source in 0..<3 {
      let move = Rebalance(layout).plan(source, layout.current, .record).move(key.hash)
      if natural.contains(source) {
        #expect(move == KeyMove(targets: natural.filter { $0 != source }))
      } else {
        #expect(move.leaves && move.targets == natural)
      }
    }
  }

  @Test func `the note is a file in the state directory`() throws {
    let directory = try TemporaryDirectory()
    let file = try StateDirectory(configured: directory.path, environment: [:]).moveNote
    #expect(file.read() == nil)
    try file.write(nil)
    let pool = PoolFingerprint([NodeConfiguration(name: "a", host: "h", port: 1)], replicas: 2)
    try file.write(pool)
    #expect(file.read() == pool)
    try file.write(nil)
    #expect(file.read() == nil && TestFile.names(in: directory.path) == ["lock", "missed-writes"])
  }
}
