import Crypto

/// A key as the client names it: 1 to 2048 bytes of any value, never normalised.
///
/// Its name on the nodes is the key itself where memcached can take it; else its base64 form, which
/// memcached decodes; else a SHA-256 name. A hashed name is verified on every read: the record carries the
/// whole key.
public struct Key: Hashable, Sendable {
  /// The longest key, in bytes.
  public static let longest = 2048

  public let bytes: [UInt8]
  /// XXH64 of `bytes`, seed 0: the key's part in the chain order.
  public let hash: UInt64
  /// Its name, where that is another than the bytes themselves.
  private let otherName: WireKey?
  /// The name does not tell the key.
  public let isHashed: Bool

  /// Throws when there are no bytes or more than `longest`.
  public init(_ bytes: [UInt8]) throws(KeyError) {
    guard !bytes.isEmpty else { throw .empty }
    guard bytes.count <= Self.longest else { throw .tooLong(bytes.count) }
    self.bytes = bytes
    hash = XXHash64.hash(bytes)
    if Self.readsLikeOtherName(bytes) || bytes.count > WireKey.longestPlain {
      otherName = Self.hashedName(bytes)
      isHashed = true
    } else if WireKey(plain: bytes) != nil {
      otherName = nil
      isHashed = false
    } else {
      let name = WireKey(binary: bytes)
      otherName = name ?? Self.hashedName(bytes)
      isHashed = name == nil
    }
  }

  /// Its name on the nodes.
  public var wireKey: WireKey { otherName ?? WireKey(checked: bytes) }

  public init(_ text: String) throws(KeyError) {
    try self.init(Array(text.utf8))
  }

  private static let hashPrefix = Array("sha256:".utf8)

  /// Whether a name on a node is that of a key that only its record tells.
  @inline(__always)
  static func isHashedName(_ name: some Collection<UInt8>) -> Bool {
    name.count == hashPrefix.count + SHA256.byteCount && name.starts(with: hashPrefix)
  }

  /// Such a key is hashed itself, so that no two keys share a name, and none has one of the gateways' own.
  private static func readsLikeOtherName(_ bytes: [UInt8]) -> Bool {
    isHashedName(bytes) || bytes.starts(with: ReservedName.prefix)
  }

  /// `sha256:` and the 32 bytes of the digest: 39 bytes, within what memcached takes as base64.
  private static func hashedName(_ bytes: [UInt8]) -> WireKey {
    guard let name = WireKey(binary: hashPrefix + SHA256.hash(data: bytes)) else {
      preconditionFailure("39 bytes always fit")
    }
    return name
  }

  public static func == (left: Key, right: Key) -> Bool {
    left.hash == right.hash && left.bytes == right.bytes
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(hash)
  }
}

extension Key: CustomStringConvertible {
  public var description: String { String(decoding: bytes, as: UTF8.self) }
}

public enum KeyError: Error, Equatable, Sendable, CustomStringConvertible {
  case empty
  case tooLong(Int)

  public var description: String {
    switch self {
    case .empty: "the key is empty: it must have 1 to \(Key.longest) bytes"
    case .tooLong(let count): "the key has \(count) bytes: it must have 1 to \(Key.longest)"
    }
  }
}
