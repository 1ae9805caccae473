import GatewayCore

/// What `--wait` waits for.
enum PoolGoal: Equatable {
  /// The keys whose place the node is now have moved to it.
  case settled(String)
  case drained(String)
  case gone(String)
  case restored(String)

  enum Verdict: Equatable {
    /// What is known of it, in one line.
    case underWay(String)
    /// What came of it.
    case reached(String)
    /// It will not be.
    case missed(String)
  }

  /// `width`: of a line, in characters.
  func verdict(_ pool: PoolStatus, width: Int) -> Verdict {
    switch self {
    case .settled(let name): settled(pool, name, width)
    case .drained(let name): drained(pool, name, width)
    case .gone(let name): gone(pool, name, width)
    case .restored(let name): restored(pool, name, width)
    }
  }

  private func settled(_ pool: PoolStatus, _ name: String, _ width: Int) -> Verdict {
    guard let node = pool[name] else { return Self.vanished(name) }
    guard let transfer = pool.rebalance, transfer.state != .done else {
      return .reached("the keys stand where they belong" + Self.figures(pool.rebalance) + Self.restored(node))
    }
    return .underWay(TransferText.line("rebalance", transfer, width: width))
  }

  /// A node that comes into the pool gets most of its keys as one that was emptied.
  private static func restored(_ node: NodeStatus) -> String {
    guard let transfer = node.restore, transfer.keysDone > 0 else { return "" }
    return "; \(node.name) was given \(TransferText.summary(transfer))"
  }

  private func drained(_ pool: PoolStatus, _ name: String, _ width: Int) -> Verdict {
    guard let node = pool[name] else { return Self.vanished(name) }
    switch node.membership {
    case .drained: return .reached("\(name) is drained" + Self.figures(pool.rebalance))
    case .draining: return .underWay(Self.emptying(name, pool, width))
    case .member, .leaving: return .missed("\(name) is not being drained any more: \(node.membership)")
    }
  }

  private func gone(_ pool: PoolStatus, _ name: String, _ width: Int) -> Verdict {
    guard let node = pool[name] else {
      return .reached("\(name) is gone" + Self.figures(pool.rebalance))
    }
    guard node.membership == .leaving else {
      return .missed("\(name) is not being removed any more: \(node.membership)")
    }
    return .underWay(Self.emptying(name, pool, width))
  }

  private func restored(_ pool: PoolStatus, _ name: String, _ width: Int) -> Verdict {
    guard let node = pool[name] else { return Self.vanished(name) }
    guard let transfer = node.restore else { return .underWay("restore \(name)  not begun") }
    if transfer.state == .done { return .reached("\(name) is restored" + Self.figures(transfer)) }
    return .underWay(TransferText.line("restore \(name)", transfer, width: width))
  }

  private static func emptying(_ name: String, _ pool: PoolStatus, _ width: Int) -> String {
    pool.rebalance.map { TransferText.line("drain \(name)", $0, width: width) } ?? "drain \(name)"
  }

  private static func vanished(_ name: String) -> Verdict {
    .missed("\(name) is no node of the pool any more")
  }

  private static func figures(_ transfer: TransferStatus?) -> String {
    transfer.map { ": \(TransferText.summary($0))" } ?? ""
  }
}
