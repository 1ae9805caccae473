import Glibc
import Testing

@testable import GatewayCore

/// The other end of a connection, and a guard over how this end is used: what a real socket would answer
/// with an error, or silently get wrong, is an issue here.
final class FakeSocket: StreamSocket {
  private enum State {
    case connecting
    /// The outcome is there, but was not asked for yet.
    case decided(SystemError?)
    case open
    case closed
  }

  let address: SocketAddress
  let localPort: UInt16 = 40_000
  /// What was sent, and in how many calls that took something.
  private(set) var sent: [UInt8] = []
  private(set) var sendCalls = 0
  private(set) var wantsToWrite = true
  /// How many bytes the socket takes until it is full; nil: any number.
  var capacity: Int?
  /// Fails every send from now on.
  var sendError: SystemError?

  private var state = State.connecting
  private var handler: (any SocketHandler)?
  private let loop: FakeEventLoop
  private var incoming: [UInt8] = []
  private var end: IOResult?

  init(_ address: SocketAddress, _ handler: any SocketHandler, loop: FakeEventLoop) {
    self.address = address
    self.handler = handler
    self.loop = loop
  }

  var isConnecting: Bool {
    if case .connecting = state { return true }
    return false
  }

  var isClosed: Bool {
    if case .closed = state { return true }
    return false
  }

  // MARK: For the test: what the network does

  /// The connection comes about, or fails.
  func finishConnecting(_ error: SystemError? = nil) {
    guard case .connecting = state else {
      Issue.record("is not being connected")
      return
    }
    state = .decided(error)
    ready(error == nil ? [.writable] : [.readable, .writable])
  }

  /// Bytes arrive; the handler hears of them turn by turn until it has read them all.
  func deliver(_ bytes: [UInt8]) {
    incoming += bytes
    while !incoming.isEmpty, !isClosed { ready(.readable) }
  }

  func deliver(_ text: String) { deliver(Array(text.utf8)) }

  /// Answers the command that was sent last.
  func answer(_ line: String, _ value: [UInt8] = []) throws {
    let opaque = try #require(opaques().last)
    sent = []
    let end: [UInt8] = value.isEmpty ? [] : [13, 10]
    deliver(Array("\(line) O\(opaque)\r\n".utf8) + value + end)
  }

  /// The same for a read, with what is there.
  func answer(_ value: MetaValue) throws {
    let lifetime = value.lifetime.seconds.map(String.init) ?? "-1"
    try answer("VA \(value.bytes.count) f\(value.clientFlags) t\(lifetime) c\(value.cas)", value.bytes.array)
  }

  /// Of the commands sent since `takeSent`.
  func opaques() -> [String] {
    sent.text.split(separator: "\r\n").compactMap { line in
      line.split(separator: " ").last.flatMap { $0.first == "O" ? String($0.dropFirst()) : nil }
    }
  }

  /// The other end closes, or the connection breaks.
  func end(_ result: IOResult = .endOfStream) {
    end = result
    ready(.readable)
  }

  /// There is room for so many bytes more.
  func makeRoom(_ count: Int?) {
    capacity = count
    if wantsToWrite { ready(.writable) }
  }

  /// What was sent since the last call.
  func takeSent() -> [UInt8] {
    defer { sent = [] }
    return sent
  }

  private func ready(_ readiness: Readiness) {
    guard let handler else { return }
    handler.socketReady(readiness)
    loop.runTurn()
  }

  // MARK: StreamSocket

  func receive(into buffer: UnsafeMutableRawBufferPointer) -> IOResult {
    requireOpen("receive")
    if buffer.isEmpty { Issue.record("a read into no room would look like the end of the stream") }
    guard !incoming.isEmpty else { return end ?? .wouldBlock }
    let count = min(buffer.count, incoming.count)
    buffer.copyBytes(from: incoming.prefix(count))
    incoming.removeFirst(count)
    return .bytes(count)
  }

  func send(_ pieces: [UnsafeRawBufferPointer]) -> IOResult {
    requireOpen("send")
    let offered = pieces.reduce(0) { $0 + $1.count }
    if offered == 0 { Issue.record("a write of nothing would look like the end of the stream") }
    if pieces.count > 1024 { Issue.record("\(pieces.count) pieces are above IOV_MAX") }
    if let sendError { return .failed(sendError) }
    let taken = min(offered, capacity ?? .max)
    guard taken > 0 else { return .wouldBlock }
    sent += pieces.joined().prefix(taken)
    sendCalls += 1
    capacity? -= taken
    return .bytes(taken)
  }

  func setWantsToWrite(_ wanted: Bool) {
    requireOpen("setWantsToWrite")
    wantsToWrite = wanted
  }

  private(set) var wantsToRead = true

  func setWantsToRead(_ wanted: Bool) {
    requireOpen("setWantsToRead")
    wantsToRead = wanted
  }

  func connectionError() -> SystemError? {
    guard case .decided(let error) = state else {
      Issue.record("connectionError: nothing to tell")
      return nil
    }
    state = .open
    return error
  }

  func close() {
    if isClosed { Issue.record("closed twice") }
    state = .closed
    handler = nil
  }

  private(set) var wasAborted = false

  func abort() {
    wasAborted = true
    close()
  }

  private func requireOpen(_ call: String) {
    if case .open = state { return }
    Issue.record("\(call) on a socket that is \(state)")
  }
}

extension SystemError {
  static let refused = SystemError(errno: ECONNREFUSED, call: "connect")
  static let reset = SystemError(errno: ECONNRESET, call: "recv")
}
