/// Lets bytes through at a rate. A pure value: time is an argument.
struct TokenBucket {
  /// What may go through at once after a pause.
  private let burst: Duration
  /// Bytes in a second.
  var rate: Double
  private var level: Double = 0
  private var filledAt: Instant

  init(rate: Double, burst: Duration = .milliseconds(50), now: Instant) {
    self.rate = rate
    self.burst = burst
    filledAt = now
  }

  /// Takes so many bytes, and says how long to wait before the next are taken.
  mutating func take(bytes: Int, now: Instant) -> Duration {
    let passed = Double((now - filledAt).inNanoseconds) / 1e9
    level = min(level + passed * rate, Double(burst.inNanoseconds) / 1e9 * rate)
    filledAt = now
    level -= Double(bytes)
    return level < 0 ? .nanoseconds(Int64(min(-level / rate, 3600) * 1e9)) : .zero
  }
}
