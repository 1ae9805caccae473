import Testing

@testable import GatewayCore

struct NodeConnectionTimeoutTests {
  private let harness: ConnectionHarness

  init() throws {
    harness = try ConnectionHarness()
    try harness.open()
  }

  @Test func `a command without a reply times out at its deadline, once`() throws {
    let slot = harness.sendNow(within: .milliseconds(250))
    harness.loop.advance(.milliseconds(249))
    #expect(harness.receiver.reply(slot) == nil)
    harness.loop.advance(.milliseconds(1))
    #expect(harness.receiver.reply(slot) == "timedOut")
    harness.loop.advance(.seconds(60))
    #expect(harness.events == [.timedOut(inARow: 1)])
  }

  @Test func `a late reply is dropped and the next goes to its own command`() throws {
    let late = harness.sendNow(within: .milliseconds(10))
    harness.loop.advance(.milliseconds(10))
    let next = harness.sendNow()
    let opaques = try harness.opaques()
    try harness.socket.deliver("VA 4 f0 t-1 c1 O\(opaques[0])\r\nlate\r\n")
    #expect(harness.replies([late, next]) == ["timedOut", nil])
    try harness.socket.deliver("VA 4 f0 t-1 c1 O\(opaques[1])\r\nnext\r\n")
    #expect(harness.replies([late, next]) == ["timedOut", "value next"])
    #expect(harness.connection.isOpen)
  }

  @Test func `timeouts keep the connection: only the node's health decides`() throws {
    for _ in 0..<10 {
      harness.sendNow(within: .milliseconds(10))
      harness.loop.advance(.milliseconds(10))
    }
    #expect(harness.connection.isOpen)
    #expect(harness.events == (1...10).map { .timedOut(inARow: $0) })
  }

  @Test func `commands that time out together are told together`() throws {
    let slots = (0..<5).map { _ in harness.send(within: .milliseconds(10)) }
    harness.loop.runTurn()
    harness.loop.advance(.milliseconds(10))
    #expect(harness.replies(slots) == slots.map { _ in "timedOut" })
    #expect(harness.events == [.timedOut(inARow: 5)])
  }

