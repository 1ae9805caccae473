import Testing

@testable import GatewayCore

/// Rules C4, C5 and C12: what a read makes of the replies.
struct FindingsTests {
  private let key: Key

  init() throws {
    key = try Key("k")
  }

  private func link(_ position: Int) -> Link {
    Link(position: position, node: position, isNatural: position < 2)
  }

  private func version(_ time: UInt64) -> Version { Version(time: time, writer: 1) }

  private func copy(_ time: UInt64, cas: UInt64 = 1, body: [UInt8] = []) -> NodeReply {
    let record = Record(kind: .value, version: version(time), writtenAt: 0, body: Bytes(body))
    return found(record, cas)
  }

  private func found(_ record: Record, _ cas: UInt64 = 1) -> NodeReply {
    let set = RecordEncoder(record, for: key).set(.set, lifetime: .forever, valueLifetime: .forever)
    return .success(.value(MetaValue(stored: set, cas: cas)))
  }

  private func plain(_ body: [UInt8], cas: UInt64 = 1) -> NodeReply {
    .success(.value(MetaValue(body, flags: 32, cas: cas)))
  }

  private func damaged(cas: UInt64) -> NodeReply {
    .success(.value(MetaValue([1, 2, 3], flags: 0xCA00_0000, cas: cas)))
  }

  private func findings(_ replies: [NodeReply?], placement: Int = 2) -> Findings {
    var findings = Findings(placementCount: placement)
    findings.add(replies.indices.map(link), replies, key, isTrusted: { _ in true })
    return findings
  }

  @Test func `the highest version is the best, wherever it stands`() {
    for times in [[1, 2, 3], [3, 2, 1], [2, 3, 1]] as [[UInt64]] {
      let findings = findings(times.map { copy($0) }, placement: 3)
      #expect(findings.best?.copy.version == version(3))
      #expect(findings.best?.link.position == times.firstIndex(of: 3))
    }
  }

  @Test func `of the same version the first link's copy counts`() {
    #expect(findings([copy(7), copy(7), copy(7)], placement: 3).best?.link.position == 0)
    #expect(findings([.success(.miss), copy(7), copy(7)], placement: 3).best?.link.position == 1)
  }

  @Test func `what is missing or older in the placement is outdated`() {
    let outdated = findings(
      [copy(5, cas: 50), copy(9, cas: 90), .success(.miss), copy(9, cas: 91)], placement: 4
    ).outdated
    #expect(outdated.map(\.link.position) == [0, 2])
    #expect(outdated.map(\.cas) == [50, nil])
    #expect(outdated.map(\.version) == [version(5), nil])
  }

  @Test func `repairs are needed only where something is outdated`() {
    #expect(!findings([copy(5), copy(5)]).needRepair)
    #expect(findings([copy(5), copy(6)]).needRepair)
    #expect(findings([copy(5), .success(.miss)]).needRepair)
    #expect(!findings([.success(.miss), .success(.miss)]).needRepair)
    #expect(!findings([copy(5), .failure(.timedOut)]).needRepair)
  }

  @Test func `links past the placement are asked but not repaired`() {
    let findings = findings([.success(.miss), .success(.miss), .success(.miss), copy(4)], placement: 2)
    #expect(findings.best?.link.position == 3)
    #expect(findings.outdated.map(\.link.position) == [0, 1])
  }

  @Test func `the placement is counted over several stages of a read`() {
    var findings = Findings(placementCount: 2)
    findings.add([link(0)], [.success(.miss)], key, isTrusted: { _ in true })
    findings.add([link(1)], [.success(.miss)], key, isTrusted: { _ in true })
    findings.add([link(2)], [copy(4)], key, isTrusted: { _ in true })
    #expect(findings.outdated.map(\.link.position) == [0, 1])
  }

  @Test func `nothing is outdated where nothing was found`() {
    #expect(findings([.success(.miss), .success(.miss)]).outdated.isEmpty)
    #expect(findings([.success(.miss), damaged(cas: 3)]).outdated.isEmpty)
  }

  @Test func `another client's item has version 0 and loses to any record`() {
    let both = findings([plain([1, 2], cas: 8), copy(1)])
    #expect(both.best?.link.position == 1)
    #expect(both.outdated.map(\.cas) == [8])
    #expect(both.outdated.map(\.version) == [.plain])
    let alone = findings([plain([1, 2]), .success(.miss)])
    #expect(alone.best?.copy.version == .plain)
    #expect(alone.best?.copy.record.body.array == [1, 2])
    #expect(alone.best?.copy.plainFlags == 32)
    #expect(alone.outdated.map(\.link.position) == [1])
  }

  @Test func `a tombstone is a copy like any other`() throws {
    let tombstone = found(.tombstone(version(8), writtenAt: 0))
    let newest = try #require(findings([copy(7, cas: 70), tombstone]).best)
    #expect(newest.copy.isTombstone)
    #expect(findings([copy(7, cas: 70), tombstone]).outdated.map(\.cas) == [70])
    #expect(findings([copy(9), tombstone]).best?.copy.isTombstone == false)
  }

  @Test func `a damaged record is never the best, is no answer, and is replaced`() {
    let alone = findings([damaged(cas: 5)])
    #expect(alone.best == nil)
    #expect(!alone.someoneAnswered)
    #expect(alone.failed.map(\.position) == [0])
    let both = findings([damaged(cas: 5), copy(1)])
    #expect(both.best?.link.position == 1)
    #expect(both.outdated.map(\.cas) == [5])
    #expect(both.needRepair)
  }

  @Test(arguments: [NodeFailure.unreachable, .connectionLost, .timedOut, .overloaded])
  func `a failure is no answer and nothing to repair`(_ failure: NodeFailure) {
    let findings = findings([.failure(failure), .failure(failure)])
    #expect(!findings.someoneAnswered)
    #expect(findings.failed.map(\.position) == [0, 1])
    #expect(self.findings([.failure(failure), copy(3)]).outdated.isEmpty)
  }

  @Test func `an error or a reply that does not fit is a failure, not a miss`() {
    let replies: [MetaReply] = [
      .error(.server("out of memory")), .error(.client("ERROR")), .done, .noop, .notFound, .statistics([:]),
    ]
    for reply in replies {
      #expect(!findings([.success(reply)]).someoneAnswered)
      #expect(findings([.success(reply)]).failed.count == 1)
    }
  }

  @Test func `one miss among failures is an answer`() {
    let findings = findings([.failure(.timedOut), .success(.miss)])
    #expect(findings.someoneAnswered)
    #expect(findings.answeredCount == 1)
  }

  @Test func `a reply that has not come yet is neither, until it comes`() {
    var findings = findings([copy(3), nil])
    #expect(!findings.needRepair)
    #expect(findings.failed.isEmpty)
    findings.addLate(link(1), copy(2, cas: 20), key, isTrusted: true)
    #expect(findings.outdated.map(\.cas) == [20])
    findings.addLate(link(1), copy(9), key, isTrusted: true)
    #expect(findings.best?.copy.version == version(9))
  }
}
