import Testing

@testable import GatewayCore

struct InstantTests {
  @Test func `adding and subtracting are inverse`() {
    let start = Instant.seconds(5)
    #expect(start + .milliseconds(250) == .milliseconds(5250))
    #expect((start + .milliseconds(250)) - start == .milliseconds(250))
    #expect(start + .seconds(-1) == .seconds(4))
    #expect(start < start + .nanoseconds(1))
  }

  @Test func `the far future has no end`() {
    #expect(Instant.distantFuture + .seconds(1) == .distantFuture)
    #expect(Instant.seconds(1) + .seconds(Int64.max) == .distantFuture)
  }

  @Test(
    arguments: [
      (.zero, 0), (.nanoseconds(1), 1), (.milliseconds(250), 250_000_000), (.seconds(-2), -2_000_000_000),
      (.seconds(86400 * 365 * 100), 3_153_600_000_000_000_000), (.seconds(Int64.max), .max),
      (.seconds(Int64.min), .min), (.nanoseconds(Int64.max), .max),
      (Duration(secondsComponent: 9_223_372_036, attosecondsComponent: 900_000_000_000_000_000), .max),
    ] as [(Duration, Int64)])
  func `durations in nanoseconds end at 292 years`(duration: Duration, nanoseconds: Int64) {
    #expect(duration.inNanoseconds == nanoseconds)
  }

  @Test(
    arguments: [
      (.zero, "0.000"), (.nanoseconds(999_999), "0.000"), (.milliseconds(7), "0.007"),
      (.milliseconds(12_345), "12.345"), (.seconds(86400), "86400.000"),
      (.nanoseconds(59_999_999_999), "59.999"),
    ] as [(Duration, String)])
  func `seconds have three decimals`(duration: Duration, text: String) {
    #expect(duration.inDecimalSeconds == text)
  }

  @Test func `whole seconds are rounded down`() {
    #expect(Duration.milliseconds(999).inSeconds == 0)
    #expect(Duration.milliseconds(1000).inSeconds == 1)
    #expect(WallTime(nanoseconds: 1_999_999_999).seconds == 1)
  }
}
