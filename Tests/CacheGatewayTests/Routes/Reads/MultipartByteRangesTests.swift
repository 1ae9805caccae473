import GatewayCore
import Testing

@testable import CacheGateway

struct MultipartByteRangesTests {
  private static let boundary = MultipartByteRanges.Boundary(high: 0x0123_4567_89AB_CDEF, low: 0xFEED)
  private static let line = "--0123456789abcdef000000000000feed"

  private func body(_ ranges: [Range<Int>], _ length: Int) -> MultipartByteRanges {
    MultipartByteRanges(ranges, length: length, boundary: Self.boundary) { text in
      text.beginField("Content-Type")
      text.append("application/pdf")
    }
  }

  @Test func `each part has its labels and its place in the value`() {
    let value = Bytes("0123456789".utf8)
    let texts: [String] = body([0..<3, 8..<10], 10).parts.map { $0.bytes(of: value).array.text }
    let text = texts.joined()
    #expect(
      text == """
        \(Self.line)\r
        Content-Type: application/pdf\r
        Content-Range: bytes 0-2/10\r
        \r
        012\r
        \(Self.line)\r
        Content-Type: application/pdf\r
        Content-Range: bytes 8-9/10\r
        \r
        89\r
        \(Self.line)--\r\n
        """)
  }

  @Test func `its length is known without the value`() {
    let ranges = [5_000_000_000..<6_000_000_000, 0..<1, 7_999_999_990..<8_000_000_000]
    let parts = body(ranges, 8_000_000_000).parts
    let total: Int = parts.map(\.count).reduce(0, +)
    var heads = 0
    for part in parts { if case .bytes(let bytes) = part { heads += bytes.count } }
    #expect(total == heads + 1_000_000_011)
    #expect(parts.count == 7)
  }

  @Test func `the value's bytes are not copied`() {
    let value = Bytes([UInt8](repeating: 7, count: 1000))
    for part in body([0..<10, 500..<1000], 1000).parts {
      guard case .value(let range) = part else { continue }
      let bytes = part.bytes(of: value)
      #expect(bytes.storage === value.storage)
      #expect(bytes.offset == range.lowerBound)
      #expect(bytes.count == range.count)
    }
  }

  @Test func `the type names the boundary`() {
    var text = HeaderText()
    body([0..<1], 2).appendType(to: &text)
    let type = String(decoding: text.bytes, as: UTF8.self)
    #expect(type == "multipart/byteranges; boundary=0123456789abcdef000000000000feed")
  }
}
