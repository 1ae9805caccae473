/* When requests are due. Arrivals are a Poisson process: as when very many clients ask, each rarely and without
 * knowing of the others. They do not depend on answers: that is what makes the loop an open one. */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stdint.h>

struct schedule {
  uint64_t next; /* nanoseconds of the monotonic clock */
  double mean_interval;
  uint64_t random;
};

/* `rate` is in requests a second; the same seed gives the same arrivals. */
struct schedule schedule_from(uint64_t start, double rate, uint64_t seed);

/* Goes on to the request after the next one. */
void schedule_advance(struct schedule *schedule);

#endif
