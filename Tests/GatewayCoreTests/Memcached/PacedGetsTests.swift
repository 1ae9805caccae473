import Testing

@testable import GatewayCore

/// Gets of long values over one connection: as many at a time as come to a number of bytes.
struct PacedGetsTests {
  private let harness: ConnectionHarness

  /// Over a connection whose node has sent values of 100 bytes, of which one at a time is asked for.
  init() throws {
    harness = try ConnectionHarness { $0.readAhead = 80 }
    try harness.open()
    for _ in 0..<30 {
      harness.sendNow()
      try answer()
    }
    _ = try harness.socket.takeSent()
  }

  @Test func `a get waits until the one before it is answered`() throws {
    let slots = (0..<3).map { _ in harness.send() }
    harness.loop.runTurn()
    for number in 0..<3 {
      #expect(try harness.opaques().count == 1)
      #expect(try harness.socket.sent.text.hasPrefix("mg key-\(slots[number]) "))
      try answer()
      #expect(harness.receiver.reply(slots[number])?.hasPrefix("value") == true)
    }
    #expect(try harness.socket.sent.isEmpty)
  }

  @Test func `one that is sent while a reply is heard does not overtake those that wait`() throws {
    let asker = Asker(harness.connection, deadline: harness.loop.now + .milliseconds(250))
    asker.ask("first")
    asker.ask("second")
    harness.loop.runTurn()
    asker.asksOnReply = "third"
    for key in ["first", "second", "third"] {
      #expect(try harness.socket.sent.text.hasPrefix("mg \(key) "))
      try answer()
    }
    #expect(asker.count == 3)
  }

  /// Asks for one more key when it hears a reply.
  private final class Asker: ReplyReceiver {
    var asksOnReply: String?
    private(set) var count = 0
    private let connection: NodeConnection
    private let deadline: Instant

    init(_ connection: NodeConnection, deadline: Instant) {
      self.connection = connection
      self.deadline = deadline
    }

    func ask(_ key: String) {
      connection.send(.get(ConnectionHarness.key(key)), deadline: deadline, to: self, slot: 0)
    }

    func receive(_ reply: NodeReply, slot: Int) {
      count += 1
      asksOnReply.take().map(ask)
    }
  }

  @Test func `none waits for longer than half of its time`() throws {
    let slots = (0..<3).map { _ in harness.sendNow(within: .milliseconds(100)) }
    harness.loop.advance(.milliseconds(49))
    #expect(try harness.opaques().count == 1)
    harness.loop.advance(.milliseconds(1))
    #expect(try harness.opaques().count == 3)
    harness.loop.advance(.milliseconds(49))
    #expect(harness.replies(slots) == [nil, nil, nil])
    try harness.socket.deliver(harness.opaques().map { "EN O\($0)\r\n" }.joined())
    #expect(harness.replies(slots) == ["miss", "miss", "miss"])
    #expect(harness.events == [])
  }

  @Test func `other commands do not wait`() throws {
    harness.sendNow()
    harness.sendNow()
    harness.sendNow(.peek(ConnectionHarness.key("other")))
    #expect(try harness.opaques().count == 2)
    #expect(try harness.socket.sent.text.contains("mg other "))
  }

  @Test func `short values open the way for all that wait`() throws {
    harness.sendNow()
    let slots = (0..<40).map { _ in harness.sendNow() }
    var most = 0
    while case let opaques = try harness.opaques(), !opaques.isEmpty {
      most = max(most, opaques.count)
      _ = try harness.socket.takeSent()
      try harness.socket.deliver(opaques.map { "EN O\($0)\r\n" }.joined())
    }
    #expect(most > 10)
    #expect(harness.replies(slots) == slots.map { _ in "miss" })
  }

  @Test func `one whose time is up while it waits is never sent`() throws {
    harness.sendNow(within: .milliseconds(100))
    let patient = harness.sendNow(within: .milliseconds(100))
    let waiting = harness.sendNow(within: .milliseconds(20))
    harness.loop.advance(.milliseconds(19))
    #expect(harness.receiver.reply(waiting) == nil)
    harness.loop.advance(.milliseconds(1))
    #expect(harness.replies([patient, waiting]) == [nil, "timedOut"])
    try answer()
    #expect(try harness.socket.sent.text.hasPrefix("mg key-\(patient) "))
    try answer()
    #expect(try harness.socket.sent.isEmpty)
  }

  @Test func `a node that hangs is found out as fast as if all had been sent`() throws {
    let slots = (0..<5).map { _ in harness.sendNow(within: .milliseconds(20)) }
    harness.loop.advance(.milliseconds(20))
    #expect(harness.replies(slots) == slots.map { _ in "timedOut" })
    #expect(harness.events == [.timedOut(inARow: 5)])
  }

  @Test func `those that wait fail with the connection, and the next one has its own`() throws {
    let slots = (0..<3).map { _ in harness.sendNow() }
    try harness.socket.end()
    #expect(harness.replies(slots) == slots.map { _ in "connectionLost" })
    let anew = [harness.send(), harness.send()]
    harness.loop.runTurn()
    try harness.socket.finishConnecting()
    // Nothing is known of the node's values any more.
    #expect(try harness.opaques().count == 2)
    #expect(harness.replies(anew) == [nil, nil])
  }

  @Test func `those that wait for a node that is given up are never sent`() throws {
    let slots = (0..<3).map { _ in harness.sendNow() }
    #expect(harness.connection.abandon())
    harness.loop.runTurn()
    #expect(harness.replies(slots) == slots.map { _ in "timedOut" })
    try answer()
    #expect(harness.events == [.drained])
    #expect(try harness.socket.sent.isEmpty)
  }

  @Test func `those that wait count as in flight`() throws {
    let harness = try ConnectionHarness {
      $0.readAhead = 1
      $0.mostPending = 3
    }
    try harness.open()
    for _ in 0..<10 {
      harness.sendNow()
      try harness.socket.answer("VA 100 f0 t-1 c1", [UInt8].printable(100))
    }
    let slots = (0..<5).map { _ in harness.send() }
    harness.loop.runTurn()
    #expect(harness.replies(slots) == [nil, nil, nil, "overloaded", "overloaded"])
    #expect(try harness.opaques().count == 1)
  }

  /// Answers the get that was sent last.
  private func answer() throws {
    try harness.socket.answer("VA 100 f0 t-1 c1", [UInt8].printable(100))
  }
}
