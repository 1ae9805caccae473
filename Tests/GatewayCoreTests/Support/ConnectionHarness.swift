import Testing

@testable import GatewayCore

/// A connection to a node over a fake event loop, and ears for everything that it says.
final class ConnectionHarness: NodeConnectionObserver {
  enum Event: Equatable {
    case opened
    case failed(ConnectionFailure)
    case timedOut(inARow: Int)
    case drained
  }

  let loop = FakeEventLoop()
  let receiver = PolicingReceiver()
  private(set) var events: [Event] = []
  /// Of the connections that were opened and not closed.
  private(set) var openPorts: [UInt16] = []
  private(set) lazy var connection = NodeConnection(to: address, on: loop, limits: limits, observer: self)
  private let address: SocketAddress
  private let limits: NodeConnection.Limits
  private var nextSlot = 0

  init(_ change: (inout NodeConnection.Limits) -> Void = { _ in }) throws {
    address = try #require(SocketAddress(numericHost: "127.0.0.1", port: 11211))
    var limits = NodeConnection.Limits(connectTimeout: .milliseconds(100))
    change(&limits)
    self.limits = limits
  }

  /// The newest socket.
  var socket: FakeSocket {
    get throws { try #require(loop.sockets.last) }
  }

  /// Connects by way of a first command, and answers it.
  func open() throws {
    let slot = send()
    try socket.finishConnecting()
    try socket.deliver("HD O\(opaques().last ?? "")\r\n")
    try #require(receiver.reply(slot) == "done")
    _ = try socket.takeSent()
    events = []
  }

  /// Sends a command; the slot under which its reply is heard.
  @discardableResult
  func send(_ command: MetaCommand? = nil, within time: Duration = .milliseconds(250)) -> Int {
    let slot = nextSlot
    nextSlot += 1
    receiver.isSending = true
    connection.send(
      command ?? .get(Self.key("key-\(slot)")), deadline: loop.now + time, to: receiver, slot: slot)
    receiver.isSending = false
    return slot
  }

  /// Sends, and ends the turn.
  @discardableResult
  func sendNow(_ command: MetaCommand? = nil, within time: Duration = .milliseconds(250)) -> Int {
    let slot = send(command, within: time)
    loop.runTurn()
    return slot
  }

  /// The opaques of the commands sent since `takeSent`.
  func opaques() throws -> [String] { try socket.opaques() }

  func replies(_ slots: [Int]) -> [String?] { slots.map(receiver.reply) }

  static func key(_ text: String) -> WireKey {
    guard let key = WireKey(plain: Array(text.utf8)) else { preconditionFailure("not a plain key") }
    return key
  }

  // MARK: NodeConnectionObserver

  func connectionOpened(localPort: UInt16) {
    events.append(.opened)
    openPorts.append(localPort)
  }

  func connectionClosed(localPort: UInt16) { openPorts.removeAll { $0 == localPort } }

  func connectionFailed(_ failure: ConnectionFailure) { events.append(.failed(failure)) }

  func commandTimedOut(inARow: Int) { events.append(.timedOut(inARow: inARow)) }

  func connectionDrained() { events.append(.drained) }
}

/// Hears replies, and minds that none comes twice or too early.
final class PolicingReceiver: ReplyReceiver {
  var isSending = false
  private var replies: [Int: NodeReply] = [:]
  /// Slots in the order of their replies.
  private(set) var order: [Int] = []

  func receive(_ reply: NodeReply, slot: Int) {
    if isSending { Issue.record("a reply from within send") }
    if replies[slot] != nil { Issue.record("a second reply for slot \(slot)") }
    replies[slot] = reply
    order.append(slot)
  }

  var count: Int { replies.count }

  /// The reply in words; nil when there is none yet.
  func reply(_ slot: Int) -> String? {
    switch replies[slot] {
    case nil: nil
    case .success(.value(let value)): "value \(value.bytes.array.text)"
    case .success(.error(let error)): "error \(error)"
    case .success(let reply): "\(reply)"
    case .failure(let failure): "\(failure)"
    }
  }
}
