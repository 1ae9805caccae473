import Testing

@testable import GatewayCore

/// Nothing but the chunk that is asked for is taken for it.
struct ChunkFormatTests {
  private let list = ChunkList(id: Version(time: 7, writer: 9), length: 6, chunkSize: 3)
  private let key: Key
  private let stored: MetaSet

  init() throws {
    key = try Key("k")
    stored = ChunkFormat.set(Bytes([1, 2, 3]), .set, list.name(0), key, lifetime: .forever)
  }

  private func decoded(_ value: MetaValue, chunk: Int = 0, of key: Key? = nil, length: Int = 3) -> [UInt8]? {
    ChunkFormat.decode(value, list.name(chunk), key ?? self.key, length: length)?.array
  }

  @Test func `a chunk comes back as it was`() {
    #expect(decoded(MetaValue(stored: stored)) == [1, 2, 3])
  }

  @Test func `a chunk of the earlier format is read as well`() {
    let seed = XXHash64.hash(list.name(0).bytes, seed: key.hash)
    let checksum = XXHash64.hash([1, 2, 3], seed: seed)
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: checksum >> (56 - 8 * UInt64($0))) } + [1, 2, 3]
    #expect(decoded(MetaValue(bytes, flags: 0xCC00_0000)) == [1, 2, 3])
    #expect(decoded(MetaValue(bytes, flags: stored.clientFlags)) == nil)
  }

  @Test func `not under another name, of another key or of another length`() throws {
    let value = MetaValue(stored: stored)
    #expect(decoded(value, chunk: 1) == nil)
    #expect(decoded(value, of: try Key("other")) == nil)
    #expect(decoded(value, length: 2) == nil)
    #expect(decoded(value, length: 4) == nil)
  }

  @Test func `not with a changed bit, nor with other client flags`() {
    let bytes = stored.head + stored.body.array
    for bit in 0..<(bytes.count * 8) {
      var changed = bytes
      changed[bit / 8] ^= 1 << (bit % 8)
      #expect(decoded(MetaValue(changed, flags: stored.clientFlags)) == nil)
    }
    #expect(decoded(MetaValue(bytes, flags: 0)) == nil)
    #expect(decoded(MetaValue([], flags: stored.clientFlags), length: 0) == nil)
  }
}
