/// How fast to copy so that clients do not notice: additive increase, multiplicative decrease (Chiu and Jain 1989) by
/// the latency of small commands. A pure value.
struct RateController {
  /// Where it begins when clients are met, in bytes a second: about a tenth of what a node can do.
  private static let start = Double(8 << 20)
  /// However slow the nodes are, a restore comes to its end.
  static let slowest = Double(1 << 20)
  /// With each observation: from the start to full speed in some ten seconds.
  private static let increase = Double(1 << 20)
  /// Half would swing widely, as every observation that is too slow counts.
  private static let decrease = 0.7
  /// Commands of clients in a second that make a node one that is in use: probes and locks make fewer, also when some
  /// of them fall into one pause.
  static let fewCommands = 150.0
  /// Twice the latency of a pause is what clients may notice, and less than this is lost in the noise of a scheduler.
  private static let tolerance = Duration.microseconds(200)
  /// Weight of a new measurement: the last ten count.
  private static let weight = 0.1

  /// Bytes in a second; nil: as fast as it goes.
  private(set) var rate: Double?
  /// Latency while nothing is copied.
  private(set) var baseline: Duration?

  /// Measured in a pause. `clientCommands`: in a second, at the busiest of the nodes taking part.
  mutating func observePause(latency: Duration, clientCommands: Double) {
    baseline = baseline.map { $0 + (latency - $0) * Self.weight } ?? latency
    if clientCommands <= Self.fewCommands {
      rate = nil
    } else if rate == nil {
      rate = Self.start
    }
  }

  /// Measured while keys are copied.
  mutating func observe(latency: Duration) {
    guard let rate, let baseline else { return }
    let limit = baseline + max(baseline, Self.tolerance)
    self.rate = latency > limit ? max(rate * Self.decrease, Self.slowest) : rate + Self.increase
  }
}
