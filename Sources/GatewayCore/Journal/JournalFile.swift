import Glibc
import Synchronization

/// One node's journal as a file that is only appended to. What was appended is the kernel's at once, and so
/// survives the end of the process.
final class JournalFile: JournalStorage {
  /// The longest journal, in bytes: twice what 100,000 missed writes of the longest keys take.
  static let longest = 64 << 20

  /// write(2), which tests replace to have it fail in the middle.
  typealias Write = @Sendable (CInt, UnsafeRawBufferPointer) -> Int

  private struct State {
    var descriptor: CInt
    /// Where the last whole record ends.
    var length: Int
    /// An append failed: there may be a part of it behind `length`.
    var mayBeTorn = false
  }

  private let path: String
  private let write: Write
  private let state: Mutex<State>
  /// The lock on the directory lasts for as long as somebody writes in it.
  private let owner: (any Sendable)?

  private init(_ path: String, _ state: State, owner: (any Sendable)?, write: @escaping Write) {
    self.path = path
    self.state = Mutex(state)
    self.owner = owner
    self.write = write
  }

  deinit { close(state.withLock { $0.descriptor }) }

  /// Throws EFBIG rather than exceed `longest`.
  func append(_ bytes: [UInt8]) throws(SystemError) {
    try state.withLock { (state) throws(SystemError) in
      guard state.length + bytes.count <= Self.longest else { throw SystemError(errno: EFBIG, call: "write") }
      if state.mayBeTorn { try Self.cut(state.descriptor, to: state.length) }
      state.mayBeTorn = true
      try Self.writeAll(bytes, to: state.descriptor, write)
      state.length += bytes.count
      state.mayBeTorn = false
    }
  }

  func replace(with bytes: [UInt8]) throws(SystemError) {
    try state.withLock { (state) throws(SystemError) in
      let next = try Self.put(bytes, at: path, write)
      close(state.descriptor)
      state = next
    }
  }

  // MARK: Opening it

  /// Why there is no journal to be had at a path.
  enum OpenFailure: Error {
    case missing
    /// It is there but cannot be relied on.
    case unusable(reason: String, localPorts: Set<UInt16>)
    /// For reasons that lie elsewhere.
    case failed(SystemError)
  }

  /// The journal of the node that is there already, without the last record if that was not written whole.
  static func open(
    _ path: String, node: String, owner: (any Sendable)? = nil, write: @escaping Write = systemWrite
  ) throws(OpenFailure) -> (JournalFile, JournalContents) {
    let descriptor = try openExisting(path)
    do throws(OpenFailure) {
      let bytes = try readAll(descriptor)
      let (contents, length) = try decode(bytes, node)
      if length < bytes.count {
        do { try cut(descriptor, to: length) } catch { throw .failed(error) }
      }
      let state = State(descriptor: descriptor, length: length)
      return (JournalFile(path, state, owner: owner, write: write), contents)
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// A journal with this content, in the place of whatever file is there.
  static func create(
    _ path: String, with bytes: [UInt8], owner: (any Sendable)? = nil, write: @escaping Write = systemWrite
  ) throws(SystemError) -> JournalFile {
    JournalFile(path, try put(bytes, at: path, write), owner: owner, write: write)
  }

  private static func openExisting(_ path: String) throws(OpenFailure) -> CInt {
    do {
      return try SystemCall.check("open") { Glibc.open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW) }
    } catch {
      switch error.errno {
      case ENOENT: throw .missing
      case EMFILE, ENFILE, ENOMEM: throw .failed(error)
      default: throw .unusable(reason: "\(error)", localPorts: [])
      }
    }
  }

  private static func decode(
    _ bytes: [UInt8], _ node: String
  ) throws(OpenFailure) -> (contents: JournalContents, wholeLength: Int) {
    do {
      return try JournalFormat.read(bytes, node: node)
    } catch {
      guard case .damaged(_, let localPorts) = error else {
        throw .unusable(reason: "\(error)", localPorts: [])
      }
      throw .unusable(reason: "\(error)", localPorts: localPorts)
    }
  }

  private static func readAll(_ descriptor: CInt) throws(OpenFailure) -> [UInt8] {
    var status = stat()
    // A pipe in its place would never end.
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .unusable(reason: "not a regular file", localPorts: [])
    }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 256 * 1024)
    while bytes.count <= longest {
      switch SystemCall.transfer("read", { read(descriptor, &chunk, chunk.count) }) {
      case .bytes(let count): bytes += chunk[..<count]
      case .endOfStream: return bytes
      case .wouldBlock: throw .unusable(reason: "not a regular file", localPorts: [])
      case .failed(let error): throw .unusable(reason: "\(error)", localPorts: [])
      }
    }
    throw .unusable(reason: "longer than \(longest) bytes", localPorts: [])
  }

  // MARK: Writing

  @Sendable static func systemWrite(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
    Glibc.write(descriptor, bytes.baseAddress, bytes.count)
  }

  /// A file beside it, complete and on the disk before it takes the place of what is there.
  private static func put(_ bytes: [UInt8], at path: String, _ write: Write) throws(SystemError) -> State {
    let temporary = path + ".new"
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW
    let descriptor = try SystemCall.check("open") { Glibc.open(temporary, flags, 0o600) }
    do {
      try writeAll(bytes, to: descriptor, write)
      _ = try SystemCall.check("fsync") { fsync(descriptor) }
      _ = try SystemCall.check("rename") { rename(temporary, path) }
      return State(descriptor: descriptor, length: bytes.count)
    } catch {
      close(descriptor)
      unlink(temporary)
      throw error
    }
  }

  private static func writeAll(_ bytes: [UInt8], to descriptor: CInt, _ write: Write) throws(SystemError) {
    var written = 0
    while written < bytes.count {
      let result = bytes.withUnsafeBytes { bytes in
        SystemCall.transfer("write") {
          write(descriptor, UnsafeRawBufferPointer(rebasing: bytes[written...]))
        }
      }
      switch result {
      case .bytes(let count): written += count
      case .failed(let error): throw error
      case .wouldBlock, .endOfStream: throw SystemError(errno: EIO, call: "write")
      }
    }
  }

  private static func cut(_ descriptor: CInt, to length: Int) throws(SystemError) {
    _ = try SystemCall.check("ftruncate") { ftruncate(descriptor, length) }
  }
}
