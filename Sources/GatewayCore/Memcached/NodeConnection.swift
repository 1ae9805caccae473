/// One pipelined connection to one node. Commands gather during a turn of the loop and go out together at
/// its end; replies come back in order. Which errors cost the connection is decided in `handle(_:)` alone.
public final class NodeConnection: SocketHandler, TurnParticipant, TimerTarget {
  public struct Limits: Sendable {
    public var connectTimeout: Duration
    /// Commands in flight, or waiting to be sent. Each is a waiting request; the requests are bounded too, this is the backstop.
    public var mostPending = 32 * 1024
    /// Bytes queued behind a node that does not read.
    public var mostQueuedBytes = 128 * 1024 * 1024
    /// memcached's own upper bound for `-I`.
    public var longestValue = 1024 * 1024 * 1024
    /// Bytes of values that are asked for ahead of their replies, above 0 (`ReadWindow`).
    public var readAhead = ReadWindow.standardSize

    public init(connectTimeout: Duration) {
      self.connectTimeout = connectTimeout
    }
  }

  private enum State {
    case closed
    case connecting(any StreamSocket, since: Instant)
    case open(any StreamSocket)
  }

  /// A quarter of a millisecond's work, and then the others have their turn.
  private static let mostReceivedPerTurn = 512 * 1024

  public var address: SocketAddress
  /// Whether the node has replied over the connection that stands, or stood last.
  public private(set) var hasReplied = false
  private let loop: any EventLoop
  private let limits: Limits
  /// Owns this connection, and so outlives it. Asked on every failure only.
  private unowned(unsafe) let observer: any NodeConnectionObserver

  private var state = State.closed
  private var localPort: UInt16 = 0
  private var output = OutputQueue()
  private var parser: MetaReplyParser
  private var pending = PendingCommands()
  private var gets: PacedGets
  private var timeoutsInARow = 0
  private var transfers = TransferWatch()
  private var nextOpaque: UInt32 = 0
  private var flushIsDue = false
  private var timer = EarliestTimer()
  private var undelivered: [(PendingCommand, NodeFailure)] = []

  public init(
    to address: SocketAddress, on loop: any EventLoop, limits: Limits, observer: any NodeConnectionObserver
  ) {
    self.address = address
    self.loop = loop
    self.limits = limits
    self.observer = observer
    parser = MetaReplyParser(longestValue: limits.longestValue)
    gets = PacedGets(ReadWindow(size: limits.readAhead))
  }

  public var isOpen: Bool {
    if case .open = state { return true }
    return false
  }

  /// Queues a command, connecting first where need be.
  public func send(_ command: MetaCommand, deadline: Instant, to receiver: any ReplyReceiver, slot: Int) {
    if case .get(let key) = command {
      sendGet(key, deadline: deadline, to: receiver, slot: slot)
    } else if begin(deadline, receiver, slot, hasOpaque: command.hasOpaque) {
      output.append(command, opaque: nextOpaque, wallClock: loop.wallClock)
    }
  }

  /// As `send` of `.get(key)`. It is what most commands are, and a key within a command counts references.
  func sendGet(_ key: WireKey, deadline: Instant, to receiver: any ReplyReceiver, slot: Int) {
    if gets.mustWait {
      return sendLater(PacedGets.Get(key, to: receiver, slot: slot, deadline: deadline, now: loop.now))
    }
    sendAtOnce(key, deadline, receiver, slot)
  }

  private func sendAtOnce(_ key: WireKey, _ deadline: Instant, _ receiver: any ReplyReceiver, _ slot: Int) {
    if begin(deadline, receiver, slot, hasOpaque: true, isGet: true) {
      gets.asked()
      output.appendGet(key, opaque: nextOpaque)
    }
  }

  /// As `send` of `.peek(key)`.
  func sendPeek(_ key: WireKey, deadline: Instant, to receiver: any ReplyReceiver, slot: Int) {
    if begin(deadline, receiver, slot, hasOpaque: true) { output.appendPeek(key, opaque: nextOpaque) }
  }

  /// As `send` of `.set(key, set)`.
  func sendSet(_ key: WireKey, _ set: MetaSet, deadline: Instant, to receiver: any ReplyReceiver, slot: Int) {
    if begin(deadline, receiver, slot, hasOpaque: true) {
      output.appendSet(key, set, opaque: nextOpaque, wallClock: loop.wallClock)
    }
  }

