import Glibc

/// Takes a stream of bytes apart into replies, whatever pieces it comes in.
///
/// The owner asks for `destination`, writes up to its length into it and what comes behind, tells `received`, and takes replies by
/// `next` until there is none. Short replies are gathered in a buffer; the rest of a long value is received
/// straight into its own storage.
public struct MetaReplyParser {
  /// No reply line of memcached's is longer: a 250-byte key, 2 KiB of flags at most.
  private static let longestLine = 2048
  /// Bounds the work a node can cause with an endless list; room for `stats conns` with 20,000 connections.
  private static let mostStatistics = 100_000
  private static let bufferCapacity = 64 * 1024
  /// Behind so long a rest of a value, as often as not another long value follows, and only its line is to be
  /// received into the buffer: what is in there of a value has to be copied once more.
  private static let longRest = 16 * 1024
  private static let readBehindLongRest = 2 * 1024
  /// Longer values are never lent: to copy them costs more than memory of their own.
  public static let longestLent = 4 * 1024

  private struct PendingValue {
    let storage: ByteStorage
    /// Value and line end together.
    let size: Int
    let flags: ReplyFlags
  }

  /// Values above this many bytes are refused: no node stores them, so a node that names one lies.
  private let longestValue: Int
  private let buffer = ByteStorage.allocate(capacity: bufferCapacity)
  private var start = 0
  private var end = 0
  private var value: PendingValue?
  private var statistics: [String: String]?
  private var statisticLines = 0

  public init(longestValue: Int) {
    self.longestValue = longestValue
  }

  /// Where the next bytes go, which is never empty; and where those behind them, if it is filled.
  public mutating func destination() -> (
    first: UnsafeMutableRawBufferPointer, behind: UnsafeMutableRawBufferPointer
  ) {
    guard let value, start == end else {
      return (bufferSpace(), UnsafeMutableRawBufferPointer(start: nil, count: 0))
    }
    start = 0
    end = 0
    let rest = value.storage.spare
    let room = rest.count > Self.longRest ? Self.readBehindLongRest : Self.bufferCapacity
    return (rest, UnsafeMutableRawBufferPointer(rebasing: buffer.memory[..<room]))
  }

