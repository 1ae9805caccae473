/* The floor of a restore: copies items from one memcached to another, pipelined, in one thread without any logic.
 *
 *   copy SOURCE_PORT TARGET_PORT < names
 *
 * One key on each line, as memcached takes it. The commands are those of the gateway's restore: "mg" without a trace
 * in the source's order of use, and "ms" in quiet mode, with one "mn" at the end of a batch that tells that the target
 * has come so far; without the numbers that the gateway's commands have and its answers are held against. Prints how many items the target stored; whether that is enough is for the caller to judge. */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
  /* No less than the restore has (BatchLimits.swift): keys in a batch, and batches that may be open on each side. */
  BATCH = 256,
  AHEAD = 8,
  /* memcached's limit. */
  LONGEST_KEY = 250,
  /* What stands around the key in a request, and between key and value in a store. */
  LONGEST_REST = 128,
  /* Holds all the requests that may be open, and many values of the measurement. */
  CAPACITY = 1 << 20,
  /* A node that is silent for so long is in trouble. */
  PATIENCE_MILLISECONDS = 10000,
};

_Static_assert(AHEAD * BATCH * (LONGEST_KEY + LONGEST_REST) <= CAPACITY, "open requests must fit");

/* Bytes on their way: those from `start` to `end` have not been dealt with. */
struct buffer {
  size_t start, end;
  char bytes[CAPACITY];
};

struct reply {
  bool is_hit;
  const char *value; /* with the line end behind it */
  size_t length;
  unsigned long flags;
  long lifetime; /* in seconds; -1: without limit */
};

static struct buffer requests, values, stores, answers;
static char *names; /* each ends with a line feed */
static const char *next_to_ask, *next_to_store;
static long total, asked, taken, stored, open_batches;
static time_t now;

static void fail(const char *what) {
  fprintf(stderr, "copy: %s\n", what);
  exit(1);
}

static void fail_with_errno(const char *what) {
  fprintf(stderr, "copy: %s: %s\n", what, strerror(errno));
  exit(1);
}

/* Buffers */

static size_t unread(const struct buffer *buffer) { return buffer->end - buffer->start; }

static void move_to_front(struct buffer *buffer) {
  if (buffer->start == 0) return;
  memmove(buffer->bytes, buffer->bytes + buffer->start, unread(buffer));
  buffer->end -= buffer->start;
  buffer->start = 0;
}

static bool has_room(struct buffer *buffer, size_t count) {
  if (CAPACITY - buffer->end < count) move_to_front(buffer);
  return CAPACITY - buffer->end >= count;
}

static void append(struct buffer *buffer, const char *bytes, size_t count) {
  memcpy(buffer->bytes + buffer->end, bytes, count);
  buffer->end += count;
}

static void append_text(struct buffer *buffer, const char *text) { append(buffer, text, strlen(text)); }

static void append_number(struct buffer *buffer, unsigned long number) {
  char digits[20];
  size_t first = sizeof digits;
  do digits[--first] = (char)('0' + number % 10);
  while ((number /= 10) > 0);
  append(buffer, digits + first, sizeof digits - first);
}

/* Sockets. Only poll waits: a node that goes on once its replies are read would be waited for in vain by a send. */

static int connect_to(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int on = 1, connection = socket(AF_INET, SOCK_STREAM, 0);
  if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) < 0)
    fail_with_errno("connect");
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return connection;
}

static void send_some(int connection, struct buffer *buffer) {
  while (unread(buffer) > 0) {
    ssize_t sent = send(connection, buffer->bytes + buffer->start, unread(buffer), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) fail_with_errno("send");
    buffer->start += (size_t)sent;
  }
  buffer->start = buffer->end = 0;
}

