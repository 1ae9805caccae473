/// What a write leaves on each link.
enum WriteContent {
  case value(NewValue)
  /// Rule C6: a definite "not there" that lives this long.
  case tombstone(Lifetime)
  /// A value without version or type (rule C12).
  case plainValue(NewValue)
  /// Nothing at all: a DELETE of plain values.
  case removal

  /// It takes part in the order of versions, and so replaces only what is older.
  var isVersioned: Bool {
    switch self {
    case .value, .tombstone: true
    case .plainValue, .removal: false
    }
  }

  var lifetime: Lifetime {
    switch self {
    case .value(let value), .plainValue(let value): value.lifetime
    case .tombstone(let lifetime): lifetime
    case .removal: .forever
    }
  }

  /// nil when it has no version.
  func record(_ version: Version, writtenAt: UInt32) -> Record? {
    switch self {
    case .value(let value):
      Record(
        kind: .value, version: version, writtenAt: writtenAt, contentType: value.contentType,
        contentEncoding: value.contentEncoding, windows: value.windows, body: value.body)
    case .tombstone: .tombstone(version, writtenAt: writtenAt)
    case .plainValue, .removal: nil
    }
  }
}
