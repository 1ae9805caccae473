import Logging
import Synchronization

/// The keys whose latest write a node did not acknowledge (rule C8): what it holds under them may be older than
/// the version noted. It is asked for none of them until it has been rid of what is, and before it serves
/// anything after an outage, it is rid of all.
///
/// Kept in memory and, before the write is answered, in the node's journal on disk, from where the next run of
/// the gateway takes it up.
final class MissedWrites: Sendable {
  /// Bounds for each node: about 20 MB of memory. Past them the node is flushed on its return.
  static let mostKeys = 100_000
  static let mostBytes = 10_000_000
  /// Keys applied at a time: a few milliseconds of a node's work.
  static let batch = 512

  enum Batch: Equatable {
    case none
    case keys([WireKey: Version])
    /// More than could be noted: whatever the node holds may be old.
    case everything
  }

  private let node: String
  private let storage: (any JournalStorage)?
  private let logger: Logger
  private let state: Mutex<MissedWritesState>
  /// For `holds`, which every read asks.
  private let hasKeys: Atomic<Bool>

  init(node: String, journal: NodeJournal?, logger: Logger) {
    self.node = node
    self.logger = logger
    storage = journal?.storage
    let contents = journal?.contents ?? .empty
    var initial = MissedWritesState()
    for (key, version) in contents.missed { initial.insert(key, version) }
    initial.hasOverflowed = contents.hasOverflowed
    initial.process = contents.process
    initial.formerPorts = contents.localPorts
    initial.records = initial.liveRecords
    hasKeys = Atomic(!initial.keys.isEmpty)
    state = Mutex(initial)
  }

  var count: Int { state.withLock { $0.keys.count } }

  /// How often a write was noted since the gateway's start.
  var notedCount: Int { state.withLock { $0.noted } }

  var isEmpty: Bool { state.withLock { $0.isEmpty } }

  var hasOverflowed: Bool { state.withLock { $0.hasOverflowed } }

  /// The node must not be asked for this key.
  func holds(_ key: @autoclosure () throws -> WireKey) rethrows -> Bool {
    guard hasKeys.load(ordering: .relaxed) else { return false }
    return isNoted(try key())
  }

  /// Apart, since it is rare: so the check before it costs every read one load.
  @inline(never)
  private func isNoted(_ key: WireKey) -> Bool { state.withLock { $0.keys[key] != nil } }

  // MARK: Noting

  /// Notes that the node did not acknowledge a write.
  func note(_ key: WireKey, _ version: Version) {
    state.withLock { state in
      if state.hasOverflowed { return }
      let known = state.keys[key]
      if let known, known >= version { return }
      guard known != nil || state.hasRoom(for: key) else { return overflow(&state) }
      state.insert(key, version)
      state.noted += 1
      hasKeys.store(true, ordering: .relaxed)
      append(.missed(key, version), &state)
    }
  }

  /// Whatever the node holds may be old: it is flushed before it serves.
  func noteEverything() { state.withLock { if !$0.hasOverflowed { markOverflow(&$0) } } }

  private func overflow(_ state: inout MissedWritesState) {
    markOverflow(&state)
    logger.error(
      "more writes were missed than are noted: the node will be flushed on its return",
      metadata: ["node": "\(node)", "limit": "\(Self.mostKeys) keys, \(Self.mostBytes) bytes"])
  }

  private func markOverflow(_ state: inout MissedWritesState) {
    state.hasOverflowed = true
    state.removeAll()
    hasKeys.store(false, ordering: .relaxed)
    append(.overflow, &state)
  }

  // MARK: Applying

  /// What is to be applied next. It stays noted until it is `settled`.
  func next() -> Batch {
    state.withLock { state in
      if state.hasOverflowed { return .everything }
      if state.keys.isEmpty { return .none }
      return .keys(Dictionary(uniqueKeysWithValues: state.keys.prefix(Self.batch).map { ($0.key, $0.value) }))
    }
  }

