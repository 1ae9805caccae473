/// Where the bytes of a large value are: in chunks of one size, the last one perhaps shorter, under names made
/// of an id that no other upload has. So the chunks of two values of one key never mix.
///
/// As the body of a record of the kind `chunks`; numbers are big-endian:
///
///     offset size
///      0      8   id: time
///      8      4   id: writer
///     12      8   length of the value in bytes
///     20      4   bytes in each chunk but the last
///
/// A chunk is an item of its own on the same links as the record (`ChunkFormat`).
public struct ChunkList: Equatable, Sendable {
  /// Drawn from the version clock when the upload began: unique.
  let id: Version
  /// Of the value, in bytes.
  public let length: UInt64
  let chunkSize: Int

  static let encodedLength = 24
  /// 2^20: more than a terabyte in chunks of a megabyte. A list that names more is not believed.
  static let mostChunks = 1 << 20

  init(id: Version, length: UInt64, chunkSize: Int) {
    precondition(chunkSize > 0)
    self.id = id
    self.length = length
    self.chunkSize = chunkSize
  }

  /// nil when the bytes are no list.
  init?(_ bytes: Bytes) {
    let buffer = bytes.buffer
    guard buffer.count == Self.encodedLength else { return nil }
    id = Version(
      time: buffer.bigEndian(at: 0, as: UInt64.self), writer: buffer.bigEndian(at: 8, as: UInt32.self))
    length = buffer.bigEndian(at: 12, as: UInt64.self)
    chunkSize = Int(buffer.bigEndian(at: 20, as: UInt32.self))
    guard chunkSize > 0, length <= UInt64(chunkSize) * UInt64(Self.mostChunks) else { return nil }
  }

  var encoded: Bytes {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: id.time)
    bytes.append(bigEndian: id.writer)
    bytes.append(bigEndian: length)
    bytes.append(bigEndian: UInt32(chunkSize))
    return Bytes(bytes)
  }

  var count: Int { Int((length + UInt64(chunkSize) - 1) / UInt64(chunkSize)) }

  /// What the chunk holds of the value.
  func range(_ index: Int) -> Range<UInt64> {
    let start = UInt64(index) * UInt64(chunkSize)
    return start..<min(length, start + UInt64(chunkSize))
  }

  /// The chunks that hold these bytes of the value.
  func chunks(of range: Range<UInt64>) -> Range<Int> {
    if range.isEmpty { return 0..<0 }
    let size = UInt64(chunkSize)
    return Int(range.lowerBound / size)..<Int((range.upperBound - 1) / size) + 1
  }

  func name(_ index: Int) -> WireKey { ReservedName.chunk(id, index) }
}

extension Record {
  /// Of a value that is stored in chunks; nil of any other.
  public var chunks: ChunkList? { kind == .chunks ? ChunkList(body) : nil }

  /// Bytes of the value.
  public var length: UInt64 { chunks?.length ?? UInt64(body.count) }
}
