#include "body_source.h"

#include <sys/socket.h>

#include "socket_table.h"

static _Thread_local struct socket_table sources;

bool body_source_attach(int socket, struct body_source *source) { return socket_table_set(&sources, socket, source); }

void body_source_detach(int socket) { socket_table_clear(&sources, socket); }

/// What send tells of, where the body has been sent.
static size_t tell(struct body_source *source, size_t length) {
  size_t told = source->ahead < length ? source->ahead : length;
  source->ahead -= told;
  return told;
}

/// A short count means that the socket takes no more, as libmicrohttpd expects: it waits for it then.
static ssize_t send_from(struct body_source *source, int socket, size_t length, int flags) {
  size_t told = tell(source, length);
  if (told == length || source->rest == 0) return (ssize_t)told;
  ssize_t count = sendto(socket, source->next, source->rest, flags, NULL, 0);
  if (count < 0) return told > 0 ? (ssize_t)told : count;
  source->next += count;
  source->rest -= (size_t)count;
  source->ahead += (size_t)count;
  return (ssize_t)(told + tell(source, length - told));
}

ssize_t send(int socket, const void *buffer, size_t length, int flags) {
  struct body_source *source = socket_table_get(&sources, socket);
  if (source == NULL || (source->rest == 0 && source->ahead == 0)) {
    return sendto(socket, buffer, length, flags, NULL, 0);
  }
  return send_from(source, socket, length, flags);
}
