#ifndef BODY_SINK_H
#define BODY_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Where the body of an upload goes.
struct body_sink {
  /// Where the next byte of the body goes.
  uint8_t *next;
  /// Bytes that are still to be read into it.
  size_t rest;
  /// Bytes that have been read and that recv has not told of yet.
  size_t ahead;
};

/// From now on until it is detached the sink gets what arrives at the socket. False when there is no memory for it.
bool body_sink_attach(int socket, struct body_sink *sink);

/// The socket must have a sink.
void body_sink_detach(int socket);

#endif
