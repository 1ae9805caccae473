/* The requests to send, from a file: before each stands a line with its length in bytes. */
#ifndef REQUESTS_H
#define REQUESTS_H

#include <stddef.h>

struct request {
  const char *bytes;
  size_t length;
};

struct requests {
  struct request *list;
  size_t count; /* at least 1 */
};

/* Ends the program when the file cannot be read or is no such file. */
struct requests requests_from(const char *path);

#endif
