import GatewayCore

/// The text of header values, written without a string for each piece.
struct HeaderText {
  private(set) var bytes: [UInt8] = []

  var count: Int { bytes.count }

  mutating func reserve(_ capacity: Int) {
    bytes.reserveCapacity(capacity)
  }

  mutating func append(_ text: StaticString) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func append(_ text: String) {
    bytes.append(contentsOf: text.utf8)
  }

  mutating func append(_ raw: Bytes) {
    bytes.append(contentsOf: raw.buffer)
  }

  mutating func append(byte: UInt8) {
    bytes.append(byte)
  }

  mutating func append(decimal number: UInt64) {
    if number >= 10 { append(decimal: number / 10) }
    bytes.append(48 + UInt8(truncatingIfNeeded: number % 10))
  }

  /// With leading zeros.
  mutating func append(decimal number: Int, digits: Int) {
    if digits > 1 { append(decimal: number / 10, digits: digits - 1) }
    bytes.append(48 + UInt8(truncatingIfNeeded: number % 10))
  }

  /// With leading zeros.
  mutating func append(hexadecimal number: UInt64, digits: Int) {
    for place in stride(from: (digits - 1) * 4, through: 0, by: -4) {
      let digit = UInt8(truncatingIfNeeded: number >> UInt64(place) & 15)
      bytes.append(digit < 10 ? 48 + digit : 87 + digit)
    }
  }

  mutating func endValue() {
    bytes.append(0)
  }
}
