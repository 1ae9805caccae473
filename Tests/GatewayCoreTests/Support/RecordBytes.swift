@testable import GatewayCore

/// Builds a stored record by the table in Record.swift, independently of `RecordEncoder`: what another
/// program would write, and, field by field, what no program should.
struct RecordBytes {
  var format: UInt8 = 2
  var kind: UInt8 = 1
  var version = Version(time: 1, writer: 2)
  var writtenAt: UInt32 = 3
  var outlives: UInt32 = 0
  var contentType: [UInt8] = []
  var contentEncoding: [UInt8] = []
  var storedKey: [UInt8] = []
  /// More bytes within the header.
  var extra: [UInt8] = []
  /// Where it is not what the header's fields come to.
  var headerLength: Int?
  var contentTypeLength: Int?
  var body: [UInt8] = []

  /// With a checksum that is right for this key.
  func bytes(for key: Key) -> [UInt8] {
    let labels = self.labels
    let length = headerLength ?? 32 + labels.count
    let front =
      [format, kind] + bigEndian(UInt64(length), 2) + bigEndian(version.time, 8)
      + bigEndian(UInt64(version.writer), 4) + bigEndian(UInt64(writtenAt), 4)
      + bigEndian(UInt64(outlives), 4)
    let whole = front + [UInt8](repeating: 0, count: 8) + labels + body
    let end = max(32, min(length, whole.count))
    let bodyHash = bodyHash(Array(whole[end...]), key)
    let frontHash = XXHash64.hash(front, seed: bodyHash)
    let checksum = XXHash64.hash(Array(whole[32..<end]), seed: frontHash)
    return front + bigEndian(checksum, 8) + labels + body
  }

  private func bodyHash(_ body: [UInt8], _ key: Key) -> UInt64 {
    if format == 1 { return XXHash64.hash(body, seed: key.hash) }
    return body.withUnsafeBytes { XXHash3.hash($0, seed: key.hash) }
  }

  /// As a node would return it, with the flags of a record.
  func value(for key: Key) -> MetaValue {
    MetaValue(bytes(for: key), flags: 0xCA00_0000)
  }

  private var labels: [UInt8] {
    [UInt8(contentTypeLength ?? contentType.count)] + contentType + [UInt8(contentEncoding.count)]
      + contentEncoding + bigEndian(UInt64(storedKey.count), 2) + storedKey + extra
  }

  private func bigEndian(_ number: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64(count - 1 - $0))) }
  }
}
