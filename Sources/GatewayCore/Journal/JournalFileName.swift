import Crypto

/// What the journal of a node is called on disk. No two nodes share a name.
enum JournalFileName {
  /// Of the part that stands for the node, in bytes: room is left for what follows within the 255 bytes that
  /// file systems take.
  static let longest = 200

  /// `<name>.journal`: letters, digits and `-_.` as they are, but no point in front; any other byte as %XX. A
  /// longer name ends in `~` and the SHA-256 of the node's whole name.
  static func make(_ node: String) -> String {
    var name: [UInt8] = []
    for byte in node.utf8 {
      name += isPlain(byte) && !(name.isEmpty && byte == point) ? [byte] : escape(byte)
    }
    if name.count > longest || name.isEmpty {
      let digest = SHA256.hash(data: Array(node.utf8))
      name =
        name.prefix(longest - 2 * SHA256.byteCount - 1) + [UInt8(ascii: "~")] + digest.flatMap(hexadecimal)
    }
    return String(decoding: name, as: UTF8.self) + ".journal"
  }

  private static let point = UInt8(ascii: ".")

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: Array("-_.".utf8).contains(byte)
    }
  }

  private static func escape(_ byte: UInt8) -> [UInt8] { [UInt8(ascii: "%")] + hexadecimal(byte) }

  private static func hexadecimal(_ byte: UInt8) -> [UInt8] {
    [byte >> 4, byte & 15].map { $0 < 10 ? UInt8(ascii: "0") + $0 : UInt8(ascii: "A") + $0 - 10 }
  }
}
