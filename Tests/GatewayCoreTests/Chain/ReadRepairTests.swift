import Testing

@testable import GatewayCore

/// Rule C5. Links are counted from 1.
struct ReadRepairTests {
  private let harness: ReadHarness

  init() throws {
    harness = try ReadHarness()
    harness.read()
  }

  /// The words of the `ms` command that a link got, without opaque and value.
  private func repair(_ link: Int) -> [String] {
    let line = harness.sent(link).split(separator: "\r\n").first { $0.hasPrefix("ms ") } ?? ""
    return line.split(separator: " ").map(String.init).filter { !$0.hasPrefix("O") }
  }

  @Test func `a link that missed is filled with add, after the answer`() throws {
    try harness.answer(2, version: 5)
    #expect(harness.answers.isEmpty)
    try harness.miss(1)
    #expect(harness.answers == ["body-5 from link 2"])
    let command = repair(1)
    #expect(command.contains("ME"))
    #expect(command.contains("T0"))
    #expect(repair(2).isEmpty)
  }

  @Test func `an older copy is replaced by compare-and-swap with the number it was read with`() throws {
    try harness.answer(1, version: 5, cas: 77)
    try harness.answer(2, version: 6, cas: 88)
    #expect(repair(1).contains("C77"))
    #expect(repair(2).isEmpty)
  }

  @Test func `a damaged copy is replaced by compare-and-swap`() throws {
    try harness.answer(2, version: 6)
    try harness.damaged(1)
    #expect(repair(1).contains("C1"))
  }

  @Test func `a tombstone is carried to links that hold something older`() throws {
    try harness.answer(1, version: 5, cas: 77)
    try harness.answer(2, version: 6, .tombstone)
    #expect(harness.answers == ["miss, silent: []"])
    #expect(repair(1).contains("C77"))
  }

  @Test func `a link whose reply comes after the answer is repaired as well`() throws {
    try harness.answer(2, version: 6)
    harness.advance(.milliseconds(5))
    #expect(harness.answers == ["body-6 from link 2"])
    #expect(repair(1).isEmpty)
    try harness.miss(1)
    #expect(repair(1).isEmpty)
    try harness.item(2, version: 6, cas: 1)
    #expect(repair(1).contains("ME"))
  }

  @Test func `a late link is not given what has been replaced or removed meanwhile`() throws {
    for change in [{ try $0.item(2, version: 7, cas: 2) }, { try $0.miss(2) }]
      as [(ReadHarness) throws -> Void]
    {
      let harness = try ReadHarness()
      harness.read()
      try harness.answer(2, version: 6)
      harness.advance(.milliseconds(5))
      try harness.miss(1)
      #expect(harness.asked == [2])
      try change(harness)
      harness.advance(.milliseconds(100))
      #expect(!harness.sent(1).contains("ms "))
    }
  }

  @Test func `nothing is sent where all links agree`() throws {
    try harness.answer(1, version: 6)
    try harness.answer(2, version: 6)
    #expect(repair(1).isEmpty)
    #expect(repair(2).isEmpty)
  }

  /// memcached counts whole seconds of a clock of its own: what it says is left may be up to a second more
  /// than what is. A copy that is given as much would outlive the one it was made from, and that one the
  /// next: under frequent reads the value would never expire.
  @Test(arguments: [2, 3, 60, 1_000_000] as [UInt32])
  func `a repair never prolongs the life of a value`(seconds: UInt32) throws {
    try harness.answer(2, version: 6, lifetime: .seconds(seconds))
    try harness.miss(1)
    let field = try #require(repair(1).first { $0.hasPrefix("T") })
    let lifetime = try #require(UInt32(field.dropFirst()))
    #expect(lifetime < seconds && lifetime + 2 >= seconds)
    #expect(lifetime > 0)
  }

  @Test(arguments: [0, 1] as [UInt32]) func `a value in its last second is not copied any more`(
    seconds: UInt32
  ) throws {
    try harness.answer(2, version: 6, lifetime: .seconds(seconds))
    try harness.miss(1)
    #expect(harness.answers == ["body-6 from link 2"])
    #expect(repair(1).isEmpty)
  }
}
