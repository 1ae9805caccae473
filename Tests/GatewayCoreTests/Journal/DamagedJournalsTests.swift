import Glibc
import Testing

@testable import GatewayCore

/// Opening the journals of a state directory, whatever is found in their places.
struct DamagedJournalsTests {
  private let temporary: TemporaryDirectory
  private let log = RecordedLog()

  init() throws {
    temporary = try TemporaryDirectory()
    _ = try StateDirectory(configured: temporary.path, environment: [:])
  }

  private var folder: String { temporary.path + "/missed-writes" }

  private var path: String { folder + "/a.journal" }

  /// As a gateway does that was just started.
  private func open(_ node: String = "a") throws -> (storage: any JournalStorage, contents: JournalContents) {
    try StateDirectory.reopened(temporary.path).journal(forNode: node, logger: log.logger)
  }

  private func connection(_ port: UInt16) -> [UInt8] { JournalFormat.encode(.connection(localPort: port)) }

  @Test func `a node's first journal is empty, and there from then on`() throws {
    #expect(try open().contents == .empty)
    #expect(try TestFile.read(path) == JournalFormat.header(node: "a"))
    #expect(log.lines.isEmpty)
  }

  @Test func `each node has a journal of its own`() throws {
    let nodes = ["a", "b", "10.0.0.1:11211", ".", String(repeating: "n", count: 1000)]
    for (number, node) in nodes.enumerated() { try open(node).storage.append(connection(UInt16(number))) }
    for (number, node) in nodes.enumerated() {
      #expect(try open(node).contents.localPorts == [UInt16(number)])
    }
    #expect(TestFile.names(in: folder).count == nodes.count)
    #expect(log.lines.isEmpty)
  }

  @Test func `a record torn off at the end is not worth a word`() throws {
    try TestFile.write(path, JournalFormat.header(node: "a") + connection(1) + connection(2).dropLast())
    #expect(try open().contents == JournalContents(localPorts: [1]))
    #expect(log.lines.isEmpty)
    #expect(TestFile.names(in: folder) == ["a.journal"])
  }

  @Test func `one with damage in the middle is set aside, and its node flushed on its return`() throws {
    var damaged = JournalFormat.header(node: "a")
    damaged += JournalFormat.encode(.process(NodeProcess(id: "1", startedAt: 1))) + connection(1)
    let offset = damaged.count
    damaged +=
      connection(2) + JournalFormat.encode(.missed(try Key("k").wireKey, Version(time: 1, writer: 1)))
    damaged[offset + 5] ^= 1
    try TestFile.write(path, damaged)
    let expected = JournalContents(localPorts: [1], hasOverflowed: true)
    #expect(try open().contents == expected)
    #expect(try TestFile.read(path + ".damaged-1") == damaged)
    let line = try #require(log.lines.first)
    #expect(line.hasPrefix("error "))
    #expect(line.contains("file=\(path).damaged-1 node=a reason=damaged at byte \(offset)"))
    // A process that is killed before it has flushed the node leaves that to the next one.
    #expect(try open().contents == expected)
    #expect(log.lines.count == 1)
  }

  @Test func `one of another node, another format or no journal at all is set aside`() throws {
    let foreign = [
      JournalBytes.header(node: "b"), JournalBytes.header(node: "a", format: 2), Array("hello".utf8), [],
      JournalBytes.header(node: "a").dropLast(),
    ]
    for (number, bytes) in foreign.enumerated() {
      try TestFile.write(path, bytes)
      #expect(try open().contents == JournalContents(hasOverflowed: true))
      #expect(try TestFile.read("\(path).damaged-\(number + 1)") == bytes)
      #expect(log.lines.count == number + 1)
    }
    #expect(log.lines[0].contains("the journal of the node 'b'"))
  }

  @Test func `what is no file is moved away`() throws {
    try TestFile.write(temporary.path + "/elsewhere", JournalFormat.header(node: "a"))
    let obstacles = [
      { _ = mkdir(path, 0o700) }, { _ = mkfifo(path, 0o600) },
      { _ = symlink(temporary.path + "/elsewhere", path) },
    ]
    for (number, place) in obstacles.enumerated() {
      place()
      #expect(try open().contents == JournalContents(hasOverflowed: true))
      #expect(TestFile.exists("\(path).damaged-\(number + 1)"))
      try open().storage.append(connection(1))
      #expect(try open().contents == JournalContents(localPorts: [1], hasOverflowed: true))
      unlink(path)
    }
    #expect(log.lines.count == obstacles.count)
  }

  @Test func `one that is longer than any journal is not read to its end`() throws {
    try TestFile.write(path, JournalFormat.header(node: "a"))
    truncate(path, 1 << 40)
    #expect(try open().contents == JournalContents(hasOverflowed: true))
    #expect(log.lines.first?.contains("longer than") == true)
  }

  @Test func `nine are kept, and then the oldest is overwritten`() throws {
    for number in 1...11 as ClosedRange<UInt8> {
      try TestFile.write(path, [number])
      _ = try open()
    }
    let kept = (1...9).map { "a.journal.damaged-\($0)" }
    #expect(TestFile.names(in: folder) == ["a.journal"] + kept)
    #expect(
      try kept.map { try TestFile.read("\(folder)/\($0)") } == [10, 11, 3, 4, 5, 6, 7, 8, 9].map { [$0] })
  }

  @Test func `one that cannot be moved away either is told`() throws {
    mkdir(path, 0o700)
    for number in 1...9 {
      mkdir("\(path).damaged-\(number)", 0o700)
      try TestFile.write("\(path).damaged-\(number)/full", [])
    }
    #expect(throws: SystemError.self) { try open() }
  }

  @Test func `a folder that has gone is told`() throws {
    let state = try StateDirectory.reopened(temporary.path)
    rmdir(folder)
    #expect(throws: SystemError(errno: ENOENT, call: "open")) {
      try state.journal(forNode: "a", logger: log.logger)
    }
  }
}
