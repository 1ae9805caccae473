import Glibc

/// Takes the answer to `lru_crawler metadump` apart (protocol.txt, "Metadump"), whatever pieces it comes in.
///
/// Lines that are none are left out: a node that had to wait for its reader for a second begins its buffer anew,
/// in the middle of a line. Every item then follows once more, whole.
struct KeyListParser {
  enum Event {
    case key(ListedKey)
    case end
    /// Another listing is under way.
    case busy
    /// The node does not list its keys.
    case refused(String)
  }

  /// A key of 250 bytes, each written as three, and less than 200 bytes besides.
  private static let longestLine = 1024

  /// The beginning of a line whose end has not come yet.
  private var rest: [UInt8] = []
  /// A name that was percent-encoded.
  private var decoded: [UInt8] = []
  /// The line is longer than any that counts.
  private var isSkipping = false
  /// Lines that were left out.
  private(set) var garbled = 0

  /// Calls `take` for everything that `bytes` completes.
  mutating func parse(_ bytes: UnsafeRawBufferPointer, _ take: (Event) -> Void) {
    var position = 0
    while position < bytes.count {
      let tail = UnsafeRawBufferPointer(rebasing: bytes[position...])
      guard let end = Self.lineFeed(tail) else { return keep(tail) }
      finishLine(UnsafeRawBufferPointer(rebasing: tail[..<end]), take)
      position += end + 1
    }
  }

  private static func lineFeed(_ bytes: UnsafeRawBufferPointer) -> Int? {
    guard let base = bytes.baseAddress, let found = memchr(base, 10, bytes.count) else { return nil }
    return UnsafeRawPointer(found) - base
  }

  private mutating func keep(_ bytes: UnsafeRawBufferPointer) {
    if rest.count + bytes.count > Self.longestLine {
      isSkipping = true
      rest = []
    } else if !isSkipping {
      rest.append(contentsOf: bytes)
    }
  }

  private mutating func finishLine(_ line: UnsafeRawBufferPointer, _ take: (Event) -> Void) {
    defer {
      isSkipping = false
      rest.removeAll(keepingCapacity: true)
    }
    var isTaken = false
    if rest.isEmpty, !isSkipping {
      isTaken = Self.take(line, &decoded, take)
    } else if !isSkipping {
      rest.append(contentsOf: line)
      isTaken = rest.withUnsafeBytes { Self.take($0, &decoded, take) }
    }
    if !isTaken { garbled += 1 }
  }

  private static func take(
    _ line: UnsafeRawBufferPointer, _ decoded: inout [UInt8], _ take: (Event) -> Void
  ) -> Bool {
    var fields = ListFields(line)
    if fields.key(&decoded, { take(.key($0)) }) { return true }
    guard let event = event(line) else { return false }
    take(event)
    return true
  }

  /// What is no key.
  private static func event(_ line: UnsafeRawBufferPointer) -> Event? {
    let end = line.last == 13 ? line.count - 1 : line.count
    let text = String(decoding: line[..<end], as: UTF8.self)
    if text == "END" { return .end }
    if text.hasPrefix("BUSY") { return .busy }
    let errors = ["ERROR", "CLIENT_ERROR", "SERVER_ERROR", "NOTSPILLED", "BADCLASS"]
    return errors.contains(where: text.hasPrefix) ? .refused(text) : nil
  }
}

/// The fields of one line, in their order.
private struct ListFields {
  private let line: UnsafeRawBufferPointer
  private var position = 0

  init(_ line: UnsafeRawBufferPointer) {
    self.line = line
  }

  /// memcached's own upper bound for `-I`, and room for what an item has besides.
  private static let largestItem: Int64 = 2 << 30

  /// False when the line names none.
  mutating func key(_ decoded: inout [UInt8], _ body: (ListedKey) -> Void) -> Bool {
    guard take("key=") else { return false }
    if let name = plainName() { return rest(of: UnsafeRawBufferPointer(rebasing: line[name]), body) }
    guard decodeName(&decoded) else { return false }
    return decoded.withUnsafeBytes { rest(of: $0, body) }
  }

  @inline(__always)
  private mutating func rest(of name: UnsafeRawBufferPointer, _ body: (ListedKey) -> Void) -> Bool {
    guard take(" exp="), skipSign(), number() != nil, take(" la="),
      let lastAccess = number(), take(" cas="), number() != nil, take(" fetch="),
      take("yes") || take("no"), take(" cls="), number() != nil, take(" size="), let size = number(),
      size <= Self.largestItem, position == line.count
    else { return false }
    body(ListedKey(name: name, lastAccess: lastAccess, size: Int(size)))
    return true
  }

  @inline(__always)
  private mutating func take(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard position + count <= line.count, let base = line.baseAddress,
      memcmp(base + position, text.utf8Start, count) == 0
    else { return false }
    position += count
    return true
  }

  private mutating func skipSign() -> Bool {
    if position < line.count, line[position] == UInt8(ascii: "-") { position += 1 }
    return true
  }

  /// Digits, at least one, at most 18.
  @inline(__always)
  private mutating func number() -> Int64? {
    let start = position
    var value: Int64 = 0
    while position < line.count, case let digit = line[position] &- 48, digit < 10 {
      value = value &* 10 &+ Int64(digit)
      position += 1
    }
    return position > start && position - start <= 18 ? value : nil
  }

  /// Percent-encoded, up to the space behind it. False when it is not 1 to 250 bytes so encoded.
  private mutating func decodeName(_ name: inout [UInt8]) -> Bool {
    name.removeAll(keepingCapacity: true)
    while position < line.count, line[position] != 32 {
      guard let byte = byte() else { return false }
      name.append(byte)
    }
    return (1...WireKey.longestPlain).contains(name.count)
  }

  /// Of a name in which nothing is encoded, as most are: in one go.
  private mutating func plainName() -> Range<Int>? {
    var end = position
    while end < line.count, Self.isPlain(line[end]) { end += 1 }
    guard end < line.count, line[end] == 32, (1...WireKey.longestPlain).contains(end - position) else {
      return nil
    }
    defer { position = end }
    return position..<end
  }

  @inline(__always)
  private mutating func byte() -> UInt8? {
    let byte = line[position]
    position += 1
    if byte != UInt8(ascii: "%") { return Self.isPlain(byte) ? byte : nil }
    guard position + 2 <= line.count, let high = Self.digit(line[position]),
      let low = Self.digit(line[position + 1])
    else { return nil }
    position += 2
    return high << 4 | low
  }

  /// What memcached does not encode (RFC 3986 section 2.3).
  @inline(__always)
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
      UInt8(ascii: "~"):
      true
    default: false
    }
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - 48
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - 55
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - 87
    default: nil
    }
  }
}
