import Testing

@testable import GatewayCore

/// What ends a connection, and that every command in flight hears of it once.
struct NodeConnectionFailureTests {
  private let harness: ConnectionHarness

  init() throws {
    harness = try ConnectionHarness()
  }

  /// Three commands in flight over an open connection.
  private func threeInFlight() throws -> [Int] {
    try harness.open()
    let slots = (0..<3).map { _ in harness.send() }
    harness.loop.runTurn()
    return slots
  }

  private func expectDropped(_ slots: [Int], _ replies: [String?]) throws {
    harness.loop.runTurn()
    try #require(harness.replies(slots) == replies)
    try #require(harness.socket.isClosed)
    #expect(!harness.connection.isOpen)
    #expect(harness.events.count == 1)
    // Nothing is left over: no second reply, no timer.
    harness.loop.advance(.seconds(10))
    #expect(harness.replies(slots) == replies)
    #expect(harness.events.count == 1)
    #expect(!harness.loop.hasTimers)
  }

  @Test func `a refused connection fails what waits for it as unreachable`() throws {
    let slots = [harness.send(), harness.send()]
    harness.loop.runTurn()
    try harness.socket.finishConnecting(.refused)
    try expectDropped(slots, ["unreachable", "unreachable"])
    #expect(harness.events == [.failed(.refused(.refused))])
  }

  @Test func `a connection that cannot even be begun fails the command, later`() throws {
    harness.loop.connectError = .refused
    let slot = harness.send()
    #expect(harness.receiver.reply(slot) == nil)
    harness.loop.runTurn()
    #expect(harness.receiver.reply(slot) == "unreachable")
    #expect(harness.events == [.failed(.refused(.refused))])
  }

  @Test func `after a refusal the next command tries again`() throws {
    harness.sendNow()
    try harness.socket.finishConnecting(.refused)
    let slot = harness.sendNow()
    #expect(harness.loop.sockets.count == 2)
    try harness.socket.finishConnecting()
    try harness.socket.deliver("EN O\(harness.opaques()[0])\r\n")
    #expect(harness.receiver.reply(slot) == "miss")
  }

  @Test func `a connection that does not come about in time is given up`() throws {
    let slots = [harness.sendNow(within: .seconds(5)), harness.sendNow(within: .seconds(5))]
    harness.loop.advance(.milliseconds(99))
    #expect(harness.replies(slots) == [nil, nil])
    harness.loop.advance(.milliseconds(1))
    try expectDropped(slots, ["unreachable", "unreachable"])
    #expect(harness.events == [.failed(.connectTimedOut)])
  }

  @Test func `a connection is given up in time also when its commands have timed out before`() throws {
    let slot = harness.sendNow(within: .milliseconds(10))
    harness.loop.advance(.milliseconds(10))
    #expect(harness.receiver.reply(slot) == "timedOut")
    harness.loop.advance(.milliseconds(90))
    #expect(try harness.socket.isClosed)
    #expect(harness.events.contains(.failed(.connectTimedOut)))
  }

  @Test func `a connection is given up in time also when later commands wait longer`() throws {
    harness.sendNow(within: .milliseconds(10))
    harness.sendNow(within: .seconds(5))
    harness.loop.advance(.milliseconds(100))
    #expect(try harness.socket.isClosed)
    #expect(harness.events.contains(.failed(.connectTimedOut)))
  }

  @Test func `the node's closing fails what is in flight as lost`() throws {
    let slots = try threeInFlight()
    try harness.socket.deliver("EN O\(harness.opaques()[0])\r\n")
    try harness.socket.end()
    try expectDropped(slots, ["miss", "connectionLost", "connectionLost"])
    #expect(harness.events == [.failed(.lost(nil))])
  }

  @Test func `a reset fails what is in flight as lost`() throws {
    let slots = try threeInFlight()
    try harness.socket.end(.failed(.reset))
    try expectDropped(slots, ["connectionLost", "connectionLost", "connectionLost"])
    #expect(harness.events == [.failed(.lost(.reset))])
  }

