import Testing

@testable import GatewayCore

struct EarliestTimerTests {
  private let loop = FakeEventLoop()

  /// Counts, and says so to the timer as its owner must.
  private final class Owner: TimerTarget {
    var timer = EarliestTimer()
    var count = 0

    func timerFired() {
      timer.fired()
      count += 1
    }
  }

  @Test func `fires once for many deadlines, at the earliest`() {
    let owner = Owner()
    for milliseconds in [50, 20, 80, 20] as [Int64] {
      owner.timer.arm(loop.now + .milliseconds(milliseconds), on: loop, owner)
    }
    loop.advance(.milliseconds(19))
    #expect(owner.count == 0)
    loop.advance(.milliseconds(1))
    #expect(owner.count == 1)
    loop.advance(.seconds(1))
    #expect(owner.count == 1)
  }

  @Test func `can be armed again after it fired`() {
    let owner = Owner()
    for _ in 0..<3 {
      owner.timer.arm(loop.now + .milliseconds(5), on: loop, owner)
      loop.advance(.milliseconds(5))
    }
    #expect(owner.count == 3)
  }

  @Test func `a cancelled timer does not fire and can be armed again`() {
    let owner = Owner()
    owner.timer.arm(loop.now + .milliseconds(5), on: loop, owner)
    owner.timer.cancel(on: loop)
    owner.timer.cancel(on: loop)
    #expect(!loop.hasTimers)
    owner.timer.arm(loop.now + .milliseconds(50), on: loop, owner)
    loop.advance(.milliseconds(50))
    #expect(owner.count == 1)
  }
}
