import GatewayCore

/// What `status` shows: the nodes, and what is on its way between them.
enum PoolScreen {
  /// `width`: of a line, in characters.
  static func lines(_ pool: PoolStatus, width: Int) -> [String] {
    let transfers = transfers(pool).map { TransferText.line($0.title, $0.transfer, width: width) }
    return NodeTable.lines(pool.nodes) + (transfers.isEmpty ? [] : [""] + transfers)
  }

  /// Those that are not done.
  private static func transfers(_ pool: PoolStatus) -> [(title: String, transfer: TransferStatus)] {
    let restores = pool.nodes.map { ("restore \($0.name)", $0.restore) }
    return (restores + [("rebalance", pool.rebalance)]).compactMap { title, transfer in
      transfer.flatMap { $0.state == .done ? nil : (title, $0) }
    }
  }
}
