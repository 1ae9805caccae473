import GatewayCore

/// What a client did and saw.
struct Operation {
  enum Kind: Equatable {
    case get
    case put(Int)
    case delete
  }

  enum Outcome: Equatable {
    /// A value's number, or what was read instead.
    case found(Int?)
    case missing
    case done
    /// May have taken effect, or may yet.
    case unknown
  }

  let client: Int
  let key: Int
  let kind: Kind
  let start: Instant
  var end: Instant
  var outcome: Outcome
  var version: Version?
}

/// A promise that was broken (FAULTS.md, "The history checker").
enum Violation: Equatable {
  /// A value never written to that key, or damaged.
  case foreignValue
  /// A value whose PUT began after the GET ended.
  case futureValue
  /// A value that an acknowledged PUT had replaced before the GET began.
  case staleValue
  /// A value that an acknowledged DELETE had removed before the GET began.
  case resurrectedValue
  /// For one client, a key's version fell.
  case fallingVersion
  /// A write that ended before another began has no lower version.
  case versionAgainstTime
}

/// Checks a history against a register that may become absent at any time.
struct HistoryChecker {
  private let operations: [Operation]

  init(_ operations: [Operation]) {
    self.operations = operations
  }

  func violations() -> [(Violation, Operation)] {
    Dictionary(grouping: operations, by: \.key).values.flatMap { history in
      readViolations(history) + versionViolations(history) + clientViolations(history)
    }
  }

  private func readViolations(_ history: [Operation]) -> [(Violation, Operation)] {
    let writes = history.filter { $0.kind != .get }
    return history.compactMap { read in
      guard case .found(let number) = read.outcome else { return nil }
      guard let number, let put = writes.first(where: { $0.kind == .put(number) }) else {
        return (.foreignValue, read)
      }
      if put.start > read.end { return (.futureValue, read) }
      guard put.outcome != .unknown else { return nil }
      let later = writes.filter { $0.outcome == .done && $0.start > put.end && $0.end < read.start }
      guard let last = later.max(by: { $0.end < $1.end }) else { return nil }
      return (last.kind == .delete ? .resurrectedValue : .staleValue, read)
    }
  }

  private func versionViolations(_ history: [Operation]) -> [(Violation, Operation)] {
    let writes = history.filter { $0.kind != .get && $0.version != nil }
    return writes.compactMap { later in
      let hasEarlier = writes.contains { earlier in
        guard let first = earlier.version, let second = later.version else { return false }
        return earlier.end < later.start && first >= second
      }
      return hasEarlier ? (.versionAgainstTime, later) : nil
    }
  }

  private func clientViolations(_ history: [Operation]) -> [(Violation, Operation)] {
    var highest: [Int: Version] = [:]
    var found: [(Violation, Operation)] = []
    for operation in history.sorted(by: { $0.start < $1.start }) {
      guard let version = operation.version, operation.outcome != .unknown else { continue }
      if let before = highest[operation.client], version < before {
        found.append((.fallingVersion, operation))
      }
      highest[operation.client] = max(highest[operation.client] ?? version, version)
    }
    return found
  }
}
