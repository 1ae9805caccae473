/// A point on an event loop's monotonic clock, in nanoseconds. Only differences mean anything.
public struct Instant: Comparable, Hashable, Sendable {
  public var nanoseconds: Int64

  public init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  public static let distantFuture = Instant(nanoseconds: .max)

  public static func < (left: Instant, right: Instant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// Saturates at `distantFuture`.
  public static func + (instant: Instant, duration: Duration) -> Instant {
    let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(duration.inNanoseconds)
    return overflow ? .distantFuture : Instant(nanoseconds: sum)
  }

  public static func - (left: Instant, right: Instant) -> Duration {
    .nanoseconds(left.nanoseconds - right.nanoseconds)
  }
}

/// A point in calendar time: nanoseconds since 1970-01-01T00:00:00Z. May be wrong, and may jump.
public struct WallTime: Comparable, Hashable, Sendable {
  public var nanoseconds: UInt64

  public init(nanoseconds: UInt64) {
    self.nanoseconds = nanoseconds
  }

  /// Whole seconds since 1970.
  public var seconds: UInt64 { nanoseconds / 1_000_000_000 }

  public static func < (left: WallTime, right: WallTime) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
}

extension Duration {
  /// Saturates at 292 years.
  public var inNanoseconds: Int64 {
    // Most are within what 64 bits hold, where dividing is cheap.
    if let short = Int64(exactly: attoseconds) { return short / 1_000_000_000 }
    let (seconds, rest) = components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    let (sum, carry) = scaled.addingReportingOverflow(rest / 1_000_000_000)
    return carry ? (seconds < 0 ? .min : .max) : sum
  }

  /// Seconds with three decimals, rounded down. For durations that are not negative.
  public var inDecimalSeconds: String {
    let milliseconds = inNanoseconds / 1_000_000
    return "\(milliseconds / 1000).\(String(1000 + milliseconds % 1000).dropFirst())"
  }

  /// Whole seconds, rounded down.
  public var inSeconds: Int64 { components.seconds }
}
