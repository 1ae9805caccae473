#include "histogram.h"

#include <math.h>

static unsigned int bucket_of(uint64_t value) {
  if (value < HISTOGRAM_STEPS) return (unsigned int)value;
  unsigned int power = 63 - (unsigned int)__builtin_clzll(value); /* at least 7, the power of the steps */
  unsigned int shift = power - 7;
  return (shift + 1) * HISTOGRAM_STEPS + (unsigned int)((value >> shift) - HISTOGRAM_STEPS);
}

/* The greatest value that falls into it. */
static uint64_t end_of(unsigned int bucket) {
  if (bucket < HISTOGRAM_STEPS) return bucket;
  unsigned int shift = bucket / HISTOGRAM_STEPS - 1;
  return ((uint64_t)(bucket % HISTOGRAM_STEPS + HISTOGRAM_STEPS + 1) << shift) - 1;
}

void histogram_add(struct histogram *histogram, uint64_t nanoseconds) {
  histogram->counts[bucket_of(nanoseconds)]++;
  histogram->total++;
  if (nanoseconds > histogram->most) histogram->most = nanoseconds;
}

uint64_t histogram_percentile(const struct histogram *histogram, double share) {
  uint64_t wanted = (uint64_t)ceil(share * (double)histogram->total), seen = 0;
  if (histogram->total == 0) return 0;
  for (unsigned int bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
    seen += histogram->counts[bucket];
    if (seen >= wanted && seen > 0) return end_of(bucket) < histogram->most ? end_of(bucket) : histogram->most;
  }
  return histogram->most;
}
