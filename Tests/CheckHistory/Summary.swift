import GatewayCore
import HistoryChecker

/// What a history and a snapshot come to.
struct Summary: Encodable {
  struct Violations: Encodable {
    var count = 0
    var first: [Example] = []
  }

  /// A violation in full: the operation or the copy that shows it, and the other one that it contradicts.
  struct Example: Encodable {
    var operation: RecordedOperation?
    var contradictsOperation: RecordedOperation?
    var copy: RecordedCopy?
    var contradictsCopy: RecordedCopy?
  }

  let operations: Int
  /// Neither acknowledged nor refused: what they did is not known.
  let failed: Int
  let refused: Int
  let misses: Int
  let longestGapMilliseconds: Double
  /// In the order in which they began.
  let phases: [Phase]
  /// By the violation's name; only those that were found.
  let violations: [String: Violations]

  init(_ recorded: [RecordedOperation], _ copies: [RecordedCopy], examples: Int) throws(RecordedOperation
    .Incomplete)
  {
    let history = try recorded.map { recorded throws(RecordedOperation.Incomplete) in
      try recorded.operation()
    }
    operations = history.count
    failed = history.count { $0.outcome == .unknown }
    refused = history.count { $0.outcome == .refused }
    misses = history.count { $0.outcome == .missing }
    longestGapMilliseconds = (gaps(in: history).map(\.length).max() ?? .zero).inMilliseconds
    phases = Phase.phases(of: recorded, history)
    var found = FoundViolations(mostExamples: examples)
    for finding in HistoryChecker(history).findings() { found.add(finding) }
    for finding in SnapshotChecker(copies.map(\.copy), after: history).findings() { found.add(finding) }
    violations = found.byName
  }
}

/// Counts violations and keeps the first few of each kind.
private struct FoundViolations {
  let mostExamples: Int
  var byName: [String: Summary.Violations] = [:]

  init(mostExamples: Int) {
    self.mostExamples = mostExamples
  }

  mutating func add(_ finding: Finding) {
    add(
      finding.violation,
      Summary.Example(
        operation: RecordedOperation(finding.operation),
        contradictsOperation: finding.contradicts.map { RecordedOperation($0) }))
  }

  mutating func add(_ finding: CopyFinding) {
    add(
      finding.violation,
      Summary.Example(
        copy: RecordedCopy(finding.copy), contradictsCopy: finding.contradicts.map { RecordedCopy($0) }))
  }

  private mutating func add(_ violation: Violation, _ example: Summary.Example) {
    var violations = byName[violation.rawValue] ?? Summary.Violations()
    violations.count += 1
    if violations.first.count < mostExamples { violations.first.append(example) }
    byName[violation.rawValue] = violations
  }
}
