import CXXHash

/// XXH3_64bits, as specified in xxHash's doc/xxhash_spec.md: several times as fast as XXH64 where bytes are many.
/// Not for anything that an adversary must not be able to steer.
package enum XXHash3 {
  package static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
    cxxhash_xxh3(bytes.baseAddress, bytes.count, seed)
  }
}
