import Testing

@testable import GatewayCore

/// Rule C8: a node is rid of what missed a write, and of nothing newer.
struct OldCopyRemovalTests {
  private let now = Version(time: 1_700_000_000_000_000_000, writer: 3)

  private func later(_ seconds: Int64, writer: UInt32 = 3) -> Version {
    Version(time: UInt64(Int64(now.time) + seconds * 1_000_000_000), writer: writer)
  }

  private func removal(_ names: String...) throws -> OldCopyRemoval {
    try OldCopyRemoval(
      Dictionary(uniqueKeysWithValues: names.map { (try Key($0).wireKey, now) }))
  }

  /// What the next round sends: the key and the command.
  private func round(_ removal: OldCopyRemoval) -> [String] {
    removal.nextRound().map { "\($0.key?.bytes.text ?? "no key"): \($0.words)" }
  }

  /// A round whose commands do not matter, and the replies to it.
  private func play(_ removal: OldCopyRemoval, _ replies: NodeReply?...) {
    _ = removal.nextRound()
    removal.take(replies)
  }

  private func copy(_ version: Version, cas: UInt64, _ kind: Record.Kind = .value) throws -> NodeReply {
    .copy(version, under: try Key("a"), cas: cas, kind)
  }

  private func settled(_ removal: OldCopyRemoval) -> [String: Version] {
    Dictionary(uniqueKeysWithValues: removal.settled.map { ($0.key.bytes.text, $0.value) })
  }

  @Test func `what is there is asked first, and exactly that is removed`() throws {
    let removal = try removal("a")
    #expect(round(removal) == ["a: ask"])
    removal.take([.item(later(-60), cas: 7)])
    #expect(round(removal) == ["a: remove 7"])
    #expect(removal.settled.isEmpty)
    removal.take([.done])
    #expect(round(removal).isEmpty)
    #expect(settled(removal) == ["a": now])
    #expect(removal.removed == 1)
    #expect(!removal.hasFailed)
  }

  @Test func `the chunks of a large value go with it: its list is read first`() throws {
    let removal = try removal("a")
    let chunks = ChunkList(id: later(-60), length: 10, chunkSize: 3)
    play(removal, .item(later(-60), cas: 7, .chunks))
    #expect(round(removal) == ["a: ask exactly"])
    removal.take([.copy(later(-60), of: chunks, under: try Key("a"), cas: 7)])
    #expect(round(removal) == ["a: remove 7"])
    #expect(removal.superseded.isEmpty)
    removal.take([.done])
    #expect(removal.superseded.map(\.chunks) == [chunks])
    #expect(try removal.superseded.map(\.key) == [Key("a").wireKey])
  }

  @Test func `what is not there is settled at once, but not counted`() throws {
    let removal = try removal("a")
    play(removal, .miss)
    #expect(round(removal).isEmpty)
    #expect(settled(removal) == ["a": now])
    #expect(removal.removed == 0)
  }

  @Test func `what has gone meanwhile is settled, but not counted`() throws {
    let removal = try removal("a", "b")
    play(removal, .item(later(-60), cas: 7), .item(now, cas: 8))
    #expect(round(removal) == ["a: remove 7", "b: ask exactly"])
    removal.take([.notFound, .miss])
    #expect(settled(removal) == ["a": now, "b": now])
    #expect(removal.removed == 0)
  }

  @Test(arguments: [Record.Kind.value, .tombstone]) func `what is newer than the write stays`(
    kind: Record.Kind
  ) throws {
    for newer in [later(0, writer: 4), later(1), later(3600)] {
      let removal = try removal("a")
      play(removal, .item(newer, cas: 7))
      #expect(round(removal) == ["a: ask exactly"])
      removal.take([try copy(newer, cas: 7, kind)])
      #expect(round(removal).isEmpty)
      #expect(settled(removal) == ["a": now])
      #expect(removal.removed == 0)
    }
  }

  @Test(arguments: [Record.Kind.value, .tombstone])
  func `what the flags leave open is removed when it is not newer`(kind: Record.Kind) throws {
    for older in [later(0), later(0, writer: 2), Version(time: now.time - 1, writer: 9)] {
      let removal = try removal("a")
      play(removal, .item(older, cas: 7))
      #expect(round(removal) == ["a: ask exactly"])
      removal.take([try copy(older, cas: 8, kind)])
      #expect(round(removal) == ["a: remove 8"])
      removal.take([.done])
      #expect(settled(removal) == ["a": now])
    }
  }

  @Test func `another client's item is removed: nobody knows how old it is`() throws {
    let removal = try removal("a")
    play(removal, .plainItem(cas: 5))
    #expect(round(removal) == ["a: remove 5"])
  }

  @Test func `what should be a record and is none is removed`() throws {
    let removal = try removal("a")
    play(removal, .item(now, cas: 5))
    play(removal, .damaged(cas: 6))
    #expect(round(removal) == ["a: remove 6"])
  }

  @Test func `what changed between question and removal is asked for again`() throws {
    let removal = try removal("a")
    play(removal, .item(later(-60), cas: 7))
    play(removal, .exists)
    #expect(round(removal) == ["a: ask"])
    removal.take([.item(later(1), cas: 8)])
    play(removal, try copy(later(1), cas: 8))
    #expect(round(removal).isEmpty)
    #expect(settled(removal) == ["a": now])
  }

  @Test func `what was not answered is not settled, what was is`() throws {
    for reply in [.timedOut, .failure(.connectionLost), .serverError("busy"), .success(.noop), nil]
      as [NodeReply?]
    {
      let removal = try removal("a", "b", "c")
      #expect(round(removal) == ["a: ask", "b: ask", "c: ask"])
      removal.take([.miss, reply, .item(later(-60), cas: 3)])
      #expect(removal.hasFailed)
      #expect(round(removal) == ["c: remove 3"])
      removal.take([reply])
      #expect(round(removal).isEmpty)
      #expect(settled(removal) == ["a": now])
      #expect(removal.removed == 0)
    }
  }

  @Test func `the order of the keys follows from their names alone`() throws {
    let names = (0..<200).map { "key-\($0)" }
    let keys = try names.map { (try Key($0).wireKey, now) }
    let rounds = [keys, keys.reversed(), keys.shuffled()].map {
      round(OldCopyRemoval(Dictionary(uniqueKeysWithValues: $0)))
    }
    #expect(rounds[0] == rounds[1] && rounds[1] == rounds[2])
    #expect(rounds[0] == names.sorted().map { "\($0): ask" })
  }

  @Test func `nothing is to be done for no keys`() {
    let removal = OldCopyRemoval([:])
    #expect(removal.nextRound().isEmpty)
    #expect(!removal.hasFailed)
  }
}
