#include "answer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fail.h"

void answer_begin(struct answer *answer) {
  answer->head_length = 0;
  answer->has_head = false;
}

static bool has_body(int status) {
  return status != 204 && status != 304;
}

/* All the servers send a length; an answer without one would have to be read to the connection's end. */
static size_t content_length(const char *head) {
  static const char name[] = "\r\ncontent-length:";
  for (const char *line = strstr(head, "\r\n"); line; line = strstr(line + 2, "\r\n"))
    if (strncasecmp(line, name, sizeof name - 1) == 0) return strtoul(line + sizeof name - 1, NULL, 10);
  fail("an answer has no Content-Length: %.200s", head);
}

static void read_head(struct answer *answer) {
  if (strncmp(answer->head, "HTTP/1.1 ", 9) != 0) fail("not an answer: %.200s", answer->head);
  answer->status = atoi(answer->head + 9);
  answer->body_size = has_body(answer->status) ? content_length(answer->head) : 0;
  answer->body_left = answer->body_size;
  answer->has_head = true;
}

/* Gathers bytes up to the empty line; how many of the given ones belong to the head. */
static size_t take_head(struct answer *answer, const char *bytes, size_t count) {
  size_t before = answer->head_length, room = ANSWER_MOST_HEAD - before;
  size_t taken = count < room ? count : room;
  memcpy(answer->head + before, bytes, taken);
  answer->head[before + taken] = 0;
  /* The empty line may have begun in the bytes of before. */
  char *end = strstr(answer->head + (before < 3 ? 0 : before - 3), "\r\n\r\n");
  if (!end && taken == room) fail("the head of an answer is too long");
  if (!end) return answer->head_length += taken, taken;
  end[2] = 0;
  read_head(answer);
  return (size_t)(end + 4 - answer->head) - before;
}

enum answer_state answer_take(struct answer *answer, const char *bytes, size_t count) {
  if (!answer->has_head) {
    size_t taken = take_head(answer, bytes, count);
    bytes += taken;
    count -= taken;
    if (!answer->has_head) return ANSWER_BEGUN;
  }
  if (count > answer->body_left) fail("an answer goes on past its length");
  answer->body_left -= count;
  return answer->body_left == 0 ? ANSWER_WHOLE : ANSWER_BEGUN;
}