  /// The node holds nothing older than these versions under these keys any more.
  func settle(_ keys: [WireKey: Version]) {
    state.withLock { state in
      for (key, version) in keys { state.remove(key, upTo: version) }
      settled(&state)
    }
  }

  /// The node holds nothing old at all: it was flushed.
  func settleAll() {
    state.withLock { state in
      state.hasOverflowed = false
      state.removeAll()
      settled(&state)
    }
  }

  private func settled(_ state: inout MissedWritesState) {
    guard state.isEmpty else { return }
    hasKeys.store(false, ordering: .relaxed)
    if state.records > state.liveRecords { rewrite(&state) }
  }

  /// Calls `comeUp` if nothing is missed; false when something is. One step, so that no key is noted behind the
  /// back of a node that comes up.
  func finish(_ comeUp: () -> Void) -> Bool {
    state.withLock { state in
      if !state.isEmpty { return false }
      comeUp()
      return true
    }
  }

  // MARK: The process and the connections to it

  /// The process that served last, as far as an earlier run of the gateway knew.
  var process: NodeProcess? { state.withLock { $0.process } }

  func noteProcess(_ process: NodeProcess) {
    state.withLock { state in
      if let known = state.process, process.isSame(as: known) { return }
      state.process = process
      append(.process(process), &state)
    }
  }

  func connectionOpened(localPort: UInt16) {
    state.withLock { state in
      state.openPorts.insert(localPort)
      state.formerPorts.remove(localPort)
      append(.connection(localPort: localPort), &state)
    }
  }

  /// What the node has not read of it may yet be carried out.
  func connectionClosed(localPort: UInt16) {
    state.withLock { state in
      if state.openPorts.remove(localPort) != nil { state.formerPorts.insert(localPort) }
    }
  }

  var formerPorts: Set<UInt16> { state.withLock { $0.formerPorts } }

  /// The node has none of these connections any more.
  func connectionsEnded(_ localPorts: Set<UInt16>) {
    state.withLock { $0.formerPorts.subtract(localPorts) }
  }

  // MARK: The journal

  /// Most of the time one small record. The whole is written anew once most of it is outdated, so that its
  /// length stays within a small multiple of what it holds; and when a disk that failed works again.
  private func append(_ entry: JournalEntry, _ state: inout MissedWritesState) {
    guard let storage else { return }
    state.records += 1
    do throws(SystemError) {
      try storage.append(JournalFormat.encode(entry))
    } catch {
      if !state.journalHasGap {
        report(error, "missed writes are kept in memory only: the journal cannot be written")
      }
      state.journalHasGap = true
      return
    }
    if state.journalHasGap || state.records > Self.mostRecords(state) { rewrite(&state) }
  }

  private static func mostRecords(_ state: MissedWritesState) -> Int { 2 * state.liveRecords + 1000 }

  /// After a failure not again before the journal has grown as much as makes it worthwhile.
  private func rewrite(_ state: inout MissedWritesState) {
    guard let storage, state.records >= state.nextRewrite else { return }
    do throws(SystemError) {
      try storage.replace(with: JournalFormat.header(node: node) + state.encoded)
      state.records = state.liveRecords
      state.journalHasGap = false
      state.nextRewrite = 0
    } catch {
      if !state.journalHasGap {
        report(error, "the journal of missed writes cannot be written anew, and grows")
      }
      state.nextRewrite = state.records + state.liveRecords + 1000
    }
  }

  /// A disk that is full or broken costs the next run its knowledge, not this one its service.
  private func report(_ error: SystemError, _ what: Logger.Message) {
    logger.error(what, metadata: ["node": "\(node)", "reason": "\(error)"])
  }
}

/// A node's journal as it is opened at the gateway's start.
struct NodeJournal: Sendable {
  let storage: any JournalStorage
  let contents: JournalContents
}
