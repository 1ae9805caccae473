#ifndef BODY_SOURCE_H
#define BODY_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Where the body of an answer comes from.
struct body_source {
  /// Its next byte.
  const uint8_t *next;
  /// Bytes that are still to be sent.
  size_t rest;
  /// Bytes that have been sent and that send has not told of yet.
  size_t ahead;
};

/// From now on until it is detached what is sent to the socket comes from the source, for as long as that has something.
/// False when there is no memory for it.
bool body_source_attach(int socket, struct body_source *source);

/// The socket must have a source.
void body_source_detach(int socket);

#endif