  /// Expects the reply to a command, whose bytes the caller queues at once. False when it cannot be sent.
  private func begin(
    _ deadline: Instant, _ receiver: any ReplyReceiver, _ slot: Int, hasOpaque: Bool, isGet: Bool = false
  ) -> Bool {
    nextOpaque &+= 1
    let opaque = hasOpaque ? nextOpaque : nil
    if let failure = obstacle() {
      failLater(PendingCommand(receiver, slot: slot, opaque: opaque, deadline: deadline), failure)
      return false
    }
    pending.append(
      PendingCommand(receiver, slot: slot, opaque: opaque, deadline: deadline, isGet: isGet))
    if !flushIsDue { flushSoon() }
    timer.arm(deadline, on: loop, self)
    return true
  }

  @inline(never)
  private func sendLater(_ get: PacedGets.Get) {
    if let failure = obstacle() { return failLater(get, failure) }
    gets.wait(get)
    timer.arm(get.latest, on: loop, self)
  }

  /// Queues the gets that have waited for what has arrived now, or long enough.
  @inline(never)
  private func sendWaitingGets() {
    while let get = gets.next(loop.now) { sendAtOnce(get.key, get.deadline, get.receiver, get.slot) }
  }

  /// What keeps a command from being queued. Connects where need be.
  private func obstacle() -> NodeFailure? {
    guard pending.count + gets.count < limits.mostPending, output.count < limits.mostQueuedBytes else {
      return .overloaded
    }
    if isClosed { connect() }
    return isClosed ? .unreachable : nil
  }

  private var isClosed: Bool {
    if case .closed = state { return true }
    return false
  }

  /// Drops the connection; everything in flight fails over. What was sent will still arrive.
  public func close() {
    disconnect(pendingFailure: .connectionLost, aborts: false)
  }

  /// The same, but what has not arrived yet is not to.
  public func abort() {
    disconnect(pendingFailure: .connectionLost, aborts: true)
  }

  /// Fails everything in flight, so that it is tried elsewhere, but keeps the connection: what a node that
  /// hangs has not read yet it will carry out when it goes on, and only a reply over this same connection
  /// tells that it has. Returns whether there is anything to wait for; then `connectionDrained` or
  /// `connectionFailed` follows.
  public func abandon() -> Bool {
    guard case .open = state, pending.count > 0 else {
      close()
      return false
    }
    for command in pending.giveUpAll() { failLater(command, .timedOut) }
    for get in gets.takeAll() { failLater(get, .timedOut) }
    return true
  }

  // MARK: Connecting

  @inline(never)
  private func connect() {
    do {
      state = .connecting(try loop.connect(to: address, handler: self), since: loop.now)
      timer.arm(loop.now + limits.connectTimeout, on: loop, self)
    } catch {
      observer.connectionFailed(.refused(error))
    }
  }

  private func finishConnecting(_ socket: any StreamSocket) {
    if let error = socket.connectionError() { return fail(.refused(error)) }
    state = .open(socket)
    hasReplied = false
    localPort = socket.localPort
    observer.connectionOpened(localPort: localPort)
    loop.countFlush()
    flush()
  }

  // MARK: Events

  public func socketReady(_ readiness: Readiness) {
    switch state {
    case .closed: return
    case .connecting(let socket, _): finishConnecting(socket)
    case .open(let socket):
      if readiness.contains(.readable) { receive(socket) }
      if readiness.contains(.writable), isOpen {
        loop.countFlush()
        flush(hasWaited: true)
      }
    }
  }

  public func endOfTurn() {
    flushIsDue = false
    deliverFailures()
    flush()
  }

  public func timerFired() {
    timer.fired()
    if case .connecting(_, let since) = state {
      let deadline = since + limits.connectTimeout
      if deadline <= loop.now { return fail(.connectTimedOut) }
      timer.arm(deadline, on: loop, self)
    }
    if gets.count > 0 { sendWaitingGets() }
    expireCommands()
  }

  // MARK: Receiving

  /// As long as more is there than is asked for, which is when values are long. What exceeds the turn's share is
  /// left for the next turn, so that one node with much to say does not keep the others waiting.
  private func receive(_ socket: any StreamSocket) {
    var share = Self.mostReceivedPerTurn
    while share > 0, isOpen {
      let space = parser.destination()
      switch socket.receive(into: space.first, behind: space.behind) {
      case .bytes(let count):
        transfers.transferred(count, at: loop.now)
        parser.received(count)
        takeReplies()
        if count < space.first.count + space.behind.count { return }
        share -= count
      case .wouldBlock: return
      case .endOfStream: return fail(.lost(nil))
      case .failed(let error): return fail(.lost(error))
      }
    }
  }

  private func takeReplies() {
    do throws(ProtocolViolation) {
      while isOpen, let (reply, opaque) = try parser.next(lends: pending.nextBorrows) {
        let command = try pending.takeFirst(answeredBy: reply, opaque: opaque)
        timeoutsInARow = 0
        hasReplied = true
        if command.isGet { gets.answered(with: reply) }
        handle(reply, command)
        if pending.countDrained() { observer.connectionDrained() }
      }
      if gets.count > 0, isOpen { sendWaitingGets() }
    } catch {
      fail(.violation(error))
    }
  }

