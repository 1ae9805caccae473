import GatewayCore

/// The text of header fields, written into one block of memory without a string for each piece.
struct HeaderText {
  /// Room for the fields of a usual hit; when it is used up, the block is doubled.
  private static let firstCapacity = 384

  /// Copies of a text share it. The first of them that goes on writes on in it, and the others move out: for
  /// them it holds more than they know of.
  private var storage = ByteStorage.allocate(capacity: firstCapacity)
  private(set) var count = 0

  /// Valid for as long as this text is held and nothing is appended to it.
  var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: storage.memory[..<count])
  }

  /// What is written now, without a copy; what is appended later does not change it.
  var block: Bytes { Bytes(storage, offset: 0, count: count) }

  mutating func append(_ text: StaticString) {
    extend(by: text.utf8CodeUnitCount).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
  }

  /// Ends the field before, and writes the next one up to its value.
  mutating func beginField(_ name: StaticString) {
    let length = name.utf8CodeUnitCount
    let text = extend(by: length + 4)
    text[0] = 13
    text[1] = 10
    (text + 2).update(from: name.utf8Start, count: length)
    text[length + 2] = UInt8(ascii: ":")
    text[length + 3] = 0x20
  }

  mutating func append(byte: UInt8) {
    extend(by: 1).pointee = byte
  }

  /// Text from outside. A control character in it, which could end the field, becomes a space (RFC 9110
  /// section 5.5).
  mutating func append(outside text: String) {
    var text = text
    text.withUTF8 { append(outside: UnsafeRawBufferPointer($0)) }
  }

  /// As above.
  mutating func append(outside bytes: Bytes) {
    append(outside: bytes.buffer)
  }

  mutating func append(decimal number: UInt64) {
    append(decimal: number, digits: number.decimalDigitCount)
  }

  /// With leading zeros.
  mutating func append(decimal number: UInt64, digits: Int) {
    append(count: digits) { $0.append(decimal: number, digits: digits) }
  }

  /// With leading zeros.
  mutating func append(hexadecimal number: UInt64, digits: Int) {
    append(count: digits) { $0.append(hexadecimal: number, digits: digits) }
  }

  /// Text whose length is known, of which room is made once: `write` must fill it.
  mutating func append(count: Int, _ write: (inout FixedText) -> Void) {
    var text = FixedText(extend(by: count), room: count)
    write(&text)
    precondition(text.room == 0)
  }

  private mutating func append(outside bytes: UnsafeRawBufferPointer) {
    let text = extend(by: bytes.count)
    for (position, byte) in bytes.enumerated() {
      let isControl = byte < 0x20 && byte != 9 || byte == 0x7F
      text[position] = isControl ? 0x20 : byte
    }
  }

  /// Counts so many more bytes, for the caller to write.
  private mutating func extend(by added: Int) -> UnsafeMutablePointer<UInt8> {
    defer { count += added }
    if let text = storage.extend(from: count, by: added) { return text }
    move(adding: added)
    return storage.extend(by: added)
  }

  @inline(never)
  private mutating func move(adding added: Int) {
    let larger = ByteStorage.allocate(capacity: max(count + added, count * 2))
    withExtendedLifetime(storage) { larger.append(bytes) }
    storage = larger
  }
}
