import GatewayCore

/// A body of type multipart/byteranges: several parts of one value (RFC 9110 section 14.6).
struct MultipartByteRanges {
  /// What separates the parts: 128 random bits, which no value contains by accident.
  struct Boundary: Sendable {
    let high: UInt64
    let low: UInt64

    func append(to text: inout HeaderText) {
      text.append(hexadecimal: high, digits: 16)
      text.append(hexadecimal: low, digits: 16)
    }
  }

  let boundary: Boundary
  /// In the order of the body.
  let parts: [BodyPart]

  /// `labels` writes the fields that each part has besides Content-Range, each with the line break before it.
  init(_ ranges: [Range<Int>], length: Int, boundary: Boundary, labels: (inout HeaderText) -> Void) {
    self.boundary = boundary
    var heads = HeaderText()
    var ends: [Int] = []
    for range in ranges {
      if !ends.isEmpty { heads.append("\r\n") }
      heads.append("--")
      boundary.append(to: &heads)
      labels(&heads)
      heads.beginField("Content-Range")
      ContentRange.append(range, length: length, to: &heads)
      heads.append("\r\n\r\n")
      ends.append(heads.count)
    }
    heads.append("\r\n--")
    boundary.append(to: &heads)
    heads.append("--\r\n")
    parts = Self.interleave(heads.block, ends, ranges)
  }

  private static func interleave(_ heads: Bytes, _ ends: [Int], _ ranges: [Range<Int>]) -> [BodyPart] {
    var parts: [BodyPart] = []
    var start = 0
    for (end, range) in zip(ends, ranges) {
      parts += [.bytes(heads.part(start..<end)), .value(range)]
      start = end
    }
    return parts + [.bytes(heads.part(start..<heads.count))]
  }

  /// The value of Content-Type.
  func appendType(to text: inout HeaderText) {
    text.append("multipart/byteranges; boundary=")
    boundary.append(to: &text)
  }
}

/// The value of a Content-Range field (RFC 9110 section 14.4).
enum ContentRange {
  /// `range` must not be empty.
  static func append(_ range: Range<Int>, length: Int, to text: inout HeaderText) {
    text.append("bytes ")
    text.append(decimal: UInt64(range.lowerBound))
    text.append(byte: UInt8(ascii: "-"))
    text.append(decimal: UInt64(range.upperBound - 1))
    text.append(byte: UInt8(ascii: "/"))
    text.append(decimal: UInt64(length))
  }

  /// Of a value that none of the ranges asked for begins in.
  static func append(unsatisfiedLength length: Int, to text: inout HeaderText) {
    text.append("bytes */")
    text.append(decimal: UInt64(length))
  }
}
