/// What a write leaves on each link.
enum WriteContent {
  case value(NewValue)
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
    case .value, .tombstone, .renewal: true
    case .plainValue, .removal: false
    }
  }

  var lifetime: Lifetime {
    switch self {
    case .value(let value), .plainValue(let value): value.lifetime
    case .tombstone(let lifetime): lifetime
    case .renewal(let renewal): renewal.lifetime
    case .removal: .forever
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
    case .value(let value):
      Record(
        kind: .value, version: version, writtenAt: writtenAt, contentType: value.contentType,
        contentEncoding: value.contentEncoding, body: value.body)
    case .tombstone: .tombstone(version, writtenAt: writtenAt)
    case .renewal(let renewal): renewal.record
    case .plainValue, .removal: nil
    }
  }
}
