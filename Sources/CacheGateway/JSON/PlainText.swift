/// What stands in a JSON string as it is (RFC 8259 section 7): no control characters, no quotes, no backslashes.
///
/// Eight bytes at a time, as the halves of a 64-bit word's bytes tell (Warren, "Hacker's Delight", section 6-1): most
/// texts have nothing to escape, and all of them are looked through.
enum PlainText {
  private static let everyByte: UInt64 = 0x0101_0101_0101_0101
  private static let topBits: UInt64 = 0x8080_8080_8080_8080

  /// Plain and ASCII, so that it is also UTF-8.
  static func isPlainASCII(_ text: UnsafeRawBufferPointer) -> Bool {
    var position = 0
    while position + 8 <= text.count {
      let word = load(text, position)
      if special(word) | (word & topBits) != 0 { return false }
      position += 8
    }
    while position < text.count {
      if text[position] >= 0x80 || isSpecial(text[position]) { return false }
      position += 1
    }
    return true
  }

  /// The position of the first byte from `start` on that is not plain; the text's end where there is none.
  static func end(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
    var position = start
    while position + 8 <= text.count {
      let found = special(load(text, position))
      if found != 0 { return position + found.trailingZeroBitCount / 8 }
      position += 8
    }
    while position < text.count, !isSpecial(text[position]) { position += 1 }
    return position
  }

  /// The first byte of the text is the lowest one of the word.
  private static func load(_ text: UnsafeRawBufferPointer, _ position: Int) -> UInt64 {
    UInt64(littleEndian: text.loadUnaligned(fromByteOffset: position, as: UInt64.self))
  }

  /// The top bit of each byte that is not plain, up to the first one at least. Of a byte above 0x7F it says nothing:
  /// what is not ASCII is plain.
  private static func special(_ word: UInt64) -> UInt64 {
    let quote = word ^ (everyByte &* UInt64(UInt8(ascii: "\"")))
    let backslash = word ^ (everyByte &* UInt64(UInt8(ascii: "\\")))
    let below = (word &- everyByte &* 0x20) | (quote &- everyByte) | (backslash &- everyByte)
    return below & ~word & topBits
  }

  private static func isSpecial(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }
}
