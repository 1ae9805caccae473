import Testing

@testable import GatewayCore

/// Rule C9.
struct NodeHealthTests {
  private let start = Instant.seconds(1000)

  /// Down since `start`, after having been up for long.
  private func fallen() -> NodeHealth {
    var health = NodeHealth(now: start + .seconds(-3600))
    _ = health.fell(now: start)
    return health
  }

  @Test func `a node counts as up until it is found to be down`() {
    var health = NodeHealth(now: start)
    #expect(health.isUp)
    let hasChanged = health.fell(now: start + .seconds(60))
    #expect(hasChanged)
    #expect(!health.isUp)
    #expect(health.state == .down(since: start + .seconds(60)))
  }

  @Test func `falling changes the state once`() {
    var health = fallen()
    let hasChanged = health.fell(now: start + .seconds(1))
    #expect(!hasChanged)
    #expect(health.state == .down(since: start))
  }

  @Test func `an answered probe brings a node back, once`() {
    var health = fallen()
    let changes = [5, 6].map { health.probeSucceeded(now: start + .seconds($0)) }
    #expect(changes == [true, false])
    #expect(health.state == .up(since: start + .seconds(5)))
  }

  @Test func `the time in a state begins with the change to it`() {
    var health = NodeHealth(now: start)
    #expect(health.time(now: start + .seconds(9)) == .seconds(9))
    _ = health.fell(now: start + .seconds(10))
    _ = health.fell(now: start + .seconds(11))
    health.probeFailed()
    #expect(health.time(now: start + .seconds(12)) == .seconds(2))
    _ = health.probeSucceeded(now: start + .seconds(13))
    #expect(health.time(now: start + .seconds(13)) == .zero)
  }

  @Test func `failed probes do not bring it back`() {
    var health = fallen()
    for _ in 0..<10 { health.probeFailed() }
    #expect(!health.isUp)
  }

  @Test func `the pause doubles with each failed probe, up to five seconds`() {
    var health = fallen()
    var pauses: [Duration] = []
    for _ in 0..<9 {
      pauses.append(health.pause(jitter: 0))
      health.probeFailed()
    }
    #expect(pauses == [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000].map { .milliseconds($0) })
  }

  @Test func `jitter takes away up to half of the pause`() {
    var health = fallen()
    #expect(health.pause(jitter: 1) == .milliseconds(50))
    #expect(health.pause(jitter: 0.5) == .milliseconds(75))
    for _ in 0..<10 { health.probeFailed() }
    #expect(health.pause(jitter: 1) == .milliseconds(2500))
  }

  @Test func `the first fall is no flapping, however soon after the start it comes`() {
    var health = NodeHealth(now: start)
    _ = health.fell(now: start + .milliseconds(1))
    #expect(health.flaps == 0)
    #expect(health.pause(jitter: 0) == .milliseconds(100))
  }

  @Test func `a node that falls soon after its return comes back more slowly each time`() {
    var health = fallen()
    var pauses: [Duration] = []
    var now = start
    for _ in 0..<8 {
      pauses.append(health.pause(jitter: 0))
      now = now + .seconds(1)
      _ = health.probeSucceeded(now: now)
      now = now + .seconds(29)
      _ = health.fell(now: now)
    }
    #expect(pauses == [100, 200, 400, 800, 1600, 3200, 5000, 5000].map { .milliseconds($0) })
  }

  @Test func `flapping is forgotten after half a minute up`() {
    var health = fallen()
    for second in 0..<5 as Range<Int64> {
      _ = health.probeSucceeded(now: start + .seconds(second))
      _ = health.fell(now: start + .seconds(second + 1))
    }
    #expect(health.flaps > 0)
    _ = health.probeSucceeded(now: start + .seconds(10))
    _ = health.fell(now: start + .seconds(40))
    #expect(health.flaps == 0)
    #expect(health.pause(jitter: 0) == .milliseconds(100))
  }

  @Test func `a return ends the row of failed probes`() {
    var health = fallen()
    for _ in 0..<10 { health.probeFailed() }
    _ = health.probeSucceeded(now: start + .seconds(10))
    _ = health.fell(now: start + .seconds(100))
    #expect(health.pause(jitter: 0) == .milliseconds(100))
  }

  @Test func `pauses stay within their bounds whatever happens`() {
    var generator = SeededGenerator(seed: 9)
    var health = NodeHealth(now: start)
    var now = start
    for _ in 0..<10_000 {
      now = now + .milliseconds(Int64(generator.int(1...60_000)))
      switch generator.int(0...2) {
      case 0: _ = health.fell(now: now)
      case 1: health.probeFailed()
      default: _ = health.probeSucceeded(now: now)
      }
      let pause = health.pause(jitter: Double(generator.int(0...100)) / 100)
      #expect(pause >= .milliseconds(50) && pause <= .seconds(5))
    }
  }
}
