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

  private func copy(_ time: UInt64, cas: UInt64 = 1) -> NodeReply {
    .copy(version(time), under: key, cas: cas)
  }

  private func tombstone(_ time: UInt64) -> NodeReply { .copy(version(time), under: key, .tombstone) }

  /// The links in `untrusted` came back lately.
  private func findings(
    _ replies: [NodeReply?], placement: Int = 2, untrusted: Set<Int> = [], knownItems: Set<Int> = []
  ) -> Findings {
    var findings = Findings(placementCount: placement)
    findings.add(
      replies.indices.map(link), replies, key, knownItems: knownItems,
      isTrusted: { !untrusted.contains($0) })
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
    #expect(findings([.miss, copy(7), copy(7)], placement: 3).best?.link.position == 1)
  }

  @Test func `what is missing or older in the placement is outdated`() {
    let outdated = findings(
      [copy(5, cas: 50), copy(9, cas: 90), .miss, copy(9, cas: 91)], placement: 4
    ).outdated
    #expect(outdated.map(\.link.position) == [0, 2])
    #expect(outdated.map(\.cas) == [50, nil])
    #expect(outdated.map(\.version) == [version(5), nil])
  }

  @Test func `repairs are needed only where something is outdated`() {
    #expect(!findings([copy(5), copy(5)]).needRepair)
    #expect(findings([copy(5), copy(6)]).needRepair)
    #expect(findings([copy(5), .miss]).needRepair)
    #expect(!findings([.miss, .miss]).needRepair)
    #expect(!findings([copy(5), .failure(.timedOut)]).needRepair)
  }

  @Test func `links past the placement are asked but not repaired`() {
    let findings = findings([.miss, .miss, .miss, copy(4)], placement: 2)
    #expect(findings.best?.link.position == 3)
    #expect(findings.outdated.map(\.link.position) == [0, 1])
  }

  @Test func `the placement is counted over several stages of a read`() {
    var findings = Findings(placementCount: 2)
    findings.add([link(0)], [.miss], key, isTrusted: { _ in true })
    findings.add([link(1)], [.miss], key, isTrusted: { _ in true })
    findings.add([link(2)], [copy(4)], key, isTrusted: { _ in true })
    #expect(findings.outdated.map(\.link.position) == [0, 1])
  }

  @Test func `nothing is outdated where nothing was found`() {
    #expect(findings([.miss, .miss]).outdated.isEmpty)
    #expect(findings([.miss, .damaged(cas: 3)]).outdated.isEmpty)
  }

  @Test func `another client's item has version 0 and loses to any record`() {
    let both = findings([.plain([1, 2], cas: 8), copy(1)])
    #expect(both.best?.link.position == 1)
    #expect(both.outdated.map(\.cas) == [8])
    #expect(both.outdated.map(\.version) == [.plain])
    let alone = findings([.plain([1, 2]), .miss])
    #expect(alone.best?.copy.version == .plain)
    #expect(alone.best?.copy.record.body.array == [1, 2])
    #expect(alone.best?.copy.plainFlags == 32)
    #expect(alone.outdated.map(\.link.position) == [1])
  }

  @Test func `a tombstone is a copy like any other`() throws {
    let newest = try #require(findings([copy(7, cas: 70), tombstone(8)]).best)
    #expect(newest.copy.isTombstone)
    #expect(findings([copy(7, cas: 70), tombstone(8)]).outdated.map(\.cas) == [70])
    #expect(findings([copy(9), tombstone(8)]).best?.copy.isTombstone == false)
  }

  @Test func `a damaged record is never the best, is no answer, and is replaced`() {
    let alone = findings([.damaged(cas: 5)])
    #expect(alone.best == nil)
    #expect(!alone.someoneAnswered)
    #expect(alone.failed.map(\.position) == [0])
    let both = findings([.damaged(cas: 5), copy(1)])
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
    let findings = findings([.failure(.timedOut), .miss])
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

  @Test func `an item that is known is a copy of what the first link has sent`() {
    let item = NodeReply.success(.item(clientFlags: 0, cas: 31))
    let findings = findings([copy(3, cas: 30), item], knownItems: [1])
    #expect(!findings.needRepair)
    #expect(findings.items(of: version(3))?.map(\.cas) == [30, 31])
    #expect(self.findings([.miss, item], knownItems: [1]).failed.map(\.position) == [1])
    #expect(self.findings([copy(3), item]).failed.map(\.position) == [1])
  }

  @Test func `a late item is a copy of what was answered, whatever comes late beside it`() {
    var findings = findings([copy(3, cas: 30), nil, nil], placement: 3)
    let answer = findings.best?.copy
    findings.addLate(link(1), copy(9), key, isTrusted: true, item: answer)
    let item = NodeReply.success(.item(clientFlags: 0, cas: 31))
    findings.addLate(link(2), item, key, isTrusted: true, item: answer)
    #expect(findings.outdated.map(\.cas) == [30, 31])
    #expect(findings.items(of: version(9)) == nil)
  }

  // MARK: Nodes that are not trusted yet (rule C10)

  @Test func `what one node alone has is not there while it is not trusted yet`() {
    for replies in [[copy(5), .miss], [copy(5), .timedOut], [copy(5), .damaged()], [.plain([1]), .miss]] {
      let findings = findings(replies, untrusted: [0])
      #expect(findings.best == nil)
      #expect(findings.someoneAnswered)
      #expect(findings.outdated.isEmpty)
      #expect(!findings.needRepair)
    }
  }

  @Test func `it counts when a trusted node has some version as well`() {
    let newer = findings([copy(9), copy(5, cas: 50)], untrusted: [0])
    #expect(newer.best?.copy.version == version(9))
    #expect(newer.best?.link.position == 0)
    #expect(newer.outdated.map(\.cas) == [50])
    let older = findings([copy(5, cas: 50), copy(9)], untrusted: [0])
    #expect(older.best?.copy.version == version(9))
    #expect(older.outdated.map(\.cas) == [50])
    let plainBeside = findings([copy(9), .plain([1], cas: 3)], untrusted: [0])
    #expect(plainBeside.best?.copy.version == version(9))
  }

  @Test func `two that are not trusted confirm each other: the higher version counts`() {
    let findings = findings([copy(5, cas: 50), copy(6)], untrusted: [0, 1])
    #expect(findings.best?.copy.version == version(6))
    #expect(findings.outdated.map(\.cas) == [50])
    #expect(self.findings([tombstone(8), copy(7)], untrusted: [0, 1]).best?.copy.isTombstone == true)
  }

  @Test func `of the same version the trusted copy counts`() {
    #expect(findings([copy(5), copy(5)], untrusted: [0]).best?.link.position == 1)
    #expect(findings([copy(5), copy(5)], untrusted: [1]).best?.link.position == 0)
  }

  @Test func `its tombstone counts beside an older value, and not alone`() {
    #expect(findings([tombstone(8), copy(7)], untrusted: [0]).best?.copy.isTombstone == true)
    #expect(findings([tombstone(8), .miss], untrusted: [0]).best == nil)
  }

  @Test func `what is missing or older on it is brought up to date like elsewhere`() {
    #expect(findings([.miss, copy(5)], untrusted: [0]).outdated.map(\.link.position) == [0])
    #expect(findings([copy(4, cas: 40), copy(5)], untrusted: [0]).outdated.map(\.cas) == [40])
    #expect(findings([.damaged(cas: 3), copy(5)], untrusted: [0]).outdated.map(\.cas) == [3])
  }

  @Test func `a copy past the placement makes it count`() {
    let findings = findings([copy(9), .miss, copy(5)], untrusted: [0])
    #expect(findings.best?.copy.version == version(9))
    #expect(findings.outdated.map(\.link.position) == [1])
  }

  @Test func `a trusted copy that comes late makes it count, a miss does not`() {
    var findings = findings([copy(9), nil, nil], untrusted: [0])
    findings.addLate(link(1), .miss, key, isTrusted: true)
    #expect(findings.best == nil)
    findings.addLate(link(2), copy(4, cas: 44), key, isTrusted: true)
    #expect(findings.best?.copy.version == version(9))
    #expect(findings.outdated.map(\.link.position) == [1, 2])
  }
}
