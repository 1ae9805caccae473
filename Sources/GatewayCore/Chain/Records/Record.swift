import Glibc

/// What a node holds under a key's name, in the gateway's own format (DESIGN.md section 6).
///
/// memcached's 32 client flags: the magic 0xCA in the top 8 bits (0xCB: the value is in chunks), below it 24 bits
/// of the version's time (`VersionStamp`), so that copies can be compared without their bodies. The value is a header and the body;
/// numbers are big-endian:
///
///     offset size
///      0      1   format: 2
///      1      1   kind: 1 value, 2 tombstone, 3 chunks: the body is a `ChunkList`
///      2      2   length of the whole header, H
///      4      8   version: time
///     12      4   version: writer
///     16      4   when it was written, seconds since 1970
///     20      4   outlives: by how many seconds the value outlives this copy; 0xFFFFFFFF: without limit
///     24      8   checksum: b = XXH3_64bits(body, seed: XXH64(key)), f = XXH64(header 0 to 24, seed: b), then
///                 XXH64(header 32 to H, seed: f)
///     32      1   length of the content type, then the content type
///             1   length of the content encoding, then the encoding
///             2   length of the key, then the key: only where the node knows the key by a hash of it
///             8   only if one of them is not 0: for how many seconds past its freshness the value may be
///                 served while it is revalidated, and if there is an error (`StaleWindows`), 4 bytes each
///      H          the body
///
/// Format 1, which is read and no longer written, has XXH64 of the body.
///
/// The checksum covers the key, so a record that a node returns under a wrong name is not accepted. A copy
/// past the natural placement expires early (rule C3); `outlives` says by how much, in a form that needs no
/// two clocks to agree, so that a repair from it restores the value's whole lifetime. That lifetime is the
/// freshness and the longer of the two windows.
///
/// A class: it is handed from step to step of a request, and one reference is less to carry than six fields.
public final class Record {
  public enum Kind: UInt8, Sendable {
    case value = 1
    case tombstone = 2
    case chunks = 3
  }

  public let kind: Kind
  public let version: Version
  /// Seconds since 1970, by the clock of the gateway that wrote it.
  public let writtenAt: UInt32
  public let contentType: Bytes
  public let contentEncoding: Bytes
  public let windows: StaleWindows
  public let body: Bytes

  public init(
    kind: Kind, version: Version, writtenAt: UInt32, contentType: Bytes = .empty,
    contentEncoding: Bytes = .empty, windows: StaleWindows = .none, body: Bytes
  ) {
    self.kind = kind
    self.version = version
    self.writtenAt = writtenAt
    self.contentType = contentType
    self.contentEncoding = contentEncoding
    self.windows = windows
    self.body = body
  }

  /// The longest content type or encoding, in bytes: its length is one byte.
  public static let longestLabel = 255

  public static func tombstone(_ version: Version, writtenAt: UInt32) -> Record {
    Record(kind: .tombstone, version: version, writtenAt: writtenAt, body: .empty)
  }
}

/// The record's form on the nodes.
public enum RecordFormat {
  static let format: UInt8 = 2
  private static let earlierFormat: UInt8 = 1
  static let magic: UInt32 = 0xCA
  /// Of a record that names chunks, so that they are not forgotten when it is replaced unread.
  static let chunksMagic: UInt32 = 0xCB
  static let fixedHeader = 32
  /// Where `outlives` stands.
  static let outlivesOffset = 20
  static let checksumOffset = 24
  static let noExpiry = UInt32.max
  /// Bytes that stale windows take, where there are any.
  static let windowsLength = 8

  /// The longest header: fixed part, both labels, the key, the windows.
  public static let longestHeader =
    fixedHeader + 2 * (1 + Record.longestLabel) + 2 + Key.longest + windowsLength

  /// Whether an item is in this format, by its client flags.
  static func isRecord(_ clientFlags: UInt32) -> Bool { clientFlags >> 25 == magic >> 1 }

