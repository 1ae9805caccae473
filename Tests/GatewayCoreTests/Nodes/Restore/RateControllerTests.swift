import Testing

@testable import GatewayCore

@Suite struct RateControllerTests {
  private let calm = Duration.microseconds(300)
  private let busy = 1000.0

  private func controller() -> RateController {
    var controller = RateController()
    controller.observePause(latency: calm, clientCommands: busy)
    return controller
  }

  @Test func `without clients it goes as fast as it can`() {
    var controller = RateController()
    controller.observePause(latency: calm, clientCommands: 0)
    controller.observe(latency: .milliseconds(50))
    #expect(controller.rate == nil)
    controller.observePause(latency: calm, clientCommands: busy)
    #expect(controller.rate != nil)
    controller.observePause(latency: .milliseconds(50), clientCommands: 10)
    #expect(controller.rate == nil)
  }

  @Test func `it rises by steps while nobody notices`() throws {
    var controller = controller()
    let first = try #require(controller.rate)
    controller.observe(latency: calm)
    let second = try #require(controller.rate)
    controller.observe(latency: calm)
    #expect(try #require(controller.rate) - second == second - first)
    #expect(second > first)
  }

  @Test func `it falls by a part when latency is more than twice that of a pause`() throws {
    var controller = controller()
    let before = try #require(controller.rate)
    controller.observe(latency: calm * 2)
    #expect(try #require(controller.rate) > before)
    controller.observe(latency: calm * 3)
    #expect(try #require(controller.rate) < before)
  }

  @Test func `however slow the nodes are, it goes on`() throws {
    var controller = controller()
    for _ in 0..<1000 { controller.observe(latency: .seconds(1)) }
    #expect(controller.rate == RateController.slowest)
  }

  @Test func `the baseline follows slowly`() throws {
    var controller = controller()
    controller.observePause(latency: calm * 11, clientCommands: busy)
    let baseline = try #require(controller.baseline)
    #expect(baseline > calm && baseline < calm * 3)
  }
}

@Suite struct TokenBucketTests {
  private let start = Instant.seconds(100)

  @Test func `so much goes through in a second as the rate says`() {
    var bucket = TokenBucket(rate: 1000, now: start)
    var now = start
    for _ in 0..<100 { now = now + bucket.take(bytes: 100, now: now) }
    let taken = now - start
    #expect(taken > .seconds(9) && taken < .seconds(11))
  }

  @Test func `a long pause earns no more than a short burst`() {
    var bucket = TokenBucket(rate: 1000, now: start)
    let later = start + .seconds(3600)
    #expect(bucket.take(bytes: 50, now: later) == .zero)
    #expect(bucket.take(bytes: 1000, now: later) > .milliseconds(900))
  }
}
