import Testing

@testable import GatewayCore

/// Rules C2, C3, C6 and C7: what a write makes of the replies, round by round.
struct WriteWalkTests {
  private let write: WriteHarness

  init() throws {
    write = try WriteHarness()
  }

  // MARK: What is there

  @Test func `each link is asked first, then what is missing is added and what is older replaced`() throws {
    #expect(write.round() == ["0 ask", "1 ask"])
    #expect(write.walk.version == nil)
    write.take(.miss, .item(write.version(-60), cas: 7))
    #expect(write.round() == ["0 add", "1 replace 7"])
    let version = try #require(write.walk.version)
    #expect(try write.record(0).record.version == version)
    #expect(try write.record(1).record.version == version)
    #expect(try write.record(1).record.body.array.text == "new")
    write.take(.done, .done)
    #expect(write.round().isEmpty)
    #expect(write.walk.standing == 2)
    #expect(write.walk.acknowledged == [0, 1])
    #expect(write.outcome(quorum: 2).failure == nil)
    #expect(write.outcome().version == version)
  }

  @Test func `it tells whether the key was there, as far as the links that are to hold it have told`() throws
  {
    write.play(.miss, .item(write.version(-60), cas: 7))
    #expect(write.walk.isThere == true)
    let missing = try WriteHarness()
    missing.play(.miss, .miss)
    #expect(missing.walk.isThere == false)
    let silent = try WriteHarness()
    silent.play(.timedOut, .timedOut)
    #expect(silent.walk.isThere == nil)
    let elsewhere = try WriteHarness()
    elsewhere.reachIsOpen = true
    elsewhere.play(.miss, .miss, .item(elsewhere.version(-60), cas: 7))
    #expect(elsewhere.walk.isThere == false)
  }

  @Test func `nothing is stored before every link has told what it holds`() {
    write.play(.miss, .timedOut)
    #expect(write.round() == ["2 ask"])
    write.take(.item(write.version(0), cas: 5))
    // The same moment: the client flags leave open which is older.
    #expect(write.round() == ["2 ask exactly"])
    write.take(write.copy(write.version(0), cas: 6))
    #expect(write.round() == ["0 add", "2 replace 6"])
  }

  @Test(arguments: [1, 3600] as [Int64])
  func `the version is above all that stand, also where they are ahead`(lead: Int64) throws {
    let ahead = write.version(lead, writer: .max)
    write.play(.miss, .item(ahead, cas: 1))
    #expect(write.round() == ["1 ask exactly"])
    write.take(write.copy(ahead, cas: 2))
    #expect(write.round() == ["0 add", "1 replace 2"])
    #expect(try #require(write.walk.version) > ahead)
  }

  @Test func `a node that has not told its clock yet is asked exactly, as a stamp far ahead looks old`()
    throws
  {
    let ahead = write.version(7200)
    write.strange = [1]
    #expect(write.round() == ["0 ask", "1 ask exactly"])
    write.take(.miss, write.copy(ahead, cas: 2))
    #expect(write.round() == ["0 add", "1 replace 2"])
    #expect(try #require(write.walk.version) > ahead)
  }

  @Test func `chunks of a large value that is replaced are told, with their link`() {
    let old = write.version(-60)
    let chunks = ChunkList(id: old, length: 10, chunkSize: 3)
    write.play(.item(old, cas: 1, .chunks), .item(old, cas: 2))
    #expect(write.round() == ["0 ask exactly"])
    write.take(.copy(old, of: chunks, under: write.key, cas: 1))
    #expect(write.round() == ["0 replace 1", "1 replace 2"])
    #expect(write.walk.superseded.isEmpty)
    write.take(.done, .done)
    #expect(write.walk.superseded.map(\.link.position) == [0])
    #expect(write.walk.superseded.map(\.chunks) == [chunks])
  }

  @Test func `chunks that have gone before the write did are not told`() {
    let old = write.version(-60)
    write.play(.item(old, cas: 1, .chunks), .miss)
    write.play(.copy(old, of: ChunkList(id: old, length: 10, chunkSize: 3), under: write.key, cas: 1))
    write.play(.notFound, .done)
    write.play(.miss)
    write.play(.done)
    #expect(write.walk.standing == 2)
    #expect(write.walk.superseded.isEmpty)
  }

