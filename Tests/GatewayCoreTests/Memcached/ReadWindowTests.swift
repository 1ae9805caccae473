import Testing

@testable import GatewayCore

struct ReadWindowTests {
  private var window = ReadWindow(size: 1000)

  @Test mutating func `before anything is known of its values, a node may be asked for very many`() {
    for _ in 0..<999 { window.asked() }
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
    // Their length counts as the next power of two.
    #expect(howMany() == 8)
  }

  @Test mutating func `short values after long ones, and misses, open it again`() {
    exchange(2000, times: 20)
    exchange(1, times: 100)
    #expect(howMany() == 500)
    exchange(2000, times: 20)
    exchange(0, times: 100)
    #expect(howMany() == 1000)
  }

  @Test mutating func `long values among many short ones leave these their place`() {
    for _ in 0..<50 {
      exchange(10, times: 6)
      exchange(2000, times: 1)
      // The arithmetic mean is 294.
      #expect(howMany() > 12)
    }
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
