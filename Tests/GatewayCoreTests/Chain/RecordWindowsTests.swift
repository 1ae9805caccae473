import Testing

@testable import GatewayCore

/// Stale windows within a stored record.
struct RecordWindowsTests {
  private static let windows = [
    StaleWindows(whileRevalidate: 30, ifError: 300), StaleWindows(whileRevalidate: 0x0102_0304, ifError: 0),
    StaleWindows(whileRevalidate: 0, ifError: .max),
  ]

  private func stored(
    _ windows: StaleWindows, _ key: Key, type: [UInt8] = [], body: [UInt8] = [], left: Lifetime? = nil,
    copy: Lifetime = .forever, value: Lifetime = .forever
  ) -> MetaValue {
    let record = Record(
      kind: .value, version: RecordTests.version, writtenAt: 1_700_000_000, contentType: Bytes(type),
      windows: windows, body: Bytes(body))
    let set = RecordEncoder(record, for: key).set(.set, lifetime: copy, valueLifetime: value)
    return MetaValue(stored: set, remaining: left)
  }

  @Test(arguments: windows) func `come back as they were, with every kind of key`(windows: StaleWindows)
    throws
  {
    for key in try RecordTests.keys() {
      for (type, body) in [([], []), (.printable(255), .printable(1000))] as [([UInt8], [UInt8])] {
        let record = try #require(
          RecordDecoder.decode(stored(windows, key, type: type, body: body), for: key)
        ).record
        #expect(record.windows == windows)
        #expect(record.contentType.array == type)
        #expect(record.body.array == body)
      }
    }
  }

  @Test func `are laid out as documented`() throws {
    for key in try RecordTests.keys() {
      let expected = RecordBytes(
        version: RecordTests.version, writtenAt: 1_700_000_000, contentType: Array("a/b".utf8),
        storedKey: key.isHashed ? key.bytes : [], extra: [0, 0, 0, 30, 0, 0, 1, 44], body: .printable(50))
      let value = stored(Self.windows[0], key, type: Array("a/b".utf8), body: .printable(50))
      #expect(value.bytes.array == expected.bytes(for: key))
    }
  }

  @Test func `take no byte where there are none`() throws {
    let key = try Key("k")
    #expect(stored(.none, key).bytes.count + 8 == stored(Self.windows[0], key).bytes.count)
    #expect(stored(.none, key).bytes.array == RecordTests.stored(RecordTests.record(), key).bytes.array)
  }

  @Test func `count as part of what fits on a node`() throws {
    let key = try Key(.printable(2048))
    let value = stored(
      Self.windows[0], key, type: .printable(255))
    #expect(value.bytes.count == RecordFormat.longestHeader - 255)
  }

  @Test(arguments: [0x01, 0x80, 0xFF] as [UInt8])
  func `any single byte that was changed is noticed`(change: UInt8) throws {
    for key in try RecordTests.keys() {
      let whole = stored(Self.windows[0], key, type: .printable(9), body: .printable(20))
      for position in 0..<whole.bytes.count {
        var damaged = whole.bytes.array
        damaged[position] ^= change
        #expect(RecordDecoder.decode(MetaValue(damaged), for: key) == nil, "byte \(position)")
      }
    }
  }

  @Test func `a record cut short anywhere is noticed`() throws {
    for key in try RecordTests.keys() {
      let whole = stored(Self.windows[0], key, body: .printable(20)).bytes.array
      for length in 0..<whole.count {
        #expect(RecordDecoder.decode(MetaValue(Array(whole[..<length])), for: key) == nil)
      }
    }
  }

  @Test func `nothing else may stand in their place, however right the checksum`() throws {
    for key in try RecordTests.keys() {
      var bytes = RecordBytes(storedKey: key.isHashed ? key.bytes : [], body: .printable(20))
      #expect(RecordDecoder.decode(bytes.value(for: key), for: key) != nil)
      for extra in (1...20).map({ [UInt8](repeating: 1, count: $0) }) where extra.count != 8 {
        bytes.extra = extra
        #expect(RecordDecoder.decode(bytes.value(for: key), for: key) == nil, "\(extra.count) bytes")
      }
      bytes.extra = [UInt8](repeating: 0, count: 8)
      #expect(RecordDecoder.decode(bytes.value(for: key), for: key) == nil, "windows of nothing")
    }
  }

  @Test func `a copy that expires early tells the whole freshness`() throws {
    let key = try Key("k")
    // 60 s fresh, 300 s kept stale; a failover copy for 100 s, of which 90 are left.
    let value = stored(
      Self.windows[0], key, left: .seconds(90), copy: .seconds(100), value: .seconds(360))
    let decoded = try #require(RecordDecoder.decode(value, for: key))
    #expect(decoded.lifetime == .seconds(350))
    #expect(StoredCopy(decoded, cas: 1).freshness.lifetime == .seconds(50))
  }
}
