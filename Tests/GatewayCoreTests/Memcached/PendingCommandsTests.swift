import Testing

@testable import GatewayCore

struct PendingCommandsTests {
  private var pending = PendingCommands()
  private let receiver = Receiver()

  private final class Receiver: ReplyReceiver {
    func receive(_ reply: NodeReply, slot: Int) {}
  }

  /// Three, with opaques and slots 1 to 3, to be answered within as many seconds.
  init() {
    for number in 1...3 { pending.append(command(number)) }
  }

  private func command(_ number: Int) -> PendingCommand {
    PendingCommand(receiver, slot: number, opaque: UInt32(number), deadline: Self.time(number))
  }

  private static func time(_ seconds: Int) -> Instant {
    Instant(nanoseconds: Int64(seconds) * 1_000_000_000)
  }

  @Test mutating func `replies are to the commands in their order`() throws {
    for number in 1...3 {
      #expect(try pending.takeFirst(answeredBy: .miss, opaque: UInt32(number)).slot == number)
    }
    #expect(pending.count == 0)
  }

  @Test mutating func `a reply with another opaque is to none of them`() throws {
    #expect(throws: ProtocolViolation(description: "a reply to another command")) {
      try pending.takeFirst(answeredBy: .miss, opaque: 2)
    }
    #expect(pending.count == 3)
  }

  @Test mutating func `an error without an opaque is to the first`() throws {
    #expect(try pending.takeFirst(answeredBy: .error(.server("busy")), opaque: nil).slot == 1)
  }

  @Test mutating func `a reply where none is due`() throws {
    _ = pending.takeAll()
    #expect(throws: ProtocolViolation(description: "a reply to no command")) {
      try pending.takeFirst(answeredBy: .miss, opaque: 1)
    }
  }

  @Test mutating func `what has expired is given up once, and its reply still expected`() throws {
    #expect(pending.nextDeadline == Self.time(1))
    #expect(pending.giveUpExpired(Self.time(2)).map(\.slot) == [1, 2])
    #expect(pending.giveUpExpired(Self.time(2)).isEmpty)
    #expect(pending.nextDeadline == Self.time(3))
    #expect(pending.firstDeadline == Self.time(1))
    #expect(try pending.takeFirst(answeredBy: .miss, opaque: 1).receiver == nil)
    #expect(pending.takeAll().map(\.slot) == [3])
  }

  @Test mutating func `the last reply to what was given up is told, not those to later commands`() throws {
    #expect(pending.giveUpAll().map(\.slot) == [1, 2, 3])
    pending.append(command(4))
    var drained: [Bool] = []
    for number in 1...4 {
      _ = try pending.takeFirst(answeredBy: .miss, opaque: UInt32(number))
      drained.append(pending.countDrained())
    }
    #expect(drained == [false, false, true, false])
  }

  @Test mutating func `what was given up is forgotten with the connection`() throws {
    _ = pending.giveUpAll()
    #expect(pending.takeAll().isEmpty)
    for number in 1...3 { pending.append(command(number)) }
    for number in 1...3 {
      _ = try pending.takeFirst(answeredBy: .miss, opaque: UInt32(number))
      let hasDrained = pending.countDrained()
      #expect(!hasDrained)
    }
  }
}