  static func isKnown(_ format: UInt8) -> Bool { format == Self.format || format == earlierFormat }

  static func bodyHash(_ body: UnsafeRawBufferPointer, _ key: Key, _ format: UInt8) -> UInt64 {
    format == earlierFormat ? XXHash64.hash(body, seed: key.hash) : XXHash3.hash(body, seed: key.hash)
  }

  /// Whether it is a record that names chunks.
  static func namesChunks(_ clientFlags: UInt32) -> Bool { clientFlags >> 24 == chunksMagic }

  /// The magic and the version's stamp.
  static func clientFlags(_ version: Version, _ kind: Record.Kind = .value) -> UInt32 {
    (kind == .chunks ? chunksMagic : magic) << 24 | VersionStamp(version).value
  }
}

/// Encodes one record for the copies of it: the body is hashed once, headers differ by copy.
package struct RecordEncoder {
  private let key: Key
  private let record: Record
  private let bodyHash: UInt64

  package init(_ record: Record, for key: Key) {
    self.key = key
    self.record = record
    bodyHash = RecordFormat.bodyHash(record.body.buffer, key, RecordFormat.format)
  }

  /// A command that stores a copy which lives `lifetime` of a value which lives `valueLifetime`.
  package func set(
    _ mode: MetaSet.Mode, lifetime: Lifetime, valueLifetime: Lifetime, wantsNumber: Bool = false
  ) -> MetaSet {
    MetaSet(
      mode: mode, clientFlags: RecordFormat.clientFlags(record.version, record.kind), lifetime: lifetime,
      head: header(outlives: Self.outlives(lifetime, valueLifetime)), body: record.body,
      wantsNumber: wantsNumber)
  }

  private static func outlives(_ copy: Lifetime, _ value: Lifetime) -> UInt32 {
    guard let copySeconds = copy.seconds else { return 0 }
    guard let valueSeconds = value.seconds else { return RecordFormat.noExpiry }
    return valueSeconds > copySeconds ? valueSeconds - copySeconds : 0
  }

  private func header(outlives: UInt32) -> [UInt8] {
    let keyBytes = key.isHashed ? key.bytes : []
    let length =
      RecordFormat.fixedHeader + 1 + record.contentType.count + 1 + record.contentEncoding.count + 2
      + keyBytes.count + (record.windows.isNone ? 0 : RecordFormat.windowsLength)
    return [UInt8](unsafeUninitializedCapacity: length) { memory, count in
      let header = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(memory)[..<length])
      var writer = TextWriter(header)
      writer.append(byte: RecordFormat.format)
      writer.append(byte: record.kind.rawValue)
      writer.append(bigEndian: UInt16(length))
      writer.append(bigEndian: record.version.time)
      writer.append(bigEndian: record.version.writer)
      writer.append(bigEndian: record.writtenAt)
      writer.append(bigEndian: outlives)
      writer.append(bigEndian: UInt64(0))
      writer.append(byte: UInt8(record.contentType.count))
      writer.append(record.contentType.buffer)
      writer.append(byte: UInt8(record.contentEncoding.count))
      writer.append(record.contentEncoding.buffer)
      writer.append(bigEndian: UInt16(keyBytes.count))
      writer.append(keyBytes)
      if !record.windows.isNone {
        writer.append(bigEndian: record.windows.whileRevalidate)
        writer.append(bigEndian: record.windows.ifError)
      }
      let checksum = headerChecksum(UnsafeRawBufferPointer(header), seed: bodyHash)
      header.storeBytes(of: checksum.bigEndian, toByteOffset: RecordFormat.checksumOffset, as: UInt64.self)
      count = writer.count
    }
  }
}

/// A record within its bytes.
struct RecordParts {
  let kind: Record.Kind
  let version: Version
  let writtenAt: UInt32
  let outlives: UInt32
  let contentType: Range<Int>
  let contentEncoding: Range<Int>
  let windows: StaleWindows
  let body: Range<Int>
}

