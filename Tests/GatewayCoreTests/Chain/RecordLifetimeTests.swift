import Testing

@testable import GatewayCore

/// Rule C3: a failover copy expires early; a repair from it restores the value's whole lifetime.
struct RecordLifetimeTests {
  struct Case: Sendable, CustomStringConvertible {
    /// What the copy and the value were stored with.
    let copy: Lifetime
    let value: Lifetime
    /// What the node says is left of the copy.
    let left: Lifetime
    /// What is left of the value.
    let expected: Lifetime

    var description: String { "\(copy) of \(value), \(left) left" }
  }

  static let cases = [
    Case(copy: .forever, value: .forever, left: .forever, expected: .forever),
    Case(copy: .seconds(60), value: .seconds(60), left: .seconds(42), expected: .seconds(42)),
    Case(copy: .seconds(60), value: .seconds(60), left: .seconds(0), expected: .seconds(0)),
    Case(copy: .seconds(600), value: .forever, left: .seconds(500), expected: .forever),
    Case(copy: .seconds(600), value: .forever, left: .seconds(0), expected: .forever),
    Case(copy: .seconds(600), value: .seconds(3600), left: .seconds(600), expected: .seconds(3600)),
    Case(copy: .seconds(600), value: .seconds(3600), left: .seconds(100), expected: .seconds(3100)),
    Case(copy: .seconds(600), value: .seconds(601), left: .seconds(1), expected: .seconds(2)),
    // No copy lives longer than its value; one that claims to is taken at its word.
    Case(copy: .seconds(600), value: .seconds(100), left: .seconds(99), expected: .seconds(99)),
    Case(copy: .forever, value: .seconds(100), left: .forever, expected: .forever),
    // Beyond 32 bits.
    Case(
      copy: .seconds(1), value: .seconds(.max - 1), left: .seconds(10), expected: .seconds(.max)),
  ]

  @Test(arguments: cases) func `the value's lifetime is told from the copy's`(_ example: Case) throws {
    for key in try RecordTests.keys() {
      let encoder = RecordEncoder(RecordTests.record(body: .printable(10)), for: key)
      let set = encoder.set(.set, lifetime: example.copy, valueLifetime: example.value)
      let value = MetaValue(stored: set, remaining: example.left)
      #expect(try #require(RecordDecoder.decode(value, for: key)).lifetime == example.expected)
    }
  }

  @Test func `a copy is stored with its own lifetime`() throws {
    let encoder = RecordEncoder(RecordTests.record(), for: try Key("k"))
    let set = encoder.set(.add, lifetime: .seconds(600), valueLifetime: .forever)
    #expect(set.lifetime == .seconds(600))
    #expect(set.mode == .add)
  }

  @Test func `copies of one record differ in nothing but how far the value outlives them`() throws {
    let encoder = RecordEncoder(RecordTests.record(body: .printable(10)), for: try Key("k"))
    let natural = encoder.set(.set, lifetime: .seconds(1000), valueLifetime: .seconds(1000))
    let failover = encoder.set(.set, lifetime: .seconds(600), valueLifetime: .seconds(1000))
    #expect(natural.clientFlags == failover.clientFlags)
    let differing = zip(natural.head, failover.head).enumerated().filter { $0.element.0 != $0.element.1 }
    #expect(differing.allSatisfy { (20..<32).contains($0.offset) })
  }

  @Test func `the client flags are the magic and the stamp of the version`() {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<1000 {
      let version = Version(time: generator.next(), writer: UInt32(truncatingIfNeeded: generator.next()))
      let flags = RecordFormat.clientFlags(version)
      #expect(flags >> 24 == 0xCA)
      #expect(RecordFormat.isRecord(flags))
      #expect(VersionStamp(clientFlags: flags) == VersionStamp(version))
    }
  }

  @Test(arguments: [0, 1, 2, 32, 0xC9FF_FFFF, 0xCC00_0000, .max] as [UInt32])
  func `other clients' flags are not the magic`(flags: UInt32) {
    #expect(!RecordFormat.isRecord(flags))
  }
}
