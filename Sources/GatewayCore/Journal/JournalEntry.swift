/// What a node's journal takes note of (rule C8).
enum JournalEntry: Equatable {
  /// The process that served last under the node's name.
  case process(NodeProcess)
  /// A connection to the node was opened from this local port: a later run of the gateway can tell by the
  /// node's `stats conns` whether commands from an earlier run may still be carried out.
  case connection(localPort: UInt16)
  /// The node did not acknowledge a write of this version.
  case missed(WireKey, Version)
  /// More was missed than could be noted: the node is to be flushed on its return.
  case overflow
}

/// What a journal held when the gateway started.
struct JournalContents: Equatable {
  /// The last one noted.
  var process: NodeProcess?
  var localPorts: Set<UInt16> = []
  /// The highest version noted for each key.
  var missed: [WireKey: Version] = [:]
  var hasOverflowed = false

  static let empty = JournalContents()

  mutating func add(_ entry: JournalEntry) {
    switch entry {
    case .process(let process): self.process = process
    case .connection(let localPort): localPorts.insert(localPort)
    case .missed(let key, let version): missed[key] = max(version, missed[key] ?? version)
    case .overflow: hasOverflowed = true
    }
  }
}

/// Why a journal cannot be relied on.
enum JournalDamage: Error, Equatable, CustomStringConvertible {
  /// No journal of this node in a format that is known.
  case foreign(String)
  /// What stands at this offset, in bytes, is not what was written. `localPorts` were noted before it.
  case damaged(at: Int, localPorts: Set<UInt16>)

  var description: String {
    switch self {
    case .foreign(let reason): reason
    case .damaged(let offset, _): "damaged at byte \(offset)"
    }
  }
}