  @Test func `a list of chunks stands only where its chunks are, and others are rid of what is older`() throws
  {
    let list = ChunkList(id: Version(time: 5, writer: 5), length: 10, chunkSize: 3)
    let value = NewValue(body: list.encoded, lifetime: .forever)
    let write = try WriteHarness(.chunks(value, at: [0, 2]))
    #expect(write.round() == ["0 ask", "1 ask", "2 ask"])
    write.take(.miss, .item(write.version(-60), cas: 4), .miss)
    #expect(write.round() == ["0 add", "1 remove 4", "2 add"])
    write.take(.done, .done, .done)
    #expect(write.walk.holders == [0, 2])
    #expect(write.outcome(quorum: 2).failure == nil)
    #expect(try write.record(0).record.chunks == list)
  }

  @Test func `a renewal leaves a link as it is that lacks chunks of the value`() throws {
    let version = Version(time: 1_699_999_940_000_000_000, writer: 1)
    let list = ChunkList(id: version, length: 10, chunkSize: 3)
    let record = Record(kind: .chunks, version: version, writtenAt: 0, body: list.encoded)
    let renewal = Renewal(
      record: record, lifetime: Lifetime(seconds: 60), former: Lifetime(seconds: 30), holders: [1])
    let write = try WriteHarness(.renewal(renewal), .atMost(version, version: version))
    #expect(write.round() == ["1 ask"])
    write.take(.item(version, cas: 5, .chunks))
    #expect(write.round() == ["1 ask exactly"])
    write.take(.copy(version, of: list, under: write.key, cas: 5))
    #expect(write.round() == ["1 replace 5"])
    write.take(.done)
    #expect(write.round().isEmpty)
    #expect(write.walk.holders == [1])
    #expect(write.walk.superseded.isEmpty)
  }

  @Test func `an item of another client is replaced, and so is what should be a record and is none`() {
    write.play(.plainItem(cas: 3), .item(write.version(0), cas: 4))
    #expect(write.round() == ["1 ask exactly"])
    write.take(.damaged(cas: 5))
    #expect(write.round() == ["0 replace 3", "1 replace 5"])
  }

  @Test func `what has gone between the questions is added`() {
    write.play(.item(write.version(0), cas: 1), .miss)
    #expect(write.round() == ["0 ask exactly"])
    write.take(.miss)
    #expect(write.round() == ["0 add", "1 add"])
  }

  // MARK: Somebody else was there in between

  @Test func `what came between question and add is asked for exactly, and replaced when it is older`() {
    write.play(.miss, .miss)
    write.play(.notStored, .done)
    #expect(write.round() == ["0 ask exactly"])
    #expect(write.walk.standing == 1)
    write.take(write.copy(write.version(-1), cas: 8))
    #expect(write.round() == ["0 replace 8"])
    write.take(.done)
    #expect(write.round().isEmpty)
    #expect(write.walk.standing == 2)
  }

  @Test func `a newer one counts as standing, and is left alone`() {
    write.play(.item(write.version(-60), cas: 1), .miss)
    write.play(.exists, .done)
    #expect(write.round() == ["0 ask exactly"])
    write.take(write.copy(write.version(1), cas: 2))
    #expect(write.round().isEmpty)
    #expect(write.walk.standing == 2)
    #expect(write.walk.acknowledged == [0, 1])
    #expect(write.outcome(quorum: 2).failure == nil)
  }

  @Test func `a newer tombstone counts as standing, too`() {
    write.play(.miss, .miss)
    write.play(.notStored, .done)
    write.play(write.copy(write.version(1), cas: 2, .tombstone))
    #expect(write.round().isEmpty)
    #expect(write.walk.standing == 2)
  }

  @Test func `what has gone between question and compare-and-swap is added`() {
    write.play(.item(write.version(-60), cas: 1), .miss)
    write.play(.notFound, .done)
    #expect(write.round() == ["0 ask exactly"])
    write.take(.miss)
    #expect(write.round() == ["0 add"])
  }

