import Testing

@testable import GatewayCore

/// Rule C7: a conditional write over what it was decided by, and nothing newer.
struct ConditionalWriteWalkTests {
  private static let base = Version(time: 1_699_999_000_000_000_000, writer: 4)
  private static let next = Version(time: base.time + 1, writer: 4)
  private let write: WriteHarness

  init() throws {
    write = try WriteHarness(.value(.text("new")), .atMost(Self.base, version: Self.next))
  }

  private var changes: [String] { write.commands.filter { !$0.contains("ask") } }

  @Test func `what is there is asked for exactly, then replaced by the version that was decided on`() throws {
    #expect(write.round() == ["0 ask", "1 ask"])
    write.take(.item(Self.base, cas: 1), .miss)
    #expect(write.round() == ["0 ask exactly"])
    write.take(write.copy(Self.base, cas: 2))
    #expect(write.round() == ["0 replace 2", "1 add"])
    #expect(try write.record(0).record.version == Self.next)
    write.take(.done, .done)
    #expect(write.round().isEmpty)
    #expect(write.outcome(quorum: 2).failure == nil)
    #expect(write.outcome().version == Self.next)
  }

  @Test func `a copy older than the one it was decided by is replaced`() {
    write.play(.item(Self.base, cas: 1), .item(write.version(-7200), cas: 3))
    #expect(write.round() == ["0 ask exactly", "1 ask exactly"])
    write.take(write.copy(Self.base, cas: 1), write.copy(write.version(-7200), cas: 3))
    #expect(write.round() == ["0 replace 1", "1 replace 3"])
  }

  @Test(arguments: [0, 1], [Record.Kind.value, .tombstone])
  func `something newer on any link refuses the write, which then changes nothing`(
    link: Int, kind: Record.Kind
  ) {
    _ = write.round()
    let newer = write.version(-1)
    write.take(
      .item(link == 0 ? newer : Self.base, cas: 1), .item(link == 1 ? newer : Self.base, cas: 2))
    #expect(write.round() == ["0 ask exactly", "1 ask exactly"])
    write.take(
      link == 0 ? write.copy(newer, cas: 1, kind) : write.copy(Self.base, cas: 1),
      link == 1 ? write.copy(newer, cas: 2, kind) : write.copy(Self.base, cas: 2))
    #expect(write.walk.isRefused)
    #expect(write.round().isEmpty)
    #expect(changes.isEmpty)
    #expect(write.outcome().failure == .refused)
    #expect(write.outcome().standing == 0)
  }

  @Test func `something newer past the placement refuses it as well`() {
    write.reachIsOpen = true
    write.play(.miss, .miss, .item(write.version(-1), cas: 1))
    #expect(write.round() == ["2 ask exactly"])
    write.take(write.copy(write.version(-1), cas: 1))
    #expect(write.round().isEmpty)
    #expect(write.outcome().failure == .refused)
    #expect(changes.isEmpty)
  }

  @Test func `a link that fails does not hide that another refuses`() {
    write.play(.timedOut, .item(write.version(-1), cas: 1))
    #expect(write.round() == ["1 ask exactly", "2 ask"])
    write.take(write.copy(write.version(-1), cas: 1), .miss)
    #expect(write.round().isEmpty)
    #expect(write.outcome().failure == .refused)
    #expect(changes.isEmpty)
  }

  @Test func `where nothing was, nothing may have come`() throws {
    let write = try WriteHarness(.value(.text("new")), .atMost(.plain, version: Self.next))
    write.play(.miss, .item(write.version(-7200), cas: 1))
    #expect(write.round() == ["1 ask exactly"])
    write.take(write.copy(write.version(-7200), cas: 1))
    #expect(write.round().isEmpty)
    #expect(write.outcome().failure == .refused)
  }

  @Test func `another client's item is no newer version, and is replaced`() throws {
    let write = try WriteHarness(.value(.text("new")), .atMost(.plain, version: Self.next))
    write.play(.plainItem(cas: 1), .miss)
    #expect(write.round() == ["0 ask exactly"])
    write.take(.plain([1, 2], cas: 2))
    #expect(write.round() == ["0 replace 2", "1 add"])
  }

  @Test func `what came after the decision and is newer counts as standing`() {
    write.play(.miss, .miss)
    write.play(.notStored, .done)
    #expect(write.round() == ["0 ask exactly"])
    write.take(write.copy(write.version(0), cas: 9))
    #expect(write.round().isEmpty)
    #expect(write.outcome(quorum: 2).failure == nil)
    #expect(write.walk.standing == 2)
  }

  @Test func `one that ran out of time before the decision changed nothing`() {
    write.play(.miss, .item(Self.base, cas: 1))
    #expect(write.outcome().failure == .contended)
    #expect(changes.isEmpty)
  }

  @Test func `one that nobody answered was not decided`() {
    write.play(.timedOut, .timedOut)
    write.play(.timedOut)
    #expect(write.round().isEmpty)
    #expect(write.outcome().failure == .unreachable)
  }
}
