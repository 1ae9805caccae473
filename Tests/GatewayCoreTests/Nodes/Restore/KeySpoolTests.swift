import Testing

@testable import GatewayCore

@Suite struct KeySpoolTests {
  private func key(_ number: Int) -> ListedKey {
    ListedKey(name: Array("key-\(number)".utf8), lastAccess: 0, size: number)
  }

  /// As many keys as do not fit into memory.
  @Test func `what does not fit into memory waits in a file, and all of it comes back once`() throws {
    let directory = try TemporaryDirectory()
    var spool = KeySpool(directory: directory.path)
    for number in 0..<600_000 { spool.append(key(number)) }
    let isOverfull = spool.isOverfull
    #expect(!isOverfull)
    var seen = Array(repeating: 0, count: 600_000)
    while let next = spool.next() {
      if next.name == key(next.size).name { seen[next.size] += 1 }
    }
    #expect(seen.allSatisfy { $0 == 1 })
    let isDone = spool.isEmpty && !spool.hasFailed
    #expect(isDone)
  }

  @Test func `keys can be added while others are taken`() throws {
    var spool = KeySpool(directory: nil)
    var taken = 0
    for number in 0..<50_000 {
      spool.append(key(number))
      if number % 3 == 0, spool.next() != nil { taken += 1 }
    }
    while spool.next() != nil { taken += 1 }
    #expect(taken == 50_000)
  }

  @Test func `without a file it tells that it is too full`() {
    var spool = KeySpool(directory: nil)
    for number in 0..<600_000 { spool.append(key(number)) }
    let isTooFull = spool.isOverfull
    for _ in 0..<400_000 { _ = spool.next() }
    let (isStillTooFull, count) = (spool.isOverfull, spool.count)
    #expect(isTooFull && !isStillTooFull)
    #expect(count == 200_000)
  }
}
