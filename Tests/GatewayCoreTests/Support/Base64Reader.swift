/// Decodes base64 as memcached does for keys with the flag `b`.
enum Base64Reader {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func decode(_ text: [UInt8]) -> [UInt8] {
    var bits = 0
    var bitCount = 0
    var bytes: [UInt8] = []
    for symbol in text where symbol != UInt8(ascii: "=") {
      bits = (bits << 6 | (alphabet.firstIndex(of: symbol) ?? 0)) & 0xFFFF
      bitCount += 6
      guard bitCount >= 8 else { continue }
      bitCount -= 8
      bytes.append(UInt8(truncatingIfNeeded: bits >> bitCount))
    }
    return bytes
  }
}
