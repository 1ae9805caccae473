import Testing

@testable import GatewayCore

struct WireKeyTests {
  @Test(arguments: [1, 249, 250]) func `takes printable keys as they are`(count: Int) throws {
    let key = try #require(WireKey(plain: .printable(count)))
    #expect(key.bytes == .printable(count))
    #expect(!key.isBase64)
  }

  @Test func `refuses plain keys that are empty or longer than 250 bytes`() {
    #expect(WireKey(plain: []) == nil)
    #expect(WireKey(plain: .printable(251)) == nil)
  }

  @Test(arguments: 0...255 as ClosedRange<UInt8>)
  func `refuses plain keys that memcached would read as the end of the key or line`(byte: UInt8) {
    let isAllowed = byte > 0x20 && byte < 0x7F
    #expect((WireKey(plain: [0x61, byte, 0x61]) != nil) == isAllowed)
  }

  @Test(arguments: [1, 2, 3, 185, 186]) func `binary keys become base64 of at most 250 bytes`(
    count: Int
  ) throws {
    var generator = SeededGenerator(seed: UInt64(count))
    let bytes = generator.bytes(count)
    let key = try #require(WireKey(binary: bytes))
    #expect(key.isBase64)
    #expect(key.bytes.count <= 250)
    #expect(key.bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F })
    #expect(Base64Reader.decode(key.bytes) == bytes)
  }

  @Test func `refuses binary keys that are empty or longer than 186 bytes`() {
    #expect(WireKey(binary: []) == nil)
    #expect(WireKey(binary: .printable(187)) == nil)
  }

  @Test(arguments: [1, 2, 3, 100, 185, 186]) func `a key is the same when read as it stands in a command`(
    count: Int
  ) throws {
    var generator = SeededGenerator(seed: UInt64(count))
    for key in [WireKey(plain: .printable(count)), WireKey(binary: generator.bytes(count))] {
      let key = try #require(key)
      #expect(WireKey(bytes: key.bytes, isBase64: key.isBase64) == key)
    }
  }

  @Test func `what cannot stand in a command is refused`() {
    for bytes in [[], .printable(251), .withSpace(4), [0x61, 0x0D, 0x0A], [0x7F]] as [[UInt8]] {
      #expect(WireKey(bytes: bytes, isBase64: false) == nil)
    }
    for text in [
      "", "A", "AA", "AAA", "A===", "====", "AA=A", "=AAA", "AA==AAAA", "AA A", "AA-_", "Zh==", "Zm9=",
    ] {
      #expect(WireKey(bytes: Array(text.utf8), isBase64: true) == nil, "\(text)")
    }
    #expect(WireKey(bytes: [UInt8](repeating: 65, count: 248), isBase64: true) != nil)
    #expect(WireKey(bytes: [UInt8](repeating: 65, count: 252), isBase64: true) == nil)
  }

  /// RFC 4648 section 10.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ("foobar", "Zm9vYmFy"),
  ])
  func `base64 agrees with the RFC's test vectors`(text: String, encoded: String) {
    #expect(Base64.encode(Array(text.utf8)).text == encoded)
  }

  @Test func `base64 uses the standard alphabet`() {
    #expect(Base64.encode([0xFB, 0xFF, 0xFE]).text == "+//+")
    #expect(Base64.encode([0, 0x10, 0x83, 0x10, 0x51, 0x87]).text == "ABCDEFGH")
  }

  @Test func `base64 of random bytes decodes to them`() {
    var generator = SeededGenerator(seed: 8)
    for count in 0..<500 {
      let bytes = generator.bytes(count)
      let encoded = Base64.encode(bytes)
      #expect(encoded.count == (count + 2) / 3 * 4)
      #expect(Base64Reader.decode(encoded) == bytes)
    }
  }
}
