/// Writes text, or numbers in binary, into memory that somebody else owns. Stops the process rather than write past its end.
struct TextWriter {
  private let memory: UnsafeMutableRawBufferPointer
  private(set) var count = 0

  init(_ memory: UnsafeMutableRawBufferPointer) {
    self.memory = memory
  }

  /// Inlined, so that a few bytes cost no call.
  @inline(__always)
  mutating func append(_ text: StaticString) {
    append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { append($0) }
  }

  @inline(__always)
  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count <= memory.count - count)
    guard let start = memory.baseAddress, let source = bytes.baseAddress else { return }
    (start + count).copyMemory(from: source, byteCount: bytes.count)
    count += bytes.count
  }

  mutating func append(byte: UInt8) {
    precondition(count < memory.count)
    memory[count] = byte
    count += 1
  }

  mutating func append(bigEndian number: some FixedWidthInteger) {
    withUnsafeBytes(of: number.bigEndian) { append($0) }
  }

  mutating func append(decimal number: UInt64) {
    let digits = number.decimalDigitCount
    precondition(digits <= memory.count - count)
    var rest = number
    count += digits
    var position = count
    repeat {
      position -= 1
      memory[position] = UInt8(truncatingIfNeeded: 48 + rest % 10)
      rest /= 10
    } while rest > 0
  }
}
