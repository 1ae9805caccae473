import Testing

@testable import GatewayCore

struct RecordTests {
  static let version = Version(time: 0x1122_3344_5566_7788, writer: 0x99AA_BBCC)

  static func keys() throws -> [Key] {
    [try Key("plain"), try Key([0, 1, 255]), try Key(.printable(251)), try Key(.withSpace(2048))]
  }

  static func record(
    _ kind: Record.Kind = .value, type: [UInt8] = [], encoding: [UInt8] = [], body: [UInt8] = []
  ) -> Record {
    Record(
      kind: kind, version: version, writtenAt: 1_700_000_000, contentType: Bytes(type),
      contentEncoding: Bytes(encoding), body: Bytes(body))
  }

  static func stored(_ record: Record, _ key: Key) -> MetaValue {
    MetaValue(
      stored: RecordEncoder(record, for: key).set(.set, lifetime: .forever, valueLifetime: .forever))
  }

  @Test(arguments: [Record.Kind.value, .tombstone], [0, 1, 100, 5000])
  func `comes back as it was, with every kind of key and label`(kind: Record.Kind, bodyCount: Int) throws {
    let labels: [[UInt8]] = [[], Array("text/plain; charset=utf-8".utf8), .printable(255)]
    for key in try Self.keys() {
      for type in labels {
        for encoding in labels {
          let record = Self.record(kind, type: type, encoding: encoding, body: .printable(bodyCount))
          let decoded = try #require(RecordDecoder.decode(Self.stored(record, key), for: key)).record
          #expect(decoded.kind == kind)
          #expect(decoded.version == Self.version)
          #expect(decoded.writtenAt == 1_700_000_000)
          #expect(decoded.contentType.array == type)
          #expect(decoded.contentEncoding.array == encoding)
          #expect(decoded.body.array == .printable(bodyCount))
        }
      }
    }
  }

  @Test func `is laid out as documented`() throws {
    for key in try Self.keys() {
      let record = Self.record(type: Array("a/b".utf8), encoding: Array("gzip".utf8), body: .printable(50))
      let set = RecordEncoder(record, for: key).set(
        .set, lifetime: .seconds(600), valueLifetime: .seconds(1000))
      let expected = RecordBytes(
        version: Self.version, writtenAt: 1_700_000_000, outlives: 400, contentType: Array("a/b".utf8),
        contentEncoding: Array("gzip".utf8), storedKey: key.isHashed ? key.bytes : [], body: .printable(50))
      #expect(set.head + set.body.array == expected.bytes(for: key))
    }
  }

  @Test func `the body is stored without a copy`() throws {
    let body = Bytes([UInt8].printable(10_000))
    let record = Record(kind: .value, version: Self.version, writtenAt: 0, body: body)
    let encoder = RecordEncoder(record, for: try Key("k"))
    #expect(encoder.set(.set, lifetime: .forever, valueLifetime: .forever).body.storage === body.storage)
  }

