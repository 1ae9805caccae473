import Testing

@testable import GatewayCore

/// Leases of a missing key, over two gateways in front of three nodes.
struct LeaseTests {
  private let waiting = LeaseTerms(seconds: 5, wait: .seconds(2))

  /// Ends what runs, however the test ends.
  private func with(_ harness: LeaseHarness, _ test: (LeaseHarness) throws -> Void) rethrows {
    defer { harness.world.stop() }
    try test(harness)
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>) func `of many, exactly one gets it`(seed: UInt64) throws {
    try with(LeaseHarness(seed: seed)) { harness in
      harness.ask(100, LeaseTerms(seconds: 5))
      harness.world.run(for: .seconds(1))
      #expect(harness.count("granted") == 1)
      #expect(harness.count("taken") == 99)
    }
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func `all who wait get the value that is put, and none another lease`(seed: UInt64) throws {
    try with(LeaseHarness(seed: seed)) { harness in
      harness.ask(100, waiting)
      harness.world.run(for: .milliseconds(500))
      #expect(harness.texts == ["granted"])
      harness.put("filled", at: Int(seed % 2))
      harness.world.run(for: .milliseconds(100))
      #expect(harness.count("filled") == 99)
      #expect(harness.answers.count == 100)
    }
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func `who comes while the value is being put gets it, and no lease`(seed: UInt64) throws {
    try with(LeaseHarness(seed: seed)) { harness in
      harness.ask(1, waiting)
      harness.world.run(for: .milliseconds(100))
      harness.put("filled", at: 1)
      for _ in 0..<50 {
        harness.ask(2, waiting)
        harness.world.run(for: .microseconds(200))
      }
      harness.world.run(for: .milliseconds(100))
      #expect(harness.count("granted") == 1)
      #expect(harness.count("filled") == 100)
    }
  }

  @Test func `at the gateway of the PUT nobody waits for the next poll`() throws {
    try with(LeaseHarness(gateways: 1)) { harness in
      harness.world.network.longestDelay = .microseconds(100)
      harness.ask(10, waiting)
      harness.world.run(for: .milliseconds(103))
      harness.put("filled")
      harness.world.run(for: .milliseconds(5))
      #expect(harness.count("filled") == 9)
    }
  }

  @Test func `when it runs out, one of those who wait gets it, then the next`() throws {
    try with(LeaseHarness()) { harness in
      harness.ask(20, LeaseTerms(seconds: 1, wait: .seconds(10)))
      harness.world.run(for: .seconds(9))
      let granted = harness.answers.filter { $0.text == "granted" }.map(\.at)
      #expect((4...9).contains(granted.count))
      for (earlier, later) in zip(granted, granted.dropFirst()) { #expect(later - earlier >= .seconds(1)) }
      #expect(harness.answers.count == granted.count)
    }
  }

  @Test func `who has waited for as long as it wanted learns that it is taken`() throws {
    try with(LeaseHarness()) { harness in
      harness.ask(at: 0, LeaseTerms(seconds: 60))
      harness.world.run(for: .milliseconds(50))
      harness.ask(10, LeaseTerms(seconds: 60, wait: .milliseconds(300)))
      harness.world.run(for: .milliseconds(290))
      #expect(harness.texts == ["granted"])
      harness.world.run(for: .milliseconds(60))
      #expect(harness.count("taken") == 10)
    }
  }

  @Test(arguments: [0, 1]) func `a DELETE through any of the gateways ends it`(gateway: Int) throws {
    try with(LeaseHarness()) { harness in
      harness.ask(2, LeaseTerms(seconds: 60))
      harness.world.run(for: .milliseconds(50))
      harness.delete(at: gateway)
      harness.world.run(for: .milliseconds(50))
      harness.ask(2, LeaseTerms(seconds: 60))
      harness.world.run(for: .milliseconds(50))
      #expect(harness.texts.sorted() == ["granted", "granted", "taken", "taken"])
    }
  }

  @Test func `a DELETE gives it to one of those who wait`() throws {
    try with(LeaseHarness()) { harness in
      harness.ask(10, waiting)
      harness.world.run(for: .milliseconds(110))
      harness.delete(at: 0)
      harness.world.run(for: .milliseconds(50))
      #expect(harness.texts == ["granted", "granted"])
    }
  }

  @Test func `a PUT ends it, also when its value has gone since`() throws {
    try with(LeaseHarness()) { harness in
      harness.ask(2, LeaseTerms(seconds: 60))
      harness.world.run(for: .milliseconds(50))
      harness.put("short", at: 1, lifetime: .seconds(1))
      harness.world.run(for: .seconds(2))
      harness.ask(2, LeaseTerms(seconds: 60))
      harness.world.run(for: .milliseconds(50))
      #expect(harness.texts.sorted() == ["granted", "granted", "taken", "taken"])
    }
  }

  @Test func `after a value that nobody was given a lease for there is no trace of one`() throws {
    try with(LeaseHarness()) { harness in
      harness.put("value")
      harness.world.run(for: .milliseconds(50))
      harness.ask(10, waiting)
      harness.world.run(for: .milliseconds(50))
      #expect(harness.count("value") == 10)
      let name = ReservedName.lease(harness.key).bytes.text
      for node in harness.world.nodes { #expect(!node.keys.contains(name)) }
    }
  }

  // MARK: Faults

  @Test(arguments: [0, 1], 1...5 as ClosedRange<UInt64>)
  func `exactly one gets it when a link hangs`(position: Int, seed: UInt64) throws {
    try with(LeaseHarness(seed: seed)) { harness in
      harness.world.nodes[harness.chain[position]].stop()
      harness.ask(50, LeaseTerms(seconds: 10))
      harness.world.run(for: .seconds(3))
      #expect(harness.count("granted") == 1)
      #expect(harness.answers.count == 50)
    }
  }

  @Test(arguments: [0, 1], 1...5 as ClosedRange<UInt64>)
  func `exactly one gets it when the gateways do not reach the same links`(position: Int, seed: UInt64) throws
  {
    try with(LeaseHarness(seed: seed)) { harness in
      harness.world.network.cut(harness.world.gateways[0].loop, from: harness.chain[position])
      harness.ask(50, LeaseTerms(seconds: 10))
      harness.world.run(for: .seconds(3))
      #expect(harness.count("granted") == 1)
      #expect(harness.answers.count == 50)
    }
  }

  @Test func `it lasts when the first link dies`() throws {
    try with(LeaseHarness()) { harness in
      harness.ask(2, LeaseTerms(seconds: 60))
      harness.world.run(for: .milliseconds(50))
      harness.world.nodes[harness.chain[0]].kill()
      harness.ask(10, LeaseTerms(seconds: 60))
      harness.world.run(for: .seconds(1))
      #expect(harness.count("granted") == 1)
      #expect(harness.count("taken") == 11)
    }
  }

  @Test func `when all nodes die, nobody is kept from the origin`() throws {
    try with(LeaseHarness()) { harness in
      for node in harness.world.nodes { node.kill() }
      for gateway in 0..<2 { harness.askAfterMiss(at: gateway, waiting) }
      harness.world.run(for: .seconds(2))
      #expect(harness.texts == ["granted", "granted"])
    }
  }

  @Test func `who learns late that the key was filled gets the value, and keeps nothing`() throws {
    try with(LeaseHarness()) { harness in
      harness.put("value")
      harness.world.run(for: .milliseconds(50))
      harness.askAfterMiss(at: 1, waiting)
      harness.world.run(for: .milliseconds(50))
      #expect(harness.texts == ["value"])
      let name = ReservedName.lease(harness.key).bytes.text
      for node in harness.world.nodes { #expect(!node.keys.contains(name)) }
    }
  }

  // MARK: Bounds

  @Test func `the nodes are asked once for all who wait`() throws {
    try with(LeaseHarness(gateways: 1)) { harness in
      harness.ask(500, LeaseTerms(seconds: 60, wait: .seconds(20)))
      harness.world.run(for: .seconds(1))
      let before = harness.world.nodes.map(\.commandCount).reduce(0, +)
      harness.world.run(for: .seconds(1))
      // 50 reads of three links, and 10 tries to get the lease; besides, the nodes are probed.
      #expect(harness.world.nodes.map(\.commandCount).reduce(0, +) - before <= 200)
      #expect(harness.answers.count == 1)
    }
  }

  @Test func `only so many keys are waited for`() throws {
    try with(LeaseHarness(gateways: 1)) { harness in
      let keys = try (0..<LeaseWaits.mostKeys + 10).map { try Key("key-\($0)") }
      for key in keys { harness.ask(2, waiting, key) }
      harness.world.run(for: .milliseconds(500))
      #expect(harness.count("granted") == keys.count)
      #expect(harness.count("taken") == 10)
    }
  }

  @Test func `only so many requests wait`() throws {
    try with(LeaseHarness(gateways: 1)) { harness in
      harness.ask(1 + LeaseWaits.mostWaiting + 10, waiting)
      harness.world.run(for: .milliseconds(500))
      #expect(harness.count("taken") == 10)
      harness.put("filled")
      harness.world.run(for: .milliseconds(500))
      #expect(harness.count("filled") == LeaseWaits.mostWaiting)
    }
  }

  @Test func `a gateway that is about to stop answers those who wait`() throws {
    try with(LeaseHarness(gateways: 1)) { harness in
      harness.ask(10, waiting)
      harness.world.run(for: .milliseconds(100))
      let gateway = harness.world.gateways[0]
      let coordinator = gateway.coordinator
      gateway.loop.post { coordinator.assumeIsolated { $0.endLeaseWaits() } }
      harness.world.run(for: .milliseconds(1))
      #expect(harness.count("taken") == 9)
      harness.ask(1, waiting)
      harness.world.run(for: .milliseconds(50))
      #expect(harness.count("taken") == 10)
    }
  }
}
