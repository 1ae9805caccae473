import Testing

@testable import GatewayCore

struct ChunkReadersTests {
  @Test func `a value is read until its last reader has ended`() {
    let readers = ChunkReaders()
    let list = ChunkList(id: Version(time: 1, writer: 1), length: 5, chunkSize: 5)
    let other = ChunkList(id: Version(time: 2, writer: 1), length: 5, chunkSize: 5)
    readers.begin(list)
    readers.begin(list)
    #expect(readers.isRead(list))
    #expect(!readers.isRead(other))
    readers.end(list)
    #expect(readers.isRead(list))
    readers.end(list)
    #expect(!readers.isRead(list))
    readers.end(list)
    #expect(!readers.isRead(list))
  }
}
