/// A small command to one node now and then, over a connection of its own: how long clients' commands wait there.
/// Counts beside that what others ask of the node.
final class Canary {
  let node: Node
  private let connection: NodeConnection
  private var isClosed = false
  private let loop: any EventLoop
  private var counted: (commands: Int, at: Instant)?

  /// nil while the node's address is unknown.
  init?(_ node: Node, _ settings: ChainSettings, on loop: any EventLoop) {
    guard let address = node.address else { return nil }
    self.node = node
    self.loop = loop
    connection = NodeConnection(
      to: address, on: loop, limits: .init(connectTimeout: settings.connectTimeout),
      observer: SilentObserver.shared)
  }

  func close() {
    isClosed = true
    connection.close()
  }

  /// How long one takes. Without an answer: as long as it was waited for.
  func latency() async -> Duration {
    let sent = loop.now
    _ = await ask(.noop)
    return loop.now - sent
  }

  /// Commands in a second since the last call, by whomever; nil when the node does not tell, or for the first time.
  func commandRate() async -> Double? {
    guard case .success(.statistics(let all)) = await ask(.statistics("")) else { return nil }
    let commands = ["cmd_get", "cmd_set"].reduce(0) { $0 + Int(NodeStatistic.count(all[$1])) }
    let before = counted
    counted = (commands, loop.now)
    guard let before, loop.now > before.at else { return nil }
    return Double(commands - before.commands) / (Double((loop.now - before.at).inNanoseconds) / 1e9)
  }

  private func ask(_ command: MetaCommand) async -> NodeReply? {
    if isClosed { return nil }
    let fanOut = FanOut(count: 1, loop: loop)
    connection.send(command, deadline: loop.now + .seconds(1), to: fanOut, slot: 0)
    await fanOut.all()
    return fanOut.replies[0]
  }
}

/// Others find out whether the node is up.
private final class SilentObserver: NodeConnectionObserver, Sendable {
  /// A connection outlives whoever closed it by a turn of its loop.
  static let shared = SilentObserver()

  func connectionOpened(localPort: UInt16) {}
  func connectionClosed(localPort: UInt16) {}
  func connectionFailed(_ failure: ConnectionFailure) {}
  func commandTimedOut(inARow: Int) {}
  func connectionDrained() {}
}
