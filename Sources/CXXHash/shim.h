/// XXH3 of xxHash, with the widest vectors that this processor has.
#ifndef CXXHASH_SHIM_H
#define CXXHASH_SHIM_H

#include <xxhash.h>
#if defined(__x86_64__)
#include <xxh_x86dispatch.h>
#endif

static inline uint64_t cxxhash_xxh3(const void *data, size_t length, uint64_t seed) {
#if defined(__x86_64__)
  return XXH3_64bits_withSeed_dispatch(data, length, seed);
#else
  return XXH3_64bits_withSeed(data, length, seed);
#endif
}

#endif
