import Glibc

/// Remembers that keys move after a change of the pool, so that a gateway that is started anew in the middle goes on
/// with it.
protocol MoveNote: Sendable {
  /// The pool to whose places keys were moving when the last run ended; nil when every key stood at its place.
  func read() -> PoolFingerprint?
  /// nil: every key stands at its place.
  func write(_ pool: PoolFingerprint?) throws(SystemError)
}

/// Tells one pool from another: by the names and weights of the nodes that take keys, and the number of copies.
struct PoolFingerprint: Equatable, Sendable {
  /// 16 hexadecimal digits.
  let text: String

  init(text: String) {
    self.text = text
  }

  init(_ members: [NodeConfiguration], replicas: Int) {
    let nodes = members.map { "\($0.name)*\($0.weight)" }.sorted().joined(separator: "\n")
    let digits = String(XXHash64.hash(Array("\(replicas)\n\(nodes)".utf8)), radix: 16)
    text = String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// In the state directory.
struct MoveNoteFile: MoveNote {
  let path: String

  func read() -> PoolFingerprint? {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 16)
    let result = SystemCall.transfer("read") { Glibc.read(file, &bytes, bytes.count) }
    guard case .bytes(let count) = result else { return nil }
    return PoolFingerprint(text: String(decoding: bytes.prefix(count), as: UTF8.self))
  }

  func write(_ pool: PoolFingerprint?) throws(SystemError) {
    if let pool {
      _ = try JournalFile.create(path, with: Array(pool.text.utf8))
    } else if unlink(path) != 0, errno != ENOENT {
      throw SystemError(errno: errno, call: "unlink")
    }
  }
}
