import Testing

@testable import GatewayCore

/// A value past its freshness, over two gateways in front of three nodes.
struct StaleValueTests {
  private let windows = StaleWindows(whileRevalidate: 20, ifError: 60)

  /// Ends what runs, however the test ends.
  private func with(_ harness: LeaseHarness, _ test: (LeaseHarness) throws -> Void) rethrows {
    defer { harness.world.stop() }
    try test(harness)
  }

  /// Fresh for 10 s, and stale since a moment.
  private func makeStale(_ harness: LeaseHarness, _ text: String = "old") {
    harness.put(text, lifetime: .seconds(10), windows: windows)
    harness.world.run(for: .seconds(11))
  }

  @Test func `a value is fresh, then stale, then there for errors only, then gone`() throws {
    try with(LeaseHarness()) { harness in
      harness.put("value", lifetime: .seconds(10), windows: windows)
      var seen: [String] = []
      for _ in 0..<75 {
        harness.world.run(for: .seconds(1))
        harness.forgetAnswers()
        harness.read(at: 1)
        harness.world.run(for: .milliseconds(50))
        seen += harness.texts.map { $0 == "refresh" ? "stale value" : $0 }
      }
      var changes: [String] = []
      for text in seen where changes.last != text { changes.append(text) }
      #expect(changes == ["value", "stale value", "lapsed", "missing"])
      #expect((8...10).contains(seen.count { $0 == "value" }))
      #expect((18...21).contains(seen.count { $0 == "stale value" }))
      #expect((37...41).contains(seen.count { $0 == "lapsed" }))
    }
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>) func `of all who read it, one is to refresh it`(
    seed: UInt64
  ) throws {
    try with(LeaseHarness(seed: seed)) { harness in
      makeStale(harness)
      for _ in 0..<10 {
        harness.read(20)
        harness.world.run(for: .milliseconds(100))
      }
      #expect(harness.count("refresh") == 1)
      #expect(harness.count("stale old") == 199)
    }
  }

  @Test func `when that one does not, another one is to`() throws {
    try with(LeaseHarness()) { harness in
      makeStale(harness)
      for _ in 0..<15 {
        harness.read(20)
        harness.world.run(for: .seconds(1))
      }
      let told = harness.answers.filter { $0.text == "refresh" }.map(\.at)
      #expect(told.count == 2)
      for (earlier, later) in zip(told, told.dropFirst()) { #expect(later - earlier >= .seconds(9)) }
    }
  }

  @Test func `who reads it often does not ask the nodes each time`() throws {
    try with(LeaseHarness(gateways: 1)) { harness in
      makeStale(harness)
      harness.read(1)
      harness.world.run(for: .milliseconds(50))
      let before = harness.world.nodes.map(\.commandCount).reduce(0, +)
      for _ in 0..<50 {
        harness.read(1)
        harness.world.run(for: .milliseconds(10))
      }
      // Two links are read each time; besides, the nodes are probed.
      #expect(harness.world.nodes.map(\.commandCount).reduce(0, +) - before <= 120)
      #expect(harness.count("stale old") == 50)
    }
  }

  @Test func `each version has its own`() throws {
    try with(LeaseHarness()) { harness in
      for number in 0..<3 {
        harness.put("\(number)", lifetime: .seconds(1), windows: windows)
        harness.world.run(for: .seconds(2))
        harness.read(10)
        harness.world.run(for: .milliseconds(100))
        #expect(harness.count("refresh") == number + 1)
      }
    }
  }

  @Test func `nobody is to refresh a fresh value`() throws {
    try with(LeaseHarness()) { harness in
      harness.put("value", lifetime: .seconds(10), windows: windows)
      harness.world.run(for: .seconds(1))
      harness.read(10)
      harness.world.run(for: .milliseconds(100))
      #expect(harness.count("value") == 10)
    }
  }

  @Test func `a copy that was lost is repaired with its windows`() throws {
    try with(LeaseHarness()) { harness in
      harness.put("value", lifetime: .seconds(10), windows: windows)
      harness.world.run(for: .milliseconds(100))
      let nodes = harness.chain[..<2].map { harness.world.nodes[$0] }
      nodes[0].flush()
      harness.read(at: 1)
      harness.world.run(for: .milliseconds(100))
      let repaired = try #require(nodes[0].item("missing"))
      #expect(repaired.value == nodes[1].item("missing")?.value)
      nodes[1].flush()
      harness.world.run(for: .seconds(11))
      harness.forgetAnswers()
      harness.read(at: 1)
      harness.world.run(for: .milliseconds(100))
      #expect(harness.texts == ["refresh"])
    }
  }

  @Test func `a failover copy tells the freshness of the whole value`() throws {
    try with(LeaseHarness()) { harness in
      let nodes = harness.chain.map { harness.world.nodes[$0] }
      nodes[0].kill()
      harness.world.run(for: .seconds(1))
      // Kept for 20 minutes more than failover copies live.
      let long = StaleWindows(whileRevalidate: 30, ifError: 1790)
      harness.put("value", lifetime: .seconds(10), windows: long)
      harness.world.run(for: .milliseconds(100))
      #expect(nodes[2].item("missing") != nil)
      nodes[1].kill()
      harness.world.run(for: .seconds(5))
      harness.read(at: 1)
      harness.world.run(for: .seconds(7))
      harness.read(at: 1)
      harness.world.run(for: .seconds(40))
      harness.read(at: 1)
      harness.world.run(for: .seconds(1))
      #expect(harness.texts == ["value", "refresh", "lapsed"])
    }
  }
}