extension Record {
  convenience init(_ parts: RecordParts, of bytes: Bytes) {
    self.init(
      kind: parts.kind, version: parts.version, writtenAt: parts.writtenAt,
      contentType: bytes.part(parts.contentType), contentEncoding: bytes.part(parts.contentEncoding),
      windows: parts.windows, body: bytes.part(parts.body))
  }
}

/// Reads a record back. Pure: everything it accepts is whole and belongs to the key.
package enum RecordDecoder {
  package struct Decoded {
    let record: Record
    /// The value's remaining lifetime, which a copy's own may fall short of.
    let lifetime: Lifetime
  }

  /// The version that the bytes claim, whether or not the record is whole; nil when they are no record.
  static func version(of value: MetaValue) -> Version? {
    let bytes = value.bytes.buffer
    guard RecordFormat.isRecord(value.clientFlags), bytes.count >= RecordFormat.fixedHeader,
      RecordFormat.isKnown(bytes[0])
    else { return nil }
    return Version(
      time: bytes.bigEndian(at: 4, as: UInt64.self), writer: bytes.bigEndian(at: 12, as: UInt32.self))
  }

  /// The chunks that the bytes name, whether or not they are the whole record of some key: only for what is to be
  /// removed together with them, whose names nothing else has.
  static func chunks(of value: MetaValue) -> ChunkList? {
    let bytes = value.bytes.buffer
    guard RecordFormat.namesChunks(value.clientFlags), bytes.count >= RecordFormat.fixedHeader else {
      return nil
    }
    let header = Int(bytes.bigEndian(at: 2, as: UInt16.self))
    return header <= bytes.count ? ChunkList(value.bytes.dropFirst(header)) : nil
  }

  /// The key that the bytes name where the node knows it by a hash only; whether they are the whole record of it,
  /// `decode` tells.
  static func key(of value: MetaValue) -> Key? {
    let bytes = value.bytes.buffer
    guard RecordFormat.isRecord(value.clientFlags), bytes.count >= RecordFormat.fixedHeader + 4 else {
      return nil
    }
    let length = min(Int(bytes.bigEndian(at: 2, as: UInt16.self)), bytes.count)
    guard length >= RecordFormat.fixedHeader else { return nil }
    var labels = LabelReader(
      UnsafeRawBufferPointer(rebasing: bytes[..<length]), from: RecordFormat.fixedHeader)
    guard labels.next(lengthBytes: 1) != nil, labels.next(lengthBytes: 1) != nil,
      let key = labels.next(lengthBytes: 2)
    else { return nil }
    return try? Key(Array(bytes[key]))
  }

  /// By how many seconds the value outlives this copy of it, as `decode` has checked.
  static func outlives(of value: MetaValue) -> UInt32 {
    value.bytes.buffer.bigEndian(at: RecordFormat.outlivesOffset, as: UInt32.self)
  }

  /// Whether two values are the same byte for byte: then one is whole if the other is.
  static func areEqual(_ first: MetaValue, _ second: MetaValue) -> Bool {
    let (left, right) = (first.bytes.buffer, second.bytes.buffer)
    guard first.clientFlags == second.clientFlags, left.count == right.count,
      let leftStart = left.baseAddress, let rightStart = right.baseAddress
    else { return false }
    return memcmp(leftStart, rightStart, left.count) == 0
  }

  /// nil when the bytes are not a whole record of this key.
  package static func decode(_ value: MetaValue, for key: Key) -> Decoded? {
    guard let parts = parts(of: value, for: key) else { return nil }
    return decoded(value, parts)
  }

  static func decoded(_ value: MetaValue, _ parts: RecordParts) -> Decoded {
    Decoded(record: Record(parts, of: value.bytes), lifetime: lifetime(parts, value))
  }

  /// What a whole record of this key says of itself, and where its parts stand in the bytes; nil when they are none.
  @inline(__always)
  static func parts(of value: MetaValue, for key: Key) -> RecordParts? {
    let bytes = value.bytes.buffer
    guard bytes.count >= RecordFormat.fixedHeader + 4, RecordFormat.isKnown(bytes[0]),
      let kind = Record.Kind(rawValue: bytes[1]),
      RecordFormat.namesChunks(value.clientFlags) == (kind == .chunks)
    else { return nil }
    let length = Int(bytes.bigEndian(at: 2, as: UInt16.self))
    guard length >= RecordFormat.fixedHeader + 4, length <= bytes.count else { return nil }
    let header = UnsafeRawBufferPointer(rebasing: bytes[..<length])
    let body = UnsafeRawBufferPointer(rebasing: bytes[length...])
    let bodyHash = RecordFormat.bodyHash(body, key, bytes[0])
    guard
      header.bigEndian(at: RecordFormat.checksumOffset, as: UInt64.self)
        == headerChecksum(header, seed: bodyHash)
    else {
      return nil
    }

    // A version no clock reaches before the year 2116 would leave no room for later ones.
    guard header.bigEndian(at: 4, as: UInt64.self) < 1 << 62 else { return nil }
    var labels = LabelReader(header, from: RecordFormat.fixedHeader)
    guard let contentType = labels.next(lengthBytes: 1), let encoding = labels.next(lengthBytes: 1),
      let storedKey = labels.next(lengthBytes: 2), let windows = labels.windows(),
      key.isHashed ? header[storedKey].elementsEqual(key.bytes) : storedKey.isEmpty
    else { return nil }
    return RecordParts(
      kind: kind,
      version: Version(
        time: header.bigEndian(at: 4, as: UInt64.self), writer: header.bigEndian(at: 12, as: UInt32.self)),
      writtenAt: header.bigEndian(at: 16, as: UInt32.self),
      outlives: header.bigEndian(at: RecordFormat.outlivesOffset, as: UInt32.self), contentType: contentType,
      contentEncoding: encoding, windows: windows, body: length..<bytes.count)
  }

  /// The value's remaining lifetime, which a copy's own may fall short of.
  static func lifetime(_ parts: RecordParts, _ value: MetaValue) -> Lifetime {
    extend(value.lifetime, by: parts.outlives)
  }

  private static func extend(_ lifetime: Lifetime, by outlives: UInt32) -> Lifetime {
    guard outlives != RecordFormat.noExpiry, let seconds = lifetime.seconds else { return .forever }
    return Lifetime(seconds: UInt32(clamping: UInt64(seconds) + UInt64(outlives)))
  }
}

