@testable import GatewayCore

/// Builds a journal by the tables in JournalFormat.swift, independently of it: what another program would
/// write, and, field by field, what no program should.
enum JournalBytes {
  static func header(node: String, format: UInt8 = 1, magic: String = "CGMISSED") -> [UInt8] {
    let name = Array(node.utf8)
    let front = Array(magic.utf8) + [format] + bigEndian(UInt64(name.count), 2) + name
    return front + bigEndian(XXHash64.hash(front), 8)
  }

  /// With a checksum that is right.
  static func record(_ body: [UInt8], length: Int? = nil, inverted: Int? = nil) -> [UInt8] {
    let length = length ?? body.count
    let front =
      bigEndian(UInt64(length), 2) + bigEndian(UInt64(inverted ?? 0xFFFF - length), 2) + body
    let seed = XXHash64.hash(Array("CGMISSED".utf8) + [1])
    return front + bigEndian(XXHash64.hash(front, seed: seed), 8)
  }

  static func bigEndian(_ number: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64(count - 1 - $0))) }
  }
}

/// Entries of every kind, and what they come to.
enum JournalExamples {
  static func entries() throws -> [JournalEntry] {
    let plain = try Key("plain").wireKey
    return [
      .process(NodeProcess(id: "4711", startedAt: 1_700_000_000)),
      .connection(localPort: 40_001),
      .missed(plain, Version(time: 5, writer: 9)),
      .missed(try Key(.withSpace(186)).wireKey, Version(time: 1 << 61, writer: .max)),
      .missed(plain, Version(time: 6, writer: 0)),
      .connection(localPort: 65_535),
      .missed(try Key(.printable(250)).wireKey, .plain),
      .missed(plain, Version(time: 5, writer: 10)),
      .overflow,
      .missed(try Key(.printable(300)).wireKey, Version(time: 7, writer: 1)),
      .process(NodeProcess(id: nil, startedAt: -1)),
      .missed(try Key("x").wireKey, Version(time: 8, writer: 1)),
    ]
  }

  /// What a journal of the first so many of them holds.
  static func contents(_ count: Int) throws -> JournalContents {
    var contents = JournalContents.empty
    for entry in try entries().prefix(count) {
      switch entry {
      case .process(let process): contents.process = process
      case .connection(let port): contents.localPorts.insert(port)
      case .overflow: contents.hasOverflowed = true
      case .missed(let key, let version):
        if contents.missed[key].map({ $0 < version }) ?? true { contents.missed[key] = version }
      }
    }
    return contents
  }

  static func journal(node: String) throws -> [UInt8] {
    try JournalFormat.header(node: node) + entries().flatMap(JournalFormat.encode)
  }
}
