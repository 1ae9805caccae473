import GatewayCore

/// Writes JSON (RFC 8259) into one block of memory. Commas are set where one is needed.
struct JSONWriter: ~Copyable {
  private static let firstCapacity = 4096
  private static let hexadecimal = Array("0123456789abcdef".utf8)

  private var storage = ByteStorage.allocate(capacity: firstCapacity)

  /// All that was written.
  consuming func finish() -> Bytes { Bytes(storage) }

  mutating func beginObject() { begin(UInt8(ascii: "{")) }

  mutating func endObject() { append(byte: UInt8(ascii: "}")) }

  mutating func beginArray() { begin(UInt8(ascii: "[")) }

  mutating func endArray() { append(byte: UInt8(ascii: "]")) }

  private mutating func begin(_ bracket: UInt8) {
    separate()
    append(byte: bracket)
  }

  /// Begins a member; its value follows.
  mutating func name(_ name: StaticString) {
    string(UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    append(byte: UInt8(ascii: ":"))
  }

  mutating func number(_ number: some BinaryInteger) {
    separate()
    if number < 0 { append(byte: UInt8(ascii: "-")) }
    append(decimal: UInt64(number.magnitude))
  }

  private mutating func append(decimal number: UInt64) {
    var digits = 1
    var rest = number / 10
    while rest > 0 {
      digits += 1
      rest /= 10
    }
    var text = FixedText(extend(by: digits), room: digits)
    text.append(decimal: number, digits: digits)
  }

  /// What is JSON already.
  mutating func raw(_ json: String) {
    separate()
    append(json)
  }

  mutating func string(_ text: String) {
    var text = text
    text.withUTF8 { string(UnsafeRawBufferPointer($0)) }
  }

  /// UTF-8.
  mutating func string(_ text: UnsafeRawBufferPointer) {
    separate()
    append(byte: UInt8(ascii: "\""))
    var start = 0
    for position in 0..<text.count where Self.needsEscape(text[position]) {
      append(UnsafeRawBufferPointer(rebasing: text[start..<position]))
      appendEscaped(text[position])
      start = position + 1
    }
    append(UnsafeRawBufferPointer(rebasing: text[start...]))
    append(byte: UInt8(ascii: "\""))
  }

  /// A string that holds the bytes in base64 (RFC 4648 section 4).
  mutating func base64(_ bytes: UnsafeRawBufferPointer) {
    separate()
    append(byte: UInt8(ascii: "\""))
    Base64Text.encode(bytes, to: extend(by: Base64Text.length(of: bytes.count)))
    append(byte: UInt8(ascii: "\""))
  }

  /// Ends a line of several documents.
  mutating func endLine() { append(byte: 10) }

  // MARK: Bytes

  private static func needsEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private mutating func appendEscaped(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(escape: byte)
    case 8: append(escape: UInt8(ascii: "b"))
    case 9: append(escape: UInt8(ascii: "t"))
    case 10: append(escape: UInt8(ascii: "n"))
    case 12: append(escape: UInt8(ascii: "f"))
    case 13: append(escape: UInt8(ascii: "r"))
    default:
      append("\\u00")
      append([Self.hexadecimal[Int(byte >> 4)], Self.hexadecimal[Int(byte & 15)]])
    }
  }

  private mutating func append(escape letter: UInt8) {
    let escape = extend(by: 2)
    escape[0] = UInt8(ascii: "\\")
    escape[1] = letter
  }

  /// A comma, unless something was just opened or begun, or a line ended.
  private mutating func separate() {
    guard storage.count > 0 else { return }
    switch storage.memory[storage.count - 1] {
    case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: ":"), 10: return
    default: append(byte: UInt8(ascii: ","))
    }
  }

  private mutating func append(byte: UInt8) { extend(by: 1).pointee = byte }

  private mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }

  private mutating func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }

  private mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
    UnsafeMutableRawPointer(extend(by: bytes.count)).copyMemory(from: source, byteCount: bytes.count)
  }

  /// Counts so many more bytes, for the caller to write.
  private mutating func extend(by count: Int) -> UnsafeMutablePointer<UInt8> {
    if storage.room < count { storage = storage.grown(to: max(storage.count + count, storage.count * 2)) }
    return storage.extend(by: count)
  }
}
