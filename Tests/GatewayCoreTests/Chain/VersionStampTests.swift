import Testing

@testable import GatewayCore

@Suite struct VersionStampTests {
  private let now: UInt64 = 1_800_000_000_000_000_000

  private func stamp(_ time: UInt64) -> VersionStamp { VersionStamp(Version(time: time, writer: 1)) }

  private func isBefore(_ time: UInt64) -> Bool { stamp(time).isBefore(Version(time: now, writer: 2)) }

  @Test(arguments: [3_000_000, 1_000_000_000, 3_600_000_000_000, 4 * 3_600_000_000_000] as [UInt64])
  func `a version from some time ago is told to be older`(age: UInt64) {
    #expect(isBefore(now - age))
  }

  @Test func `the same moment leaves it open`() {
    #expect(!isBefore(now))
    #expect(!isBefore(now - 1))
  }

  @Test(arguments: [0, 1, 1_000_000, 60_000_000_000, 3_600_000_000_000] as [UInt64])
  func `a version up to an hour ahead is never taken for an older one`(lead: UInt64) {
    #expect(!isBefore(now + lead))
  }

  @Test func `of any two versions less than an hour apart, the later is never told to be older`() {
    var generator = SeededGenerator(seed: 12)
    for _ in 0..<10_000 {
      let time = generator.next() >> 3
      let later = Version(time: time + generator.next() % 3_600_000_000_000, writer: 1)
      #expect(!VersionStamp(later).isBefore(Version(time: time, writer: 9)))
    }
  }
}
