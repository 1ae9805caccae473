import GatewayCore

/// Reads a JSON document (RFC 8259) from whomever: in one pass, with memory in proportion to what the limits
/// allow, not to what the document holds. Stricter than the RFC asks for where it leaves room: no two members of
/// an object have the same name, and every escaped surrogate is one of a pair (RFC 7493 sections 2.1 and 2.3).
struct JSONReader {
  struct Limits {
    /// How deep objects and arrays are nested.
    var depth = 32
    /// Of any kind, all together.
    var values = 16_384
    /// Of one object: each name is compared with those before it.
    var members = 64
  }

  private let document: Bytes
  private let text: UnsafeRawBufferPointer
  private let limits: Limits
  private var position = 0
  private var values = 0

  static func read(_ document: Bytes, limits: Limits = Limits()) throws(JSONError) -> JSONValue {
    guard document.isUTF8 else { throw JSONError("it is not UTF-8", at: 0) }
    var reader = JSONReader(document, limits)
    let value = try reader.readValue(depth: 0)
    reader.skipSpace()
    guard reader.position == document.count else { throw reader.error("something follows its end") }
    return value
  }

  /// Reads an object whose one member, of this name, is a list. Hands out the list's elements as they come, so that they
  /// need no memory all at once: each one's members, or nil where it is no object. False when the document is
  /// anything else, whatever was handed out.
  static func readList(
    _ document: Bytes, named name: StaticString, limits: Limits = Limits(),
    element: ([JSONValue.Member]?) -> Void
  ) throws(JSONError) -> Bool {
    guard document.isUTF8 else { throw JSONError("it is not UTF-8", at: 0) }
    var reader = JSONReader(document, limits)
    if try reader.readOnlyList(named: name, element: element) { return true }
    _ = try read(document, limits: limits)
    return false
  }

  /// The bytes of `document` stay where they are for as long as it is held, which it is here.
  private init(_ document: Bytes, _ limits: Limits) {
    self.document = document
    self.limits = limits
    text = document.buffer
  }

  private func error(_ reason: String) -> JSONError { JSONError(reason, at: position) }

  // MARK: Values

