/// Checks a history against registers, one for each key, that may become absent at any time.
public struct HistoryChecker: Sendable {
  private let operations: [Operation]

  /// In any order.
  public init(_ operations: [Operation]) {
    self.operations = operations
  }

  /// In the order of keys, and within a key by kind and time.
  public func findings() -> [Finding] {
    let histories = Dictionary(grouping: operations, by: \.key)
    return histories.keys.sorted().flatMap { key in
      let history = KeyHistory(histories[key] ?? [])
      return history.readFindings() + history.versionFindings() + history.clientFindings()
        + history.conditionFindings()
    }
  }

  public func violations() -> [(Violation, Operation)] {
    findings().map { ($0.violation, $0.operation) }
  }
}
