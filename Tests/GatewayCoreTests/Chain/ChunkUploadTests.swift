import Testing

@testable import GatewayCore

/// Which links hold an upload.
struct ChunkUploadTests {
  private let upload: ChunkUpload
  private let links = (0..<3).map { Link(position: $0, node: $0, isNatural: true) }

  init() throws {
    upload = ChunkUpload(
      try Key("k"), id: Version(time: 7, writer: 9), chunkSize: 3, deadline: .distantFuture)
    upload.holders = links
  }

  private func add(_ count: Int, _ replies: NodeReply?...) {
    upload.add(Bytes([UInt8](repeating: 1, count: count)))
    upload.take(replies)
    upload.judge()
  }

  @Test func `a link that does not take a chunk holds nothing more`() {
    add(3, .done, .timedOut, .done)
    #expect(upload.holders.map(\.node) == [0, 2])
    add(1, .done, nil)
    #expect(upload.holders.map(\.node) == [0])
    #expect(upload.lost.map(\.node) == [1, 2])
    #expect(upload.failure == nil)
    #expect(upload.list.length == 4)
    #expect(upload.list.count == 2)
  }

  @Test func `without any link it has failed`() {
    add(3, .timedOut, .timedOut, .timedOut)
    #expect(upload.failure == .unreachable)
  }

  @Test func `and says so when the nodes had no memory for it`() {
    add(3, .timedOut, .outOfMemory, .done)
    #expect(upload.failure == nil)
    add(3, .outOfMemory)
    #expect(upload.failure == .outOfMemory)
  }
}
