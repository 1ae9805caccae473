import Testing

@testable import GatewayCore

/// What is left of a value's freshness, by what is left of the item on its node.
struct StaleWindowsTests {
  private func copy(_ windows: StaleWindows, left: Lifetime) -> StoredCopy {
    let record = Record(
      kind: .value, version: RecordTests.version, writtenAt: 0, windows: windows, body: .empty)
    return StoredCopy(RecordDecoder.Decoded(record: record, lifetime: left), cas: 1)
  }

  private let both = StaleWindows(whileRevalidate: 30, ifError: 300)

  @Test(arguments: [Lifetime.forever, .seconds(0), .seconds(60)])
  func `without windows a value is fresh for as long as it is there`(left: Lifetime) {
    let freshness = copy(.none, left: left).freshness
    #expect(freshness.lifetime == left)
    #expect(freshness.staleness == nil)
    #expect(!copy(.none, left: left).isLapsed)
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
    #expect(copy.isLapsed == (whileRevalidate == 0))
  }

  @Test func `the window for errors may be the shorter one`() throws {
    let windows = StaleWindows(whileRevalidate: 60, ifError: 10)
    let staleness = try #require(copy(windows, left: .seconds(45)).freshness.staleness)
    #expect(staleness == Staleness(seconds: 15, windows: StaleWindows(whileRevalidate: 45, ifError: 0)))
  }

  @Test func `a node that keeps a value for longer than it says is no reason to fail`() {
    #expect(copy(both, left: .forever).freshness.staleness == nil)
    let largest = StaleWindows(whileRevalidate: .max, ifError: .max)
    #expect(copy(largest, left: .seconds(1)).freshness.staleness?.seconds == UInt32.max - 1)
  }

  @Test func `what was seen to be refreshed is remembered for a moment`() {
    var seen = RefreshesSeen()
    let versions = (1...UInt64(RefreshesSeen.most + 1)).map { Version(time: $0, writer: 1) }
    #expect(!seen.contains(versions[0], now: .seconds(5)))
    seen.insert(versions[0], now: .seconds(5))
    #expect(seen.contains(versions[0], now: .milliseconds(5999)))
    #expect(!seen.contains(versions[0], now: .seconds(6)))
    #expect(!seen.contains(versions[1], now: .seconds(5)))
    for version in versions { seen.insert(version, now: .seconds(5)) }
    #expect(versions.count { seen.contains($0, now: .seconds(5)) } < RefreshesSeen.most)
    #expect(versions.last.map { seen.contains($0, now: .seconds(5)) } == true)
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
