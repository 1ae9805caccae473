import Testing

@testable import GatewayCore

/// How a large value's chunks are named and counted.
struct ChunkListTests {
  private let id = Version(time: 0x0102_0304_0506_0708, writer: 0x0A0B_0C0D)

  @Test(
    arguments: [
      (0, 10, 0), (1, 10, 1), (9, 10, 1), (10, 10, 1), (11, 10, 2), (100, 10, 10),
      (1 << 40, 1 << 20, 1 << 20),
    ] as [(UInt64, Int, Int)])
  func `there are as many chunks as it takes`(length: UInt64, size: Int, count: Int) {
    let list = ChunkList(id: id, length: length, chunkSize: size)
    #expect(list.count == count)
    #expect(ChunkList(list.encoded) == list)
  }

  @Test func `the form on the nodes`() {
    let list = ChunkList(id: id, length: 0x11, chunkSize: 0x22)
    #expect(
      list.encoded.array == [
        1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 0, 0, 0, 0, 0, 0, 0, 0x11, 0, 0, 0, 0x22,
      ])
  }

  @Test func `ranges are those of the bytes`() {
    let list = ChunkList(id: id, length: 25, chunkSize: 10)
    #expect((0..<3).map(list.range) == [0..<10, 10..<20, 20..<25])
    #expect(list.chunks(of: 0..<25) == 0..<3)
    #expect(list.chunks(of: 9..<10) == 0..<1)
    #expect(list.chunks(of: 9..<11) == 0..<2)
    #expect(list.chunks(of: 20..<25) == 2..<3)
    #expect(list.chunks(of: 7..<7).isEmpty)
  }

  @Test func `no two chunks share a name, nor do two uploads`() {
    let other = ChunkList(id: Version(time: id.time, writer: id.writer + 1), length: 100, chunkSize: 10)
    let list = ChunkList(id: id, length: 100, chunkSize: 10)
    let names = (0..<10).map(list.name) + (0..<10).map(other.name)
    #expect(Set(names).count == 20)
  }

  @Test func `bytes that are no list are none`() {
    let good = ChunkList(id: id, length: 25, chunkSize: 10).encoded.array
    #expect(ChunkList(Bytes(good.dropLast())) == nil)
    #expect(ChunkList(Bytes(good + [0])) == nil)
    #expect(ChunkList(.empty) == nil)
    // Without a chunk size, and of more chunks than are believed.
    #expect(ChunkList(Bytes(good.dropLast(4) + [0, 0, 0, 0])) == nil)
    #expect(ChunkList(Bytes(good.prefix(12) + [UInt8](repeating: 0xFF, count: 8) + [0, 0, 0, 10])) == nil)
  }

  @Test func `a record tells by its client flags that it names chunks`() throws {
    let key = try Key("k")
    let list = ChunkList(id: id, length: 25, chunkSize: 10)
    let record = Record(kind: .chunks, version: id, writtenAt: 0, body: list.encoded)
    let set = RecordEncoder(record, for: key).set(.set, lifetime: .forever, valueLifetime: .forever)
    #expect(RecordFormat.isRecord(set.clientFlags))
    #expect(RecordFormat.namesChunks(set.clientFlags))
    let decoded = try #require(RecordDecoder.decode(MetaValue(stored: set), for: key)?.record)
    #expect(decoded.chunks == list)
    #expect(decoded.length == 25)
    #expect(RecordDecoder.chunks(of: MetaValue(stored: set)) == list)
  }

  @Test func `a record of values whose flags say chunks is damaged, and the other way round`() throws {
    let key = try Key("k")
    for kind in [Record.Kind.value, .chunks] {
      let record = Record(kind: kind, version: id, writtenAt: 0, body: Bytes([1]))
      let set = RecordEncoder(record, for: key).set(.set, lifetime: .forever, valueLifetime: .forever)
      let value = MetaValue(set.head + set.body.array, flags: set.clientFlags ^ (1 << 24))
      #expect(RecordDecoder.decode(value, for: key) == nil)
    }
  }
}
