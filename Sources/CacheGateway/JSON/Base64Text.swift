import GatewayCore

/// Base64 of whole values (RFC 4648 section 4), from and to memory.
enum Base64Text {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let padding = UInt8(ascii: "=")
  private static let none: UInt8 = 0xFF
  /// The value of each symbol; `none` for what is no symbol.
  private static let values = (0...255).map { byte in
    alphabet.firstIndex(of: UInt8(byte)).map { UInt8($0) } ?? none
  }

  /// Of the base64 form of so many bytes.
  static func length(of count: Int) -> Int { (count + 2) / 3 * 4 }

  /// `text` has room for `length(of: bytes.count)`.
  static func encode(_ bytes: UnsafeRawBufferPointer, to text: UnsafeMutablePointer<UInt8>) {
    alphabet.withUnsafeBufferPointer { alphabet in
      var output = text
      for start in stride(from: 0, to: bytes.count, by: 3) {
        let count = min(3, bytes.count - start)
        var bits = UInt32(bytes[start]) << 16
        if count > 1 { bits |= UInt32(bytes[start + 1]) << 8 }
        if count > 2 { bits |= UInt32(bytes[start + 2]) }
        output[0] = alphabet[Int(bits >> 18)]
        output[1] = alphabet[Int(bits >> 12 & 63)]
        output[2] = count > 1 ? alphabet[Int(bits >> 6 & 63)] : padding
        output[3] = count > 2 ? alphabet[Int(bits & 63)] : padding
        output += 4
      }
    }
  }

  /// nil when the text is not what `encode` gives for some bytes: padding is required, and bits that stand for
  /// nothing are zero (RFC 4648 sections 3.2 and 3.5).
  static func decode(_ text: Bytes) -> Bytes? {
    let symbols = text.buffer
    guard symbols.count % 4 == 0 else { return nil }
    let padded = symbols.suffix(2).reversed().prefix { $0 == padding }.count
    let decoded = ByteStorage.allocate(capacity: symbols.count / 4 * 3)
    let isWhole = values.withUnsafeBufferPointer { values in
      for start in stride(from: 0, to: symbols.count, by: 4) {
        let missing = start + 4 == symbols.count ? padded : 0
        guard decodeGroup(symbols, start, missing, values, decoded) else { return false }
      }
      return true
    }
    return isWhole ? Bytes(decoded) : nil
  }

  /// Four symbols, the last of which are padding where bytes are missing.
  private static func decodeGroup(
    _ symbols: UnsafeRawBufferPointer, _ start: Int, _ missing: Int, _ values: UnsafeBufferPointer<UInt8>,
    _ decoded: ByteStorage
  ) -> Bool {
    var bits: UInt32 = 0
    for position in start..<start + 4 - missing {
      let value = values[Int(symbols[position])]
      if value == none { return false }
      bits = bits << 6 | UInt32(value)
    }
    bits <<= 6 * UInt32(missing)
    guard bits & (1 << (8 * UInt32(missing)) - 1) == 0 else { return false }
    let bytes = decoded.extend(by: 3 - missing)
    for position in 0..<3 - missing {
      bytes[position] = UInt8(truncatingIfNeeded: bits >> (16 - 8 * UInt32(position)))
    }
    return true
  }
}