static void receive_some(int connection, struct buffer *buffer) {
  move_to_front(buffer);
  if (buffer->end == CAPACITY) fail("a reply does not fit into the buffer");
  ssize_t got = recv(connection, buffer->bytes + buffer->end, CAPACITY - buffer->end, MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return;
  if (got < 0) fail_with_errno("recv");
  if (got == 0) fail("a node closed the connection");
  buffer->end += (size_t)got;
}

/* Names */

static void read_names(void) {
  size_t length = 0, capacity = 0, got;
  do {
    if (length == capacity && !(names = realloc(names, capacity = capacity * 2 + CAPACITY))) fail("out of memory");
    length += got = fread(names + length, 1, capacity - length, stdin);
  } while (got > 0);
  if (ferror(stdin)) fail("the names cannot be read");
  if (length > 0 && names[length - 1] != '\n') fail("the last name does not end with a line feed");
  for (size_t i = 0; i < length; i++) total += names[i] == '\n';
  next_to_ask = next_to_store = names;
}

/* The length of the name that begins here; the cursor is set to the next one. */
static size_t take_name(const char **cursor) {
  size_t length = (size_t)(strchr(*cursor, '\n') - *cursor);
  if (length == 0 || length > LONGEST_KEY) fail("a name is empty or too long");
  *cursor += length + 1;
  return length;
}

/* The source */

static void ask(void) {
  const char *name = next_to_ask;
  size_t length = take_name(&next_to_ask);
  append_text(&requests, "mg ");
  append(&requests, name, length);
  append_text(&requests, " v f t u\r\n");
  asked++;
}

static void ask_ahead(void) {
  while (asked < total && asked - taken <= (AHEAD - 1) * BATCH && has_room(&requests, CAPACITY / AHEAD))
    for (int i = 0; i < BATCH && asked < total; i++) ask();
}

/* "VA <length> f<flags> t<lifetime>": false when the value is not whole yet. */
static bool parse_hit(const char *line, const char *end, struct reply *reply) {
  char *rest;
  reply->length = strtoul(line + 3, &rest, 10);
  if (strncmp(rest, " f", 2) != 0) fail("the source's reply has no flags");
  reply->flags = strtoul(rest + 2, &rest, 10);
  if (strncmp(rest, " t", 2) != 0) fail("the source's reply has no lifetime");
  reply->lifetime = strtol(rest + 2, NULL, 10);
  reply->value = end + 1;
  if (reply->length > CAPACITY / 2) fail("a value is too large");
  return (size_t)(values.bytes + values.end - reply->value) >= reply->length + 2;
}

/* The reply that is next, which stays where it is. */
static bool next_reply(struct reply *reply) {
  const char *line = values.bytes + values.start, *end = memchr(line, '\n', unread(&values));
  if (!end) return false;
  *reply = (struct reply){.is_hit = strncmp(line, "VA ", 3) == 0, .value = end + 1};
  if (reply->is_hit) return parse_hit(line, end, reply);
  if (strncmp(line, "EN\r", 3) != 0) fail("the source answers with an error");
  return true;
}

/* The target */

static void store(const char *name, size_t length, const struct reply *reply) {
  append_text(&stores, "ms ");
  append(&stores, name, length);
  append_text(&stores, " ");
  append_number(&stores, reply->length);
  /* As a time of day: more than 30 days would be taken for one. */
  append_text(&stores, " T");
  append_number(&stores, reply->lifetime < 0 ? 0 : (unsigned long)(now + reply->lifetime));
  append_text(&stores, " F");
  append_number(&stores, reply->flags);
  append_text(&stores, " ME q\r\n");
  append(&stores, reply->value, reply->length + 2);
  stored++;
}

static void end_batch(void) {
  append_text(&stores, "mn\r\n");
  open_batches++;
}

/* Whether the next reply is whole, and the target may be given more. */
static bool can_hand_on(struct reply *reply) {
  return open_batches < AHEAD && next_reply(reply) && has_room(&stores, reply->length + LONGEST_KEY + LONGEST_REST);
}

static void hand_on(const struct reply *reply) {
  const char *name = next_to_store;
  size_t length = take_name(&next_to_store);
  if (reply->is_hit) store(name, length, reply);
  values.start = (size_t)(reply->value - values.bytes) + (reply->is_hit ? reply->length + 2 : 0);
  if (++taken % BATCH == 0 || taken == total) end_batch();
}

/* Until the next reply is not whole, or the target takes no more for now. */
static void hand_on_all(int target) {
  struct reply reply;
  while (can_hand_on(&reply)) {
    do hand_on(&reply);
    while (can_hand_on(&reply));
    send_some(target, &stores);
  }
}

static void take_answer(const char *line) {
  if (strncmp(line, "MN\r", 3) == 0)
    open_batches--;
  else if (strncmp(line, "NS\r", 3) == 0)
    stored--;
  else
    fail("the target answers a store with an error");
}

static void take_answers(void) {
  const char *line, *end;
  while (line = answers.bytes + answers.start, end = memchr(line, '\n', unread(&answers))) {
    take_answer(line);
    answers.start = (size_t)(end + 1 - answers.bytes);
  }
}

/* The loop */

/* While the target may not be given more, what the source says is left in the socket. */
static bool may_read_source(void) {
  struct reply reply;
  return asked > taken && !(unread(&values) > 0 && next_reply(&reply));
}

static void wait_and_receive(int source, int target) {
  short source_events = (short)((may_read_source() ? POLLIN : 0) | (unread(&requests) > 0 ? POLLOUT : 0));
  short target_events = (short)(POLLIN | (unread(&stores) > 0 ? POLLOUT : 0));
  struct pollfd polled[] = {{.fd = source, .events = source_events}, {.fd = target, .events = target_events}};
  int ready = poll(polled, 2, PATIENCE_MILLISECONDS);
  if (ready < 0 && errno != EINTR) fail_with_errno("poll");
  if (ready == 0) fail("the nodes do not answer");
  if (polled[0].revents & ~POLLOUT && may_read_source()) receive_some(source, &values);
  if (polled[1].revents & ~POLLOUT) receive_some(target, &answers);
}

static void copy(int source, int target) {
  while (taken < total || open_batches > 0) {
    ask_ahead();
    send_some(source, &requests);
    hand_on_all(target);
    send_some(target, &stores);
    wait_and_receive(source, target);
    take_answers();
  }
}

int main(int count, char **arguments) {
  if (count != 3) return fprintf(stderr, "usage: copy SOURCE_PORT TARGET_PORT < names\n"), 64;
  now = time(NULL);
  read_names();
  copy(connect_to(atoi(arguments[1])), connect_to(atoi(arguments[2])));
  printf("%ld\n", stored);
  return 0;
}
