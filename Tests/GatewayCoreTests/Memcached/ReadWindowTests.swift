import Testing

@testable import GatewayCore

struct ReadWindowTests {
  private var window = ReadWindow(size: 1000)

  @Test mutating func `before anything is known of its values, a node may be asked for any number`() {
    for _ in 0..<10_000 { window.asked() }
    #expect(!window.isFull)
  }

  @Test mutating func `one value at a time where each of them fills it`() {
    exchange(2000, times: 20)
    #expect(!window.isFull)
    window.asked()
    #expect(window.isFull)
    window.answered(length: 2000)
    #expect(!window.isFull)
  }

  @Test mutating func `as many at a time as come to its size`() {
    exchange(100, times: 100)
    let most = howMany()
    #expect((10...11).contains(most))
  }

  @Test mutating func `short values after long ones, and misses, open it again`() {
    exchange(2000, times: 20)
    exchange(1, times: 100)
    #expect(howMany() == 1000)
    exchange(2000, times: 20)
    exchange(0, times: 100)
    for _ in 0..<10_000 { window.asked() }
    #expect(!window.isFull)
  }

  @Test mutating func `a long value among many short ones does not close it`() {
    exchange(10, times: 100)
    exchange(400, times: 1)
    #expect(howMany() >= 15)
  }

  private mutating func exchange(_ length: Int, times: Int) {
    for _ in 0..<times {
      window.asked()
      window.answered(length: length)
    }
  }

  /// How many can be outstanding at a time.
  private func howMany() -> Int {
    var window = window
    var count = 0
    while !window.isFull {
      window.asked()
      count += 1
    }
    return count
  }
}