  private mutating func bufferSpace() -> UnsafeMutableRawBufferPointer {
    if start == end {
      start = 0
      end = 0
    } else if end == Self.bufferCapacity {
      buffer.memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer.memory[start..<end]))
      end -= start
      start = 0
    }
    return UnsafeMutableRawBufferPointer(rebasing: buffer.memory[end...])
  }

  /// Counts bytes that were written to `destination`.
  public mutating func received(_ count: Int) {
    var rest = count
    if let value, start == end {
      let filled = min(count, value.storage.room)
      value.storage.fill(filled)
      rest -= filled
    }
    end += rest
  }

  /// The next whole reply and the opaque that came with it; nil when more bytes are needed.
  ///
  /// `lends`: the value of the reply, if it is one, may be a part of the buffer. Then it is gone once `destination` is
  /// asked for.
  public mutating func next(
    lends: Bool = false
  ) throws(ProtocolViolation) -> (reply: MetaReply, opaque: UInt32?)? {
    while true {
      if value != nil { return try finishValue() }
      guard let line = try nextLine() else { return nil }
      if let result = try parse(line, lends) { return result }
    }
  }

  // MARK: Values

  private mutating func finishValue() throws(ProtocolViolation) -> (reply: MetaReply, opaque: UInt32?)? {
    guard let pending = value else { return nil }
    let taken = min(pending.storage.room, end - start)
    pending.storage.append(UnsafeRawBufferPointer(rebasing: buffer.memory[start..<(start + taken)]))
    start += taken
    guard pending.storage.room == 0 else { return nil }
    value = nil
    let bytes = try Self.value(pending.size, in: pending.storage, at: 0)
    return (.value(pending.flags.value(bytes)), pending.flags.opaque)
  }

  /// `size`: with the line end.
  private static func value(
    _ size: Int, in storage: ByteStorage, at offset: Int
  ) throws(ProtocolViolation) -> Bytes {
    let end = offset + size
    guard storage.memory[end - 2] == 13, storage.memory[end - 1] == 10 else {
      throw ProtocolViolation(description: "value of \(size - 2) bytes does not end where it should")
    }
    return Bytes(storage, offset: offset, count: size - 2)
  }

  /// nil when the value is to be finished yet.
  private mutating func beginValue(
    _ line: UnsafeRawBufferPointer, _ lends: Bool
  ) throws(ProtocolViolation) -> (reply: MetaReply, opaque: UInt32?)? {
    var fields = FieldReader(line, from: 2)
    guard fields.next(), let length = fields.decimal(), length <= UInt64(longestValue) else {
      throw violation("value length", line)
    }
    let size = Int(length) + 2
    let flags = try ReplyFlags(&fields, line)
    if lends, length <= Self.longestLent, size <= end - start {
      defer { start += size }
      return (.value(flags.value(try Self.value(size, in: buffer, at: start))), flags.opaque)
    }
    value = PendingValue(storage: ByteStorage.allocate(capacity: size), size: size, flags: flags)
    return nil
  }

  // MARK: Lines

  /// The next line without its end, valid until the buffer is written to again.
  private mutating func nextLine() throws(ProtocolViolation) -> UnsafeRawBufferPointer? {
    let waiting = UnsafeRawBufferPointer(rebasing: buffer.memory[start..<end])
    guard let length = Self.firstLineFeed(waiting) else {
      if waiting.count >= Self.longestLine { throw violation("line without an end", waiting) }
      return nil
    }
    start += length + 1
    guard length > 0, waiting[length - 1] == 13 else {
      throw violation("line end", UnsafeRawBufferPointer(rebasing: waiting[..<length]))
    }
    return UnsafeRawBufferPointer(rebasing: waiting[..<(length - 1)])
  }

  private static func firstLineFeed(_ bytes: UnsafeRawBufferPointer) -> Int? {
    guard let base = bytes.baseAddress, let found = memchr(base, 10, min(bytes.count, longestLine)) else {
      return nil
    }
    return UnsafeRawPointer(found) - base
  }

  /// nil: the line belongs to a reply that is not whole yet.
  private mutating func parse(
    _ line: UnsafeRawBufferPointer, _ lends: Bool
  ) throws(ProtocolViolation) -> (reply: MetaReply, opaque: UInt32?)? {
    if statistics != nil { return try parseStatistic(line) }
    guard line.count >= 2, line.count == 2 || line[2] == 32 else { return try parseText(line) }
    switch (line[0], line[1]) {
    case (UInt8(ascii: "V"), UInt8(ascii: "A")): return try beginValue(line, lends)
    case (UInt8(ascii: "H"), UInt8(ascii: "D")):
      let flags = try replyFlags(line)
      return (flags.head, flags.opaque)
    case (UInt8(ascii: "E"), UInt8(ascii: "N")): return (.miss, try opaque(line))
    case (UInt8(ascii: "N"), UInt8(ascii: "S")): return (.notStored, try opaque(line))
    case (UInt8(ascii: "E"), UInt8(ascii: "X")): return (.exists, try opaque(line))
    case (UInt8(ascii: "N"), UInt8(ascii: "F")): return (.notFound, try opaque(line))
    case (UInt8(ascii: "M"), UInt8(ascii: "N")): return (.noop, nil)
    case (UInt8(ascii: "O"), UInt8(ascii: "K")): return (.done, nil)
    default: throw violation("reply", line)
    }
  }

  private func opaque(_ line: UnsafeRawBufferPointer) throws(ProtocolViolation) -> UInt32? {
    try replyFlags(line).opaque
  }

  private func replyFlags(_ line: UnsafeRawBufferPointer) throws(ProtocolViolation) -> ReplyFlags {
    var fields = FieldReader(line, from: 2)
    return try ReplyFlags(&fields, line)
  }

  private mutating func parseText(
    _ line: UnsafeRawBufferPointer
  ) throws(ProtocolViolation) -> (reply: MetaReply, opaque: UInt32?)? {
    let text = String(decoding: line, as: UTF8.self)
    if text.hasPrefix("STAT ") || text == "END" {
      statistics = [:]
      statisticLines = 0
      return try parseStatistic(line)
    }
    if text.hasPrefix("SERVER_ERROR ") { return (.error(.server(String(text.dropFirst(13)))), nil) }
    if text.hasPrefix("CLIENT_ERROR") || text.hasPrefix("ERROR") { return (.error(.client(text)), nil) }
    throw violation("reply", line)
  }

  private mutating func parseStatistic(
    _ line: UnsafeRawBufferPointer
  ) throws(ProtocolViolation) -> (reply: MetaReply, opaque: UInt32?)? {
    if line.elementsEqual("END".utf8) {
      defer { statistics = nil }
      return (.statistics(statistics ?? [:]), nil)
    }
    statisticLines += 1
    var fields = FieldReader(line, from: 0)
    guard fields.take("STAT"), fields.next(), statisticLines <= Self.mostStatistics else {
      throw violation("statistic", line)
    }
    let name = fields.text()
    statistics?[name] = fields.rest()
    return nil
  }
}

