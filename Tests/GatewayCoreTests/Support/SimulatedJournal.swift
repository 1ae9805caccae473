import Glibc

@testable import GatewayCore

/// A journal file in memory, on a disk that fails when it is told to.
///
/// `@unchecked Sendable`: used on one thread.
final class SimulatedJournal: JournalStorage, @unchecked Sendable {
  let node: String
  /// What the next calls throw; nil: the disk works.
  var diskError: SystemError?
  /// Calls that succeeded.
  private(set) var appends = 0
  private(set) var replacements = 0
  /// The most bytes it ever had.
  private(set) var longest = 0
  private var bytes: [UInt8] {
    didSet { longest = max(longest, bytes.count) }
  }

  init(node: String, _ entries: [JournalEntry] = []) {
    self.node = node
    bytes = JournalFormat.header(node: node) + entries.flatMap(JournalFormat.encode)
  }

  var length: Int { bytes.count }

  func append(_ bytes: [UInt8]) throws(SystemError) {
    if let diskError { throw diskError }
    self.bytes += bytes
    appends += 1
  }

  func replace(with bytes: [UInt8]) throws(SystemError) {
    if let diskError { throw diskError }
    self.bytes = bytes
    replacements += 1
  }

  /// The process ended in the middle of a record.
  func tear() {
    let record = JournalFormat.encode(.connection(localPort: 1))
    bytes += record.dropLast(record.count / 2)
  }

  /// What a gateway that starts now finds.
  var contents: JournalContents { read().contents }

  func open() -> NodeJournal {
    let (contents, length) = read()
    bytes = Array(bytes.prefix(length))
    return NodeJournal(storage: self, contents: contents)
  }

  private func read() -> (contents: JournalContents, wholeLength: Int) {
    do {
      return try JournalFormat.read(bytes, node: node)
    } catch {
      preconditionFailure("a journal of our own is damaged: \(error)")
    }
  }
}

extension SystemError {
  static let diskFull = SystemError(errno: ENOSPC, call: "write")
}
