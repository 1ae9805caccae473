/// A promise that was broken.
public enum Violation: String, CaseIterable, Sendable {
  /// A value never written to that key, or damaged.
  case foreignValue
  /// A value whose write was refused.
  case refusedValue
  /// A value whose write began after the read had ended.
  case futureValue
  /// A value that an acknowledged write had replaced before the read began.
  case staleValue
  /// A value that an acknowledged DELETE had removed before the read began.
  case resurrectedValue
  /// A value with another version than its acknowledged write answered with.
  case wrongVersion
  /// For one client at one gateway, a key's version fell.
  case fallingVersion
  /// A write that ended before another began has no lower version.
  case versionAgainstTime
  /// Two acknowledged conditional writes replaced the same version.
  case twoWinners
  /// A conditional write was acknowledged for a version that an acknowledged write had replaced before.
  case staleCondition
  /// After healing, the nodes hold different versions of a key.
  case copiesDiffer
  /// A node's copy was replaced when nobody had asked for that any more.
  case stillChanging
}

/// A violation, the operation that shows it, and the other one that it contradicts.
public struct Finding: Equatable, Sendable {
  public let violation: Violation
  public let operation: Operation
  public let contradicts: Operation?

  init(_ violation: Violation, _ operation: Operation, contradicts: Operation? = nil) {
    self.violation = violation
    self.operation = operation
    self.contradicts = contradicts
  }
}
