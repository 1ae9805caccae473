import GatewayCore

extension KeyHistory {
  /// Acknowledged writes whose versions contradict the order in which they were made.
  func versionFindings() -> [Finding] {
    let writes = operations.filter { $0.isWrite && $0.answeredVersion != nil }
    let highest = EndedBefore(writes, greatest: \.answeredVersion)
    return writes.compactMap { write in
      contradiction(of: write, to: highest.greatest(before: write.start)) { $0 >= $1 }
        .map { Finding(.versionAgainstTime, write, contradicts: $0) }
    }
  }

  /// Versions that fell for one client at one gateway, from one of its operations to a following one.
  func clientFindings() -> [Finding] {
    let known = operations.filter { $0.answeredVersion != nil }
    let sessions = Dictionary(grouping: known) { Session(client: $0.client, gateway: $0.gateway) }
    return sessions.values.flatMap { operations in
      let highest = EndedBefore(operations, greatest: \.answeredVersion)
      return operations.compactMap { later in
        contradiction(of: later, to: highest.greatest(before: later.start)) { $0 > $1 }
          .map { Finding(.fallingVersion, later, contradicts: $0) }
      }
    }.sorted { ($0.operation.end, $0.operation.client) < ($1.operation.end, $1.operation.client) }
  }

  private struct Session: Hashable {
    let client: Int
    let gateway: Int
  }

  /// `earlier`, if its version contradicts that of the operation that followed it.
  private func contradiction(
    of later: Operation, to earlier: Operation?, _ contradict: (Version, Version) -> Bool
  ) -> Operation? {
    guard let earlier, let before = earlier.answeredVersion, let after = later.answeredVersion,
      contradict(before, after)
    else { return nil }
    return earlier
  }
}
