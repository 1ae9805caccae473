import Testing

@testable import GatewayCore

/// What is left of a value's freshness, by what is left of the item on its node.
struct StaleWindowsTests {
  private func copy(_ windows: StaleWindows, left: Lifetime, _ kind: Record.Kind = .value) -> StoredCopy {
    let record = Record(
      kind: kind, version: RecordTests.version, writtenAt: 0, windows: windows, body: .empty)
    return StoredCopy(RecordDecoder.Decoded(record: record, lifetime: left), cas: 1)
  }

  private let both = StaleWindows(whileRevalidate: 30, ifError: 300)

  @Test(arguments: [Lifetime.forever, .seconds(0), .seconds(60)])
  func `without windows a value is fresh for as long as it is there`(left: Lifetime) {
    let freshness = copy(.none, left: left).freshness
    #expect(freshness.lifetime == left)
    #expect(freshness.staleness == nil)
    #expect(copy(.none, left: left).isCurrent)
  }

  @Test(arguments: [(360, 60), (301, 1)] as [(UInt32, UInt32)])
  func `the longer window is no part of the freshness`(left: UInt32, fresh: UInt32) {
    for windows in [both, StaleWindows(whileRevalidate: 300, ifError: 0)] {
      let freshness = copy(windows, left: .seconds(left)).freshness
      #expect(freshness.lifetime == .seconds(fresh))
      #expect(freshness.staleness == nil)
    }
  }

  @Test(arguments: [
    (300, 0, 30, 300), (299, 1, 29, 299), (271, 29, 1, 271), (270, 30, 0, 270), (1, 299, 0, 1),
  ])
  func `both windows begin where the freshness ends`(
    left: UInt32, stale: UInt32, whileRevalidate: UInt32, ifError: UInt32
  ) {
    let copy = copy(both, left: .seconds(left))
    #expect(copy.freshness.lifetime == .seconds(0))
    #expect(
      copy.freshness.staleness
        == Staleness(
          seconds: stale, windows: StaleWindows(whileRevalidate: whileRevalidate, ifError: ifError)))
    #expect(copy.isCurrent == (whileRevalidate > 0))
  }

  @Test func `the window for errors may be the shorter one`() throws {
    let windows = StaleWindows(whileRevalidate: 60, ifError: 10)
    let staleness = try #require(copy(windows, left: .seconds(45)).freshness.staleness)
    #expect(staleness == Staleness(seconds: 15, windows: StaleWindows(whileRevalidate: 45, ifError: 0)))
  }

  @Test func `a node that keeps a value for longer than it says is no reason to fail`() {
    #expect(copy(both, left: .forever).freshness.staleness == nil)
    let largest = StaleWindows(whileRevalidate: .max, ifError: .max)
    #expect(copy(largest, left: .seconds(1)).freshness.staleness?.seconds == .max - 1)
  }

  @Test func `a tombstone is not there, however fresh`() {
    #expect(!copy(.none, left: .forever, .tombstone).isCurrent)
  }

  @Test func `a value is kept for its freshness and the longer window`() {
    #expect(NewValue(body: .empty, lifetime: .seconds(60), windows: both).lifetime == .seconds(360))
    #expect(NewValue(body: .empty, lifetime: .seconds(60)).lifetime == .seconds(60))
    #expect(NewValue(body: .empty, lifetime: .seconds(.max - 10), windows: both).lifetime == .seconds(.max))
  }

  @Test func `a value that is fresh for ever has no windows`() {
    let value = NewValue(body: .empty, lifetime: .forever, windows: both)
    #expect(value.lifetime == .forever)
    #expect(value.windows == .none)
  }

  @Test(arguments: [(1, 2), (5, 2), (8, 4), (30, 10), (.max, 10)] as [(UInt32, UInt32)])
  func `a claim to refresh leaves time for a second one`(window: UInt32, seconds: UInt32) {
    #expect(Coordinator.lifetimeOfRefreshClaim(window: window) == .seconds(seconds))
  }
}