  @Test func `any reply ends the row of timeouts, a late one too`() throws {
    for _ in 0..<2 {
      harness.sendNow(within: .milliseconds(10))
      harness.loop.advance(.milliseconds(10))
    }
    try harness.socket.deliver("EN O\(harness.opaques()[0])\r\n")
    harness.sendNow(within: .milliseconds(10))
    harness.loop.advance(.milliseconds(10))
    #expect(
      harness.events == [.timedOut(inARow: 1), .timedOut(inARow: 2), .timedOut(inARow: 1)])
  }

  @Test func `a node that sends long values does not hang`() throws {
    let slots = (0..<5).map { _ in harness.send(within: .milliseconds(10)) }
    harness.loop.runTurn()
    try harness.socket.deliver("VA 100000 f0 t-1 c1 O\(harness.opaques()[0])\r\n")
    harness.loop.advance(.milliseconds(5))
    try harness.socket.deliver([UInt8](repeating: 1, count: 20_000))
    harness.loop.advance(.milliseconds(5))
    #expect(harness.replies(slots) == slots.map { _ in "timedOut" })
    #expect(harness.events == [])
  }

  @Test func `a node that has stopped sending long values hangs, and one that trickles, too`() throws {
    harness.sendNow(within: .milliseconds(50))
    try harness.socket.deliver("VA 100000 f0 t-1 c1 O\(harness.opaques()[0])\r\n")
    try harness.socket.deliver([UInt8](repeating: 1, count: 20_000))
    for _ in 1...50 {
      try harness.socket.deliver([UInt8](repeating: 1, count: 100))
      harness.loop.advance(.milliseconds(1))
    }
    #expect(harness.events == [.timedOut(inARow: 1)])
  }

  @Test func `a node that is a second behind is of no use, whatever it sends`() throws {
    harness.sendNow(within: .milliseconds(10))
    try harness.socket.deliver("VA 3000000 f0 t-1 c1 O\(harness.opaques()[0])\r\n")
    for _ in 1...100 {
      harness.sendNow(within: .milliseconds(5))
      try harness.socket.deliver([UInt8](repeating: 1, count: 20_000))
      harness.loop.advance(.milliseconds(10))
    }
    #expect(harness.events == [])
    harness.loop.advance(.milliseconds(10))
    harness.sendNow(within: .milliseconds(5))
    try harness.socket.deliver([UInt8](repeating: 1, count: 20_000))
    harness.loop.advance(.milliseconds(5))
    #expect(harness.events == [.timedOut(inARow: 1)])
  }

  @Test func `a node that takes long values does not hang, as long as it does`() throws {
    let value = Bytes([UInt8](repeating: 1, count: 100_000))
    let set = MetaSet(mode: .set, clientFlags: 0, lifetime: .forever, head: [], body: value)
    try harness.socket.makeRoom(20_000)
    harness.sendNow(.set(ConnectionHarness.key("a"), set), within: .milliseconds(20))
    harness.loop.advance(.milliseconds(15))
    try harness.socket.makeRoom(20_000)
    harness.loop.advance(.milliseconds(5))
    #expect(harness.events == [])
    harness.sendNow(within: .milliseconds(20))
    harness.loop.advance(.milliseconds(20))
    #expect(harness.events == [.timedOut(inARow: 1)])
  }

  @Test func `what the system takes for a node says nothing of the node`() throws {
    let value = Bytes([UInt8](repeating: 1, count: 100_000))
    let set = MetaSet(mode: .set, clientFlags: 0, lifetime: .forever, head: [], body: value)
    harness.sendNow(.set(ConnectionHarness.key("a"), set), within: .milliseconds(10))
    harness.loop.advance(.milliseconds(10))
    #expect(harness.events == [.timedOut(inARow: 1)])
  }

  @Test func `nothing is told of timeouts when the timer fires for a command that was answered`() throws {
    harness.sendNow(within: .milliseconds(10))
    harness.loop.advance(.milliseconds(10))
    let events = harness.events.count
    harness.sendNow(within: .milliseconds(20))
    let answered = harness.sendNow(within: .milliseconds(30))
    harness.loop.advance(.milliseconds(20))
    #expect(harness.events.count == events + 1)
    for opaque in try harness.opaques() { try harness.socket.deliver("EN O\(opaque)\r\n") }
    #expect(harness.receiver.reply(answered) == "miss")
    harness.loop.advance(.seconds(1))
    #expect(harness.events.count == events + 1)
  }

  @Test func `a command with less time than those before it times out at its own deadline`() throws {
    let patient = harness.sendNow(within: .milliseconds(250))
    let hurried = harness.sendNow(within: .milliseconds(20))
    harness.loop.advance(.milliseconds(20))
    #expect(harness.replies([patient, hurried]) == [nil, "timedOut"])
    let opaques = try harness.opaques()
    try harness.socket.deliver("EN O\(opaques[0])\r\nEN O\(opaques[1])\r\n")
    #expect(harness.replies([patient, hurried]) == ["miss", "timedOut"])
  }

  @Test func `a command that waits for the connection times out too, and its late reply is dropped`() throws {
    let harness = try ConnectionHarness { $0.connectTimeout = .seconds(10) }
    let slot = harness.sendNow(within: .milliseconds(50))
    harness.loop.advance(.milliseconds(50))
    #expect(harness.receiver.reply(slot) == "timedOut")
    try harness.socket.finishConnecting()
    try harness.socket.deliver("EN O\(harness.opaques()[0])\r\n")
    let next = harness.sendNow()
    try harness.socket.deliver("EN O\(harness.opaques()[1])\r\n")
    #expect(harness.receiver.reply(next) == "miss")
  }

  @Test func `what has timed out hears nothing when the connection is lost`() throws {
    let expired = harness.sendNow(within: .milliseconds(10))
    harness.loop.advance(.milliseconds(10))
    let waiting = harness.sendNow()
    try harness.socket.end()
    #expect(harness.replies([expired, waiting]) == ["timedOut", "connectionLost"])
    // After reconnecting nothing is expected for it any more.
    let next = harness.sendNow()
    try harness.socket.finishConnecting()
    try harness.socket.deliver("EN O\(harness.opaques()[0])\r\n")
    #expect(harness.receiver.reply(next) == "miss")
  }

  @Test func `a refused command past the limits hears of it once and never times out`() throws {
    let harness = try ConnectionHarness { $0.mostPending = 0 }
    let slot = harness.sendNow(within: .milliseconds(10))
    #expect(harness.receiver.reply(slot) == "overloaded")
    harness.loop.advance(.seconds(1))
    #expect(harness.events.isEmpty)
  }
}
