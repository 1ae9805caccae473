/// A chunk of a large value as an item on a node: client flags with the magic 0xCC in the top 8 bits and the
/// format, 2, below them; the value an 8-byte checksum, big-endian, and then the bytes. The checksum,
/// XXH3_64bits(bytes, seed: XXH64(name, seed: XXH64(key))), covers name and key, so nothing else is taken for the
/// chunk. Format 0, which is read and no longer written, has XXH64 of the bytes.
enum ChunkFormat {
  static let clientFlags: UInt32 = 0xCC << 24 | 2
  private static let earlierClientFlags: UInt32 = 0xCC << 24
  static let header = 8

  static func set(
    _ bytes: Bytes, _ mode: MetaSet.Mode, _ name: WireKey, _ key: Key, lifetime: Lifetime
  ) -> MetaSet {
    var head: [UInt8] = []
    head.append(bigEndian: XXHash3.hash(bytes.buffer, seed: seed(name, key)))
    return MetaSet(mode: mode, clientFlags: clientFlags, lifetime: lifetime, head: head, body: bytes)
  }

  /// nil when it is not that chunk, whole.
  static func decode(_ value: MetaValue, _ name: WireKey, _ key: Key, length: Int) -> Bytes? {
    guard value.bytes.count == header + length else { return nil }
    let bytes = value.bytes.dropFirst(header)
    let checksum: UInt64
    switch value.clientFlags {
    case clientFlags: checksum = XXHash3.hash(bytes.buffer, seed: seed(name, key))
    case earlierClientFlags: checksum = XXHash64.hash(bytes.buffer, seed: seed(name, key))
    default: return nil
    }
    return value.bytes.buffer.bigEndian(at: 0, as: UInt64.self) == checksum ? bytes : nil
  }

  private static func seed(_ name: WireKey, _ key: Key) -> UInt64 {
    XXHash64.hash(name.bytes, seed: key.hash)
  }
}
