/// Takes long bodies past libmicrohttpd's buffers: uploads from their sockets straight to where they are collected, values
/// from where they lie straight to their sockets.
///
/// libmicrohttpd reads a body into its connection's memory, some 5 KiB at a time, from where it has to be copied. For
/// 1 MiB that is two hundred calls of recv and one more copy: half of what a PUT of it costs the gateway. More memory per
/// connection would be cleared for every request and kept by every idle connection. A body that is produced while it is
/// sent it has copied into a buffer of the answer, which is one more copy and one call of send for each bufferful: a
/// quarter of what a GET of a value in chunks costs.
///
/// So this library defines recv and send, which the dynamic linker prefers to the C library's, for libmicrohttpd as well.
/// Of a socket that has a sink (`body_sink`) recv reads as much as there is into the sink, to a socket that has a feed
/// (`body_feed`) send sends as much as it takes from the feed; libmicrohttpd is told, call by call, of as many bytes
/// as it asked for, and its own buffer is neither written nor read. To libmicrohttpd it looks as if they had passed
/// through there.
///
/// Only for bodies whose length is known, which libmicrohttpd counts and never looks at, and only for connections without
/// TLS. Sinks and feeds belong to the thread that attaches them, and only that thread may call recv and send for their
/// sockets.
#ifndef CDIRECTBODY_H
#define CDIRECTBODY_H

#include "body_feed.h"
#include "body_sink.h"

#endif