  @Test func `an error when sending fails what is in flight as lost`() throws {
    try harness.open()
    try harness.socket.sendError = .reset
    let slots = [harness.sendNow()]
    try expectDropped(slots, ["connectionLost"])
  }

  @Test(arguments: [
    "HTTP/1.1 400\r\n", "\u{0}\u{1}\u{2}\r\n", "VA 5 O1\r\nhello, world\r\n", "VA 99999999999999999999\r\n",
    "\n", "VA x\r\n",
  ])
  func `garbage drops the connection`(garbage: String) throws {
    let slots = try threeInFlight()
    try harness.socket.deliver("EN O\(harness.opaques()[0])\r\n" + garbage)
    try expectDropped(slots, ["miss", "connectionLost", "connectionLost"])
    guard case .failed(.violation) = harness.events[0] else { throw UnexpectedEvent() }
  }

  @Test func `a line that never ends drops the connection`() throws {
    let slots = try threeInFlight()
    try harness.socket.deliver([UInt8](repeating: 0x61, count: 100_000))
    try expectDropped(slots, ["connectionLost", "connectionLost", "connectionLost"])
  }

  @Test func `a reply to another command drops the connection`() throws {
    let slots = try threeInFlight()
    let opaques = try harness.opaques()
    try harness.socket.deliver("EN O\(opaques[0])\r\nVA 1 f0 t-1 c1 O\(opaques[2])\r\nx\r\n")
    try expectDropped(slots, ["miss", "connectionLost", "connectionLost"])
    guard case .failed(.violation) = harness.events[0] else { throw UnexpectedEvent() }
  }

  @Test(arguments: ["HD\r\n", "EN\r\n", "VA 1 f0 t-1 c1\r\nx\r\n", "MN\r\n", "END\r\n"])
  func `a reply that cannot be told to be this command's drops the connection`(reply: String) throws {
    let slots = try threeInFlight()
    try harness.socket.deliver(reply)
    try expectDropped(slots, ["connectionLost", "connectionLost", "connectionLost"])
  }

  @Test func `a reply to no command drops the connection`() throws {
    let slots = try threeInFlight()
    for opaque in try harness.opaques() { try harness.socket.deliver("EN O\(opaque)\r\n") }
    try harness.socket.deliver("EN O99\r\n")
    try expectDropped(slots, ["miss", "miss", "miss"])
  }

  @Test func `a misunderstood command is answered, and drops the connection`() throws {
    let slots = try threeInFlight()
    // What comes after it may be anything: it must not be taken for a reply.
    try harness.socket.deliver("CLIENT_ERROR bad command line\r\nHD O\(harness.opaques()[1])\r\n")
    try expectDropped(
      slots, [#"error client("CLIENT_ERROR bad command line")"#, "connectionLost", "connectionLost"])
    #expect(harness.events == [.failed(.misunderstood("CLIENT_ERROR bad command line"))])
  }

  @Test func `closing fails what is in flight as lost, at the end of the turn`() throws {
    let slots = try threeInFlight()
    harness.connection.close()
    #expect(harness.replies(slots) == [nil, nil, nil])
    harness.loop.runTurn()
    #expect(harness.replies(slots) == ["connectionLost", "connectionLost", "connectionLost"])
    #expect(harness.events.isEmpty)
  }

  @Test func `nothing of an old connection reaches the next one`() throws {
    let old = try threeInFlight()
    try harness.socket.capacity = 3
    harness.sendNow()
    // Half a reply and half a command are under way when it breaks.
    try harness.socket.deliver("VA 10 f0 t-1 c1 O\(harness.opaques()[0])\r\nabc")
    try harness.socket.end()
    let slot = harness.sendNow()
    try harness.socket.finishConnecting()
    #expect(try harness.opaques().count == 1)
    #expect(try harness.socket.sent.text.hasPrefix("mg "))
    try harness.socket.deliver("HD O\(harness.opaques()[0])\r\n")
    #expect(harness.receiver.reply(slot) == "done")
    #expect(harness.replies(old) == ["connectionLost", "connectionLost", "connectionLost"])
  }

  private struct UnexpectedEvent: Error {}
}
