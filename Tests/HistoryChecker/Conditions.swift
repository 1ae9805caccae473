import GatewayCore

extension KeyHistory {
  /// Conditional writes that were acknowledged though their condition did not hold.
  func conditionFindings() -> [Finding] {
    let made = madeVersions()
    var winners: [Version: Operation] = [:]
    return operations.compactMap { write in
      guard let expected = write.replaced else { return nil }
      if let winner = winners[expected] { return Finding(.twoWinners, write, contradicts: winner) }
      winners[expected] = write
      return made[expected].flatMap { successor(of: $0, before: write.start) }
        .map { Finding(.staleCondition, write, contradicts: $0) }
    }
  }

  /// The acknowledged writes by the versions they made.
  private func madeVersions() -> [Version: Operation] {
    Dictionary(
      operations.compactMap { write in
        write.isWrite ? write.answeredVersion.map { ($0, write) } : nil
      }, uniquingKeysWith: { first, _ in first })
  }
}
