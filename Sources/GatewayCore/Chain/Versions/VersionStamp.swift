/// The part of a version's time that stands in memcached's client flags: 24 bits in units of 2^21 ns (2.1 ms),
/// which wrap around after 9.8 hours. Of a copy whose value was not fetched, it mostly tells whether the copy
/// is older than a given version.
struct VersionStamp: Equatable {
  private static let bits = 24
  private static let unit = 21
  private static let mask: UInt32 = 1 << bits - 1
  /// How far ahead another gateway's version can be and still be recognised: 73 minutes. A stamp further ahead
  /// belongs to a version from before the last wrap.
  private static let longestLead: UInt32 = 1 << 21

  let value: UInt32

  init(_ version: Version) {
    value = UInt32(truncatingIfNeeded: version.time >> Self.unit) & Self.mask
  }

  /// From a record's client flags.
  init(clientFlags: UInt32) {
    value = clientFlags & Self.mask
  }

  /// Certain: the stamp's version is below `version`. When false, only the whole version tells.
  func isBefore(_ version: Version) -> Bool {
    let lead = (value &- VersionStamp(version).value) & Self.mask
    return lead > Self.longestLead
  }
}
