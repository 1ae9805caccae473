import DequeModule

/// What waits to be written to a socket: short pieces are gathered into one buffer, long ones are queued by
/// reference and never copied.
public struct OutputQueue {
  /// Below this a copy is cheaper than one more element in a vectored write.
  private static let copyLimit = 4096
  private static let chunkCapacity = 32 * 1024
  /// Linux takes 1024 (IOV_MAX); more than a few dozen gain nothing.
  private static let piecesPerSend = 64

  private var chunks: Deque<Bytes> = []
  /// The chunk that short pieces are appended to, behind all of `chunks`.
  private var open: ByteStorage?
  /// What is left of it. The chunk itself counts what was appended when it is closed.
  private var free = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  /// A sent chunk, to be filled again.
  private var spare: ByteStorage?
  public private(set) var count = 0

  public init() {}

  public var isEmpty: Bool { count == 0 }

  public mutating func append(_ bytes: Bytes) {
    if bytes.count <= Self.copyLimit { return append(bytes.buffer) }
    closeChunk()
    chunks.append(bytes)
    count += bytes.count
  }

  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard !bytes.isEmpty else { return }
    withRoom(bytes.count) { $0.copyMemory(from: bytes) }
  }

  public mutating func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { append($0) }
  }

  public mutating func append(_ text: StaticString) {
    append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  public mutating func append(byte: UInt8) {
    withRoom(1) { $0[0] = byte }
  }

  public mutating func append(decimal number: UInt64) {
    withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
      var position = 20
      var rest = number
      repeat {
        position -= 1
        digits[position] = UInt8(truncatingIfNeeded: 48 + rest % 10)
        rest /= 10
      } while rest > 0
      append(UnsafeRawBufferPointer(rebasing: digits[position...]))
    }
  }

  public mutating func append(decimal number: Int64) {
    if number < 0 { append(byte: UInt8(ascii: "-")) }
    append(decimal: number.magnitude)
  }

  /// The next pieces to send, in order.
  public mutating func nextPieces() -> [UnsafeRawBufferPointer] {
    closeChunk()
    return chunks.prefix(Self.piecesPerSend).map(\.buffer)
  }

  /// Removes what was sent.
  public mutating func consume(_ sent: Int) {
    var rest = sent
    count -= sent
    while rest > 0, let first = chunks.first {
      if rest < first.count {
        chunks[0] = first.dropFirst(rest)
        return
      }
      rest -= first.count
      chunks.removeFirst()
      if first.storage.memory.count == Self.chunkCapacity { spare = first.storage }
    }
  }

  public mutating func removeAll() {
    chunks.removeAll()
    open = nil
    free = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    count = 0
  }

  private mutating func withRoom(_ needed: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
    if free.count < needed { openChunk(withRoom: needed) }
    fill(UnsafeMutableRawBufferPointer(rebasing: free[..<needed]))
    appended(needed)
  }

  /// Has a short text written in one go: of so many bytes at most.
  mutating func withRoom(atMost most: Int, _ write: (inout TextWriter) -> Void) {
    if free.count < most { openChunk(withRoom: most) }
    var writer = TextWriter(free)
    write(&writer)
    appended(writer.count)
  }

  private mutating func appended(_ added: Int) {
    free = UnsafeMutableRawBufferPointer(rebasing: free[added...])
    count += added
  }

  private mutating func openChunk(withRoom needed: Int) {
    closeChunk()
    let fresh = takeSpare(needed) ?? ByteStorage.allocate(capacity: max(Self.chunkCapacity, needed))
    open = fresh
    free = fresh.spare
  }

  private mutating func takeSpare(_ needed: Int) -> ByteStorage? {
    guard needed <= Self.chunkCapacity, isKnownUniquelyReferenced(&spare) else { return nil }
    defer { spare = nil }
    spare?.clear()
    return spare
  }

  private mutating func closeChunk() {
    guard let filled = open else { return }
    filled.fill(filled.room - free.count)
    open = nil
    free = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    if filled.count > 0 { chunks.append(Bytes(filled)) }
  }
}
