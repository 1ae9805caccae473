import GatewayCore
import Glibc

/// One TCP connection, both ends.
final class SimulatedSocket: StreamSocket {
  private enum State {
    case connecting
    case open
    /// The node's end broke with this error; what it had sent before is read first.
    case broken(CInt)
    case closed
  }

  private let network: SimulatedNetwork
  private let node: SimulatedMemcached
  private let loop: SimulatedLoop
  private var handler: (any SocketHandler)?
  private var state = State.connecting
  private var error: SystemError?
  private var incoming: [UInt8] = []
  private var wantsToWrite = true
  private var wantsToRead = true
  private var eventIsDue = false
  /// Pieces keep their order in each direction.
  private var lastToNode = Instant(nanoseconds: 0)
  private var lastToGateway = Instant(nanoseconds: 0)
  /// The node's thread that serves this connection does not run yet.
  var isWaitingForThread = false
  /// What the node has not read yet.
  var atNode: [UInt8] = []

  let localPort: UInt16
  /// Everything up to the gateway's end of the stream has arrived.
  private(set) var hasEnded = false

  init(
    _ network: SimulatedNetwork, _ node: SimulatedMemcached, _ loop: SimulatedLoop,
    _ handler: any SocketHandler, localPort: UInt16
  ) {
    self.network = network
    self.node = node
    self.loop = loop
    self.handler = handler
    self.localPort = localPort
  }

  private var time: SimulatedTime { network.time }

  /// In order, after the network's delay, once the link lets it through.
  private func transmitToNode(_ action: @escaping () -> Void) {
    network.transmit(.toNode, loop, node) { [self] in
      lastToNode = max(lastToNode, time.now + network.delay(node))
      time.at(lastToNode, action)
    }
  }

  private func transmitToGateway(_ action: @escaping () -> Void) {
    network.transmit(.toGateway, loop, node) { [self] in
      lastToGateway = max(lastToGateway, time.now + network.delay(node))
      time.at(lastToGateway, action)
    }
  }

  // MARK: The node's end

  func arriveAtNode() {
    guard case .connecting = state else { return }
    guard node.accept(self) else { return transmitToGateway { [self] in fail(ECONNREFUSED) } }
    transmitToGateway { [self] in
      guard case .connecting = state else { return }
      state = .open
      notifySoon()
    }
  }

  /// The node sends.
  func reply(_ bytes: [UInt8]) {
    transmitToGateway { [self] in
      guard case .open = state else { return }
      incoming += bytes
      notifySoon()
    }
  }

  /// The node's process has gone.
  func reset() {
    transmitToGateway { [self] in fail(ECONNRESET) }
  }

  private func fail(_ code: CInt) {
    switch state {
    case .connecting:
      error = SystemError(errno: code, call: "connect")
      state = .broken(code)
    case .open: state = .broken(code)
    case .broken, .closed: return
    }
    notifySoon()
  }

  // MARK: The gateway's end

  func receive(into buffer: UnsafeMutableRawBufferPointer) -> IOResult {
    precondition(!isClosed, "received from a closed socket")
    if incoming.isEmpty {
      guard case .broken(let code) = state else { return .wouldBlock }
      return .failed(SystemError(errno: code, call: "recv"))
    }
    // Any split of the stream may happen.
    let count = min(incoming.count, buffer.count, 1 + time.random(below: 400))
    buffer.copyBytes(from: incoming.prefix(count))
    incoming.removeFirst(count)
    return .bytes(count)
  }

  func send(_ pieces: [UnsafeRawBufferPointer]) -> IOResult {
    precondition(!isClosed, "sent to a closed socket")
    if case .broken(let code) = state { return .failed(SystemError(errno: code, call: "sendmsg")) }
    let bytes = pieces.flatMap(Array.init)
    let isFull = time.chance(0.05)
    let count = isFull ? 1 + time.random(below: bytes.count) : bytes.count
    let sent = Array(bytes.prefix(count))
    transmitToNode { [self] in
      atNode += sent
      node.work(on: self)
    }
    return .bytes(count)
  }

  func setWantsToWrite(_ wanted: Bool) {
    wantsToWrite = wanted
    if wanted { notifySoon() }
  }

  func setWantsToRead(_ wanted: Bool) {
    wantsToRead = wanted
    if wanted { notifySoon() }
  }

  func connectionError() -> SystemError? { error }

  func close() {
    guard !isClosed else { return }
    state = .closed
    handler = nil
    transmitToNode { [self] in
      hasEnded = true
      node.work(on: self)
    }
  }

  /// What is on its way already arrives all the same.
  func abort() { close() }

  var isClosed: Bool {
    if case .closed = state { return true }
    return false
  }

  /// Level-triggered, as epoll is for the real loop.
  func notifySoon() {
    guard !eventIsDue, handler != nil else { return }
    eventIsDue = true
    time.after(.microseconds(1)) { [self] in
      eventIsDue = false
      notify()
    }
  }

  private func notify() {
    // A stopped process hears of it when it is continued.
    guard loop.isRunning else { return }
    var readiness: Readiness = []
    switch state {
    case .connecting, .closed: return
    case .open:
      if !incoming.isEmpty, wantsToRead { readiness.insert(.readable) }
      if wantsToWrite { readiness.insert(.writable) }
    case .broken: readiness = [.readable, .writable]
    }
    guard !readiness.isEmpty else { return }
    handler?.socketReady(readiness)
    if !incoming.isEmpty, wantsToRead { notifySoon() }
  }
}
