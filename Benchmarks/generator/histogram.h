/* Counts of latencies in buckets whose width grows with the latency: memory is fixed, and no percentile is
 * more than 1 in 128 above the exact one. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

/* Each power of two is divided into so many buckets: an error below 0.8 %, less than any two runs differ. */
#define HISTOGRAM_STEPS 128
/* A latency has 64 bits at most; the first power holds those below HISTOGRAM_STEPS one by one. */
#define HISTOGRAM_BUCKETS (64 * HISTOGRAM_STEPS)

struct histogram {
  uint64_t counts[HISTOGRAM_BUCKETS];
  uint64_t total;
  uint64_t most; /* exact */
};

void histogram_add(struct histogram *histogram, uint64_t nanoseconds);

/* The latency, in nanoseconds, that `share` (0 to 1) of all do not exceed; 0 when there are none. */
uint64_t histogram_percentile(const struct histogram *histogram, double share);

#endif
