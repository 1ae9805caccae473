/* The command line. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct options {
  unsigned int port;
  unsigned int connections;
  double rate;             /* requests a second; 0: a closed loop */
  double seconds;          /* of sending; 0: until `count` requests were sent */
  size_t count;            /* requests; 0: until `seconds` are over */
  size_t first;            /* request of the file, from 0 on; past its end, as often around as it takes */
  double warm_up;          /* seconds at the start of which no latency is counted */
  const char *requests;    /* file */
  bool reconnects;         /* each request has a connection of its own */
};

/* Ends the program with its usage when they are wrong. */
struct options options_from(int count, char **arguments);

#endif
