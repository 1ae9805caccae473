import GatewayCore

/// The escapes in JSON strings (RFC 8259 section 7).
struct JSONEscapes {
  private let raw: Bytes
  private let text: UnsafeRawBufferPointer
  /// Where the string begins in its document.
  private let start: Int
  private var position = 0
  /// What an escape stands for is never longer than the escape.
  private let resolved: ByteStorage

  /// The string that `raw` stands for, which has no quote of its own but escaped ones.
  static func resolve(_ raw: Bytes, at start: Int) throws(JSONError) -> Bytes {
    var escapes = JSONEscapes(raw, start)
    while escapes.position < raw.count { try escapes.resolveNext() }
    return Bytes(escapes.resolved)
  }

  private init(_ raw: Bytes, _ start: Int) {
    self.raw = raw
    self.start = start
    text = raw.buffer
    resolved = ByteStorage.allocate(capacity: raw.count)
  }

  private func error(_ reason: String) -> JSONError { JSONError(reason, at: start + position) }

  /// What stands up to the next escape, and that.
  private mutating func resolveNext() throws(JSONError) {
    var end = position
    while end < text.count, text[end] != UInt8(ascii: "\\") { end += 1 }
    resolved.append(UnsafeRawBufferPointer(rebasing: text[position..<end]))
    position = end
    guard position + 1 < text.count else { return }
    let letter = text[position + 1]
    if let byte = Self.short(letter) {
      resolved.extend(by: 1).pointee = byte
      position += 2
    } else if letter == UInt8(ascii: "u") {
      append(try nextScalar())
    } else {
      throw error("no escape begins like this")
    }
  }

  /// What an escape of one letter stands for; nil when there is none.
  private static func short(_ letter: UInt8) -> UInt8? {
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): letter
    case UInt8(ascii: "b"): 8
    case UInt8(ascii: "f"): 12
    case UInt8(ascii: "n"): 10
    case UInt8(ascii: "r"): 13
    case UInt8(ascii: "t"): 9
    default: nil
    }
  }

  private func append(_ scalar: Unicode.Scalar) {
    for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
      resolved.extend(by: 1).pointee = byte
    }
  }

  /// Of one `\uXXXX`, or of two that are a surrogate pair.
  private mutating func nextScalar() throws(JSONError) -> Unicode.Scalar {
    let start = position
    let high = try nextUnit()
    if let scalar = Unicode.Scalar(high) { return scalar }
    if UTF16.isLeadSurrogate(high), position + 1 < text.count, text[position] == UInt8(ascii: "\\"),
      text[position + 1] == UInt8(ascii: "u")
    {
      let low = try nextUnit()
      if UTF16.isTrailSurrogate(low) { return UTF16.decode(UTF16.EncodedScalar([high, low])) }
    }
    position = start
    throw error("a surrogate is without its other half")
  }

  private mutating func nextUnit() throws(JSONError) -> UInt16 {
    let digits = text[min(position + 2, text.count)..<min(position + 6, text.count)]
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw error("four hexadecimal digits are expected after \\u") }
    position += 6
    return unit
  }
}