/// The flags that follow a reply's code: a letter and its argument each.
private struct ReplyFlags {
  private(set) var opaque: UInt32?
  private var clientFlags: UInt32?
  private var lifetime = Lifetime.forever
  private var cas: UInt64?

  init(_ fields: inout FieldReader, _ line: UnsafeRawBufferPointer) throws(ProtocolViolation) {
    while fields.next() {
      switch fields.byte() {
      case UInt8(ascii: "f"): clientFlags = try number(&fields, line)
      case UInt8(ascii: "c"): cas = try number(&fields, line)
      case UInt8(ascii: "O"): opaque = try number(&fields, line)
      case UInt8(ascii: "t"):
        lifetime = fields.take("-1") ? .forever : Lifetime(seconds: try number(&fields, line))
      default: fields.skip()  // W, X, Z, s, k, b: not asked for, or without meaning here
      }
    }
  }

  func value(_ bytes: Bytes) -> MetaValue {
    MetaValue(bytes: bytes, clientFlags: clientFlags ?? 0, lifetime: lifetime, cas: cas ?? 0)
  }

  /// HD: of an item when its client flags came along, as `peek` asks for; else of something done.
  var head: MetaReply {
    if let clientFlags { return .item(clientFlags: clientFlags, cas: cas ?? 0) }
    return cas.map { .stored(cas: $0) } ?? .done
  }

  private func number<Number: FixedWidthInteger>(
    _ fields: inout FieldReader, _ line: UnsafeRawBufferPointer
  ) throws(ProtocolViolation) -> Number {
    guard let value = fields.decimal(), let fitting = Number(exactly: value) else {
      throw violation("number", line)
    }
    return fitting
  }
}

/// Reads the fields of a line, which are separated by spaces.
private struct FieldReader {
  /// So many digits never exceed 64 bits.
  private static let safeDigits = 19

  private let line: UnsafeRawBufferPointer
  private var position: Int

  init(_ line: UnsafeRawBufferPointer, from position: Int) {
    self.line = line
    self.position = position
  }

  /// Moves to the next field; false when there is none.
  mutating func next() -> Bool {
    while position < line.count, line[position] == 32 { position += 1 }
    return position < line.count
  }

  /// Takes one byte of a field that has one.
  mutating func byte() -> UInt8 {
    defer { position += 1 }
    return line[position]
  }

  /// Takes the rest of the field if it is `text`.
  mutating func take(_ text: StaticString) -> Bool {
    let end = position + text.utf8CodeUnitCount
    guard let start = line.baseAddress, end == line.count || end < line.count && line[end] == 32,
      memcmp(start + position, text.utf8Start, text.utf8CodeUnitCount) == 0
    else { return false }
    position = end
    return true
  }

  /// Takes the rest of the field: digits only, at least one, within 64 bits.
  mutating func decimal() -> UInt64? {
    guard let bytes = line.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return nil }
    let (start, count) = (position, line.count)
    var end = start
    var value: UInt64 = 0
    while end < count, bytes[end] &- 48 <= 9 {
      value = value &* 10 &+ UInt64(bytes[end] &- 48)
      end &+= 1
    }
    position = end
    guard end > start, end == count || bytes[end] == 32 else { return nil }
    return end &- start <= Self.safeDigits ? value : Self.longDecimal(line[start..<end])
  }

  /// With more digits than may fit; apart, since no node has a reason to send it.
  @inline(never)
  private static func longDecimal(_ digits: Slice<UnsafeRawBufferPointer>) -> UInt64? {
    UInt64(String(decoding: digits, as: UTF8.self))
  }

  /// Takes the rest of the field.
  mutating func text() -> String {
    let start = position
    skip()
    return String(decoding: line[start..<position], as: UTF8.self)
  }

  /// What follows the space after the field that was taken last.
  func rest() -> String { String(decoding: line.dropFirst(position + 1), as: UTF8.self) }

  mutating func skip() {
    while position < line.count, line[position] != 32 { position += 1 }
  }
}

private func violation(_ what: String, _ line: UnsafeRawBufferPointer) -> ProtocolViolation {
  let shown = String(decoding: line.prefix(80), as: UTF8.self)
  return ProtocolViolation(description: "unexpected \(what): \(shown.debugDescription)")
}
