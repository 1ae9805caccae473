/// Header fields that most requests do without. They are found in the pass over the head that checks its
/// framing, so that a request without them is spared the search for each.
struct RareFields: OptionSet, Sendable {
  let rawValue: UInt16

  /// If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, If-Range.
  static let conditions = RareFields(rawValue: 1)
  static let range = RareFields(rawValue: 2)
  static let expect = RareFields(rawValue: 4)
  static let contentLength = RareFields(rawValue: 8)
  /// Those that begin with `Cache-Gateway-`.
  static let preferences = RareFields(rawValue: 16)
  static let cacheControl = RareFields(rawValue: 32)
  static let contentType = RareFields(rawValue: 64)
  static let contentEncoding = RareFields(rawValue: 128)
  static let contentRange = RareFields(rawValue: 256)

  /// The one that a field of this name belongs to; empty for all other fields.
  init(ofFieldNamed name: UnsafeRawBufferPointer) {
    guard let first = name.first else {
      self = []
      return
    }
    // Most names are done with after their first letter.
    self =
      switch first | 0x20 {
      case UInt8(ascii: "i") where FieldName.begins(name, "if-"): .conditions
      case UInt8(ascii: "r") where FieldName.matches(name, "range"): .range
      case UInt8(ascii: "e") where FieldName.matches(name, "expect"): .expect
      case UInt8(ascii: "c"): Self(ofFieldWithC: name)
      default: []
      }
  }

  private init(ofFieldWithC name: UnsafeRawBufferPointer) {
    self =
      switch name.count {
      case 12 where FieldName.matches(name, "content-type"): .contentType
      case 13 where FieldName.matches(name, "cache-control"): .cacheControl
      case 14 where FieldName.matches(name, "content-length"): .contentLength
      case 16 where FieldName.matches(name, "content-encoding"): .contentEncoding
      case _ where FieldName.matches(name, "content-range"): .contentRange
      case _ where FieldName.begins(name, "cache-gateway-"): .preferences
      default: []
      }
  }

  init(rawValue: UInt16) { self.rawValue = rawValue }
}

/// Names of header fields, compared without regard to case. What they are compared with is in lower case.
enum FieldName {
  static func matches(_ text: UnsafeRawBufferPointer, _ expected: StaticString) -> Bool {
    text.count == expected.utf8CodeUnitCount && begins(text, expected)
  }

  static func begins(_ text: UnsafeRawBufferPointer, _ expected: StaticString) -> Bool {
    guard text.count >= expected.utf8CodeUnitCount else { return false }
    return (0..<expected.utf8CodeUnitCount).allSatisfy { index in
      let byte = text[index]
      let lower = (65...90).contains(byte) ? byte | 0x20 : byte
      return lower == expected.utf8Start[index]
    }
  }
}
