/* Puts load on a server of loopback and prints what became of it as one line of JSON; see README.md above. */

#include <stdio.h>

#include "load.h"
#include "options.h"
#include "requests.h"

static struct outcome outcome; /* large: not on the stack */

static double microseconds(double share) {
  return (double)histogram_percentile(&outcome.latencies, share) / 1e3;
}

int main(int count, char **arguments) {
  struct options options = options_from(count, arguments);
  struct requests requests = requests_from(options.requests);
  load_run(&options, &requests, &outcome);
  printf("{\"requests\": %lu, \"seconds\": %.6f, \"cpu_seconds\": %.6f, ", (unsigned long)outcome.answers,
         outcome.seconds, outcome.cpu_seconds);
  printf("\"bytes\": %lu, \"most_waiting\": %lu, \"counted\": %lu, ", (unsigned long)outcome.bytes,
         (unsigned long)outcome.waiting, (unsigned long)outcome.latencies.total);
  printf("\"latency_microseconds\": {\"p50\": %.1f, \"p90\": %.1f, \"p99\": %.1f, \"p99.9\": %.1f, \"max\": %.1f}}\n",
         microseconds(0.5), microseconds(0.9), microseconds(0.99), microseconds(0.999),
         (double)outcome.latencies.most / 1e3);
  return 0;
}
