/// What operators do with the nodes of the pool.
extension Coordinator {
  /// How long a node that was added has to be emptied and to take part, before that is no longer waited for.
  private static let longestArrival = Duration.seconds(2)

  /// Nodes that come into the pool must answer. They are emptied before they take part: what they may hold is from
  /// elsewhere. Returns once they do, as a rule; their keys are copied to them then.
  public func change(_ change: PoolChange) async throws(PoolChangeError) {
    try pool.check(change)
    for node in change.added { try await reach(node) }
    for (name, address) in change.addresses.sorted(by: { $0.key < $1.key }) {
      try await reach(NodeConfiguration(name: name, host: address.host, port: address.port))
    }
    try pool.change(change, now: loop.now)
    for node in change.added { await arrival(of: node.name) }
  }

  public func addNode(_ configuration: NodeConfiguration) async throws(PoolChangeError) {
    var change = PoolChange()
    change.added = [configuration]
    try await self.change(change)
  }

  /// More weight, more keys. A node that is being drained, or was, takes keys again.
  public func changeWeight(of name: String, to weight: Double) throws(PoolChangeError) {
    var change = PoolChange()
    change.weights = [name: weight]
    try pool.change(change, now: loop.now)
  }

  /// Has a node give up its keys.
  public func drainNode(_ name: String) throws(PoolChangeError) {
    var change = PoolChange()
    change.drained = [name]
    try pool.change(change, now: loop.now)
  }

  /// Takes a node out of the pool. True: it is gone; false: it gives up its keys first.
  public func removeNode(_ name: String) throws(PoolChangeError) -> Bool {
    var change = PoolChange()
    change.removed = [name]
    try pool.change(change, now: loop.now)
    return !pool.nodes.contains { $0.name == name }
  }

  // MARK: A node's arrival

  private func reach(_ configuration: NodeConfiguration) async throws(PoolChangeError) {
    let observer = FailureObserver()
    let fanOut = FanOut(count: 1, loop: loop)
    let connection = NodeConnection(
      to: try await address(of: configuration), on: loop,
      limits: NodeConnection.Limits(connectTimeout: settings.connectTimeout), observer: observer)
    let deadline = loop.now + settings.connectTimeout + settings.operationTimeout
    connection.send(.statistics(""), deadline: deadline, to: fanOut, slot: 0)
    await fanOut.all()
    connection.close()
    if case .success(.statistics) = fanOut.replies[0] { return }
    let reason = observer.failure.map { "\($0)" } ?? "no answer that memcached would give"
    throw .unreachable(configuration.name, reason: reason)
  }

  private func address(of node: NodeConfiguration) async throws(PoolChangeError) -> SocketAddress {
    if let address = SocketAddress(numericHost: node.host, port: node.port) { return address }
    do {
      return try await Resolver.resolve(node.host, node.port)
    } catch {
      throw .unreachable(node.name, reason: "\(error)")
    }
  }

  private func arrival(of name: String) async {
    let limit = loop.now + Self.longestArrival
    while loop.now < limit, let node = pool.nodes.first(where: { $0.name == name }), !node.isUp {
      await loop.sleep(.milliseconds(5))
    }
  }
}

/// Remembers why a connection failed first.
private final class FailureObserver: NodeConnectionObserver {
  private(set) var failure: ConnectionFailure?

  func connectionOpened(localPort: UInt16) {}
  func connectionClosed(localPort: UInt16) {}
  func connectionFailed(_ failure: ConnectionFailure) { self.failure = self.failure ?? failure }
  func commandTimedOut(inARow: Int) {}
  func connectionDrained() {}
}
