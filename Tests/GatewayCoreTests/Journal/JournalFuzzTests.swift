import Testing

@testable import GatewayCore

/// Everything in the file is untrusted: what is read from it is what the first so many records come to, or
/// nothing.
struct JournalFuzzTests {
  private let journal: [UInt8]
  /// What may come out: the contents of the first 0, 1, 2 … records.
  private let prefixes: [JournalContents]
  /// Where the header and each record end.
  private let ends: [Int]

  init() throws {
    journal = try JournalExamples.journal(node: "node")
    let entries = try JournalExamples.entries()
    prefixes = try (0...entries.count).map(JournalExamples.contents)
    var ends = [JournalFormat.header(node: "node").count]
    for entry in entries { ends.append((ends.last ?? 0) + JournalFormat.encode(entry).count) }
    self.ends = ends
  }

  /// nil when damaged.
  private func contents(_ bytes: [UInt8]) -> JournalContents? {
    try? JournalFormat.decode(bytes, node: "node")
  }

  @Test func `cut short anywhere, it holds the records that are whole`() throws {
    for length in 0...journal.count {
      let whole = ends.count { $0 <= length } - 1
      let expected = whole < 0 ? nil : prefixes[whole]
      let isExpected = contents(Array(journal[..<length])) == expected
      try #require(isExpected, "\(length) of \(journal.count) bytes")
    }
  }

  @Test func `with any byte changed, it is damaged, or lacks its last record`() throws {
    for change in 1...255 as ClosedRange<UInt8> {
      for position in journal.indices {
        var damaged = journal
        damaged[position] ^= change
        let expected = position < ends[ends.count - 2] ? nil : prefixes[prefixes.count - 2]
        let found = contents(damaged)
        let isExpected = found == expected || found == nil
        try #require(isExpected, "byte \(position) changed by \(change)")
      }
    }
  }

  @Test func `cut short and with any byte changed, it is damaged or lacks its end`() throws {
    var generator = SeededGenerator(seed: 21)
    for round in 0..<50_000 {
      var damaged = Array(journal[..<generator.int(1...journal.count)])
      damaged[generator.int(0...(damaged.count - 1))] ^= UInt8(generator.int(1...255))
      let isExpected = contents(damaged).map(prefixes.contains) ?? true
      try #require(isExpected, "round \(round)")
    }
  }

  @Test func `with bytes left out, doubled or put in, nothing appears that was not written`() throws {
    var generator = SeededGenerator(seed: 22)
    for round in 0..<50_000 {
      var damaged = journal
      let start = generator.int(0...(damaged.count - 1))
      let end = generator.int(start...min(damaged.count, start + 300))
      switch generator.int(0...2) {
      case 0: damaged.removeSubrange(start..<end)
      case 1: damaged.insert(contentsOf: damaged[start..<end], at: start)
      default: damaged.replaceSubrange(start..<end, with: generator.bytes(generator.int(0...40)))
      }
      guard let found = contents(damaged), let all = prefixes.last else { continue }
      let wasWritten =
        found.localPorts.isSubset(of: all.localPorts)
        && found.missed.allSatisfy { key, version in all.missed[key].map { version <= $0 } ?? false }
      try #require(wasWritten, "round \(round)")
    }
  }

  @Test func `random bytes are not a journal, nor entries behind a header`() {
    var generator = SeededGenerator(seed: 23)
    let header = JournalFormat.header(node: "node")
    for _ in 0..<50_000 {
      let bytes = generator.bytes(generator.int(0...100))
      #expect(contents(bytes) == nil)
      if let found = contents(header + bytes) { #expect(found == .empty) }
    }
  }

  @Test func `random bodies under right checksums are entries or damage`() throws {
    var generator = SeededGenerator(seed: 24)
    let header = JournalFormat.header(node: "node")
    var entries = 0
    for _ in 0..<50_000 {
      var body = [UInt8(generator.int(0...5))] + generator.bytes(generator.int(0...30))
      // Past the first checks, where there is something to go wrong.
      if body.count > 14 {
        body[1] &= 0x3F
        body[13] = UInt8(generator.int(0...1))
        for position in 14..<body.count { body[position] = 33 + body[position] % 94 }
      }
      guard let found = contents(header + JournalBytes.record(body)) else { continue }
      entries += 1
      for (key, version) in found.missed {
        #expect(JournalFormat.encode(.missed(key, version)) == JournalBytes.record(body))
      }
    }
    #expect(entries > 1000)
  }
}
