import DequeModule
import Glibc

/// Fetches batches of keys from a node and hands each value on as it comes in.
final class RelayReader: RelayConnectionOwner {
  /// Of `mg` without the name.
  private static let longestGet = 32

  private var connection: RelayConnection?
  private var batches: Deque<RelayBatch> = []
  /// Comes back with the reply to the command, so that one which belongs to another command is noticed.
  private var nextOpaque: UInt32 = 0
  /// Of the reply that is next.
  private var expected: UInt32 = 0

  init(_ node: Node, patience: Duration, on loop: any EventLoop) {
    connection = RelayConnection(node, patience: patience, on: loop, owner: self)
  }

  var isWaiting: Bool { !batches.isEmpty }

  /// Leaves the keys' place in the LRU, and the time of their last use, as they are.
  func fetch(_ batch: RelayBatch) {
    guard let connection, batch.keyCount > 0 else { return batch.wasRead() }
    batches.append(batch)
    for key in 0..<batch.keyCount {
      batch.withName(key) { name in
        var line = TextWriter(connection.output.spare(atLeast: name.count + Self.longestGet))
        line.append("mg ")
        line.append(name)
        line.append(" v f t u O")
        line.append(decimal: UInt64(nextOpaque))
        line.append("\r\n")
        connection.output.added(line.count)
      }
      nextOpaque &+= 1
    }
    connection.flushSoon()
  }

  func close(_ reason: String) { connection?.fail(reason) }

  func connectionFailed(_ reason: String) {
    let lost = batches
    batches = []
    expected = nextOpaque
    for batch in lost { batch.fail(.source(reason)) }
  }

  // MARK: Replies

  func takeReplies(_ input: inout StreamBuffer) throws(ProtocolViolation) -> Int {
    let bytes = input.bytes
    var position = 0
    var needed = 0
    while let batch = batches.first, needed == 0, position < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
      guard let reply = try FetchedReply(rest, opaque: expected) else { break }
      needed = reply.wholeLength > rest.count ? reply.wholeLength : 0
      guard needed == 0 else { break }
      position += reply.wholeLength
      expected &+= 1
      batch.take(reply, in: rest)
      if batch.isRead { batches.removeFirst().wasRead() }
    }
    if batches.isEmpty, position < bytes.count {
      throw ProtocolViolation(description: "a reply to no command")
    }
    input.consume(position)
    return needed
  }
}

/// What the line that begins a reply to `mg … v f t u O` tells.
struct FetchedReply {
  /// No reply line of memcached's is longer.
  private static let longestLine = 2048
  /// memcached's own upper bound for `-I`.
  private static let longestValue: Int64 = 1024 * 1024 * 1024

  /// Of the line with its end.
  private var lineLength = 0
  /// nil: there is no such item, or the node cannot send it.
  private(set) var valueLength: Int?
  private(set) var clientFlags: UInt32 = 0
  private(set) var lifetime = Lifetime.forever

  /// Of line, value and line end.
  var wholeLength: Int { lineLength + (valueLength.map { $0 + 2 } ?? 0) }

  /// The value and the line end behind it; `bytes` begin with the reply.
  func value(in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    valueLength.map { UnsafeRawBufferPointer(rebasing: bytes[lineLength..<(lineLength + $0 + 2)]) }
  }

  /// nil when the line is not whole.
  init?(_ bytes: UnsafeRawBufferPointer, opaque: UInt32) throws(ProtocolViolation) {
    guard let base = bytes.baseAddress,
      let end = memchr(base, 10, min(bytes.count, Self.longestLine))
    else {
      if bytes.count >= Self.longestLine { throw Self.violation(bytes) }
      return nil
    }
    lineLength = UnsafeRawPointer(end) - base + 1
    var fields = ReplyLine(UnsafeRawBufferPointer(rebasing: bytes[..<lineLength]))
    if fields.take("VA ") {
      guard let length = fields.number(), length <= Self.longestValue, fields.take(" f"),
        let flags = fields.number().flatMap({ UInt32(exactly: $0) }), fields.take(" t"),
        let lifetime = fields.lifetime(), fields.take(" O"), fields.number() == Int64(opaque),
        fields.take("\r\n")
      else { throw Self.violation(bytes) }
      (valueLength, clientFlags, self.lifetime) = (Int(length), flags, lifetime)
      try checkEnd(bytes)
    } else if fields.take("EN ") {
      guard fields.take("O"), fields.number() == Int64(opaque), fields.take("\r\n") else {
        throw Self.violation(bytes)
      }
    } else if !fields.take("SERVER_ERROR ") {
      throw Self.violation(bytes)
    }
  }

  private func checkEnd(_ bytes: UnsafeRawBufferPointer) throws(ProtocolViolation) {
    let whole = wholeLength
    if whole > bytes.count { return }
    guard bytes[whole - 2] == 13, bytes[whole - 1] == 10 else {
      throw ProtocolViolation(description: "a value does not end where it should")
    }
  }

  private static func violation(_ bytes: UnsafeRawBufferPointer) -> ProtocolViolation {
    let line = String(decoding: bytes.prefix(80), as: UTF8.self)
    return ProtocolViolation(description: "unexpected reply: \(line.debugDescription)")
  }
}

/// Reads a line whose fields are known, in their order.
struct ReplyLine {
  private let line: UnsafeRawBufferPointer
  private var position = 0

  init(_ line: UnsafeRawBufferPointer) {
    self.line = line
  }

  @inline(__always)
  mutating func take(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard position + count <= line.count, let base = line.baseAddress,
      memcmp(base + position, text.utf8Start, count) == 0
    else { return false }
    position += count
    return true
  }

  /// Digits, at least one, at most 18.
  @inline(__always)
  mutating func number() -> Int64? {
    let start = position
    var value: Int64 = 0
    while position < line.count, case let digit = line[position] &- 48, digit < 10 {
      value = value &* 10 &+ Int64(digit)
      position += 1
    }
    return position > start && position - start <= 18 ? value : nil
  }

  /// -1: without limit.
  @inline(__always)
  mutating func lifetime() -> Lifetime? {
    if take("-1") { return .forever }
    return number().flatMap { UInt32(exactly: $0) }.map { Lifetime(seconds: $0) }
  }
}
