import Crypto

/// Names on the nodes that no client's key has: what gateways tell each other.
enum ReservedName {
  /// A client's key that begins so is stored under a hash.
  static let prefix: [UInt8] = [0] + Array("gateway:".utf8)

  /// Whether a name on a node is one of these.
  @inline(__always)
  static func isReserved(_ name: some Collection<UInt8>) -> Bool {
    name.first == 0 && name.starts(with: prefix)
  }

  /// Of the lock for conditional writes of a key.
  static func lock(_ key: Key) -> WireKey { name("lock:", SHA256.hash(data: key.bytes)) }

  /// Of the lease of a missing key.
  static func lease(_ key: Key) -> WireKey { name("lease:", SHA256.hash(data: key.bytes)) }

  /// Of the claim to refresh one version of a key.
  static func refresh(_ key: Key, _ version: Version) -> WireKey {
    var hash = SHA256()
    hash.update(data: key.bytes)
    withUnsafeBytes(of: version.time.bigEndian) { hash.update(bufferPointer: $0) }
    withUnsafeBytes(of: version.writer.bigEndian) { hash.update(bufferPointer: $0) }
    return name("refresh:", hash.finalize())
  }

  /// Of the highest version that any gateway has given (rule C7).
  static let clock = name("clock", [])

  /// Of the mark on a node that holds all it is to hold: a node that was emptied has lost it (rule C11).
  static let restored = name("restored", [])

  /// Of the lock for a node's restore.
  static let restoring = name("restoring", [])

  /// What the record under `clock` is sealed with.
  static let clockKey: Key = {
    guard let key = try? Key(prefix + Array("clock".utf8)) else { preconditionFailure("a valid key") }
    return key
  }()

  /// Of a chunk of a large value.
  static func chunk(_ id: Version, _ index: Int) -> WireKey {
    var rest: [UInt8] = []
    rest.append(bigEndian: id.time)
    rest.append(bigEndian: id.writer)
    rest.append(bigEndian: UInt32(index))
    return name("chunk:", rest)
  }

  private static func name(_ kind: String, _ rest: some Sequence<UInt8>) -> WireKey {
    guard let name = WireKey(binary: prefix + Array(kind.utf8) + rest) else {
      preconditionFailure("at most 49 bytes always fit")
    }
    return name
  }
}
