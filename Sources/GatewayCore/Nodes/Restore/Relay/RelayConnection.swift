/// Hears what comes over a relay's connection.
protocol RelayConnectionOwner: AnyObject {
  /// Takes whole replies from the front of `input`. Returns how many bytes a reply needs that is not whole yet; 0 when
  /// that is not known.
  func takeReplies(_ input: inout StreamBuffer) throws(ProtocolViolation) -> Int
  /// Whether the node owes replies.
  var isWaiting: Bool { get }
  /// What was asked and not answered never will be.
  func connectionFailed(_ reason: String)
}

/// A connection over which keys are moved, many at a time: commands and replies stand in flat buffers, and nothing is
/// allocated for a single key. Commands gather during a turn of the loop and go out together at its end.
final class RelayConnection: SocketHandler, TurnParticipant, TimerTarget {
  /// Read at a time: as much as memcached sends in one go.
  private static let inputCapacity = 256 * 1024
  /// Most of what the batches under way make.
  private static let outputCapacity = 256 * 1024

  private enum State {
    case closed
    case connecting(any StreamSocket)
    case open(any StreamSocket)
  }

  private let node: Node
  private let loop: any EventLoop
  /// Without a byte for so long, a node that owes replies is given up.
  private let patience: Duration
  private weak var owner: (any RelayConnectionOwner)?
  var output = StreamBuffer(capacity: outputCapacity)
  private var input = StreamBuffer(capacity: inputCapacity)
  /// Bytes of the reply that is under way, as far as known.
  private var needed = 0
  private var state = State.closed
  private var localPort: UInt16 = 0
  private var flushIsDue = false
  private var timer: TimerID?
  private var lastProgress = Instant(nanoseconds: 0)

  init(_ node: Node, patience: Duration, on loop: any EventLoop, owner: any RelayConnectionOwner) {
    self.node = node
    self.patience = patience
    self.loop = loop
    self.owner = owner
  }

  /// Has what was added to `output` sent, connecting first where need be.
  func flushSoon() {
    if flushIsDue { return }
    flushIsDue = true
    loop.atEndOfTurn(.flush, self)
    lastProgress = loop.now
    if timer == nil { timer = loop.schedule(at: loop.now + patience, self) }
  }

  func endOfTurn() {
    flushIsDue = false
    switch state {
    case .closed: if owner?.isWaiting == true { connect() }
    case .connecting: break
    case .open(let socket): flush(socket)
    }
  }

  private func connect() {
    guard let address = node.address else { return fail("its address is unknown") }
    do {
      state = .connecting(try loop.connect(to: address, handler: self))
    } catch {
      fail("\(error)")
    }
  }

  private func flush(_ socket: any StreamSocket) {
    while !output.isEmpty {
      switch socket.send([output.bytes]) {
      case .bytes(let count): output.consume(count)
      case .wouldBlock: return socket.setWantsToWrite(true)
      case .endOfStream: return fail("closed by the node")
      case .failed(let error): return fail("\(error)")
      }
    }
    socket.setWantsToWrite(false)
  }

  // MARK: Events

  func socketReady(_ readiness: Readiness) {
    lastProgress = loop.now
    switch state {
    case .closed: return
    case .connecting(let socket): finishConnecting(socket)
    case .open(let socket):
      if readiness.contains(.readable) { receive(socket) }
      if readiness.contains(.writable), case .open = state { flush(socket) }
    }
  }

  private func finishConnecting(_ socket: any StreamSocket) {
    if let error = socket.connectionError() { return fail("\(error)") }
    state = .open(socket)
    localPort = socket.localPort
    node.missed.connectionOpened(localPort: localPort)
    flush(socket)
  }

  private func receive(_ socket: any StreamSocket) {
    switch socket.receive(into: input.spare(atLeast: max(1, needed - input.count))) {
    case .bytes(let count):
      input.added(count)
      takeReplies()
    case .wouldBlock: return
    case .endOfStream: fail("closed by the node")
    case .failed(let error): fail("\(error)")
    }
  }

  private func takeReplies() {
    do throws(ProtocolViolation) {
      needed = try owner?.takeReplies(&input) ?? 0
    } catch {
      fail("\(error)")
    }
  }

  // MARK: Its end

  /// What the node has not received yet is not to arrive any more; what it has is waited for before it serves again
  /// (rule C10).
  func fail(_ reason: String) {
    switch state {
    case .closed: break
    case .connecting(let socket): socket.close()
    case .open(let socket):
      socket.abort()
      node.missed.connectionClosed(localPort: localPort)
    }
    state = .closed
    output.removeAll()
    input.removeAll()
    needed = 0
    if let timer { loop.cancel(timer) }
    timer = nil
    owner?.connectionFailed(reason)
  }

  func timerFired() {
    timer = nil
    guard owner?.isWaiting == true else { return }
    let end = lastProgress + patience
    if end <= loop.now { return fail("it does not answer") }
    timer = loop.schedule(at: end, self)
  }
}
