/// A key as it stands in a memcached command. Commands are built from this type only: a raw key that is
/// too long, or holds a space or a line break, would let its bytes be read as commands.
public struct WireKey: Hashable, Sendable {
  /// 1 to 250 bytes, each 0x21 to 0x7E (memcached protocol.txt, "Keys").
  public let bytes: [UInt8]

  /// The bytes are base64 and memcached decodes them itself (flag `b`).
  public let isBase64: Bool

  /// memcached's limit for a key.
  public static let longestPlain = 250

  /// The most raw bytes whose base64 form memcached 1.6.18 takes.
  public static let longestBinary = 186

  /// The key as it is; nil when memcached cannot take it so.
  public init?(plain: [UInt8]) {
    guard Self.isPlain(plain) else { return nil }
    bytes = plain
    isBase64 = false
  }

  /// Whether memcached can take the key as it is.
  @inline(__always)
  static func isPlain(_ bytes: some Collection<UInt8>) -> Bool {
    !bytes.isEmpty && bytes.count <= longestPlain && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }

  /// Bytes that `init(plain:)` has taken before.
  init(checked plain: [UInt8]) {
    bytes = plain
    isBase64 = false
  }

  /// Any bytes, stored by memcached as they are; nil when there are none or too many.
  public init?(binary: [UInt8]) {
    guard !binary.isEmpty, binary.count <= Self.longestBinary else { return nil }
    bytes = Base64.encode(binary)
    isBase64 = true
  }

  /// The key as it stands in a command; nil when no key stands in one like this.
  init?(bytes: [UInt8], isBase64: Bool) {
    let isKey =
      isBase64
      ? bytes.count <= Self.longestBase64 && Base64.isEncoded(bytes)
      : WireKey(plain: bytes) != nil
    guard isKey else { return nil }
    self.bytes = bytes
    self.isBase64 = isBase64
  }

  /// The base64 form of `longestBinary` bytes.
  private static let longestBase64 = (longestBinary + 2) / 3 * 4
}

/// RFC 4648 section 4. Foundation has one as well, at the cost of starting and carrying Foundation.
enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func encode(_ bytes: [UInt8]) -> [UInt8] {
    var encoded: [UInt8] = []
    encoded.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for position in 0..<4 {
        let symbol = alphabet[bits >> (18 - 6 * position) & 63]
        encoded.append(position <= group.count ? symbol : UInt8(ascii: "="))
      }
    }
    return encoded
  }

  /// Whether `encode` gives these bytes for some input that is not empty.
  static func isEncoded(_ bytes: [UInt8]) -> Bool {
    guard !bytes.isEmpty, bytes.count % 4 == 0 else { return false }
    let padding = bytes.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
    let symbols = bytes.dropLast(padding)
    guard symbols.allSatisfy(alphabet.contains), let last = symbols.last.flatMap(alphabet.firstIndex) else {
      return false
    }
    // The bits of the last symbol that stand for no byte are zero (RFC 4648 section 3.5).
    return last & (1 << (2 * padding) - 1) == 0
  }
}
