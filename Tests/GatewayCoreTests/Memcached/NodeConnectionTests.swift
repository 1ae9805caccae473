import Testing

@testable import GatewayCore

struct NodeConnectionTests {
  private let harness: ConnectionHarness

  init() throws {
    harness = try ConnectionHarness()
  }

  @Test func `connects with the first command and sends it once the connection stands`() throws {
    #expect(harness.loop.sockets.isEmpty)
    #expect(!harness.connection.isOpen)
    harness.sendNow()
    #expect(try harness.socket.sendCalls == 0)
    try harness.socket.finishConnecting()
    #expect(harness.connection.isOpen)
    #expect(try harness.socket.sent.text == "mg key-0 v f t c O1\r\n")
    #expect(harness.events == [.opened])
  }

  @Test func `commands queued while connecting go out together`() throws {
    for _ in 0..<10 { harness.sendNow() }
    #expect(harness.loop.sockets.count == 1)
    try harness.socket.finishConnecting()
    #expect(try harness.socket.sendCalls == 1)
    #expect(try harness.opaques().count == 10)
  }

  @Test func `the commands of one turn go out in one send, at its end`() throws {
    try harness.open()
    let calls = try harness.socket.sendCalls
    for _ in 0..<100 { harness.send() }
    #expect(try harness.socket.sendCalls == calls)
    harness.loop.runTurn()
    #expect(try harness.socket.sendCalls == calls + 1)
    #expect(try harness.opaques().count == 100)
  }

  @Test func `replies go to their commands, in order`() throws {
    try harness.open()
    let slots = (0..<4).map { _ in harness.send() }
    harness.loop.runTurn()
    let opaques = try harness.opaques()
    try harness.socket.deliver(
      "EN O\(opaques[0])\r\nVA 2 f0 t-1 c1 O\(opaques[1])\r\nab\r\nHD O\(opaques[2])\r\n")
    #expect(harness.replies(slots) == ["miss", "value ab", "done", nil])
    try harness.socket.deliver("NF O\(opaques[3])\r\n")
    #expect(harness.receiver.reply(slots[3]) == "notFound")
    #expect(harness.events.isEmpty)
  }

  @Test func `every command has an opaque of its own`() throws {
    try harness.open()
    for _ in 0..<1000 { harness.send() }
    harness.loop.runTurn()
    #expect(try Set(harness.opaques()).count == 1000)
  }

  @Test func `replies may come in any pieces`() throws {
    try harness.open()
    let slots = (0..<50).map { _ in harness.send() }
    harness.loop.runTurn()
    for opaque in try harness.opaques() {
      for byte in "VA 5 f0 t-1 c1 O\(opaque)\r\nhello\r\n".utf8 { try harness.socket.deliver([byte]) }
    }
    #expect(harness.replies(slots) == slots.map { _ in "value hello" })
  }

  @Test func `commands without an opaque are matched by their turn`() throws {
    try harness.open()
    let slots = [harness.send(.statistics("")), harness.send(.noop), harness.send()]
    harness.loop.runTurn()
    try harness.socket.deliver("STAT pid 5\r\nEND\r\nMN\r\nEN O\(harness.opaques()[0])\r\n")
    #expect(harness.replies(slots) == [#"statistics(["pid": "5"])"#, "noop", "miss"])
  }

  @Test func `a command sent from within a reply goes out in the same turn`() throws {
    try harness.open()
    let chained = Chained(harness)
    harness.connection.send(.noop, deadline: harness.loop.now + .seconds(1), to: chained, slot: 0)
    harness.loop.runTurn()
    _ = try harness.socket.takeSent()
    try harness.socket.deliver("MN\r\n")
    #expect(try harness.opaques().count == 1)
  }

  private final class Chained: ReplyReceiver {
    private let harness: ConnectionHarness

    init(_ harness: ConnectionHarness) {
      self.harness = harness
    }

    func receive(_ reply: NodeReply, slot: Int) { harness.send() }
  }

