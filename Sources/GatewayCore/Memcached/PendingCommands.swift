import DequeModule

/// A command whose reply is to come.
struct PendingCommand {
  /// nil when it was given up; its reply may still come.
  fileprivate(set) var receiver: (any ReplyReceiver)?
  let slot: Int
  /// What comes back with the reply; nil for the commands that have none.
  let opaque: UInt32?
  let borrows: Bool
  let isGet: Bool
  let deadline: Instant

  init(
    _ receiver: any ReplyReceiver, slot: Int, opaque: UInt32?, deadline: Instant, isGet: Bool = false
  ) {
    self.receiver = receiver
    self.slot = slot
    self.opaque = opaque
    self.deadline = deadline
    self.isGet = isGet
    borrows = receiver.borrowsShortValues
  }
}

/// What a node has been sent and has not replied to, in the order in which it replies.
struct PendingCommands {
  private var commands: Deque<PendingCommand> = []
  /// How many at the front were given up by `giveUpAll`.
  private var abandoned = 0

  var count: Int { commands.count }

  /// When the node ought to have replied to the first, given up or not; nil when it owes no reply.
  var firstDeadline: Instant? { commands.first?.deadline }

  /// The next deadline of one that was not given up.
  var nextDeadline: Instant? { commands.lazy.filter { $0.receiver != nil }.map(\.deadline).min() }

  /// Whether the receiver of the next reply copies a short value at once.
  var nextBorrows: Bool { !commands.isEmpty && commands[0].borrows }

  mutating func append(_ command: consuming PendingCommand) { commands.append(command) }

  /// The command that a reply is to. An error may come without the command's opaque: it stands for the first one.
  mutating func takeFirst(
    answeredBy reply: MetaReply, opaque: UInt32?
  ) throws(ProtocolViolation) -> PendingCommand {
    guard let first = commands.first else { throw ProtocolViolation(description: "a reply to no command") }
    guard opaque == first.opaque || reply.isError else {
      throw ProtocolViolation(description: "a reply to another command")
    }
    return commands.removeFirst()
  }

  /// To be called after each reply. True after the last one to a command that `giveUpAll` gave up.
  mutating func countDrained() -> Bool {
    guard abandoned > 0 else { return false }
    abandoned -= 1
    return abandoned == 0
  }

  /// Those whose time is up. Their replies are still expected, but nobody hears of them.
  mutating func giveUpExpired(_ now: Instant) -> [PendingCommand] { giveUp { $0.deadline <= now } }

  /// All that were not given up before.
  mutating func giveUpAll() -> [PendingCommand] {
    abandoned = commands.count
    return giveUp { _ in true }
  }

  private mutating func giveUp(where condition: (PendingCommand) -> Bool) -> [PendingCommand] {
    var givenUp: [PendingCommand] = []
    for index in commands.indices where commands[index].receiver != nil && condition(commands[index]) {
      givenUp.append(commands[index])
      commands[index].receiver = nil
    }
    return givenUp
  }

  /// Expects no more replies. Returns those that were not given up.
  mutating func takeAll() -> [PendingCommand] {
    defer { self = PendingCommands() }
    return commands.filter { $0.receiver != nil }
  }
}
