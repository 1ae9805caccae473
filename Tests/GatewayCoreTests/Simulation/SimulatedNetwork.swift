import GatewayCore
import Glibc

/// The nodes and the links to them: delays, losses, refused and broken connections.
final class SimulatedNetwork {
  /// Set by the loop that uses it.
  unowned(unsafe) var loop: SimulatedLoop!
  private(set) var nodes: [SimulatedMemcached] = []

  /// One way, drawn for each piece of a stream.
  var shortestDelay = Duration.microseconds(20)
  var longestDelay = Duration.milliseconds(1)
  /// How often a piece is lost and sent again by TCP, 200 ms and more later.
  var lossRate = 0.0
  /// How often a node's reply is tampered with.
  var lieRate = 0.0

  func addNode(port: UInt16) -> NodeConfiguration {
    nodes.append(SimulatedMemcached(self))
    return NodeConfiguration(name: "node-\(nodes.count)", host: "127.0.0.1", port: port)
  }

  func connect(to address: SocketAddress, handler: any SocketHandler) -> any StreamSocket {
    let node = nodes[Int(address.port) - 1]
    let socket = SimulatedSocket(self, node, handler)
    loop.after(delay()) { socket.arriveAtNode() }
    return socket
  }

  func delay() -> Duration {
    let usual = loop.jitter(shortestDelay, longestDelay)
    return lossRate > 0 && loop.chance(lossRate)
      ? usual + loop.jitter(.milliseconds(200), .milliseconds(500)) : usual
  }
}

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
  private var handler: (any SocketHandler)?
  private var state = State.connecting
  private var error: SystemError?
  private var incoming: [UInt8] = []
  private var wantsToWrite = true
  private var eventIsDue = false
  /// Pieces keep their order in each direction.
  private var lastToNode = Instant(nanoseconds: 0)
  private var lastToGateway = Instant(nanoseconds: 0)
  /// What the node has not read yet.
  var atNode: [UInt8] = []

  init(_ network: SimulatedNetwork, _ node: SimulatedMemcached, _ handler: any SocketHandler) {
    self.network = network
    self.node = node
    self.handler = handler
  }

  private var loop: SimulatedLoop { network.loop }

  // MARK: The node's end

  func arriveAtNode() {
    guard case .connecting = state else { return }
    guard node.accept(self) else { return fail(ECONNREFUSED) }
    loop.after(network.delay()) { [self] in
      guard case .connecting = state else { return }
      state = .open
      notifySoon()
    }
  }

  /// The node sends.
  func reply(_ bytes: [UInt8]) {
    lastToGateway = max(lastToGateway, loop.now + network.delay())
    loop.at(lastToGateway) { [self] in
      guard case .open = state else { return }
      incoming += bytes
      notifySoon()
    }
  }

  /// The node's process has gone.
  func reset() {
    lastToGateway = max(lastToGateway, loop.now + network.delay())
    loop.at(lastToGateway) { [self] in fail(ECONNRESET) }
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
    let count = min(incoming.count, buffer.count, 1 + loop.random(below: 400))
    buffer.copyBytes(from: incoming.prefix(count))
    incoming.removeFirst(count)
    return .bytes(count)
  }

  func send(_ pieces: [UnsafeRawBufferPointer]) -> IOResult {
    precondition(!isClosed, "sent to a closed socket")
    if case .broken(let code) = state { return .failed(SystemError(errno: code, call: "sendmsg")) }
    let bytes = pieces.flatMap(Array.init)
    let isFull = loop.chance(0.05)
    let count = isFull ? 1 + loop.random(below: bytes.count) : bytes.count
    lastToNode = max(lastToNode, loop.now + network.delay())
    let sent = Array(bytes.prefix(count))
    loop.at(lastToNode) { [self] in
      atNode += sent
      node.work(on: self)
    }
    return .bytes(count)
  }

  func setWantsToWrite(_ wanted: Bool) {
    wantsToWrite = wanted
    if wanted { notifySoon() }
  }

  func connectionError() -> SystemError? { error }

  func close() {
    state = .closed
    handler = nil
  }

  private var isClosed: Bool {
    if case .closed = state { return true }
    return false
  }

  /// Level-triggered, as epoll is for the real loop.
  private func notifySoon() {
    guard !eventIsDue, handler != nil else { return }
    eventIsDue = true
    loop.after(.microseconds(1)) { [self] in
      eventIsDue = false
      notify()
    }
  }

  private func notify() {
    var readiness: Readiness = []
    switch state {
    case .connecting, .closed: return
    case .open:
      if !incoming.isEmpty { readiness.insert(.readable) }
      if wantsToWrite { readiness.insert(.writable) }
    case .broken: readiness = [.readable, .writable]
    }
    guard !readiness.isEmpty else { return }
    handler?.socketReady(readiness)
    if !incoming.isEmpty { notifySoon() }
  }
}
