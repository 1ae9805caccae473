@testable import GatewayCore

/// One node's missed writes, the journal they are kept in, and what is logged of them.
final class MissedWritesHarness {
  let journal: SimulatedJournal
  let log = RecordedLog()
  let missed: MissedWrites

  init(_ entries: [JournalEntry] = []) {
    journal = SimulatedJournal(node: "node", entries)
    missed = MissedWrites(node: "node", journal: journal.open(), logger: log.logger)
  }

  /// As the next run of the gateway finds them.
  func reopened() -> MissedWrites {
    MissedWrites(node: "node", journal: journal.open(), logger: log.logger)
  }

  func key(_ name: String) throws -> WireKey { try Key(name).wireKey }

  func version(_ time: UInt64) -> Version { Version(time: time, writer: 1) }

  func versions(_ times: [String: UInt64]) throws -> [WireKey: Version] {
    try Dictionary(uniqueKeysWithValues: times.map { (try key($0.key), version($0.value)) })
  }

  func note(_ name: String, _ time: UInt64) throws {
    missed.note(try key(name), version(time))
  }

  /// Notes so many keys, whose names have `length` bytes.
  func noteMany(_ count: Int, length: Int, _ time: UInt64 = 5) throws {
    for number in 0..<count { try note(Self.name(number, length), time) }
  }

  static func name(_ number: Int, _ length: Int) -> String {
    let digits = "\(number)"
    return String(repeating: "k", count: length - digits.utf8.count) + digits
  }

  func settle(_ name: String, _ time: UInt64) throws { missed.settle([try key(name): version(time)]) }

  /// Applies batch after batch until nothing is missed, a thousand at most; how many there were.
  func settleBatches() -> Int {
    var batches = 0
    while batches < 1000, case .keys(let keys) = missed.next() {
      missed.settle(keys)
      batches += 1
    }
    return batches
  }
}
