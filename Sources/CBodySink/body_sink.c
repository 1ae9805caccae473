#include "CBodySink.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/// So that one upload does not keep the others waiting.
static const size_t most_at_once = 256 * 1024;

/// By descriptor.
static _Thread_local struct body_sink **sinks;
static _Thread_local size_t capacity;

static bool make_room(size_t needed) {
  if (needed <= capacity) return true;
  size_t larger = needed < 64 ? 64 : needed * 2;
  struct body_sink **grown = realloc(sinks, larger * sizeof *grown);
  if (grown == NULL) return false;
  memset(grown + capacity, 0, (larger - capacity) * sizeof *grown);
  sinks = grown;
  capacity = larger;
  return true;
}

bool body_sink_attach(int socket, struct body_sink *sink) {
  if (socket < 0 || !make_room((size_t)socket + 1)) return false;
  sinks[socket] = sink;
  return true;
}

void body_sink_detach(int socket) { sinks[socket] = NULL; }

static ssize_t receive(int socket, void *buffer, size_t length, int flags) {
  return recvfrom(socket, buffer, length, flags, NULL, NULL);
}

/// What recv tells of, where the body has been read.
static size_t tell(struct body_sink *sink, size_t length) {
  size_t told = sink->ahead < length ? sink->ahead : length;
  sink->ahead -= told;
  return told;
}

/// A short count says that the socket is empty, and libmicrohttpd waits for epoll then: so it has to be true.
static ssize_t receive_into(struct body_sink *sink, int socket, char *buffer, size_t length, int flags) {
  size_t told = tell(sink, length);
  while (told < length && sink->rest > 0) {
    size_t wanted = sink->rest < most_at_once ? sink->rest : most_at_once;
    ssize_t count = receive(socket, sink->next, wanted, flags);
    if (count <= 0) return told > 0 ? (ssize_t)told : count;
    sink->next += count;
    sink->rest -= (size_t)count;
    sink->ahead += (size_t)count;
    told += tell(sink, length - told);
    if ((size_t)count < wanted) return (ssize_t)told;
  }
  if (told == length) return (ssize_t)told;
  // What follows the body is another request's.
  ssize_t count = receive(socket, buffer + told, length - told, flags);
  return count > 0 ? (ssize_t)told + count : told > 0 ? (ssize_t)told : count;
}

ssize_t recv(int socket, void *buffer, size_t length, int flags) {
  struct body_sink *sink = socket >= 0 && (size_t)socket < capacity ? sinks[socket] : NULL;
  if (sink == NULL) return receive(socket, buffer, length, flags);
  return receive_into(sink, socket, buffer, length, flags);
}
