/* Puts load on a server: requests go out over a number of connections, one at a time on each.
 *
 * In an open loop a request is due at its time, whatever became of those before it. If no connection is free it
 * waits, and its latency counts from when it was due: a server that stalls is charged with all who had to wait for
 * it, not only with the few requests that it held. In a closed loop each connection sends its next request when it
 * has the answer to the last. */
#ifndef LOAD_H
#define LOAD_H

#include "histogram.h"
#include "options.h"
#include "requests.h"

struct outcome {
  struct histogram latencies;
  uint64_t answers;
  uint64_t bytes;   /* received, heads included */
  double seconds;   /* from the first request's time to the last answer */
  double cpu_seconds; /* of this program, in that time */
  uint64_t waiting; /* the most that waited for a connection at a time */
};

/* Ends the program when any answer is not as it must be, or the server cannot keep up at all. */
void load_run(const struct options *options, const struct requests *requests, struct outcome *outcome);

#endif
