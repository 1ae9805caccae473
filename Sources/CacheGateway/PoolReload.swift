import GatewayCore
import Logging

/// The nodes of a configuration that was read anew.
struct PoolReload {
  private let wanted: [NodeConfiguration]
  private let logger: Logger

  init(_ wanted: [NodeConfiguration], logger: Logger) {
    self.wanted = wanted
    self.logger = logger
  }

  /// Changes the pool to them. What is refused is logged, and the others are changed all the same.
  func apply(on coordinator: isolated Coordinator) async {
    let now = coordinator.loop.now
    let difference = PoolDifference(from: coordinator.pool.nodes.map { $0.status(now: now) }, to: wanted)
    for node in difference.moved {
      logger.warning("a node's new address needs a restart", metadata: ["node": "\(node.name)"])
    }
    for change in Self.changes(difference) { await carryOut(change, on: coordinator) }
    logger.notice(
      "the configuration is reloaded",
      metadata: [
        "added": "\(difference.added.count)", "removed": "\(difference.removed.count)",
        "reweighted": "\(difference.reweighted.count)",
      ])
  }

  /// Nodes come before others go: so there is always one left, and keys move once.
  static func changes(_ difference: PoolDifference) -> [NodeChange] {
    difference.added.map { .add($0) } + difference.reweighted.map { .reweight($0.name, $0.weight) }
      + difference.removed.map { .remove($0) }
  }

  private func carryOut(_ change: NodeChange, on coordinator: isolated Coordinator) async {
    do throws(PoolChangeError) {
      _ = try await change.perform(on: coordinator)
    } catch {
      logger.error(
        "the pool is not changed as the configuration says",
        metadata: ["node": "\(change.name)", "reason": "\(error)"])
    }
  }
}
