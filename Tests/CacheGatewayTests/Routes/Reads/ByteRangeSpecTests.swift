import Testing

@testable import CacheGateway

/// Range as it is read (RFC 9110 sections 14.1.1, 14.1.2 and 14.2).
struct ByteRangeSpecTests {
  private func specs(_ text: String) -> [ByteRangeSpec]? { ByteRangeSpec.list(Array(text.utf8)) }

  @Test(
    arguments: [
      ("bytes=0-499", [.from(0, through: 499)]), ("bytes=500-999", [.from(500, through: 999)]),
      ("bytes=-500", [.last(500)]), ("bytes=9500-", [.from(9500, through: nil)]),
      ("bytes=0-0,-1", [.from(0, through: 0), .last(1)]),
      ("bytes= 0-0, -1", [.from(0, through: 0), .last(1)]),
      (
        "bytes= 0-999, 4500-5499, -1000",
        [.from(0, through: 999), .from(4500, through: 5499), .last(1000)]
      ),
      ("bytes=500-600,601-999", [.from(500, through: 600), .from(601, through: 999)]),
    ] as [(String, [ByteRangeSpec])])
  func `the examples of the standard`(text: String, expected: [ByteRangeSpec]) {
    #expect(specs(text) == expected)
  }

  @Test(
    arguments: [
      ("BYTES=1-2", [.from(1, through: 2)]), ("Bytes=1-", [.from(1, through: nil)]),
      (" bytes=1-2\t", [.from(1, through: 2)]), ("bytes=\t1-2 ,\t,,-3,", [.from(1, through: 2), .last(3)]),
      ("bytes=007-008", [.from(7, through: 8)]), ("bytes=-0", [.last(0)]),
      ("bytes=5-5", [.from(5, through: 5)]),
      ("bytes=99999999999999999999-", [.from(.max, through: nil)]),
      ("bytes=0-99999999999999999999", [.from(0, through: .max)]),
      ("bytes=-99999999999999999999", [.last(.max)]),
    ] as [(String, [ByteRangeSpec])])
  func `case, space, empty elements and large numbers do not matter`(text: String, expected: [ByteRangeSpec])
  {
    #expect(specs(text) == expected)
  }

  @Test(arguments: [
    "", "bytes", "bytes=", "bytes=,", "bytes= , ,", "bytes=-", "bytes=1", "bytes=a-b", "bytes=1-b",
    "bytes=a-1",
    "bytes=2-1", "bytes=0-1,2-1", "bytes=0-1,x", "bytes=--1", "bytes=1--2", "bytes=1-2-3", "bytes=+1-2",
    "bytes=1-+2", "bytes=1 - 2", "bytes=0x1-2", "bytes=1.0-2", "bytes 0-1", "bytes:0-1", "items=0-1", "=0-1",
    "byte=0-1", "bytess=0-1", "bytes=0-1;2-3", "bytes=0-1, bytes=2-3", "bytes=\u{661}-2", "lines=1-2",
  ])
  func `anything else is to be ignored`(text: String) {
    #expect(specs(text) == nil)
  }

  @Test func `so are more ranges than any client has use for`() {
    let most = Array(repeating: "0-0", count: ByteRangeSpec.most).joined(separator: ",")
    #expect(specs("bytes=" + most)?.count == ByteRangeSpec.most)
    #expect(specs("bytes=" + most + ",1-1") == nil)
  }

  @Test func `bytes that are no text are no range`() {
    for bytes in [[0xFF], [0x62, 0x3D, 0xFF, 0x2D], Array("bytes=".utf8) + [0xFF, 0x2D]] as [[UInt8]] {
      #expect(ByteRangeSpec.list(bytes) == nil)
    }
  }
}
