#include "body_feed.h"

#include <sys/socket.h>

#include "socket_table.h"

static _Thread_local struct socket_table feeds;

bool body_feed_attach(int socket, struct body_feed *feed) { return socket_table_set(&feeds, socket, feed); }

void body_feed_detach(int socket) { socket_table_clear(&feeds, socket); }

/// What send tells of, where the body has been sent.
static size_t tell(struct body_feed *feed, size_t length) {
  size_t told = feed->ahead < length ? feed->ahead : length;
  feed->ahead -= told;
  return told;
}

/// A short count means that the socket takes no more, as libmicrohttpd expects: it waits for it then. So it does where the
/// connection has broken when part of what it sends had been sent before; of that epoll tells it next, whatever it waits
/// for, since nobody has been told of the end of this connection yet.
static ssize_t send_from(struct body_feed *feed, int socket, size_t length, int flags) {
  size_t told = tell(feed, length);
  if (told == length || feed->rest == 0) return (ssize_t)told;
  ssize_t count = sendto(socket, feed->next, feed->rest, flags, NULL, 0);
  if (count < 0) return told > 0 ? (ssize_t)told : count;
  feed->next += count;
  feed->rest -= (size_t)count;
  feed->ahead += (size_t)count;
  return (ssize_t)(told + tell(feed, length - told));
}

ssize_t send(int socket, const void *buffer, size_t length, int flags) {
  struct body_feed *feed = socket_table_get(&feeds, socket);
  if (feed == NULL || (feed->rest == 0 && feed->ahead == 0)) {
    return sendto(socket, buffer, length, flags, NULL, 0);
  }
  return send_from(feed, socket, length, flags);
}
