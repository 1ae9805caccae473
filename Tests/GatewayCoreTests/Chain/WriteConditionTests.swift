import Testing

@testable import GatewayCore

struct WriteConditionTests {
  private let key: Key
  private static let version = Version(time: 1, writer: 1)
  private let value = Record(kind: .value, version: Self.version, writtenAt: 1000, body: .empty)
  private let tombstone = Record.tombstone(Self.version, writtenAt: 1000)
  private let plain = Record(kind: .value, version: .plain, writtenAt: 0, body: .empty)

  init() throws {
    key = try Key(Array("k".utf8))
  }

  private func holds(_ date: Int64, _ newest: Record?) -> Bool {
    WriteCondition.unmodifiedSince(date).holds(newest, key)
  }

  @Test func `a value is unmodified since the second it was written in`() {
    #expect(!holds(999, value))
    #expect(holds(1000, value))
    #expect(holds(1001, value))
    #expect(!holds(-1, value))
    #expect(holds(.max, value))
  }

  @Test func `a deletion is a modification`() {
    #expect(!holds(999, tombstone))
    #expect(holds(1000, tombstone))
  }

  @Test func `what has no date is unmodified`() {
    #expect(holds(0, nil))
    #expect(holds(0, plain))
  }

  @Test func `a tombstone is nothing to all other conditions`() {
    for newest in [nil, tombstone] {
      #expect(WriteCondition.absent.holds(newest, key))
      #expect(!WriteCondition.present.holds(newest, key))
      #expect(!WriteCondition.matches([.version(Self.version)]).holds(newest, key))
      #expect(WriteCondition.matchesNone([.version(Self.version)]).holds(newest, key))
    }
  }

  @Test func `of several conditions all must hold`() {
    #expect(WriteCondition.all([.unmodifiedSince(1000), .absent]).holds(tombstone, key))
    #expect(!WriteCondition.all([.unmodifiedSince(999), .absent]).holds(tombstone, key))
    #expect(!WriteCondition.all([.unmodifiedSince(1000), .absent]).holds(value, key))
  }
}