  @Test func `it goes on for as long as others come in between with older versions`() {
    write.play(.item(write.version(-60), cas: 0), .miss)
    write.play(.exists, .done)
    for cas in 1...20 as ClosedRange<UInt64> {
      #expect(write.round() == ["0 ask exactly"])
      write.take(write.copy(write.version(-1), cas: cas))
      #expect(write.round() == ["0 replace \(cas)"])
      write.take(.exists)
    }
    #expect(write.walk.standing == 1)
  }

  // MARK: Deletes and plain values

  @Test func `a tombstone is stored like a value, with a lifetime of its own`() throws {
    let write = try WriteHarness(.tombstone(.seconds(60)))
    write.play(.item(write.version(-60), cas: 3), .miss)
    #expect(write.round() == ["0 replace 3", "1 add"])
    #expect(try write.record(1).record.kind == .tombstone)
    #expect(try write.stored(1).lifetime == .seconds(60))
  }

  @Test func `plain values are set without a question`() throws {
    let write = try WriteHarness(.plainValue(.text("plain", lifetime: .seconds(5))))
    write.reachIsOpen = true
    #expect(write.round() == ["0 set", "1 set", "2 remove"])
    #expect(try write.stored(0).body.array.text == "plain")
    #expect(try write.stored(0).head.isEmpty)
    #expect(try write.stored(0).clientFlags == 0)
    #expect(try write.stored(0).lifetime == .seconds(5))
    write.take(.done, .done, .notFound)
    #expect(write.round().isEmpty)
    #expect(write.walk.standing == 2)
  }

  @Test func `plain values are removed without a question, on the whole reach`() throws {
    let write = try WriteHarness(.removal)
    write.reachIsOpen = true
    #expect(write.round() == ["0 remove", "1 remove", "2 remove"])
    write.take(.done, .done, .notFound)
    #expect(write.round().isEmpty)
    #expect(write.walk.standing == 2)
    #expect(write.walk.acknowledged == [0, 1, 2])
  }

  // MARK: Errors

  @Test func `nodes that are out of memory are told apart from nodes that cannot be reached`() {
    write.play(.miss, .miss)
    write.play(.outOfMemory, .serverError("Out of memory during read"))
    write.play(.timedOut)
    #expect(write.round().isEmpty)
    #expect(write.outcome().failure == .outOfMemory)
    #expect(write.walk.acknowledged.isEmpty)
  }

  @Test func `so are nodes that do not take a value of this size`() {
    write.play(.miss, .miss)
    write.play(.tooLarge, .tooLarge)
    write.play(.miss)
    write.play(.tooLarge)
    #expect(write.round().isEmpty)
    #expect(write.outcome().failure == .tooLarge)
  }

  @Test func `one node's lack of memory matters only below the quorum`() throws {
    let write = try WriteHarness(links: 2)
    write.play(.miss, .miss)
    write.play(.done, .outOfMemory)
    #expect(write.round().isEmpty)
    #expect(write.outcome(quorum: 1).failure == nil)
    #expect(write.outcome(quorum: 2).failure == .outOfMemory)
  }

  @Test func `another error, or a reply that does not fit, fails the link`() throws {
    for reply in [NodeReply.serverError("something else"), .success(.noop), .success(.statistics([:]))] {
      let write = try WriteHarness(links: 2)
      write.play(reply, .miss)
      #expect(write.round() == ["1 add"])
      write.take(reply)
      #expect(write.round().isEmpty)
      #expect(write.outcome().failure == .belowQuorum(standing: 0, quorum: 1))
    }
  }

  // MARK: Ties

  @Test func `the version is above one of the same nanosecond and a higher writer`() throws {
    let same = write.version(0, writer: .max)
    write.play(.miss, .item(same, cas: 1))
    write.play(write.copy(same, cas: 2))
    #expect(write.round() == ["0 add", "1 replace 2"])
    #expect(try #require(write.walk.version) > same)
  }

  @Test func `plain values that are not there are removed with one command`() throws {
    let write = try WriteHarness(.removal)
    #expect(write.round() == ["0 remove", "1 remove"])
    write.take(.done, .notFound)
    #expect(write.round().isEmpty)
    #expect(write.walk.standing == 2)
    #expect(write.outcome(quorum: 2).failure == nil)
  }
}
