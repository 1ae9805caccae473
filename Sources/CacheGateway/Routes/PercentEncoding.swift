/// Percent-encoding of a path (RFC 3986 section 2.1). Decoding is strict: nothing is guessed and nothing
/// normalised.
enum PercentEncoding {
  /// The decoded bytes, or what is wrong.
  static func decode(_ text: some Collection<UInt8>) throws(PercentEncodingError) -> [UInt8] {
    if !text.contains(UInt8(ascii: "%")) { return Array(text) }
    var decoded: [UInt8] = []
    decoded.reserveCapacity(text.count)
    var rest = text.makeIterator()
    while let byte = rest.next() {
      guard byte == UInt8(ascii: "%") else {
        decoded.append(byte)
        continue
      }
      guard let high = rest.next(), let low = rest.next() else { throw .cutShort }
      guard let upper = digit(high), let lower = digit(low) else { throw .notHexadecimal([high, low]) }
      decoded.append(upper << 4 | lower)
    }
    return decoded
  }

  /// Encodes what is not unreserved (RFC 3986 section 2.3): fit for any part of a path.
  static func encode(_ text: String) -> String {
    text.utf8.reduce(into: "") { encoded, byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      default: encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - 48
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - 87
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - 55
    default: nil
    }
  }
}

enum PercentEncodingError: Error, Equatable, CustomStringConvertible {
  case cutShort
  case notHexadecimal([UInt8])

  var description: String {
    switch self {
    case .cutShort: "a % at the end is not followed by two hexadecimal digits; write %25 for a percent sign"
    case .notHexadecimal(let bytes):
      "'%\(String(decoding: bytes, as: UTF8.self))' is not a % and two hexadecimal digits; write %25 for a "
        + "percent sign"
    }
  }
}
