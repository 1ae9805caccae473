#ifndef BODY_FEED_H
#define BODY_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Where the body of an answer comes from.
struct body_feed {
  /// Its next byte.
  const uint8_t *next;
  /// Bytes that are still to be sent.
  size_t rest;
  /// Bytes that have been sent and that send has not told of yet.
  size_t ahead;
};

/// From now on until it is detached what is sent to the socket comes from the feed, for as long as that has something:
/// no more may be sent then than it has. All that the socket takes goes at once, a chunk of half a megabyte at most, as a
/// value that is no stream goes, too. False when there is no memory for it.
bool body_feed_attach(int socket, struct body_feed *feed);

/// The socket must have a feed.
void body_feed_detach(int socket);

#endif
