#include "requests.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fail.h"

/* Three numbers of 64 bits. */
enum { LONGEST_LINE = 64 };

static const char *map(const char *path, size_t *size) {
  struct stat status;
  int file = open(path, O_RDONLY);
  if (file < 0 || fstat(file, &status) < 0) fail_with_errno(path);
  *size = (size_t)status.st_size;
  const char *bytes = *size ? mmap(NULL, *size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0) : MAP_FAILED;
  if (bytes == MAP_FAILED) fail("no requests in %s", path);
  close(file);
  return bytes;
}

/* The line before a request; moves on behind it. */
static struct request line_before(const char **at, size_t *left, const char *path) {
  char line[LONGEST_LINE + 1] = {0};
  struct request request;
  const char *end = memchr(*at, '\n', *left < LONGEST_LINE ? *left : LONGEST_LINE);
  if (end) memcpy(line, *at, (size_t)(end - *at));
  if (sscanf(line, "%zu %d %zu", &request.length, &request.status, &request.least_body) != 3)
    fail("%s: not three numbers before a request", path);
  *left -= (size_t)(end + 1 - *at);
  *at = end + 1;
  return request;
}

/* Takes one request off the front of what is left. */
static struct request next(const char **at, size_t *left, const char *path) {
  struct request request = line_before(at, left, path);
  if (request.length == 0 || request.length > *left) fail("%s: a request is cut off", path);
  request.bytes = *at;
  *at += request.length;
  *left -= request.length;
  return request;
}

struct requests requests_from(const char *path) {
  size_t left, room = 0;
  const char *at = map(path, &left);
  struct requests requests = {NULL, 0};
  while (left > 0) {
    if (requests.count == room) {
      room = room ? room * 2 : 1024;
      requests.list = realloc(requests.list, room * sizeof *requests.list);
      if (!requests.list) fail("out of memory");
    }
    requests.list[requests.count++] = next(&at, &left, path);
  }
  return requests;
}
