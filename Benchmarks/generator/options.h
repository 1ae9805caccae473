/* The command line. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stddef.h>

#define OPTIONS_MOST_STATUSES 4

struct options {
  unsigned int port;
  unsigned int connections;
  double rate;             /* requests a second; 0: a closed loop */
  double seconds;          /* of sending; 0: until `count` requests were sent */
  size_t count;            /* requests; 0: until `seconds` are over */
  double warm_up;          /* seconds at the start of which no latency is counted */
  const char *requests;    /* file */
  int statuses[OPTIONS_MOST_STATUSES]; /* any other is a failure */
  size_t status_count;
  size_t body_size;        /* the least that an answer with status 200 must have */
};

/* Ends the program with its usage when they are wrong. */
struct options options_from(int count, char **arguments);

#endif
