/// xxHash64 (XXH64), as specified in xxHash's doc/xxhash_spec.md: fast, well mixed, and to be had in every
/// language. Not for anything that an adversary must not be able to steer.
public enum XXHash64 {
  private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
  private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
  private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
  private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
  private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

  public static func hash(_ bytes: [UInt8], seed: UInt64 = 0) -> UInt64 {
    bytes.withUnsafeBytes { hash($0, seed: seed) }
  }

  public static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
    var position = 0
    var hash = bytes.count >= 32 ? stripes(bytes, seed, &position) : seed &+ prime5
    hash &+= UInt64(bytes.count)
    while position + 8 <= bytes.count {
      hash ^= round(0, read64(bytes, position))
      hash = rotate(hash, 27) &* prime1 &+ prime4
      position += 8
    }
    if position + 4 <= bytes.count {
      hash ^= UInt64(bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self).littleEndian) &* prime1
      hash = rotate(hash, 23) &* prime2 &+ prime3
      position += 4
    }
    while position < bytes.count {
      hash ^= UInt64(bytes[position]) &* prime5
      hash = rotate(hash, 11) &* prime1
      position += 1
    }
    return avalanche(hash)
  }

  private static func stripes(
    _ bytes: UnsafeRawBufferPointer, _ seed: UInt64, _ position: inout Int
  ) -> UInt64 {
    var lane1 = seed &+ prime1 &+ prime2
    var lane2 = seed &+ prime2
    var lane3 = seed
    var lane4 = seed &- prime1
    while position + 32 <= bytes.count {
      lane1 = round(lane1, read64(bytes, position))
      lane2 = round(lane2, read64(bytes, position + 8))
      lane3 = round(lane3, read64(bytes, position + 16))
      lane4 = round(lane4, read64(bytes, position + 24))
      position += 32
    }
    var hash = rotate(lane1, 1) &+ rotate(lane2, 7) &+ rotate(lane3, 12) &+ rotate(lane4, 18)
    hash = merge(hash, lane1)
    hash = merge(hash, lane2)
    hash = merge(hash, lane3)
    return merge(hash, lane4)
  }

  private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
    rotate(lane &+ input &* prime2, 31) &* prime1
  }

  private static func merge(_ hash: UInt64, _ lane: UInt64) -> UInt64 {
    (hash ^ round(0, lane)) &* prime1 &+ prime4
  }

  private static func avalanche(_ value: UInt64) -> UInt64 {
    var hash = value
    hash ^= hash >> 33
    hash = hash &* prime2
    hash ^= hash >> 29
    hash = hash &* prime3
    return hash ^ hash >> 32
  }

  private static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 {
    value << bits | value >> (64 - bits)
  }

  private static func read64(_ bytes: UnsafeRawBufferPointer, _ position: Int) -> UInt64 {
    bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self).littleEndian
  }
}
