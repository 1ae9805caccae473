import Glibc
import Logging

/// The directory where a gateway keeps what must survive it. One gateway at a time uses one (flock).
///
///     lock                        locked for as long as the gateway lives
///     missed-writes/*.journal     a journal for each node (rule C8)
///     moving                      there while keys move after a change of the pool
public final class StateDirectory: Sendable {
  public let path: String
  private let lock: CInt

  /// `configured`: this very directory. nil: a folder of the user's own, see `DefaultStateDirectory`.
  ///
  /// Creates what is missing, for nobody else to read, and proves that it can be written.
  public init(configured: String?, environment: [String: String]) throws(StateDirectoryError) {
    if let configured {
      (path, lock) = (configured, try Self.prepare(configured))
    } else {
      (path, lock) = try DefaultStateDirectory(environment).takeFirstFree(Self.prepare)
    }
  }

  deinit { close(lock) }

  var moveNote: any MoveNote { MoveNoteFile(path: path + "/moving") }

  /// Opens the node's journal, and creates it when there is none. To be called once for each node.
  ///
  /// One that cannot be relied on is set aside, and the node counts as having missed more than was noted.
  func journal(
    forNode name: String, logger: Logger
  ) throws(SystemError) -> (storage: any JournalStorage, contents: JournalContents) {
    let journal = Self.journals(path) + "/" + JournalFileName.make(name)
    do throws(JournalFile.OpenFailure) {
      return try JournalFile.open(journal, node: name, owner: self)
    } catch {
      switch error {
      case .failed(let error): throw error
      case .missing: return (try create(journal, name, .empty), .empty)
      case .unusable(let reason, let localPorts):
        let kept = try DamagedJournals.setAside(journal)
        logger.error(
          "a journal of missed writes cannot be relied on: its node is flushed on its return",
          metadata: ["node": "\(name)", "file": "\(kept)", "reason": "\(reason)"])
        let contents = JournalContents(localPorts: localPorts, hasOverflowed: true)
        return (try create(journal, name, contents), contents)
      }
    }
  }

  /// With what was found from the start, so that it is not lost if the process ends at once.
  private func create(
    _ journal: String, _ node: String, _ contents: JournalContents
  ) throws(SystemError) -> JournalFile {
    var bytes = JournalFormat.header(node: node)
    if contents.hasOverflowed { bytes += JournalFormat.encode(.overflow) }
    for port in contents.localPorts.sorted() { bytes += JournalFormat.encode(.connection(localPort: port)) }
    return try JournalFile.create(journal, with: bytes, owner: self)
  }

  private static func journals(_ path: String) -> String { path + "/missed-writes" }

  /// The descriptor that holds the lock.
  private static func prepare(_ path: String) throws(StateDirectoryError) -> CInt {
    do throws(SystemError) {
      try Folders.create(journals(path))
      let lock = try lock(path)
      do throws(SystemError) {
        try proveWritable(journals(path))
        return lock
      } catch {
        close(lock)
        throw error
      }
    } catch {
      throw StateDirectoryError(path: path, reason: error.errno == EWOULDBLOCK ? .inUse : .failed(error))
    }
  }

  /// Throws EWOULDBLOCK when another gateway has it.
  private static func lock(_ path: String) throws(SystemError) -> CInt {
    let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
    let descriptor = try SystemCall.check("open") { open("\(path)/lock", flags, 0o600) }
    do {
      _ = try SystemCall.check("flock") { flock(descriptor, LOCK_EX | LOCK_NB) }
      return descriptor
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// A full disk takes new files, but nothing in them.
  private static func proveWritable(_ path: String) throws(SystemError) {
    let probe = path + "/probe"
    _ = try JournalFile.create(probe, with: [0])
    _ = try SystemCall.check("unlink") { unlink(probe) }
  }
}
