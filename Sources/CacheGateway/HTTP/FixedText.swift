import GatewayCore

/// Writes text into room that was made for it. Stops the process rather than write past its end.
struct FixedText {
  private var next: UnsafeMutablePointer<UInt8>
  /// What is left of the room, in bytes.
  private(set) var room: Int

  init(_ start: UnsafeMutablePointer<UInt8>, room: Int) {
    next = start
    self.room = room
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress else { return }
    UnsafeMutableRawPointer(take(bytes.count)).copyMemory(from: source, byteCount: bytes.count)
  }

  mutating func append(decimal number: UInt64) {
    append(decimal: number, digits: number.decimalDigitCount)
  }

  mutating func append(_ text: StaticString) {
    let length = text.utf8CodeUnitCount
    take(length).update(from: text.utf8Start, count: length)
  }

  mutating func append(byte: UInt8) {
    take(1).pointee = byte
  }

  /// With leading zeros.
  mutating func append(decimal number: UInt64, digits: Int) {
    let text = take(digits)
    var rest = number
    var position = digits
    while position > 0 {
      position -= 1
      text[position] = UInt8(truncatingIfNeeded: 48 + rest % 10)
      rest /= 10
    }
  }

  /// With leading zeros.
  mutating func append(hexadecimal number: UInt64, digits: Int) {
    let text = take(digits)
    var rest = number
    var position = digits
    while position > 0 {
      position -= 1
      let digit = rest & 15
      text[position] = UInt8(truncatingIfNeeded: digit < 10 ? 48 + digit : 87 + digit)
      rest >>= 4
    }
  }

  private mutating func take(_ count: Int) -> UnsafeMutablePointer<UInt8> {
    precondition(count <= room)
    defer { next += count }
    room -= count
    return next
  }
}
