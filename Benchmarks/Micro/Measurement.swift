import CAllocationCounter

/// What one operation takes.
struct Measurement {
  /// The median of the samples.
  let nanoseconds: Double
  let allocations: Double

  private static let samples = 25
  /// Long beside a look at the clock, short beside what the scheduler gives to others in between.
  private static let sampleLength = Duration.milliseconds(4)

  init(_ operation: Operation) {
    let runs = Self.runsPerSample(operation)
    let times = (0..<Self.samples).map { _ in Self.time(operation, runs) }.sorted()
    nanoseconds = Self.nanoseconds(times[times.count / 2]) / Double(runs * operation.count)
    let before = allocation_count()
    for _ in 0..<runs { operation.run() }
    allocations = Double(allocation_count() - before) / Double(runs * operation.count)
  }

  /// Doubles the number until a sample is long enough: caches and branch predictors are warm then.
  private static func runsPerSample(_ operation: Operation) -> Int {
    var runs = 1
    while time(operation, runs) < sampleLength { runs *= 2 }
    return runs
  }

  private static func time(_ operation: Operation, _ runs: Int) -> Duration {
    ContinuousClock().measure { for _ in 0..<runs { operation.run() } }
  }

  private static func nanoseconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) * 1e9 + Double(duration.components.attoseconds) / 1e9
  }
}
