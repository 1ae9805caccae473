/// Takes the bodies of uploads from their sockets straight to where they are collected.
///
/// libmicrohttpd reads a body into its connection's memory, some 5 KiB at a time, from where it has to be copied.
/// For 1 MiB that is two hundred calls of recv and one more copy: half of what a PUT of it costs the gateway. More
/// memory per connection would be cleared for every request and kept by every idle connection. So this library
/// defines recv, which the dynamic linker prefers to the C library's, for libmicrohttpd as well: of a socket that has
/// a sink it reads into the sink as much as there is, and tells libmicrohttpd, call by call, of as many bytes as it
/// asked for, without writing them to its buffer. To libmicrohttpd it looks as if they had arrived there.
///
/// Only for bodies whose length is known, which libmicrohttpd counts and never looks at, and only for connections
/// without TLS. Sinks belong to the thread that attaches them, and only that thread may call recv for their sockets.
#ifndef CBODYSINK_H
#define CBODYSINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct body_sink {
  /// Where the next byte of the body goes.
  uint8_t *next;
  /// Bytes of the body that are still to be read.
  size_t rest;
  /// Bytes that have been read and that recv has not told of yet.
  size_t ahead;
};

/// From now on until it is detached the sink gets what arrives at the socket. False when there is no memory for it.
bool body_sink_attach(int socket, struct body_sink *sink);

/// The socket must have a sink.
void body_sink_detach(int socket);

#endif
