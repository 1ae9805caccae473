import Testing

@testable import GatewayCore

struct KeyTests {
  @Test(arguments: [1, 2, 186, 187, 250, 251, 2047, 2048])
  func `takes keys of 1 to 2048 bytes, printable or not`(count: Int) throws {
    #expect(try Key(.printable(count)).bytes == .printable(count))
    #expect(try Key(.withSpace(count)).bytes == .withSpace(count))
  }

  @Test func `refuses an empty key`() {
    #expect(throws: KeyError.empty) { try Key([UInt8]()) }
    #expect(throws: KeyError.empty) { try Key("") }
  }

  @Test(arguments: [2049, 4096, 100_000]) func `refuses keys above 2048 bytes and says how long they are`(
    count: Int
  ) {
    #expect(throws: KeyError.tooLong(count)) { try Key(.printable(count)) }
    #expect(KeyError.tooLong(count).description.contains("\(count)"))
  }

  @Test(arguments: [1, 186, 187, 250]) func `a printable key up to 250 bytes is its own name`(
    count: Int
  ) throws {
    let key = try Key(.printable(count))
    #expect(key.wireKey.bytes == .printable(count))
    #expect(!key.wireKey.isBase64)
    #expect(!key.isHashed)
  }

  @Test(arguments: [1, 2, 3, 185, 186]) func `another key up to 186 bytes is named by base64`(
    count: Int
  ) throws {
    let key = try Key(.withSpace(count))
    #expect(key.wireKey.isBase64)
    #expect(key.wireKey.bytes == Base64.encode(.withSpace(count)))
    #expect(key.wireKey.bytes.count <= 250)
    #expect(!key.isHashed)
  }

  @Test(arguments: [[UInt8].printable(251), .printable(2048), .withSpace(187), .withSpace(250)])
  func `a longer key is named by its hash`(_ bytes: [UInt8]) throws {
    let key = try Key(bytes)
    #expect(key.isHashed)
    #expect(key.wireKey.isBase64)
    #expect(key.wireKey.bytes.count == 52)
  }

  /// The names were computed with Python's hashlib.
  @Test func `a hashed name is sha256 and a colon and the digest, in base64`() throws {
    let names: [(byte: [UInt8], count: Int, name: String)] = [
      ([0x6B], 251, "c2hhMjU2OjuAWcY3k5pIO9x77vCfEbVmWBvm0U4lCDswQbd3F94C"),
      ([0xFF], 187, "c2hhMjU2Osgdu2oWr2VLyTAVHXV1gXC6QlQIrJJU4/ZyUme3f6Eu"),
      ([0x78], 2048, "c2hhMjU2Oh0YAfdTzNn6V5ZsRvNgWFyvgzN6OUpfI41OTn1gBXiN"),
    ]
    for (byte, count, name) in names {
      #expect(try Key(Array(repeatElement(byte, count: count).joined())).wireKey.bytes.text == name)
    }
  }

  @Test(arguments: 0...255 as ClosedRange<UInt8>)
  func `only bytes from 0x21 to 0x7E may stand in a plain name`(byte: UInt8) throws {
    let isPlain = (0x21...0x7E).contains(byte)
    for bytes in [[byte], [byte, 0x61], [0x61, byte], [0x61, byte, 0x61]] {
      let key = try Key(bytes)
      #expect(key.wireKey.isBase64 == !isPlain)
      #expect(key.wireKey.bytes == (isPlain ? bytes : Base64.encode(bytes)))
    }
  }

  @Test func `nothing is normalised`() throws {
    let pairs = [
      ("a/../b", "b"), ("a//b", "a/b"), ("./a", "a"), ("a/", "a"), ("A", "a"), ("%41", "A"),
      ("caf\u{E9}", "cafe\u{301}"),
    ]
    for (left, right) in pairs {
      let keys = (try Key(left), try Key(right))
      #expect(keys.0 != keys.1)
      #expect(keys.0.wireKey != keys.1.wireKey)
    }
  }

  @Test func `equal bytes make equal keys, whatever they were made from`() throws {
    let key = try Key("grüße")
    #expect(try key == Key(Array("grüße".utf8)))
    #expect(try Set([key, Key("grüße"), Key("gruß")]).count == 2)
  }

  @Test func `the hash is XXH64 of the bytes with seed 0`() throws {
    #expect(try Key("abc").hash == 0x44BC_2CF5_AD77_0999)
  }

  /// Under which raw bytes a node keeps the key: it decodes base64 itself.
  private func nameOnNode(_ bytes: [UInt8]) throws -> [UInt8] {
    let key = try Key(bytes)
    return key.wireKey.isBase64 ? Base64Reader.decode(key.wireKey.bytes) : key.wireKey.bytes
  }

  @Test func `no two keys share a name on the nodes`() throws {
    var generator = SeededGenerator(seed: 2)
    var keys: Set<[UInt8]> = [.printable(250), .printable(251), .withSpace(186), .withSpace(187)]
    for byte in 0...255 as ClosedRange<UInt8> { keys.insert([byte]) }
    for count in 1...300 { keys.formUnion([.printable(count), .withSpace(count), generator.bytes(count)]) }
    // The base64 form of a key, and its bytes with the hashed names' prefix, are keys as well.
    for key in keys.prefix(300) where key.count < 100 {
      keys.formUnion([Base64.encode(key), Array("sha256:".utf8) + key])
    }
    let names = try Set(keys.map { try nameOnNode($0) })
    #expect(names.count == keys.count)
  }

  @Test func `a binary key that reads like a hashed name does not get that name`() throws {
    let long = try Key(.printable(251))
    let lookalike = Base64Reader.decode(long.wireKey.bytes)
    #expect(lookalike.count == 39)
    #expect(try Key(lookalike).wireKey != long.wireKey)
  }
}
