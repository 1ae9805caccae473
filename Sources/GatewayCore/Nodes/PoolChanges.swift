/// Changes of the pool while it serves. Each is refused as `PoolChangeRules` says, and changes nothing then.
extension Coordinator {
  /// Asks the new node whether it answers, empties it, and takes it into the pool.
  public func addNode(_ configuration: NodeConfiguration) async throws(PoolChangeError) {
    try rules.checkAddition(of: configuration)
    let address: SocketAddress
    do {
      address = try await Resolver.resolve(configuration.host, configuration.port)
    } catch {
      throw .unreachable(configuration.name, reason: "\(error)")
    }
    let visitor = VisitedNode()
    let limits = NodeConnection.Limits(connectTimeout: settings.connectTimeout)
    let connection = NodeConnection(to: address, on: loop, limits: limits, observer: visitor)
    let fanOut = FanOut(count: 1, loop: loop)
    let deadline = loop.now + settings.operationTimeout
    connection.send(.statistics(""), deadline: deadline, to: fanOut, slot: 0)
    await fanOut.all()
    connection.close()
    guard case .success(.statistics) = fanOut.replies[0] else {
      throw .unreachable(configuration.name, reason: visitor.failure.map { "\($0)" } ?? "no answer in time")
    }
  }

  public func changeWeight(of name: String, to weight: Double) throws(PoolChangeError) {
    try rules.checkExistence(of: name)
  }

  public func drainNode(_ name: String) throws(PoolChangeError) { try rules.checkRemoval(of: name) }

  /// true: it is gone; false: it is drained first and gone then.
  public func removeNode(_ name: String) throws(PoolChangeError) -> Bool {
    try rules.checkRemoval(of: name)
    return false
  }

  public func restoreNode(_ name: String) throws(PoolChangeError) { try rules.checkExistence(of: name) }

  public func flushNode(_ name: String) async throws(PoolChangeError) {
    try rules.checkExistence(of: name)
    guard let link = links.first(where: { $0.node.name == name }) else { return }
    let fanOut = FanOut(count: 1, loop: loop)
    send(.flushAll, over: link, to: fanOut, slot: 0, deadline: loop.now + settings.operationTimeout)
    await fanOut.all()
    guard case .success(.done) = fanOut.replies[0] else {
      throw .unreachable(name, reason: "it was not emptied")
    }
  }

  private var rules: PoolChangeRules {
    PoolChangeRules(nodes: pool.nodes.map { $0.status(now: loop.now) })
  }
}

extension NodePool {
  /// Of the keys that move after a change of the pool; nil when there was none.
  public var rebalance: TransferStatus? { nil }
}

/// A node that is not in the pool yet.
private final class VisitedNode: NodeConnectionObserver {
  private(set) var failure: ConnectionFailure?

  func connectionOpened(localPort: UInt16) {}
  func connectionClosed(localPort: UInt16) {}
  func connectionFailed(_ failure: ConnectionFailure) { self.failure = failure }
  func commandTimedOut(inARow: Int) {}
  func connectionDrained() {}
}
