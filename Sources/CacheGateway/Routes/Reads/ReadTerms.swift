import GatewayCore

/// What a GET or HEAD asks for, other than a value in any case and whole.
final class ReadTerms {
  /// What is to be sent of a value that was found.
  enum Selection: Equatable {
    case whole
    case notModified
    case conditionFailed
    case parts([Range<Int>])
    case unsatisfiable
  }

  private let conditions: ReadConditions
  private let range: RangeRequest?
  /// For an answer in several parts.
  let boundary: MultipartByteRanges.Boundary

  init(_ conditions: ReadConditions, _ range: RangeRequest?, boundary: MultipartByteRanges.Boundary) {
    self.conditions = conditions
    self.range = range
    self.boundary = boundary
  }

  /// nil when the request has no such field, as most.
  static func terms(
    _ head: borrowing RequestHead, _ loop: @autoclosure () -> any EventLoop
  ) throws(Refusal) -> ReadTerms? {
    if head.fields.isDisjoint(with: [.conditions, .range]) { return nil }
    let loop = loop()
    let now = loop.wallClock
    return ReadTerms(
      try ReadConditions(head, now: now), RangeRequest(head, now: now),
      boundary: .init(high: loop.random(), low: loop.random()))
  }

  /// RFC 9110 section 13.2.2. `length`: of the value, in bytes.
  func selection(of value: Validators, length: Int, now: WallTime) -> Selection {
    switch conditions.verdict(on: value) {
    case .failed: return .conditionFailed
    case .notModified: return .notModified
    case .holds: break
    }
    return switch range?.ranges(of: value, length: length, now: now) ?? .whole {
    case .whole: .whole
    case .parts(let ranges): .parts(ranges)
    case .unsatisfiable: .unsatisfiable
    }
  }
}