  @Test(arguments: [0x01, 0x80, 0xFF] as [UInt8])
  func `any single byte that was changed is noticed`(change: UInt8) throws {
    for key in try Self.keys() {
      let record = Self.record(type: .printable(9), encoding: .printable(4), body: .printable(70))
      let whole = Self.stored(record, key)
      for position in 0..<whole.bytes.count {
        var damaged = whole.bytes.array
        damaged[position] ^= change
        #expect(
          RecordDecoder.decode(MetaValue(damaged, flags: whole.clientFlags), for: key) == nil,
          "byte \(position) of \(whole.bytes.count)")
      }
    }
  }

  @Test func `a record cut short anywhere, or with something after it, is noticed`() throws {
    for key in try Self.keys() {
      let whole = Self.stored(Self.record(type: .printable(9), body: .printable(70)), key).bytes.array
      for length in 0..<whole.count {
        #expect(RecordDecoder.decode(MetaValue(Array(whole[..<length])), for: key) == nil)
      }
      #expect(RecordDecoder.decode(MetaValue(whole + [0]), for: key) == nil)
    }
  }

  @Test func `a tombstone with nothing in it is whole and guarded as well`() throws {
    let key = try Key("gone")
    let tombstone = Self.stored(.tombstone(Self.version, writtenAt: 5), key)
    #expect(RecordDecoder.decode(tombstone, for: key)?.record.kind == .tombstone)
    for position in 0..<tombstone.bytes.count {
      var damaged = tombstone.bytes.array
      damaged[position] ^= 3
      #expect(RecordDecoder.decode(MetaValue(damaged), for: key) == nil)
    }
  }

  @Test func `a record of another key is not accepted`() throws {
    for owner in try Self.keys() {
      let value = Self.stored(Self.record(body: .printable(10)), owner)
      for key in try Self.keys() + [try Key("other"), try Key(.printable(252))] where key != owner {
        #expect(RecordDecoder.decode(value, for: key) == nil)
      }
    }
  }

  @Test func `under a hashed name the whole key is compared, not only the checksum`() throws {
    let key = try Key(.printable(300))
    #expect(RecordDecoder.decode(RecordBytes(storedKey: key.bytes).value(for: key), for: key) != nil)
    for stored in [[], .printable(299), .printable(301), Array(key.bytes.reversed())] as [[UInt8]] {
      #expect(RecordDecoder.decode(RecordBytes(storedKey: stored).value(for: key), for: key) == nil)
    }
  }

  @Test func `under its own name a key is not stored again`() throws {
    let key = try Key("plain")
    #expect(RecordDecoder.decode(RecordBytes().value(for: key), for: key) != nil)
    #expect(RecordDecoder.decode(RecordBytes(storedKey: key.bytes).value(for: key), for: key) == nil)
  }

  @Test(arguments: [1, 2] as [UInt8]) func `the earlier format is read as well`(format: UInt8) throws {
    for count in [0, 100, 5000] {
      for key in try Self.keys() {
        let bytes = RecordBytes(
          format: format, storedKey: key.isHashed ? key.bytes : [], body: .printable(count))
        let decoded = try #require(RecordDecoder.decode(bytes.value(for: key), for: key))
        #expect(decoded.record.body.array == .printable(count))
        #expect(RecordDecoder.version(of: bytes.value(for: key)) == bytes.version)
      }
    }
  }

  @Test func `one format's checksum is not accepted in another`() throws {
    let key = try Key("k")
    for (format, other) in [(1, 2), (2, 1)] as [(UInt8, UInt8)] {
      var bytes = RecordBytes(format: format, body: .printable(100)).bytes(for: key)
      bytes[0] = other
      #expect(RecordDecoder.decode(MetaValue(bytes, flags: 0xCA00_0000), for: key) == nil)
    }
  }

  @Test(arguments: [0, 3, 4, 255] as [UInt8]) func `another format is not accepted`(format: UInt8) throws {
    let key = try Key("k")
    #expect(RecordDecoder.decode(RecordBytes(format: format).value(for: key), for: key) == nil)
  }

  @Test(arguments: [0, 3, 4, 255] as [UInt8]) func `an unknown kind is not accepted`(kind: UInt8) throws {
    let key = try Key("k")
    #expect(RecordDecoder.decode(RecordBytes(kind: kind).value(for: key), for: key) == nil)
  }

  @Test func `lengths that do not add up are not accepted`() throws {
    let key = try Key("k")
    let whole = RecordBytes(contentType: .printable(5), body: .printable(20))
    #expect(RecordDecoder.decode(whole.value(for: key), for: key) != nil)
    for length in Array(0...40) + [42, 61, 62, 255, 65535] {
      var wrong = whole
      wrong.headerLength = length
      #expect(RecordDecoder.decode(wrong.value(for: key), for: key) == nil, "a header of \(length)")
    }
    for length in [0, 4, 6, 8, 9, 255] {
      var wrong = whole
      wrong.contentTypeLength = length
      #expect(RecordDecoder.decode(wrong.value(for: key), for: key) == nil, "a type of \(length)")
    }
    var longer = whole
    longer.extra = [0]
    #expect(RecordDecoder.decode(longer.value(for: key), for: key) == nil)
  }

  @Test func `random bytes are not accepted`() throws {
    var generator = SeededGenerator(seed: 6)
    let keys = try Self.keys()
    for round in 0..<50_000 {
      var bytes = generator.bytes(generator.int(0...120))
      // Past the first checks, where there is something to go wrong.
      if bytes.count > 4 { bytes.replaceSubrange(0..<3, with: [1, 1, 0]) }
      #expect(RecordDecoder.decode(MetaValue(bytes), for: keys[round % keys.count]) == nil)
    }
  }
}
