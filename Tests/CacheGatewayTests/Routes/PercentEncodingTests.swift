import Testing

@testable import CacheGateway

struct PercentEncodingTests {
  private func decode(_ text: String) throws -> [UInt8] { try PercentEncoding.decode(Array(text.utf8)) }

  @Test(arguments: [
    ("", ""), ("abc", "abc"), ("a/b//c/../d", "a/b//c/../d"), ("%41%62", "Ab"), ("%2F%2f", "//"),
    ("a+b", "a+b"),
    ("%25", "%"), ("%2541", "%41"), ("%C3%A9", "é"), ("%20", " "), ("a%0D%0Ab", "a\r\nb"),
    ("~-._!$&'()*,;=:@", "~-._!$&'()*,;=:@"),
  ])
  func `decodes once and changes nothing else`(text: String, decoded: String) throws {
    #expect(try decode(text) == Array(decoded.utf8))
  }

  @Test func `every byte can be written in both cases`() throws {
    for byte in 0...255 as ClosedRange<UInt8> {
      let digits = String(byte, radix: 16)
      let text = "%" + (digits.count == 1 ? "0" : "") + digits
      #expect(try decode(text) == [byte])
      #expect(try decode("x" + text.uppercased() + "y") == [0x78, byte, 0x79])
    }
  }

  @Test func `bytes that are not encoded stay as they are`() throws {
    let bytes = Array(UInt8.min...UInt8.max).filter { $0 != 0x25 }
    #expect(try PercentEncoding.decode(bytes) == bytes)
  }

  @Test(arguments: ["%", "%4", "abc%", "abc%4", "%41%"]) func `refuses a sign that is cut short`(text: String)
  {
    #expect(throws: PercentEncodingError.cutShort) { try decode(text) }
  }

  @Test(arguments: ["%zz", "%4g", "%g4", "% 4", "%-1", "%+1", "%%41", "%4%1", "%é", "%0x41"])
  func `refuses what is not hexadecimal`(text: String) {
    #expect(throws: PercentEncodingError.self) { try decode(text) }
    #expect {
      try decode(text)
    } throws: {
      "\($0)".contains("%25")
    }
  }

  @Test func `encodes all that is not unreserved, and nothing else`() {
    #expect(PercentEncoding.encode("aZ09-._~") == "aZ09-._~")
    #expect(PercentEncoding.encode("[::1]:11211") == "%5B%3A%3A1%5D%3A11211")
    #expect(PercentEncoding.encode("a/b %\n\u{E9}") == "a%2Fb%20%25%0A%C3%A9")
  }

  @Test func `what was encoded is decoded to the same`() throws {
    let text = String(decoding: UInt8.min..<0x80, as: UTF8.self)
    #expect(try PercentEncoding.decode(Array(PercentEncoding.encode(text).utf8)) == Array(text.utf8))
  }
}
