import Glibc
import Synchronization
import Testing

@testable import GatewayCore

/// On real files. A process that was killed is one that no longer refers to its journal: closing it writes
/// nothing.
struct JournalFileTests {
  private let directory: TemporaryDirectory
  private let path: String
  private let header = JournalFormat.header(node: "a")

  init() throws {
    directory = try TemporaryDirectory()
    path = directory.path + "/a.journal"
  }

  private func create(write: @escaping JournalFile.Write = JournalFile.systemWrite) throws -> JournalFile {
    try JournalFile.create(path, with: header, write: write)
  }

  private func open() throws -> (file: JournalFile, contents: JournalContents) {
    try JournalFile.open(path, node: "a")
  }

  private func connection(_ port: UInt16) -> [UInt8] { JournalFormat.encode(.connection(localPort: port)) }

  @Test func `what was appended is there for the next process`() throws {
    let entries = try JournalExamples.entries()
    var file: JournalFile? = try create()
    for entry in entries { try file?.append(JournalFormat.encode(entry)) }
    // Before it is closed as well.
    #expect(try open().contents == JournalExamples.contents(entries.count))
    file = nil
    #expect(try open().contents == JournalExamples.contents(entries.count))
    #expect(TestFile.mode(path) == 0o600)
  }

  @Test func `several records can be appended at once, and by one process after the other`() throws {
    try create().append(connection(1) + connection(2))
    try open().file.append(connection(3))
    try open().file.append(connection(4))
    #expect(try open().contents.localPorts == [1, 2, 3, 4])
    #expect(try TestFile.read(path) == header + (1...4).flatMap(connection))
  }

  @Test func `a record that was written in part is cut off, and later ones stand behind whole ones`() throws {
    let whole = header + connection(1)
    let torn = connection(2)
    for count in 1..<torn.count {
      try TestFile.write(path, whole + torn[..<count])
      let (file, contents) = try open()
      #expect(contents.localPorts == [1])
      #expect(try TestFile.read(path) == whole)
      try file.append(connection(3))
      #expect(try open().contents.localPorts == [1, 3])
    }
  }

  @Test func `a last record that is wrong is cut off`() throws {
    var wrong = connection(2)
    wrong[5] ^= 1
    try TestFile.write(path, header + connection(1) + wrong)
    try open().file.append(connection(3))
    #expect(try TestFile.read(path) == header + connection(1) + connection(3))
  }

  @Test func `replacing leaves only what is new, and appending goes on behind it`() throws {
    let file = try create()
    for port in 1...100 as ClosedRange<UInt16> { try file.append(connection(port)) }
    try file.replace(with: header + connection(200))
    #expect(try open().contents.localPorts == [200])
    try file.append(connection(201))
    #expect(try open().contents.localPorts == [200, 201])
    #expect(TestFile.names(in: directory.path) == ["a.journal"])
    #expect(TestFile.mode(path) == 0o600)
  }

  @Test func `what a killed process left of a replacement is in nobody's way`() throws {
    try create().append(connection(1))
    try TestFile.write(path + ".new", header)
    let (file, contents) = try open()
    #expect(contents.localPorts == [1])
    try file.replace(with: header + connection(2))
    #expect(try open().contents.localPorts == [2])
    #expect(TestFile.names(in: directory.path) == ["a.journal"])
  }

  @Test func `a write that fails is told with its reason, and the half of it never spreads`() throws {
    let disk = FullDisk()
    let file = try create(write: disk.write)
    try file.append(connection(1))
    for room in 0..<connection(2).count {
      disk.room = room
      #expect(throws: SystemError.diskFull) { try file.append(connection(2)) }
      #expect(try TestFile.read(path).count == header.count + connection(1).count + room)
      disk.room = nil
      try file.append(connection(3))
      #expect(try TestFile.read(path) == header + connection(1) + connection(3))
      try file.replace(with: header + connection(1))
    }
  }

  @Test func `of several records in one write that fails none stands after the next append`() throws {
    let disk = FullDisk()
    let file = try create(write: disk.write)
    disk.room = connection(1).count + 3
    #expect(throws: SystemError.self) { try file.append(connection(1) + connection(2)) }
    #expect(throws: SystemError.self) { try file.append(connection(3)) }
    disk.room = nil
    try file.append(connection(4))
    #expect(try TestFile.read(path) == header + connection(4))
  }

  @Test func `a replacement that fails leaves what was there, and appending goes on`() throws {
    let disk = FullDisk()
    let file = try create(write: disk.write)
    try file.append(connection(1))
    disk.room = 5
    #expect(throws: SystemError.diskFull) { try file.replace(with: header + connection(2)) }
    #expect(TestFile.names(in: directory.path) == ["a.journal"])
    disk.room = nil
    try file.append(connection(3))
    #expect(try open().contents.localPorts == [1, 3])
  }

  @Test func `a write in many parts is finished`() throws {
    let file = try create { descriptor, bytes in write(descriptor, bytes.baseAddress, min(3, bytes.count)) }
    try file.append(connection(1) + connection(2))
    #expect(try open().contents.localPorts == [1, 2])
  }

  @Test func `a write that makes no progress is given up`() throws {
    let isStuck = Atomic<Bool>(false)
    let file = try create { descriptor, bytes in
      isStuck.load(ordering: .relaxed) ? 0 : write(descriptor, bytes.baseAddress, bytes.count)
    }
    isStuck.store(true, ordering: .relaxed)
    #expect(throws: SystemError(errno: EIO, call: "write")) { try file.append(connection(1)) }
  }

  @Test func `it does not grow past its limit until it is replaced`() throws {
    let isPretending = Atomic<Bool>(false)
    let file = try create { descriptor, bytes in
      isPretending.load(ordering: .relaxed) ? bytes.count : write(descriptor, bytes.baseAddress, bytes.count)
    }
    isPretending.store(true, ordering: .relaxed)
    try file.append([UInt8](repeating: 0, count: JournalFile.longest - header.count))
    isPretending.store(false, ordering: .relaxed)
    #expect(throws: SystemError(errno: EFBIG, call: "write")) { try file.append([0]) }
    try file.replace(with: header)
    try file.append(connection(1))
    #expect(try open().contents.localPorts == [1])
  }
}

/// Takes as many bytes as it has room for; nil: any number.
private final class FullDisk: Sendable {
  private let left = Mutex<Int?>(nil)

  var room: Int? {
    get { left.withLock { $0 } }
    set { left.withLock { $0 = newValue } }
  }

  @Sendable func write(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
    let room = room ?? bytes.count
    if room == 0, !bytes.isEmpty {
      errno = ENOSPC
      return -1
    }
    let written = Glibc.write(descriptor, bytes.baseAddress, min(room, bytes.count))
    if self.room != nil { self.room = room - written }
    return written
  }
}
