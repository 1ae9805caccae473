import GatewayCore

/// Writes JSON (RFC 8259) into one block of memory. Commas are set where one is needed.
struct JSONWriter: ~Copyable {
  private static let hexadecimal = Array("0123456789abcdef".utf8)

  private var storage: ByteStorage

  /// `capacity`: what it has room for at first, in bytes.
  init(capacity: Int = 4096) { storage = ByteStorage.allocate(capacity: capacity) }

  /// In bytes, so far.
  var count: Int { storage.count }

  /// What stands at `range` of what was written so far.
  func withPart(_ range: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Void) {
    withExtendedLifetime(storage) { body(UnsafeRawBufferPointer(rebasing: storage.memory[range])) }
  }

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
    literal(atMost: 20) { $0.append(decimal: number) }
  }

  /// What is JSON already.
  mutating func raw(_ json: String) {
    separate()
    append(json)
  }

  /// A part of a document as it stands, without a comma.
  mutating func literal(_ text: StaticString) {
    extend(by: text.utf8CodeUnitCount).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
  }

  /// The same.
  mutating func literal(_ text: UnsafeRawBufferPointer) { append(text) }

  /// The same, of at most so many bytes, for which room is made once.
  mutating func literal(atMost most: Int, _ write: (inout FixedText) -> Void) {
    makeRoom(most)
    var text = FixedText(storage.filledEnd, room: most)
    write(&text)
    storage.fill(most - text.room)
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
    while true {
      let end = PlainText.end(text, from: start)
      append(UnsafeRawBufferPointer(rebasing: text[start..<end]))
      if end == text.count { break }
      appendEscaped(text[end])
      start = end + 1
    }
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
    makeRoom(count)
    return storage.extend(by: count)
  }

  private mutating func makeRoom(_ count: Int) {
    if storage.room < count { grow(by: count) }
  }

  @inline(never)
  private mutating func grow(by count: Int) {
    storage = storage.grown(to: max(storage.count + count, storage.count * 2))
  }
}
