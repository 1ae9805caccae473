import Testing

@testable import GatewayCore

@Suite struct KeySpoolTests {
  private func name(_ number: Int) -> [UInt8] { Array("key-\(number)".utf8) }

  private func append(_ number: Int, to spool: inout KeySpool) {
    name(number).withUnsafeBytes { spool.append(ListedKey(name: $0, lastAccess: 0, size: number)) }
  }

  /// How many keys were taken: all there are, in blocks.
  private func takeAll(_ spool: inout KeySpool, _ body: (_ name: [UInt8], _ size: Int) -> Void = { _, _ in })
    -> Int
  {
    var taken = 0
    while case let block = spool.next(most: 100, bytes: .max), !block.isEmpty {
      for item in block.items { body(item.name, item.size) }
      taken += block.count
    }
    return taken
  }

  /// As many keys as do not fit into memory.
  @Test func `what does not fit into memory waits in a file, and all of it comes back once`() throws {
    let directory = try TemporaryDirectory()
    var spool = KeySpool(directory: directory.path)
    for number in 0..<600_000 { append(number, to: &spool) }
    let isOverfull = spool.isOverfull
    #expect(!isOverfull)
    var seen = Array(repeating: 0, count: 600_000)
    let taken = takeAll(&spool) { name, size in if name == self.name(size) { seen[size] += 1 } }
    #expect(taken == 600_000)
    #expect(seen.allSatisfy { $0 == 1 })
    let isDone = spool.isEmpty && !spool.hasFailed
    #expect(isDone)
  }

  @Test func `keys can be added while others are taken`() throws {
    var spool = KeySpool(directory: nil)
    var taken = 0
    for number in 0..<50_000 {
      append(number, to: &spool)
      if number % 3 == 0 { taken += spool.next(most: 1, bytes: .max).count }
    }
    taken += takeAll(&spool)
    #expect(taken == 50_000)
  }

  @Test func `without a file it tells that it is too full`() {
    var spool = KeySpool(directory: nil)
    for number in 0..<600_000 { append(number, to: &spool) }
    let isTooFull = spool.isOverfull
    for _ in 0..<4000 { _ = spool.next(most: 100, bytes: .max) }
    let (isStillTooFull, count) = (spool.isOverfull, spool.count)
    #expect(isTooFull && !isStillTooFull)
    // The last block of a page may be a short one.
    #expect((200_000..<210_000).contains(count))
  }
}
