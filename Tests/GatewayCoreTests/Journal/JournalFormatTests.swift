import Testing

@testable import GatewayCore

struct JournalFormatTests {
  private func decode(_ records: [UInt8]...) throws -> JournalContents {
    try JournalFormat.decode(JournalBytes.header(node: "a") + records.flatMap(\.self), node: "a")
  }

  @Test func `every kind of entry comes back as it was`() throws {
    let version = Version(time: 0x1122_3344_5566_7788, writer: 0x99AA_BBCC)
    for key in try [
      Key("k"), Key(.printable(250)), Key([0, 255]), Key(.withSpace(186)), Key(.printable(300)),
    ] {
      let contents = try decode(JournalFormat.encode(.missed(key.wireKey, version)))
      #expect(contents == JournalContents(missed: [key.wireKey: version]))
    }
    for id in [nil, "", "4711", String(repeating: "9", count: 64)] {
      let process = NodeProcess(id: id, startedAt: .min)
      #expect(try decode(JournalFormat.encode(.process(process))) == JournalContents(process: process))
    }
    for port in [0, 1, .max] as [UInt16] {
      #expect(
        try decode(JournalFormat.encode(.connection(localPort: port))) == JournalContents(localPorts: [port]))
    }
    #expect(try decode(JournalFormat.encode(.overflow)) == JournalContents(hasOverflowed: true))
    #expect(try decode() == .empty)
  }

  @Test func `many entries come to one content`() throws {
    let journal = try JournalExamples.journal(node: "a")
    let entries = try JournalExamples.entries()
    #expect(try JournalFormat.decode(journal, node: "a") == JournalExamples.contents(entries.count))
  }

  @Test func `of several versions of a key the highest counts, of several processes the last`() throws {
    let key = try Key("k").wireKey
    let entries: [JournalEntry] = [
      .missed(key, Version(time: 2, writer: 1)), .missed(key, Version(time: 2, writer: 2)),
      .missed(key, Version(time: 1, writer: 3)), .process(NodeProcess(id: "1", startedAt: 9)),
      .process(NodeProcess(id: "2", startedAt: 3)),
    ]
    let contents = try decode(entries.flatMap(JournalFormat.encode))
    #expect(contents.missed == [key: Version(time: 2, writer: 2)])
    #expect(contents.process == NodeProcess(id: "2", startedAt: 3))
  }

  @Test func `it is laid out as documented`() throws {
    #expect(JournalFormat.header(node: "node-1") == JournalBytes.header(node: "node-1"))
    let process = NodeProcess(id: "17", startedAt: 0x0102)
    #expect(
      JournalFormat.encode(.process(process))
        == JournalBytes.record([1, 0, 0, 0, 0, 0, 0, 1, 2, 1] + Array("17".utf8)))
    #expect(
      JournalFormat.encode(.process(NodeProcess(id: nil, startedAt: -1)))
        == JournalBytes.record([1] + [UInt8](repeating: 255, count: 8) + [0]))
    #expect(JournalFormat.encode(.connection(localPort: 0x1234)) == JournalBytes.record([2, 0x12, 0x34]))
    let plain = try Key("k").wireKey
    #expect(
      JournalFormat.encode(.missed(plain, Version(time: 3, writer: 4)))
        == JournalBytes.record([3, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 4, 0] + Array("k".utf8)))
    let binary = try Key([0]).wireKey
    #expect(
      JournalFormat.encode(.missed(binary, .plain))
        == JournalBytes.record([3] + [UInt8](repeating: 0, count: 12) + [1] + Array("AA==".utf8)))
    #expect(JournalFormat.encode(.overflow) == JournalBytes.record([4]))
  }

  @Test func `a process id that is no memcached's counts as not known`() throws {
    let process = NodeProcess(id: String(repeating: "9", count: 65), startedAt: 5)
    #expect(try decode(JournalFormat.encode(.process(process))).process == NodeProcess(id: nil, startedAt: 5))
  }

  @Test func `the header of another node, format or kind of file is foreign`() throws {
    func reason(_ bytes: [UInt8]) -> String? {
      do throws(JournalDamage) {
        _ = try JournalFormat.decode(bytes, node: "a")
        return nil
      } catch {
        guard case .foreign(let reason) = error else { return nil }
        return reason
      }
    }
    #expect(reason(JournalBytes.header(node: "b"))?.contains("'b'") == true)
    #expect(reason(JournalBytes.header(node: ""))?.contains("''") == true)
    #expect(reason(JournalBytes.header(node: "a", format: 2))?.contains("format 2") == true)
    #expect(reason(JournalBytes.header(node: "a", magic: "CGMISSEE"))?.contains("not a journal") == true)
    #expect(reason(Array("listen: 127.0.0.1\n".utf8))?.contains("not a journal") == true)
    #expect(reason([])?.contains("not a journal") == true)
  }

  @Test func `names of any length and bytes are told apart`() throws {
    for name in ["", "é", String(repeating: "n", count: 65_535)] {
      #expect(try JournalFormat.decode(JournalFormat.header(node: name), node: name) == .empty)
      #expect(throws: JournalDamage.self) {
        try JournalFormat.decode(JournalFormat.header(node: name), node: "other")
      }
    }
    let tooLong = String(repeating: "n", count: 70_000)
    #expect(try JournalFormat.decode(JournalFormat.header(node: tooLong), node: tooLong) == .empty)
  }

  @Test func `a wrong record in the middle is damage, and the ports before it are told`() throws {
    let header = JournalBytes.header(node: "a")
    let port = JournalFormat.encode(.connection(localPort: 7))
    var wrong = JournalFormat.encode(.overflow)
    wrong[4] ^= 1
    let later = JournalFormat.encode(.connection(localPort: 8))
    #expect(throws: JournalDamage.damaged(at: header.count + port.count, localPorts: [7])) {
      try JournalFormat.decode(header + port + wrong + later, node: "a")
    }
  }

  @Test func `a last record that is wrong is dropped`() throws {
    let port = JournalFormat.encode(.connection(localPort: 7))
    var wrong = JournalFormat.encode(.overflow)
    wrong[wrong.count - 1] ^= 1
    #expect(try decode(port, wrong) == JournalContents(localPorts: [7]))
  }

  @Test func `a wrong length is damage also where it reaches past the end`() throws {
    let record = JournalBytes.record([4])
    for length in [0, 2, 264, 265, 1000, 65_535] {
      let wrong = JournalBytes.bigEndian(UInt64(length), 2) + record[2...]
      #expect(throws: JournalDamage.self) { try decode(wrong, record) }
      #expect(throws: JournalDamage.self) { try decode(wrong) }
    }
    for length in [0, 265, 65_535] {
      #expect(throws: JournalDamage.self) { try decode(JournalBytes.record([4], length: length), record) }
    }
  }

  /// With a right checksum: written by something else than this format.
  @Test(
    arguments: [
      [0], [5], [255], [4, 0], [2], [2, 1], [2, 1, 2, 3], [1], [1, 0, 0, 0, 0, 0, 0, 0, 0],
      [1, 0, 0, 0, 0, 0, 0, 0, 0, 2], [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 49],
      [1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 255],
      [1, 0, 0, 0, 0, 0, 0, 0, 0, 1] + .printable(65),
      [3], [3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0], [3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 32],
      [3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 2, 97], [3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 97],
      [3, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 97], [3] + [UInt8](repeating: 255, count: 12) + [0, 97],
    ] as [[UInt8]])
  func `a body that no entry has is damage`(body: [UInt8]) {
    #expect(throws: JournalDamage.self) { try decode(JournalBytes.record(body)) }
    #expect(throws: JournalDamage.self) {
      try decode(JournalBytes.record(body), JournalFormat.encode(.overflow))
    }
  }
}
