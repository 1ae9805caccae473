import GatewayCore
import Testing

@testable import CacheGateway

/// A body on its way through, in bounded memory.
struct UploadStreamTests {
  private let budget = UploadBudget(bytes: 1000)

  private final class Calls {
    var count = 0
  }

  private func stream(limit: Int = 100, _ calls: Calls = Calls()) throws -> UploadStream {
    try #require(UploadStream(pieceSize: 4, limit: limit, budget: budget) { calls.count += 1 })
  }

  private func append(_ text: String, _ stream: UploadStream) -> Int? {
    Array(text.utf8).withUnsafeBytes { stream.append($0) }
  }

  private func next(_ stream: UploadStream) async -> String? {
    await stream.next().map { String(decoding: $0.buffer, as: UTF8.self) }
  }

  @Test func `pieces come in the order of the bytes, the last one shorter`() async throws {
    let stream = try stream()
    #expect(append("abc", stream) == 3)
    #expect(append("defg", stream) == 4)
    stream.end()
    #expect(await next(stream) == "abcd")
    #expect(await next(stream) == "efg")
    #expect(await next(stream) == "")
  }

  @Test func `two pieces are taken, and more when there is room again`() async throws {
    let calls = Calls()
    let stream = try stream(calls)
    #expect(append("0123456789", stream) == 8)
    #expect(append("89", stream) == 0)
    #expect(calls.count == 0)
    #expect(await next(stream) == "0123")
    #expect(calls.count == 1)
    #expect(append("89", stream) == 2)
    stream.end()
    #expect(await next(stream) == "4567")
    #expect(await next(stream) == "89")
    #expect(calls.count == 1)
  }

  @Test func `a body that is longer than allowed is told at once`() throws {
    let stream = try stream(limit: 5)
    #expect(append("abc", stream) == 3)
    #expect(append("def", stream) == nil)
    #expect(append("de", stream) == 2)
  }

  @Test func `of a body that broke off nothing more comes`() async throws {
    let stream = try stream()
    #expect(append("abcdef", stream) == 6)
    stream.breakOff()
    #expect(await next(stream) == nil)
  }

  @Test func `its memory is counted for as long as it lives`() throws {
    do {
      let stream = try stream()
      #expect(!budget.take(1000 - UploadStream.memory(pieceSize: 4) + 1))
      #expect(append("a", stream) == 1)
    }
    #expect(budget.take(1000))
    #expect(UploadStream(pieceSize: 4, limit: 1, budget: budget) {} == nil)
  }
}
