import Logging
import Testing

@testable import GatewayCore

/// One worker's connection to a node that goes down with commands in flight.
struct NodeLinkTests {
  private let loop = FakeEventLoop()
  private let pool: NodePool
  private let link: NodeLink
  private let receiver = PolicingReceiver()

  private var node: Node { pool.nodes[0] }

  init() throws {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    pool = NodePool(
      [NodeConfiguration(name: "a", host: "127.0.0.1", port: 11211)], failoverLifetime: .seconds(600),
      now: loop.now, logger: logger)
    link = NodeLink(pool.nodes[0], pool: pool, loop: loop, ChainSettings(), logger: logger)
  }

  /// Leaves a command in flight over a connection that stands.
  private func send(slot: Int) throws -> FakeSocket {
    let deadline = loop.now + .milliseconds(250)
    #expect(link.send(.get(ConnectionHarness.key("k")), deadline: deadline, to: receiver, slot: slot))
    let socket = try #require(loop.sockets.last)
    if socket.isConnecting { socket.finishConnecting() } else { loop.runTurn() }
    return socket
  }

  /// What was sent ends with the opaque of its last command.
  private func answer(_ socket: FakeSocket) throws {
    let command = socket.takeSent().text
    socket.deliver("EN \(try #require(command.split(separator: " ").last))")
  }

  private func fall() {
    pool.markDown(node, reason: "test", now: loop.now)
    link.nodeWentDown()
    loop.runTurn()
  }

  @Test func `what is in flight fails at once, and is waited for all the same`() throws {
    let socket = try send(slot: 0)
    fall()
    #expect(receiver.reply(0) == "timedOut")
    #expect(node.isDraining && !socket.isClosed)
    try answer(socket)
    #expect(!node.isDraining && !socket.isClosed)
    #expect(node.missed.formerPorts.isEmpty)
  }

  @Test func `a connection that is given up counts as one that the node has to close first`() throws {
    let socket = try send(slot: 0)
    fall()
    link.giveUpDraining()
    #expect(!node.isDraining && socket.wasAborted)
    #expect(node.missed.formerPorts == [socket.localPort])
  }

  @Test func `a node that has moved is talked to at its new address only`() throws {
    let former = try send(slot: 0)
    node.move(host: "127.0.0.1", port: 11212)
    link.dropIfMoved()
    loop.runTurn()
    #expect(former.wasAborted && receiver.reply(0) == "connectionLost")
    #expect(node.missed.formerPorts == [former.localPort])
    let socket = try send(slot: 1)
    #expect(socket !== former && socket.address == SocketAddress(numericHost: "127.0.0.1", port: 11212))
    link.dropIfMoved()
    #expect(!socket.isClosed)
  }

  @Test func `a connection that holds nothing from before is not given up`() throws {
    let socket = try send(slot: 0)
    link.giveUpDraining()
    #expect(!socket.isClosed)
    fall()
    try answer(socket)
    link.giveUpDraining()
    #expect(!socket.isClosed)
    _ = try send(slot: 1)
    #expect(loop.sockets.count == 1)
  }
}
