/* The requests to send, from a file. Before each stands a line with three numbers: its length in bytes, the status
 * that its answer must have, and the least bytes that the answer's body must have. */
#ifndef REQUESTS_H
#define REQUESTS_H

#include <stddef.h>

struct request {
  const char *bytes;
  size_t length;
  int status;
  size_t least_body;
};

struct requests {
  struct request *list;
  size_t count; /* at least 1 */
};

/* Ends the program when the file cannot be read or is no such file. */
struct requests requests_from(const char *path);

#endif
