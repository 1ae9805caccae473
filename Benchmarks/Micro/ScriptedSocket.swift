import GatewayCore
import Glibc

/// A connection to a node that has answered when `send` returns.
final class ScriptedSocket: StreamSocket {
  /// Replies that have not been read: those to one turn's commands, which are a few kilobytes.
  private static let capacity = 256 * 1024

  private let script: Script
  private var handler: (any SocketHandler)?
  private var isConnected = false
  private let replies = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
  private var start = 0
  private var end = 0
  /// A turn's commands come in one piece, or in few: they are put together first.
  private let commands = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)

  let localPort: UInt16 = 40_000

  init(_ script: Script, _ handler: any SocketHandler) {
    self.script = script
    self.handler = handler
  }

  deinit {
    replies.deallocate()
    commands.deallocate()
  }

  /// Tells the handler that the connection stands, or that there are replies; false when there is nothing to tell.
  func notify() -> Bool {
    guard let handler, !isConnected || start < end else { return false }
    let readiness: Readiness = isConnected ? .readable : .writable
    isConnected = true
    handler.socketReady(readiness)
    return true
  }

  func send(_ pieces: [UnsafeRawBufferPointer]) -> IOResult {
    var count = 0
    for piece in pieces {
      UnsafeMutableRawBufferPointer(rebasing: commands[count...]).copyMemory(from: piece)
      count += piece.count
    }
    answer(UnsafeRawBufferPointer(rebasing: commands[..<count]))
    return .bytes(count)
  }

  private func answer(_ commands: UnsafeRawBufferPointer) {
    var rest = commands
    while let base = rest.baseAddress, let feed = memchr(base, 10, rest.count) {
      let length = UnsafeRawPointer(feed) - base + 1
      let line = UnsafeRawBufferPointer(rebasing: rest[..<length])
      let opaque = Self.opaque(line)
      reply(script.reply(to: line, isForNumber: line[opaque.startIndex - 3] == UInt8(ascii: "c")), opaque)
      rest = UnsafeRawBufferPointer(rebasing: rest[(length + Self.bodyLength(line))...])
    }
  }

  /// The digits at the line's end.
  private static func opaque(_ line: UnsafeRawBufferPointer) -> Slice<UnsafeRawBufferPointer> {
    let end = line.count - 2
    var start = end
    while line[start - 1] != UInt8(ascii: "O") { start -= 1 }
    return line[start..<end]
  }

  /// Of a value that follows, with its line end.
  private static func bodyLength(_ line: UnsafeRawBufferPointer) -> Int {
    guard line[1] == UInt8(ascii: "s") else { return 0 }
    let start = 3 + Script.keyLength + 1
    var end = start
    while line[end] != 32 { end += 1 }
    return Script.number(line[start..<end]) + 2
  }

  private func reply(_ reply: Script.Reply, _ opaque: Slice<UnsafeRawBufferPointer>) {
    append(reply.front)
    UnsafeMutableRawBufferPointer(rebasing: replies[end...]).copyBytes(from: opaque)
    end += opaque.count
    append(reply.end)
  }

  private func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: replies[end...]).copyMemory(from: $0) }
    end += bytes.count
  }

  func receive(into buffer: UnsafeMutableRawBufferPointer) -> IOResult {
    guard start < end else { return .wouldBlock }
    let count = min(buffer.count, end - start)
    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: replies[start..<(start + count)]))
    start += count
    if start == end { (start, end) = (0, 0) }
    return .bytes(count)
  }

  func setWantsToWrite(_ wanted: Bool) {}

  func setWantsToRead(_ wanted: Bool) {}

  func connectionError() -> SystemError? { nil }

  func close() { handler = nil }

  func abort() { close() }
}
