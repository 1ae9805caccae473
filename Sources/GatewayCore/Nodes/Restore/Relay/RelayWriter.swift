import DequeModule
import Glibc

/// Adds keys to a node that lacks them, without waiting for a reply to each: the node tells only of those that it did
/// not take, and at the end of a batch that it has come so far.
final class RelayWriter: RelayConnectionOwner {
  /// Of `ms` without the name and the value: five numbers of 20 digits at most and what stands between them.
  private static let longestLine = 128
  /// No reply line of memcached's is longer.
  private static let longestReply = 2048
  /// Over this, values that have grown since they were listed are left to be copied one by one.
  private static let mostQueued = 16 * 1024 * 1024

  /// A batch, as far as it concerns this node. Batches follow on each other: one node is read at a time.
  private struct Entry {
    let batch: RelayBatch
    var added = 0
    var bytes = 0
    var present = 0
    var refused = 0
    let firstOpaque: UInt32
  }

  let node: Node
  private let loop: any EventLoop
  private var connection: RelayConnection?
  private var entries: Deque<Entry> = []
  private var nextOpaque: UInt32 = 0

  init(_ node: Node, patience: Duration, on loop: any EventLoop) {
    self.node = node
    self.loop = loop
    connection = RelayConnection(node, patience: patience, on: loop, owner: self)
  }

  var isWaiting: Bool { !entries.isEmpty }

  func begin(_ batch: RelayBatch) {
    entries.append(Entry(batch: batch, firstOpaque: nextOpaque))
  }

  /// `value`: with the line end behind it. False when too much waits already.
  func add(
    _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, clientFlags: UInt32, lifetime: Lifetime
  ) -> Bool {
    guard let connection, connection.output.count < Self.mostQueued else { return false }
    let last = entries.count - 1
    entries[last].added += 1
    entries[last].bytes += value.count - 2
    var line = TextWriter(connection.output.spare(atLeast: name.count + Self.longestLine + value.count))
    line.append("ms ")
    line.append(name)
    line.append(" ")
    line.append(decimal: UInt64(value.count - 2))
    line.append(" T")
    line.append(decimal: OutputQueue.expirationTime(lifetime, loop.wallClock))
    line.append(" F")
    line.append(decimal: UInt64(clientFlags))
    line.append(" ME q O")
    line.append(decimal: UInt64(nextOpaque))
    line.append("\r\n")
    line.append(value)
    connection.output.added(line.count)
    nextOpaque &+= 1
    connection.flushSoon()
    return true
  }

  /// Nothing more comes for this batch.
  func end(_ batch: RelayBatch) {
    guard let connection, entries.last?.batch === batch else { return }
    var line = TextWriter(connection.output.spare(atLeast: 4))
    line.append("mn\r\n")
    connection.output.added(line.count)
    connection.flushSoon()
  }

  func close(_ reason: String) { connection?.fail(reason) }

  func connectionFailed(_ reason: String) {
    let lost = entries
    entries = []
    for entry in lost { entry.batch.fail(.target(node.index, reason)) }
  }

  // MARK: Replies

  func takeReplies(_ input: inout StreamBuffer) throws(ProtocolViolation) -> Int {
    while let base = input.bytes.baseAddress, !input.isEmpty {
      guard let end = memchr(base, 10, min(input.count, Self.longestReply)) else {
        if input.count >= Self.longestReply { throw Self.violation(input.bytes) }
        return 0
      }
      let length = UnsafeRawPointer(end) - base + 1
      try take(UnsafeRawBufferPointer(rebasing: input.bytes[..<length]))
      input.consume(length)
    }
    return 0
  }

  private func take(_ line: UnsafeRawBufferPointer) throws(ProtocolViolation) {
    guard let entry = entries.first else { throw ProtocolViolation(description: "a reply to no command") }
    var fields = ReplyLine(line)
    if fields.take("MN\r\n") {
      entries.removeFirst()
      finish(entry)
    } else if fields.take("NS O") {
      guard let opaque = fields.number().flatMap({ UInt32(exactly: $0) }),
        opaque &- entry.firstOpaque < UInt32(entry.added)
      else { throw Self.violation(line) }
      entries[0].present += 1
    } else if fields.take("SERVER_ERROR ") {
      // Out of memory, or too large for this node: it stays where it is.
      entries[0].refused += 1
    } else {
      throw Self.violation(line)
    }
  }

  /// Which of the keys the node did not take is not looked at, so their bytes are taken to be as many as others'.
  private func finish(_ entry: Entry) {
    let stored = max(0, entry.added - entry.present - entry.refused)
    let bytes = entry.added == 0 ? 0 : entry.bytes * stored / entry.added
    entry.batch.wasWritten(
      RelayBatch.Outcome(
        node: node.index, added: entry.added, present: entry.present, stored: stored, bytes: bytes))
  }

  private static func violation(_ line: UnsafeRawBufferPointer) -> ProtocolViolation {
    let text = String(decoding: line.prefix(80), as: UTF8.self)
    return ProtocolViolation(description: "unexpected reply: \(text.debugDescription)")
  }
}
