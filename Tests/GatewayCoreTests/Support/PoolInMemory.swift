import Logging

@testable import GatewayCore

extension NodePool {
  /// A pool that keeps its missed writes in memory only.
  convenience init(
    _ configurations: [NodeConfiguration], replicas: Int = 2, failoverLifetime: Duration, now: Instant,
    logger: Logger
  ) {
    do {
      try self.init(
        configurations, replicas: replicas, failoverLifetime: failoverLifetime, now: now, logger: logger,
        journal: { _ in nil })
    } catch {
      preconditionFailure("no journal, no error: \(error)")
    }
  }
}
