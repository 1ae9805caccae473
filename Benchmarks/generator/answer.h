/* Reads the answer to one request from the bytes of a connection: its status, and how long its body is. */
#ifndef ANSWER_H
#define ANSWER_H

#include <stdbool.h>
#include <stddef.h>

/* Twice what any of the servers sends. */
#define ANSWER_MOST_HEAD 4096

struct answer {
  char head[ANSWER_MOST_HEAD + 1];
  size_t head_length;
  bool has_head;
  int status;
  size_t body_size;
  size_t body_left;
};

enum answer_state { ANSWER_BEGUN, ANSWER_WHOLE };

void answer_begin(struct answer *answer);

/* Takes bytes in. Ends the program when they are no answer, or go on past its end. */
enum answer_state answer_take(struct answer *answer, const char *bytes, size_t count);

#endif
