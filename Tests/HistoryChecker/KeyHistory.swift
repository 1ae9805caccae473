import GatewayCore

/// The operations on one key. The checks are in the files named for what they check.
struct KeyHistory {
  /// By end.
  let operations: [Operation]
  /// By the number of the value; the first where a number was written twice.
  let writes: [Int: Operation]
  /// The acknowledged write that began last, of those that ended before an instant.
  let lastBegun: EndedBefore<Instant>

  init(_ operations: [Operation]) {
    self.operations = operations.sorted { ($0.end, $0.start) < ($1.end, $1.start) }
    writes = Dictionary(
      self.operations.compactMap { write in write.written.map { ($0, write) } },
      uniquingKeysWith: { first, _ in first })
    lastBegun = EndedBefore(self.operations.filter(\.isAcknowledgedWrite), greatest: \.start)
  }

  /// An acknowledged write that began after `write` had been acknowledged, and ended before `instant`.
  func successor(of write: Operation, before instant: Instant) -> Operation? {
    guard write.outcome == .done, let last = lastBegun.greatest(before: instant), last.start > write.end
    else { return nil }
    return last
  }
}
