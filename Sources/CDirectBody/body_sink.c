#include "body_sink.h"

#include <errno.h>
#include <sys/socket.h>

#include "socket_table.h"

/// So that one upload does not keep the others waiting.
static const size_t most_at_once = 256 * 1024;

static _Thread_local struct socket_table sinks;

bool body_sink_attach(int socket, struct body_sink *sink) { return socket_table_set(&sinks, socket, sink); }

void body_sink_detach(int socket) { socket_table_clear(&sinks, socket); }

static ssize_t receive(int socket, void *buffer, size_t length, int flags) {
  return recvfrom(socket, buffer, length, flags, NULL, NULL);
}

/// What recv tells of, where the body has been read.
static size_t tell(struct body_sink *sink, size_t length) {
  size_t told = sink->ahead < length ? sink->ahead : length;
  sink->ahead -= told;
  return told;
}

/// Epoll tells once that a socket has something, and libmicrohttpd waits for it after a short count. So a short count
/// has to mean that the socket is empty; and of a connection that has ended meanwhile, or broken, epoll is made to tell
/// again.
static ssize_t told_or(size_t told, ssize_t count, int socket) {
  if (told == 0) return count;
  bool has_ended = count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
  if (has_ended) shutdown(socket, SHUT_RD);
  return (ssize_t)told + (count > 0 ? count : 0);
}

static ssize_t receive_into(struct body_sink *sink, int socket, char *buffer, size_t length, int flags) {
  size_t told = tell(sink, length);
  while (told < length && sink->rest > 0) {
    size_t wanted = sink->rest < most_at_once ? sink->rest : most_at_once;
    ssize_t count = receive(socket, sink->next, wanted, flags);
    if (count <= 0) return told_or(told, count, socket);
    sink->next += count;
    sink->rest -= (size_t)count;
    sink->ahead += (size_t)count;
    told += tell(sink, length - told);
  }
  if (told == length) return (ssize_t)told;
  // The sink is full: what follows, of this body or of another request, goes where the caller says.
  return told_or(told, receive(socket, buffer + told, length - told, flags), socket);
}

ssize_t recv(int socket, void *buffer, size_t length, int flags) {
  struct body_sink *sink = socket_table_get(&sinks, socket);
  if (sink == NULL) return receive(socket, buffer, length, flags);
  return receive_into(sink, socket, buffer, length, flags);
}
