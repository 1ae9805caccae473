#include "requests.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fail.h"

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

/* Takes one request off the front of what is left. */
static struct request next(const char **at, size_t *left, const char *path) {
  const char *end = memchr(*at, '\n', *left < 20 ? *left : 20);
  size_t length = 0;
  for (const char *digit = *at; end && digit < end; digit++) {
    if (*digit < '0' || *digit > '9') fail("%s: not a length before a request", path);
    length = length * 10 + (size_t)(*digit - '0');
  }
  size_t head = end ? (size_t)(end - *at) + 1 : 0;
  if (!end || length == 0 || length > *left - head) fail("%s: a request is cut off", path);
  struct request request = {*at + head, length};
  *at += head + length;
  *left -= head + length;
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