  private mutating func readValue(depth: Int) throws(JSONError) -> JSONValue {
    try countValue()
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return .object(try readMembers(depth: depth + 1))
    case UInt8(ascii: "["): return .array(try readElements(depth: depth + 1))
    case UInt8(ascii: "\""): return .string(try readString())
    case UInt8(ascii: "-"), (UInt8(ascii: "0")...UInt8(ascii: "9"))?: return .number(try readNumber())
    case UInt8(ascii: "t"): return try readWord("true", .bool(true))
    case UInt8(ascii: "f"): return try readWord("false", .bool(false))
    case UInt8(ascii: "n"): return try readWord("null", .null)
    default: throw error("a value is expected")
    }
  }

  private mutating func readMembers(depth: Int) throws(JSONError) -> [JSONValue.Member] {
    var members: [JSONValue.Member] = []
    try readMembers(to: &members, depth: depth)
    return members
  }

  private mutating func readMembers(
    to members: inout [JSONValue.Member], depth: Int
  ) throws(JSONError) {
    try open(depth)
    if take(UInt8(ascii: "}")) { return }
    repeat {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw error("a name in quotes is expected") }
      let name = try readString()
      guard take(UInt8(ascii: ":")) else { throw error("a colon is expected") }
      if members.contains(where: { $0.name.equals(name) }) {
        throw error("an object has two members of the same name")
      }
      if members.count == limits.members { throw error("an object has more than \(limits.members) members") }
      members.append(JSONValue.Member(name: name, value: try readValue(depth: depth)))
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw error("a comma or } is expected") }
  }

  private mutating func readElements(depth: Int) throws(JSONError) -> [JSONValue] {
    try open(depth)
    var elements: [JSONValue] = []
    if take(UInt8(ascii: "]")) { return elements }
    repeat { elements.append(try readValue(depth: depth)) } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw error("a comma or ] is expected") }
    return elements
  }

  // MARK: A list of objects

  private mutating func readOnlyList(
    named name: StaticString, element: ([JSONValue.Member]?) -> Void
  ) throws(JSONError) -> Bool {
    // The object, and the list.
    values = 2
    guard take(UInt8(ascii: "{")) else { return false }
    skipSpace()
    guard next == UInt8(ascii: "\""), try readString().equals(name), take(UInt8(ascii: ":")), isAtList else {
      return false
    }
    try handOutElements(depth: 2, element)
    guard take(UInt8(ascii: "}")) else { return false }
    skipSpace()
    return position == document.count
  }

  private var isAtList: Bool {
    mutating get {
      skipSpace()
      return next == UInt8(ascii: "[")
    }
  }

  /// As `readElements`.
  private mutating func handOutElements(
    depth: Int, _ element: ([JSONValue.Member]?) -> Void
  ) throws(JSONError) {
    try open(depth)
    if take(UInt8(ascii: "]")) { return }
    var members: [JSONValue.Member] = []
    repeat {
      skipSpace()
      if next == UInt8(ascii: "{") {
        try countValue()
        try readMembers(to: &members, depth: depth + 1)
        element(members)
        members.removeAll(keepingCapacity: true)
      } else {
        _ = try readValue(depth: depth)
        element(nil)
      }
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw error("a comma or ] is expected") }
  }

  private mutating func countValue() throws(JSONError) {
    values += 1
    if values > limits.values { throw JSONError.tooMany("it holds more than \(limits.values) values") }
  }

  private mutating func open(_ depth: Int) throws(JSONError) {
    if depth > limits.depth { throw error("it is nested deeper than \(limits.depth) levels") }
    position += 1
  }

  private mutating func readWord(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
    let length = word.utf8CodeUnitCount
    guard document.count - position >= length, document.part(position..<position + length).equals(word)
    else { throw error("a value is expected") }
    position += length
    return value
  }

  private mutating func readNumber() throws(JSONError) -> Bytes {
    let start = position
    if next == UInt8(ascii: "-") { position += 1 }
    let first = next
    let digits = skipDigits()
    guard digits == 1 || digits > 1 && first != UInt8(ascii: "0") else {
      throw error("a number is expected, without leading zeros")
    }
    if next == UInt8(ascii: ".") { try skipPart() }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      if peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-") { position += 1 }
      try skipPart()
    }
    return document.part(start..<position)
  }

  /// A fraction or an exponent, from its sign on.
  private mutating func skipPart() throws(JSONError) {
    position += 1
    if skipDigits() == 0 { throw error("a digit is expected") }
  }

  private mutating func skipDigits() -> Int {
    let start = position
    while let byte = next, (48...57).contains(byte) { position += 1 }
    return position - start
  }

  // MARK: Strings

  private mutating func readString() throws(JSONError) -> Bytes {
    let start = position + 1
    var hasEscapes = false
    var end = PlainText.end(text, from: start)
    while end < text.count, text[end] != UInt8(ascii: "\"") {
      if text[end] < 0x20 { throw JSONError("a control character in a string is not escaped", at: end) }
      hasEscapes = true
      end = PlainText.end(text, from: min(end + 2, text.count))
    }
    guard end < text.count else { throw JSONError("a string does not end", at: start) }
    position = end + 1
    let raw = document.part(start..<end)
    return hasEscapes ? try JSONEscapes.resolve(raw, at: start) : raw
  }

  // MARK: Bytes

  private var next: UInt8? { peek(0) }

  private func peek(_ distance: Int) -> UInt8? {
    position + distance < text.count ? text[position + distance] : nil
  }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 10 || byte == 13 || byte == 9 { position += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard next == byte else { return false }
    position += 1
    return true
  }
}

/// Why a document is not read.
struct JSONError: Error, Equatable, CustomStringConvertible {
  let description: String
  /// It may be right, but holds too much.
  let isTooMuch: Bool

  /// `position`: in bytes, from 0.
  init(_ reason: String, at position: Int) {
    description = "\(reason), at byte \(position)"
    isTooMuch = false
  }

  private init(tooMany description: String) {
    self.description = description
    isTooMuch = true
  }

  static func tooMany(_ description: String) -> JSONError { JSONError(tooMany: description) }
}
