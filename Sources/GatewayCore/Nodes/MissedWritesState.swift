/// What `MissedWrites` guards: the keys, and what the journal holds beside them.
struct MissedWritesState {
  var keys: [WireKey: Version] = [:]
  var keyBytes = 0
  var hasOverflowed = false
  /// Since the gateway's start, those that were removed since included.
  var noted = 0
  var process: NodeProcess?
  /// Local ports of the connections that stand, and of those that do not any more but over which the node may
  /// yet carry out what it had not read.
  var openPorts: Set<UInt16> = []
  var formerPorts: Set<UInt16> = []
  /// In the journal, outdated ones included.
  var records = 0
  /// Something was noted that the journal lacks: the disk failed.
  var journalHasGap = false
  /// After an attempt to write the whole anew failed: with how many records to try again.
  var nextRewrite = 0

  var isEmpty: Bool { keys.isEmpty && !hasOverflowed }
  var liveRecords: Int {
    keys.count + openPorts.count + formerPorts.count + (process == nil ? 0 : 1) + (hasOverflowed ? 1 : 0)
  }

  func hasRoom(for key: WireKey) -> Bool {
    keys.count < MissedWrites.mostKeys && keyBytes + key.bytes.count <= MissedWrites.mostBytes
  }

  mutating func insert(_ key: WireKey, _ version: Version) {
    if keys.updateValue(version, forKey: key) == nil { keyBytes += key.bytes.count }
  }

  mutating func remove(_ key: WireKey, upTo version: Version) {
    guard let noted = keys[key], noted <= version else { return }
    keys[key] = nil
    keyBytes -= key.bytes.count
  }

  mutating func removeAll() {
    keys = [:]
    keyBytes = 0
  }

  var encoded: [UInt8] {
    var bytes: [UInt8] = []
    if let process { bytes += JournalFormat.encode(.process(process)) }
    for port in openPorts.union(formerPorts) { bytes += JournalFormat.encode(.connection(localPort: port)) }
    for (key, version) in keys { bytes += JournalFormat.encode(.missed(key, version)) }
    if hasOverflowed { bytes += JournalFormat.encode(.overflow) }
    return bytes
  }
}
