import Testing

@testable import GatewayCore

/// When the lock of somebody else may be broken.
struct LockWatchTests {
  private var watch = LockWatch()

  private mutating func isLeftBehind(_ token: UInt32, _ milliseconds: Int64) -> Bool {
    watch.isLeftBehind(LockMark(token: token, lease: .milliseconds(500)), now: .milliseconds(milliseconds))
  }

  @Test mutating func `a lock that is still there after its lease was left behind`() {
    for time in [1000, 1001, 1499] as [Int64] { #expect(!isLeftBehind(7, time)) }
    #expect(isLeftBehind(7, 1500))
    #expect(isLeftBehind(7, 1501))
  }

  @Test mutating func `one lock after the other is none that was left behind`() {
    for step in 0..<100 { #expect(!isLeftBehind(UInt32(step), 1000 + 100 * Int64(step))) }
  }

  @Test mutating func `each lock has a lease of its own, on whichever link it was seen`() {
    #expect(!isLeftBehind(1, 1000))
    #expect(!isLeftBehind(2, 1300))
    #expect(isLeftBehind(1, 1500))
    #expect(!isLeftBehind(2, 1500))
    #expect(isLeftBehind(2, 1800))
  }

  @Test mutating func `locks that have long been released do not hide one that was left behind`() {
    for token in 0..<5000 as Range<UInt32> { #expect(!isLeftBehind(token, 1000)) }
    #expect(!isLeftBehind(9999, 1600))
    for token in 5000..<5900 as Range<UInt32> { #expect(!isLeftBehind(token, 1700)) }
    #expect(isLeftBehind(9999, 2100))
  }

  @Test mutating func `however many there are, none is broken before its time`() {
    var generator = SeededGenerator(seed: 21)
    var seen: [UInt32: Int64] = [:]
    for time in 0..<20_000 as Range<Int64> {
      let token = UInt32(generator.int(0...3000))
      let since = seen[token, default: time]
      seen[token] = since
      if isLeftBehind(token, time) { #expect(time - since >= 500) }
    }
  }

  @Test mutating func `a lock with the token of one that was released is not taken for that one`() {
    #expect(!isLeftBehind(7, 1000))
    // Not looked at for an hour; another request has drawn the same 32 bits.
    #expect(!isLeftBehind(7, 3_600_000))
  }
}
