import GatewayCore
import Testing

/// The checker is shown to catch each kind of violation.
@Suite struct HistoryCheckerTests {
  private func operation(
    _ kind: Operation.Kind, _ start: Int64, _ end: Int64, _ outcome: Operation.Outcome,
    version: UInt64? = nil, client: Int = 0, key: Int = 1
  ) -> Operation {
    Operation(
      client: client, key: key, kind: kind, start: Instant(nanoseconds: start),
      end: Instant(nanoseconds: end),
      outcome: outcome, version: version.map { Version(time: $0, writer: 1) })
  }

  private func violations(_ operations: [Operation]) -> [Violation] {
    HistoryChecker(operations).violations().map(\.0)
  }

  @Test func `a history without faults passes`() {
    #expect(
      violations([
        operation(.get, 0, 5, .missing), operation(.put(1), 10, 20, .done, version: 1),
        operation(.get, 30, 40, .found(1), version: 1), operation(.put(2), 50, 60, .done, version: 2),
        operation(.get, 55, 58, .found(1), version: 1, client: 1), operation(.get, 70, 80, .missing),
        operation(.delete, 90, 95, .done, version: 3), operation(.get, 100, 110, .missing),
      ]).isEmpty)
  }

  @Test func `a value that nobody wrote is caught`() {
    #expect(violations([operation(.get, 0, 5, .found(7))]) == [.foreignValue])
    #expect(violations([operation(.get, 0, 5, .found(nil))]) == [.foreignValue])
  }

  @Test func `a value written to another key is caught`() {
    let history = [operation(.put(1), 0, 5, .done, key: 2), operation(.get, 10, 20, .found(1), key: 1)]
    #expect(violations(history) == [.foreignValue])
  }

  @Test func `a value from the future is caught`() {
    #expect(
      violations([operation(.get, 0, 5, .found(1)), operation(.put(1), 10, 20, .done)]) == [.futureValue])
  }

  @Test func `a stale value is caught`() {
    let history = [
      operation(.put(1), 0, 5, .done), operation(.put(2), 10, 15, .done), operation(.get, 20, 25, .found(1)),
    ]
    #expect(violations(history) == [.staleValue])
  }

  @Test func `a deleted value that is back is caught`() {
    let history = [
      operation(.put(1), 0, 5, .done), operation(.delete, 10, 15, .done), operation(.get, 20, 25, .found(1)),
    ]
    #expect(violations(history) == [.resurrectedValue])
  }

  @Test func `a write without an answer may take effect at any time`() {
    let history = [
      operation(.put(1), 0, 5, .unknown), operation(.put(2), 10, 15, .done),
      operation(.get, 20, 25, .found(1)),
    ]
    #expect(violations(history).isEmpty)
  }

  @Test func `concurrent writes may be read in any order`() {
    let history = [
      operation(.put(1), 0, 20, .done), operation(.put(2), 10, 15, .done), operation(.get, 30, 35, .found(1)),
    ]
    #expect(violations(history).isEmpty)
  }

  @Test func `a version that falls for one client is caught`() {
    let history = [
      operation(.put(1), 0, 50, .done, version: 1, client: 1),
      operation(.put(2), 0, 50, .done, version: 2, client: 2),
      operation(.get, 60, 65, .found(2), version: 2), operation(.get, 70, 75, .found(1), version: 1),
    ]
    #expect(violations(history) == [.fallingVersion])
  }

  @Test func `versions against real time are caught`() {
    let history = [
      operation(.put(1), 0, 5, .done, version: 2, client: 1),
      operation(.put(2), 10, 15, .done, version: 1, client: 2),
    ]
    #expect(violations(history) == [.versionAgainstTime])
  }

  @Test func `a node that goes back to an older value is caught through the whole gateway`() {
    // The whole way: a world in which a node loses what it acknowledged and serves what it held before.
    let world = World(seed: 1, nodes: 1, gateways: 1)
    world.run(for: .milliseconds(50))
    world.act(on: 0) { world, coordinator in
      await world.put(0, key: 0, on: coordinator)
      let old = world.nodes[0].item("key-0")
      await world.loop.sleep(.milliseconds(1))
      await world.put(0, key: 0, on: coordinator)
      await world.loop.sleep(.milliseconds(1))
      if let old { world.nodes[0].store("key-0", old.value, flags: old.flags) }
      await world.loop.sleep(.milliseconds(1))
      await world.get(0, key: 0, on: coordinator)
    }
    world.run(for: .seconds(1))
    world.stop()
    #expect(violations(world.history).contains(.staleValue))
  }
}