private struct LabelReader {
  private let header: UnsafeRawBufferPointer
  private var position: Int

  init(_ header: UnsafeRawBufferPointer, from position: Int) {
    self.header = header
    self.position = position
  }

  /// What stands at the header's end; nil when it is neither nothing nor windows.
  func windows() -> StaleWindows? {
    if position == header.count { return StaleWindows.none }
    guard header.count - position == RecordFormat.windowsLength else { return nil }
    let windows = StaleWindows(
      whileRevalidate: header.bigEndian(at: position, as: UInt32.self),
      ifError: header.bigEndian(at: position + 4, as: UInt32.self))
    return windows.isNone ? nil : windows
  }

  /// Where the next label stands.
  mutating func next(lengthBytes: Int) -> Range<Int>? {
    guard position + lengthBytes <= header.count else { return nil }
    let length = header[position..<(position + lengthBytes)].reduce(0) { $0 << 8 | Int($1) }
    let start = position + lengthBytes
    guard start + length <= header.count else { return nil }
    position = start + length
    return start..<position
  }
}

/// Over everything but the checksum itself.
private func headerChecksum(_ header: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
  let front = XXHash64.hash(
    UnsafeRawBufferPointer(rebasing: header[..<RecordFormat.checksumOffset]), seed: seed)
  return XXHash64.hash(UnsafeRawBufferPointer(rebasing: header[RecordFormat.fixedHeader...]), seed: front)
}
