import Testing

@testable import GatewayCore

/// A renewal's way over the links: the same version with another lifetime, and nothing newer.
struct TouchWalkTests {
  private static let version = Version(time: 1_699_999_000_000_000_000, writer: 4)
  private static let writtenAt: UInt32 = 1_699_000_000

  private func harness(
    lifetime: UInt32? = 7200, former: UInt32? = 60, _ change: (inout ChainSettings) -> Void = { _ in }
  ) throws -> WriteHarness {
    let record = Record(
      kind: .value, version: Self.version, writtenAt: Self.writtenAt, contentType: Bytes("x/y".utf8),
      body: Bytes("v".utf8))
    return try WriteHarness(
      .renewal(
        Renewal(record: record, lifetime: Lifetime(seconds: lifetime), former: Lifetime(seconds: former))),
      .atMost(Self.version, version: Self.version), change)
  }

  private func decided() throws -> WriteHarness {
    let write = try harness()
    write.play(.item(Self.version, cas: 1), .item(Self.version, cas: 2))
    write.play(write.copy(Self.version, cas: 1), write.copy(Self.version, cas: 2))
    return write
  }

  @Test func `the very record is stored again with its new lifetime, over exactly what was there`() throws {
    let write = try decided()
    #expect(write.round() == ["0 replace 1", "1 replace 2"])
    for link in 0...1 {
      let stored = try write.record(link)
      #expect(stored.record.version == Self.version)
      #expect(stored.record.writtenAt == Self.writtenAt)
      #expect(stored.record.contentType.array == Array("x/y".utf8))
      #expect(try write.stored(link).lifetime == Lifetime(seconds: 7200))
    }
    write.take(.done, .done)
    #expect(write.round().isEmpty)
    #expect(write.outcome(quorum: 2).failure == nil)
    #expect(write.outcome().version == Self.version)
  }

  @Test func `a gap is filled, an older copy is replaced`() throws {
    let write = try harness()
    write.play(.miss, .item(write.version(-7200), cas: 5))
    write.play(write.copy(write.version(-7200), cas: 5))
    #expect(write.round() == ["0 add", "1 replace 5"])
  }

  @Test(arguments: [Record.Kind.value, .tombstone]) func `something newer is not touched, and ends it`(
    kind: Record.Kind
  ) throws {
    let write = try harness()
    write.play(.item(Self.version, cas: 1), .item(write.version(-1), cas: 2))
    write.play(write.copy(Self.version, cas: 1), write.copy(write.version(-1), cas: 2, kind))
    #expect(write.round().isEmpty)
    #expect(write.outcome().failure == .refused)
    #expect(!write.commands.contains { $0.contains("replace") || $0.contains("add") })
  }

  @Test func `what came in between and is newer stays, and counts as standing`() throws {
    let write = try decided()
    write.play(.exists, .done)
    #expect(write.round() == ["0 ask exactly"])
    write.take(write.copy(write.version(0), cas: 9))
    #expect(write.round().isEmpty)
    #expect(write.walk.standing == 2)
  }

  @Test func `a renewal that came in between is followed by this one`() throws {
    let write = try decided()
    write.play(.exists, .done)
    write.play(write.copy(Self.version, cas: 8))
    #expect(write.round() == ["0 replace 8"])
  }

  @Test func `a stand-in's copy lives at most as long as failover copies do, and tells the rest`() throws {
    let write = try harness { $0.failoverLifetime = .seconds(600) }
    write.down = [0]
    write.play(.item(Self.version, cas: 1), .miss)
    write.play(write.copy(Self.version, cas: 1))
    #expect(write.round() == ["1 replace 1", "2 add"])
    #expect(try write.stored(2).lifetime == Lifetime(seconds: 600))
    #expect(try write.record(2).lifetime == Lifetime(seconds: 7200))
    #expect(try write.stored(1).lifetime == Lifetime(seconds: 7200))
  }

  @Test(
    arguments: [
      (7200, 60, 1, false), (60, 60, 1, false), (nil, 60, 1, false), (nil, nil, 1, false),
      (60, 7200, 1, true),
      (60, nil, 1, true), (60, 7200, 0, false),
    ] as [(UInt32?, UInt32?, Int, Bool)])
  func `a copy that missed it is wrong only where it would outlive the new lifetime`(
    lifetime: UInt32?, former: UInt32?, standing: Int, isWrong: Bool
  ) {
    let record = Record(kind: .value, version: Self.version, writtenAt: 0, body: .empty)
    let content = WriteContent.renewal(
      Renewal(record: record, lifetime: Lifetime(seconds: lifetime), former: Lifetime(seconds: former)))
    #expect(content.outdatesOtherCopies(standing: standing) == isWrong)
    #expect(WriteContent.value(.text("v")).outdatesOtherCopies(standing: standing))
  }
}