  /// The one place that decides whether a reply costs the connection: what the node reports about itself
  /// does not, a command that it did not understand does, because the stream may be out of step.
  private func handle(_ reply: MetaReply, _ command: PendingCommand) {
    command.receiver?.receive(.success(reply), slot: command.slot)
    if case .error(.client(let text)) = reply { fail(.misunderstood(text)) }
  }

  // MARK: Sending

  /// A hundred commands and more: enough for the node to begin with, and for a system call of its own.
  private static let muchQueued = 8 * 1024

  /// Sends what is queued before the turn's end, if that is much: so the node works while others' requests are read.
  /// Returns whether anything may have left.
  func flushEarly() -> Bool {
    guard isOpen, output.count >= Self.muchQueued else { return false }
    flush()
    return true
  }

  @inline(never)
  private func flushSoon() {
    guard !flushIsDue else { return }
    flushIsDue = true
    loop.atEndOfTurn(.flush, self)
  }

  /// `hasWaited`: for the node to take what was sent before. Only then it tells anything of the node that more goes out:
  /// the system takes some millions of bytes for a node that hangs.
  private func flush(hasWaited: Bool = false) {
    guard case .open(let socket) = state else { return }
    while !output.isEmpty {
      switch socket.send(output.nextPieces()) {
      case .bytes(let count):
        if hasWaited { transfers.transferred(count, at: loop.now) }
        output.consume(count)
      case .wouldBlock: return socket.setWantsToWrite(true)
      case .endOfStream: return fail(.lost(nil))
      case .failed(let error): return fail(.lost(error))
      }
    }
    socket.setWantsToWrite(false)
  }

  // MARK: Timeouts

  /// A node that is further behind than this is of no more use than one that hangs, whatever it sends.
  private static let farthestBehind = Duration.seconds(1)

  /// Its node does not hang, but has much to do.
  private var isBusy: Bool {
    guard let deadline = pending.firstDeadline else { return false }
    return isTransferring && loop.now - deadline < Self.farthestBehind
  }

  /// Its node sends long values just now, or takes them.
  var isTransferring: Bool { isOpen && transfers.isTransferring(at: loop.now) }

  /// Looks at all that is pending, a few times a second at most: a command may have less time than those
  /// before it.
  private func expireCommands() {
    let due = pending.giveUpExpired(loop.now)
    let unsent = gets.count > 0 ? gets.takeExpired(loop.now) : []
    let events = [pending.nextDeadline, gets.nextEvent]
    if let next = events.compactMap(\.self).min() { timer.arm(next, on: loop, self) }
    for command in due { command.receiver?.receive(.failure(.timedOut), slot: command.slot) }
    for get in unsent { get.receiver.receive(.failure(.timedOut), slot: get.slot) }
    let count = due.count + unsent.count
    guard count > 0, !isBusy else { return }
    timeoutsInARow += count
    observer.commandTimedOut(inARow: timeoutsInARow)
  }

  // MARK: Failing

  private func fail(_ failure: ConnectionFailure) {
    var pendingFailure = NodeFailure.connectionLost
    if case .connecting = state { pendingFailure = .unreachable }
    disconnect(pendingFailure: pendingFailure, aborts: true)
    observer.connectionFailed(failure)
  }

  private func disconnect(pendingFailure: NodeFailure, aborts: Bool) {
    switch state {
    case .closed: return
    case .connecting(let socket, _): socket.close()
    case .open(let socket):
      if aborts { socket.abort() } else { socket.close() }
      observer.connectionClosed(localPort: localPort)
    }
    state = .closed
    output.removeAll()
    parser = MetaReplyParser(longestValue: limits.longestValue)
    timeoutsInARow = 0
    transfers = TransferWatch()
    timer.cancel(on: loop)
    for command in pending.takeAll() { failLater(command, pendingFailure) }
    for get in gets.takeAll() { failLater(get, pendingFailure) }
    gets = PacedGets(ReadWindow(size: limits.readAhead))
  }

  private func failLater(_ get: PacedGets.Get, _ failure: NodeFailure) {
    failLater(PendingCommand(get.receiver, slot: get.slot, opaque: nil, deadline: get.deadline), failure)
  }

  @inline(never)
  private func failLater(_ command: PendingCommand, _ failure: NodeFailure) {
    undelivered.append((command, failure))
    flushSoon()
  }

  private func deliverFailures() {
    guard !undelivered.isEmpty else { return }
    let failures = undelivered
    undelivered.removeAll()
    for (command, failure) in failures { command.receiver?.receive(.failure(failure), slot: command.slot) }
  }
}
