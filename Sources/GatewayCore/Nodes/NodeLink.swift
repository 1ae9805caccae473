import Glibc
import Logging

/// One worker's side of one node: its connection, and the failures in a row that it has seen.
final class NodeLink: NodeConnectionObserver {
  let node: Node
  private let missed: MissedWrites
  private let pool: NodePool
  private let loop: any EventLoop
  private let logger: Logger
  private let limits: NodeConnection.Limits
  private let operationTimeout: Duration
  private var current: NodeConnection?
  /// For the chunks of large values, which would keep other commands waiting. What arrives late over it does no
  /// harm, since every chunk has a name of its own: so it does not take part in the return barrier.
  private var bulk: NodeConnection?
  private let bulkObserver = BulkConnectionObserver()
  /// For keys that are moved: connections of their own, as many commands at a time would keep others waiting.
  private var reader: RelayReader?
  private var writer: RelayWriter?
  private var failuresInARow = 0
  /// CAS numbers that come over the connection are this era's (`Node.era`); 0 while none stands.
  private(set) var era: UInt64 = 0
  /// Of whoever probes the node: its fall ends it.
  let probePause: Pause
  /// Of the node when its connections were begun.
  private var moveCount = 0
  private let keepsConnections: Bool
  /// Commands from before the node went down may still be carried out over the connection.
  private var isDraining = false

  init(_ node: Node, pool: NodePool, loop: any EventLoop, _ settings: ChainSettings, logger: Logger) {
    self.node = node
    missed = node.missed
    keepsConnections = settings.protections.contains(.returnBarrier)
    self.pool = pool
    self.loop = loop
    self.logger = logger
    limits = NodeConnection.Limits(connectTimeout: settings.connectTimeout)
    operationTimeout = settings.operationTimeout
    probePause = Pause(loop)
  }

  /// Whether the node's word on the key is enough now.
  func servesAlone(_ key: Key, now: Instant) -> Bool {
    node.isUp && node.isTrusted(now: now) && !missed.holds(key.wireKey)
  }

  /// False while the node's address is unknown.
  func send(_ command: MetaCommand, deadline: Instant, to receiver: any ReplyReceiver, slot: Int) -> Bool {
    guard let connection = connection() else { return false }
    connection.send(command, deadline: deadline, to: receiver, slot: slot)
    return true
  }

  /// As `send` of `.get(key)`.
  func sendGet(_ key: WireKey, deadline: Instant, to receiver: any ReplyReceiver, slot: Int) -> Bool {
    if let current, current.isOpen {
      // Nothing in there lets go of the connection, so no reference is counted.
      Unmanaged.passUnretained(current)._withUnsafeGuaranteedRef {
        $0.sendGet(key, deadline: deadline, to: receiver, slot: slot)
      }
      return true
    }
    return send(.get(key), deadline: deadline, to: receiver, slot: slot)
  }

  /// As `send` of `.peek(key)`.
  func sendPeek(_ key: WireKey, deadline: Instant, to receiver: any ReplyReceiver, slot: Int) -> Bool {
    if let current, current.isOpen {
      Unmanaged.passUnretained(current)._withUnsafeGuaranteedRef {
        $0.sendPeek(key, deadline: deadline, to: receiver, slot: slot)
      }
      return true
    }
    return send(.peek(key), deadline: deadline, to: receiver, slot: slot)
  }

  /// As `send` of `.set(key, set)`.
  func sendSet(
    _ key: WireKey, _ set: MetaSet, deadline: Instant, to receiver: any ReplyReceiver, slot: Int
  ) -> Bool {
    if let current, current.isOpen {
      Unmanaged.passUnretained(current)._withUnsafeGuaranteedRef {
        $0.sendSet(key, set, deadline: deadline, to: receiver, slot: slot)
      }
      return true
    }
    return send(.set(key, set), deadline: deadline, to: receiver, slot: slot)
  }

  /// The same over the connection for large values.
  func sendBulk(
    _ command: MetaCommand, deadline: Instant, to receiver: any ReplyReceiver, slot: Int
  ) -> Bool {
    guard let address = node.address else { return false }
    if bulk == nil || bulk?.isOpen == false && bulk?.address != address {
      bulk?.close()
      bulk = NodeConnection(to: address, on: loop, limits: limits, observer: bulkObserver)
    }
    bulk?.send(command, deadline: deadline, to: receiver, slot: slot)
    return true
  }

