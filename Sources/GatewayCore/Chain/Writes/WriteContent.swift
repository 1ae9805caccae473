/// What a write leaves on each link.
enum WriteContent {
  case value(NewValue)
  /// A value in chunks, which these nodes hold: the value's body is the list of them.
  case chunks(NewValue, at: Set<Int>)
  /// Rule C6: a definite "not there" that lives this long.
  case tombstone(Lifetime)
  /// A value that is there, with its version, and a lifetime of its own.
  case renewal(Renewal)
  /// A value without version or type (rule C12).
  case plainValue(NewValue)
  /// Nothing at all: a DELETE of plain values.
  case removal

  /// It takes part in the order of versions, and so replaces only what is older.
  var isVersioned: Bool {
    switch self {
    case .value, .chunks, .tombstone, .renewal: true
    case .plainValue, .removal: false
    }
  }

  var lifetime: Lifetime {
    switch self {
    case .value(let value), .chunks(let value, _), .plainValue(let value): value.lifetime
    case .tombstone(let lifetime): lifetime
    case .renewal(let renewal): renewal.lifetime
    case .removal: .forever
    }
  }

  /// Whether the node can hold it: a list without its chunks is of no use.
  func canStand(on node: Int) -> Bool {
    switch self {
    case .chunks(_, let nodes): nodes.contains(node)
    case .renewal(let renewal): renewal.holders?.contains(node) ?? true
    default: true
    }
  }

  /// Whether a link that cannot hold it is rid of what it holds. Not by a renewal: that is the same value.
  var replacesAnything: Bool {
    if case .renewal = self { return false }
    return true
  }

  /// nil when it is not in chunks.
  var chunks: ChunkList? {
    switch self {
    case .chunks(let value, _): ChunkList(value.body)
    case .renewal(let renewal): renewal.record.chunks
    default: nil
    }
  }

  /// Whether what stands elsewhere on a link that missed it is wrong now. `standing`: on how many links it is.
  func outdatesOtherCopies(standing: Int) -> Bool {
    if case .renewal(let renewal) = self { return standing > 0 && renewal.isShorter }
    return true
  }

  /// nil when it has no version.
  func record(_ version: Version, writtenAt: UInt32) -> Record? {
    switch self {
    case .value(let value): value.record(.value, version, writtenAt)
    case .chunks(let value, _): value.record(.chunks, version, writtenAt)
    case .tombstone: .tombstone(version, writtenAt: writtenAt)
    case .renewal(let renewal): renewal.record
    case .plainValue, .removal: nil
    }
  }
}

extension NewValue {
  fileprivate func record(_ kind: Record.Kind, _ version: Version, _ writtenAt: UInt32) -> Record {
    Record(
      kind: kind, version: version, writtenAt: writtenAt, contentType: contentType,
      contentEncoding: contentEncoding, windows: windows, body: body)
  }
}
