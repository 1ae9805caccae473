#include "schedule.h"

#include <math.h>

/* SplitMix64: small, and good enough by far for arrival times. */
static uint64_t random_bits(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/* Above 0, at most 1: its logarithm is finite. */
static double random_share(uint64_t *state) {
  return (double)((random_bits(state) >> 11) + 1) / 9007199254740992.0;
}

struct schedule schedule_from(uint64_t start, double rate, uint64_t seed) {
  struct schedule schedule = {.next = start, .mean_interval = 1e9 / rate, .random = seed};
  schedule_advance(&schedule);
  return schedule;
}

void schedule_advance(struct schedule *schedule) {
  schedule->next += (uint64_t)(-log(random_share(&schedule->random)) * schedule->mean_interval);
}