  var isTransferring: Bool { current?.isTransferring ?? false }

  /// As `NodeConnection.flushEarly`.
  func flushEarly() -> Bool { current?.flushEarly() ?? false }

  /// For keys that are moved away.
  var relayReader: RelayReader {
    if let reader { return reader }
    let fresh = RelayReader(node, patience: operationTimeout, on: loop)
    reader = fresh
    return fresh
  }

  /// For keys that are moved here.
  var relayWriter: RelayWriter {
    if let writer { return writer }
    let fresh = RelayWriter(node, patience: operationTimeout, on: loop)
    writer = fresh
    return fresh
  }

  private func closeRelay(_ reason: String) {
    reader?.close(reason)
    writer?.close(reason)
  }

  func close() {
    closeRelay("closed")
    bulk?.close()
    current?.close()
    drained()
  }

  /// The node has gone down: gives up what is in flight. Until it has been answered after all, or the
  /// connection broke, the node must not come back.
  func nodeWentDown() {
    probePause.end()
    closeRelay("it is down")
    bulk?.close()
    guard keepsConnections else { return close() }
    guard !isDraining, let current, current.abandon() else { return }
    isDraining = true
    node.beginDraining()
  }

  /// Gives up the connections to an address where the node is not to be found any more, open or not: what answers
  /// there is another server.
  func dropIfMoved() {
    guard moveCount != node.moveCount else { return }
    moveCount = node.moveCount
    closeRelay("its address has changed")
    bulk?.close()
    bulk = nil
    current?.abort()
    current = nil
    drained()
  }

  /// Drops the connection if it still holds commands from before: the node tells when it has carried them
  /// out by closing it, too.
  func giveUpDraining() {
    guard isDraining else { return }
    current?.abort()
    drained()
  }

  private func drained() {
    guard isDraining else { return }
    isDraining = false
    node.endDraining()
  }

  /// Called when a probe was answered: whatever went wrong before is over.
  func recovered() { failuresInARow = 0 }

  private func connection() -> NodeConnection? {
    if let current, current.isOpen || current.address == node.address { return current }
    return connectionAnew()
  }

  @inline(never)
  private func connectionAnew() -> NodeConnection? {
    guard let address = node.address else { return nil }
    current?.close()
    let fresh = NodeConnection(to: address, on: loop, limits: limits, observer: self)
    current = fresh
    return fresh
  }

  // MARK: What the connection tells

  func connectionOpened(localPort: UInt16) {
    era = node.era
    node.missed.connectionOpened(localPort: localPort)
    logger.debug("connected", metadata: ["node": "\(node.name)"])
  }

  func connectionClosed(localPort: UInt16) {
    node.endEra(era)
    era = 0
    node.missed.connectionClosed(localPort: localPort)
  }

  func connectionFailed(_ failure: ConnectionFailure) {
    logger.debug(
      "connection failed", metadata: ["node": "\(node.name)", "reason": "\(failure)"])
    drained()
    switch failure {
    case .refused(let error) where Self.isOurs(error): return
    case .refused, .violation: markDown("\(failure)")
    case .connectTimedOut, .lost, .misunderstood: countFailure("\(failure)")
    }
  }

  /// The gateway's own lack of descriptors, memory or ports says nothing about the node.
  private static func isOurs(_ error: SystemError) -> Bool {
    [EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL].contains(error.errno)
  }

  func commandTimedOut(inARow: Int) {
    guard inARow >= NodeHealth.mostFailures else { return }
    markDown("\(inARow) timeouts in a row")
  }

  func connectionDrained() { drained() }

  /// Failures of the connection itself, counted until a probe is answered.
  private func countFailure(_ reason: String) {
    if current?.hasReplied == true { failuresInARow = 0 }
    failuresInARow += 1
    if failuresInARow >= NodeHealth.mostFailures { markDown(reason) }
  }

  private func markDown(_ reason: String) {
    pool.markDown(node, reason: reason, now: loop.now)
  }
}

/// Leaves it to the other connection to find out whether the node is up.
private final class BulkConnectionObserver: NodeConnectionObserver {
  func connectionOpened(localPort: UInt16) {}
  func connectionClosed(localPort: UInt16) {}
  func connectionFailed(_ failure: ConnectionFailure) {}
  func commandTimedOut(inARow: Int) {}
  func connectionDrained() {}
}
