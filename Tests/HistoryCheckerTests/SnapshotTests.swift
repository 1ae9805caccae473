import GatewayCore
import HistoryChecker
import Testing

/// The checker is shown to catch each kind of violation in what the nodes hold afterwards.
@Suite struct SnapshotTests {
  private func copy(
    _ node: String, _ content: Copy.Content, version: UInt64?, round: Int = 0, at seconds: Int64 = 40,
    key: Int = 1
  ) -> Copy {
    Copy(
      round: round, node: node, key: key, at: Instant(nanoseconds: seconds * 1_000_000_000),
      content: content, version: version.map { Version(time: $0, writer: 1) })
  }

  /// Value 9 may have taken effect at any time.
  private let history = [
    operation(.put(9), 0, 5, .unknown),
    operation(.put(1), 0, 5, .done, version: 1), operation(.put(2), 10, 15, .done, version: 2),
    operation(.putIfAbsent(3), 20, 25, .refused), operation(.put(4), 20, 25, .done, version: 4, key: 2),
  ]

  private func violations(_ copies: [Copy], after more: [Operation] = []) -> [Violation] {
    SnapshotChecker(copies, after: history + more).findings().map(\.violation)
  }

  @Test func `a copy that an acknowledged write had replaced is caught, also where it is the only one`() {
    #expect(violations([copy("a", .value(1), version: 1)]) == [.staleValue])
    #expect(
      violations(
        [copy("a", .value(5), version: 5, key: 3)],
        after: [
          operation(.put(5), 0, 5, .done, version: 5, key: 3), operation(.delete, 10, 15, .done, key: 3),
        ]) == [.resurrectedValue])
  }

  @Test func `equal copies pass, and a copy that is nowhere else`() {
    #expect(
      violations([
        copy("a", .value(2), version: 2), copy("b", .value(2), version: 2),
        copy("c", .value(4), version: 4, key: 2),
      ]).isEmpty)
  }

  @Test func `copies that differ are caught`() {
    #expect(
      violations([copy("a", .value(9), version: 1), copy("c", .value(2), version: 2)]) == [.copiesDiffer])
    #expect(
      violations([copy("a", .value(2), version: 2), copy("c", .tombstone, version: 3)]) == [.copiesDiffer])
  }

  @Test func `copies that differed in an earlier round pass`() {
    #expect(
      violations([
        copy("a", .value(9), version: 1, at: 1), copy("b", .value(2), version: 2, at: 1),
        copy("a", .value(2), version: 2, round: 1, at: 2), copy("b", .value(2), version: 2, round: 1, at: 2),
      ]).isEmpty)
  }

  @Test func `a copy that nobody wrote, or of another key, is caught`() {
    #expect(violations([copy("a", .value(nil), version: nil)]) == [.foreignValue])
    #expect(violations([copy("a", .value(7), version: 7)]) == [.foreignValue])
    #expect(violations([copy("a", .value(4), version: 4)]) == [.foreignValue])
  }

  @Test func `a copy of a refused write is caught`() {
    #expect(violations([copy("a", .value(3), version: 3)]) == [.refusedValue])
  }

  @Test func `a copy with another version than its write answered is caught`() {
    #expect(violations([copy("a", .value(2), version: 3)]) == [.wrongVersion])
  }

  @Test func `a copy that still changes when all should have settled is caught`() {
    let before = copy("a", .value(9), version: 1, round: 0, at: 40)
    let after = copy("a", .value(2), version: 2, round: 1, at: 41)
    #expect(violations([before, after]) == [.stillChanging])
    #expect(violations([before]).isEmpty)
  }

  @Test func `a copy that changes while it may passes`() {
    let before = copy("a", .value(9), version: 1, round: 0, at: 20)
    let after = copy("a", .value(2), version: 2, round: 1, at: 40)
    #expect(violations([before, after]).isEmpty)
  }
}
