/*
 * The floor of a restore: copies keys from one memcached to another, pipelined, by one thread without any logic.
 *
 *   copy SOURCE_PORT TARGET_PORT < names
 *
 * One key that memcached takes as it is on each line. Reads with "mg k v f t", stores with "ms k ... ME"; while one
 * batch is on its way to the target the next is read from the source. Prints how many were stored.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 128, BATCHES_AHEAD = 3, BUFFER = 1 << 20, LONGEST_KEY = 250 };

static char incoming[BUFFER], outgoing[BUFFER], request[BUFFER], reply[BUFFER];
static size_t have, start;
static long total, open_stores;

static void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static int connect_to(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int on = 1, connection = socket(AF_INET, SOCK_STREAM, 0);
  if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return connection;
}

static void send_all(int connection, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t sent = send(connection, bytes, count, MSG_NOSIGNAL);
    if (sent < 0) fail("send");
    bytes += sent;
    count -= (size_t)sent;
  }
}

/* At least `count` bytes from `start` on. */
static void need(int source, size_t count) {
  if (have - start >= count) return;
  memmove(incoming, incoming + start, have - start);
  have -= start;
  start = 0;
  while (have < count) {
    ssize_t got = recv(source, incoming + have, BUFFER - have, 0);
    if (got <= 0) fail("recv");
    have += (size_t)got;
  }
}

static char *line(int source) {
  size_t looked = 0;
  for (;;) {
    char *end = memchr(incoming + start + looked, '\n', have - start - looked);
    if (end) {
      char *begin = incoming + start;
      end[-1] = 0;
      start = (size_t)(end - incoming) + 1;
      return begin;
    }
    looked = have - start;
    need(source, looked + 1);
  }
}

/* Takes in replies to stores until at most `left` of them are open. */
static void settle(int target, long left) {
  static char last;
  while (open_stores > left) {
    ssize_t got = recv(target, reply, BUFFER, 0);
    if (got <= 0) fail("recv");
    for (ssize_t i = 0; i < got; i++) {
      if (reply[i] == 'D' && last == 'H') total++;
      if (reply[i] == '\n') open_stores--;
      last = reply[i];
    }
  }
}

static char ring[BATCHES_AHEAD + 1][BATCH][LONGEST_KEY + 2];
static int filled[BATCHES_AHEAD + 1];

static int ask(int source, int slot) {
  size_t length = 0;
  int count = 0;
  while (count < BATCH && fgets(ring[slot][count], LONGEST_KEY + 2, stdin)) {
    char *key = ring[slot][count];
    key[strcspn(key, "\n")] = 0;
    length += (size_t)sprintf(request + length, "mg %s v f t\r\n", key);
    count++;
  }
  if (count > 0) send_all(source, request, length);
  return filled[slot] = count;
}

/* Hands one batch of replies on to the target: how many stores that made. */
static long hand_on(int source, int target, int slot) {
  size_t length = 0;
  long count = 0;
  for (int i = 0; i < filled[slot]; i++) {
    char *head = line(source);
    if (strncmp(head, "VA ", 3) != 0) continue;
    char *rest;
    size_t size = strtoul(head + 3, &rest, 10);
    unsigned long flags = strtoul(strchr(rest, 'f') + 1, &rest, 10);
    long lifetime = strtol(strchr(rest, 't') + 1, NULL, 10);
    if (length + size + LONGEST_KEY + 100 > BUFFER) {
      send_all(target, outgoing, length);
      length = 0;
    }
    length += (size_t)sprintf(outgoing + length, "ms %s %zu T%ld F%lu ME\r\n", ring[slot][i], size,
                              lifetime < 0 ? 0 : lifetime, flags);
    need(source, size + 2);
    memcpy(outgoing + length, incoming + start, size + 2);
    start += size + 2;
    length += size + 2;
    count++;
  }
  send_all(target, outgoing, length);
  return count;
}

int main(int count, char **arguments) {
  if (count != 3) return fprintf(stderr, "usage: copy SOURCE_PORT TARGET_PORT < names\n"), 64;
  int source = connect_to(atoi(arguments[1])), target = connect_to(atoi(arguments[2]));
  int slots = BATCHES_AHEAD + 1, next = 0, oldest = 0, ahead = 0;
  for (;;) {
    while (ahead < BATCHES_AHEAD && ask(source, next) > 0) {
      next = (next + 1) % slots;
      ahead++;
    }
    if (ahead == 0) break;
    long sent = hand_on(source, target, oldest);
    oldest = (oldest + 1) % slots;
    ahead--;
    open_stores += sent;
    settle(target, sent);
  }
  settle(target, 0);
  printf("%ld\n", total);
  return 0;
}
