import Synchronization
import Testing

@testable import GatewayCore

/// Rule C7.
struct VersionTests {
  private func at(_ seconds: UInt64) -> WallTime { WallTime(nanoseconds: seconds * 1_000_000_000) }

  @Test func `a version follows the wall clock`() {
    let clock = VersionClock(writer: 7)
    #expect(clock.next(at: at(100)) == Version(time: 100_000_000_000, writer: 7))
    #expect(clock.next(at: at(200)) == Version(time: 200_000_000_000, writer: 7))
  }

  @Test func `versions of the same moment differ and rise`() {
    let clock = VersionClock(writer: 7)
    let versions = (0..<1000).map { _ in clock.next(at: at(100)) }
    #expect(versions == versions.sorted())
    #expect(Set(versions).count == 1000)
    #expect(versions.last?.time == 100_000_000_999)
  }

  @Test func `versions rise also while the wall clock is set back by an hour`() {
    let clock = VersionClock(writer: 7)
    let before = clock.next(at: at(10_000))
    var last = before
    for step in 0..<100 as Range<UInt64> {
      let version = clock.next(at: at(10_000 - 3600 + step))
      #expect(version > last)
      last = version
    }
    // Nanoseconds, not seconds: real time catches up with what was counted ahead.
    #expect(last.time - before.time == 100)
  }

  @Test func `versions rise under any walk of the wall clock`() {
    var generator = SeededGenerator(seed: 3)
    let clock = VersionClock(writer: 1)
    var last = Version.plain
    for _ in 0..<10_000 {
      let version = clock.next(at: WallTime(nanoseconds: generator.next() >> 4))
      #expect(version > last)
      last = version
    }
  }

  @Test func `a version is above every version seen before`() {
    let clock = VersionClock(writer: 1)
    let seen = Version(time: 5_000_000_000, writer: 0xFFFF_FFFF)
    clock.observe(seen, at: at(1))
    #expect(clock.next(at: at(1)) > seen)
  }

  @Test func `an older version seen changes nothing`() {
    let clock = VersionClock(writer: 1)
    let first = clock.next(at: at(100))
    clock.observe(Version(time: 3, writer: 9), at: at(100))
    clock.observe(.plain, at: at(100))
    #expect(clock.next(at: at(100)).time == first.time + 1)
  }

  @Test func `two gateways that see each other's versions never go below them`() {
    let clocks = [VersionClock(writer: 1), VersionClock(writer: 2)]
    var generator = SeededGenerator(seed: 4)
    var last = Version.plain
    for _ in 0..<10_000 {
      let turn = generator.int(0...1)
      // The second gateway's clock is an hour slow.
      let now = at(turn == 0 ? 10_000 : 10_000 - 3600)
      clocks[turn].observe(last, at: now)
      let version = clocks[turn].next(at: now)
      #expect(version > last)
      last = version
    }
  }

  @Test func `threads never get a version twice, and a later call gets a later version`() throws {
    let clock = VersionClock(writer: 1)
    let latest = Atomic<UInt64>(0)
    let given = Mutex<[Version]>([])
    let threads = try (0..<4).map { thread in
      try LoopThread {
        var own: [Version] = []
        for step in 0..<20_000 {
          let finished = latest.load(ordering: .sequentiallyConsistent)
          // Each thread's idea of the time is another one, and goes back.
          let version = clock.next(at: WallTime(nanoseconds: UInt64(thread * 1000 + 50_000 - step)))
          latest.max(version.time, ordering: .sequentiallyConsistent)
          precondition(version.time > finished)
          own.append(version)
        }
        let all = own
        given.withLock { $0 += all }
      }
    }
    for thread in threads { thread.join() }
    let versions = given.withLock { $0 }
    #expect(versions.count == 80_000)
    #expect(Set(versions).count == 80_000)
  }

  @Test func `versions are ordered by time, then by writer`() {
    let ordered = [
      Version.plain, Version(time: 0, writer: 1), Version(time: 1, writer: 0), Version(time: 1, writer: 9),
      Version(time: 2, writer: 0), Version(time: .max, writer: .max),
    ]
    for (index, left) in ordered.enumerated() {
      for (other, right) in ordered.enumerated() { #expect((left < right) == (index < other)) }
    }
  }

  @Test(arguments: [
    (Version.plain, "0000000000000000-00000000"),
    (Version(time: 0x0123_4567_89AB_CDEF, writer: 0xDEAD_BEEF), "0123456789abcdef-deadbeef"),
    (Version(time: 1, writer: 10), "0000000000000001-0000000a"),
    (Version(time: .max, writer: .max), "ffffffffffffffff-ffffffff"),
  ])
  func `is written as 16 and 8 hexadecimal digits`(version: Version, text: String) {
    #expect(version.description == text)
  }

  @Test func `texts are in the order of the versions`() {
    var generator = SeededGenerator(seed: 5)
    let versions = (0..<1000).map { _ in
      Version(time: generator.next() >> 30, writer: UInt32(truncatingIfNeeded: generator.next()))
    }
    #expect(versions.sorted().map(\.description) == versions.map(\.description).sorted())
  }

  @Test func `a clock that has seen another one ahead keeps up with it from then on`() {
    let clock = VersionClock(writer: 1)
    let slow = at(10_000 - 3600)
    clock.observe(Version(time: at(10_000).nanoseconds, writer: 2), at: slow)
    let tenSecondsLater = WallTime(nanoseconds: slow.nanoseconds + 10_000_000_000)
    #expect(clock.next(at: tenSecondsLater).time == at(10_010).nanoseconds)
  }

  @Test func `what the clock would give now is not used up by asking`() {
    let clock = VersionClock(writer: 1)
    let current = clock.current(at: at(5))
    #expect(clock.current(at: at(5)) == current)
    #expect(clock.next(at: at(5)) == current)
    #expect(clock.current(at: at(5)) > current)
  }

  @Test func `a version seen stays below those given after the wall clock has stepped back`() {
    let clock = VersionClock(writer: 1)
    let seen = Version(time: 10_000_000_000, writer: 2)
    clock.observe(seen, at: WallTime(nanoseconds: 10_000_000_001))
    #expect(clock.next(at: WallTime(nanoseconds: 9_000_000_000)) > seen)
  }
}
