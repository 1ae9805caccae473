import GatewayCore

/// What a node holds under a key, as the node itself tells.
public struct Copy: Equatable, Sendable {
  public enum Content: Hashable, Sendable {
    /// A value's number; nil for one that is no whole value of the key.
    case value(Int?)
    case tombstone
  }

  /// Counts the times that all nodes were asked.
  public let round: Int
  public let node: String
  public let key: Int
  public let at: Instant
  public let content: Content
  /// nil for what carries none.
  public let version: Version?

  public init(round: Int, node: String, key: Int, at: Instant, content: Content, version: Version?) {
    self.round = round
    self.node = node
    self.key = key
    self.at = at
    self.content = content
    self.version = version
  }
}

/// A violation and the copy that shows it.
public struct CopyFinding: Equatable, Sendable {
  public let violation: Violation
  public let copy: Copy
  public let contradicts: Copy?

  init(_ violation: Violation, _ copy: Copy, contradicts: Copy? = nil) {
    self.violation = violation
    self.copy = copy
    self.contradicts = contradicts
  }
}

/// Checks what stands on the nodes when all faults are healed and nobody writes any more.
public struct SnapshotChecker: Sendable {
  /// Repairs may go on this long after the last request.
  public static let settling = Duration.seconds(30)

  private let copies: [Copy]
  private let operations: [Operation]

  /// In any order. Copies are held against each other within the last round, and from round to round.
  public init(_ copies: [Copy], after operations: [Operation]) {
    self.copies = copies.sorted { ($0.key, $0.node, $0.round) < ($1.key, $1.node, $1.round) }
    self.operations = operations
  }

  public func findings() -> [CopyFinding] {
    contentFindings() + differences() + changes()
  }

  /// Contents that must not stand on any node, also where no read finds them now.
  private func contentFindings() -> [CopyFinding] {
    let histories = Dictionary(grouping: operations, by: \.key).mapValues { KeyHistory($0) }
    return copies.compactMap { copy in
      guard case .value(let number) = copy.content else { return nil }
      guard let number, let history = histories[copy.key], let write = history.writes[number] else {
        return CopyFinding(.foreignValue, copy)
      }
      return violation(copy, of: write, history).map { CopyFinding($0, copy) }
    }
  }

  private func violation(_ copy: Copy, of write: Operation, _ history: KeyHistory) -> Violation? {
    if write.outcome == .refused { return .refusedValue }
    if let made = write.answeredVersion, made != copy.version { return .wrongVersion }
    guard let other = history.successor(of: write, before: copy.at) else { return nil }
    return other.kind == .delete ? .resurrectedValue : .staleValue
  }

  /// Copies of the last round that differ from the first copy of their key.
  private func differences() -> [CopyFinding] {
    guard let last = copies.map(\.round).max() else { return [] }
    var first: [Int: Copy] = [:]
    return copies.filter { $0.round == last }.compactMap { copy in
      guard let other = first[copy.key] else {
        first[copy.key] = copy
        return nil
      }
      return isSame(copy, other) ? nil : CopyFinding(.copiesDiffer, copy, contradicts: other)
    }
  }

  /// Copies that were replaced after everything had settled. One that has gone is a miss.
  private func changes() -> [CopyFinding] {
    let lastRequest = operations.map(\.end).max() ?? Instant(nanoseconds: .min)
    let settled = copies.filter { $0.at >= lastRequest + Self.settling }
    return zip(settled, settled.dropFirst()).compactMap { before, after in
      guard before.key == after.key, before.node == after.node, !isSame(before, after) else { return nil }
      return CopyFinding(.stillChanging, after, contradicts: before)
    }
  }

  private func isSame(_ left: Copy, _ right: Copy) -> Bool {
    left.version == right.version && left.content == right.content
  }
}