  @Test func `what the socket does not take is sent when there is room`() throws {
    try harness.open()
    try harness.socket.capacity = 7
    let slots = (0..<20).map { _ in harness.send() }
    harness.loop.runTurn()
    #expect(try harness.socket.sent.count == 7)
    #expect(try harness.socket.wantsToWrite)
    var rooms = 0
    while try harness.socket.wantsToWrite, rooms < 1000 {
      try harness.socket.makeRoom(13)
      rooms += 1
    }
    #expect(try harness.opaques().count == 20)
    for opaque in try harness.opaques() { try harness.socket.deliver("EN O\(opaque)\r\n") }
    #expect(harness.replies(slots) == slots.map { _ in "miss" })
  }

  @Test func `readiness to write is asked for only while something waits`() throws {
    try harness.open()
    #expect(try !harness.socket.wantsToWrite)
    try harness.socket.capacity = 0
    harness.sendNow()
    #expect(try harness.socket.wantsToWrite)
    try harness.socket.makeRoom(nil)
    #expect(try !harness.socket.wantsToWrite)
  }

  @Test func `a body larger than any socket buffer arrives whole`() throws {
    try harness.open()
    let body = [UInt8].printable(300_000)
    let set = MetaSet(mode: .set, clientFlags: 0, lifetime: .forever, head: [7], body: Bytes(body))
    try harness.socket.capacity = 1000
    harness.sendNow(.set(ConnectionHarness.key("big"), set))
    var rooms = 0
    while try harness.socket.wantsToWrite, rooms < 1000 {
      try harness.socket.makeRoom(4096)
      rooms += 1
    }
    let sent = try harness.socket.sent
    #expect(sent.text.hasPrefix("ms big 300001 "))
    #expect(sent.suffix(300_003) == [7] + body[...] + [13, 10])
  }

  @Test func `a node's own error is the reply and leaves the connection standing`() throws {
    try harness.open()
    let slots = [harness.send(), harness.send()]
    harness.loop.runTurn()
    try harness.socket.deliver("SERVER_ERROR out of memory storing object\r\n")
    #expect(harness.receiver.reply(slots[0]) == #"error server("out of memory storing object")"#)
    try harness.socket.deliver("EN O\(harness.opaques()[1])\r\n")
    #expect(harness.receiver.reply(slots[1]) == "miss")
    #expect(harness.events.isEmpty)
    #expect(harness.connection.isOpen)
  }

  @Test func `commands past the limit in flight are refused and not sent`() throws {
    let harness = try ConnectionHarness { $0.mostPending = 3 }
    try harness.open()
    let slots = (0..<5).map { _ in harness.send() }
    harness.loop.runTurn()
    #expect(harness.replies(slots) == [nil, nil, nil, "overloaded", "overloaded"])
    #expect(try harness.opaques().count == 3)
    try harness.socket.deliver("EN O\(harness.opaques()[0])\r\n")
    #expect(harness.receiver.reply(harness.sendNow()) == nil)
    #expect(harness.connection.isOpen)
  }

  @Test func `commands behind a node that does not read are refused past the limit of bytes`() throws {
    let harness = try ConnectionHarness { $0.mostQueuedBytes = 1000 }
    try harness.open()
    try harness.socket.capacity = 0
    let set = MetaSet(
      mode: .set, clientFlags: 0, lifetime: .forever, head: [], body: Bytes([UInt8].printable(400)))
    let slots = (0..<5).map { _ in harness.sendNow(.set(ConnectionHarness.key("k"), set)) }
    #expect(harness.replies(slots) == [nil, nil, nil, "overloaded", "overloaded"])
  }

  @Test func `closing an idle connection says nothing, and the next command connects anew`() throws {
    try harness.open()
    harness.connection.close()
    harness.loop.runTurn()
    #expect(try harness.socket.isClosed)
    #expect(harness.events.isEmpty)
    #expect(!harness.loop.hasTimers)
    harness.connection.close()
    harness.sendNow()
    #expect(harness.loop.sockets.count == 2)
  }
}
