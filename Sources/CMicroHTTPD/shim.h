/// libmicrohttpd for Swift: what its header offers only as variadic functions or macros, as functions; and
/// one way around it, `cmhd_add_fields`.
#ifndef CMICROHTTPD_SHIM_H
#define CMICROHTTPD_SHIM_H

#include <microhttpd.h>
#include <string.h>

/// Everything a daemon is started with. The handlers get their own `_context`.
struct cmhd_options {
  MHD_socket listen_socket;
  unsigned int connection_limit;
  size_t connection_memory_limit;
  unsigned int inactivity_timeout_seconds;
  MHD_AccessHandlerCallback handle;
  void *handle_context;
  MHD_NotifyConnectionCallback connection_changed;
  void *connection_changed_context;
  MHD_RequestCompletedCallback completed;
  void *completed_context;
  MHD_LogCallback log;
  void *log_context;
};

/// Leaves percent-encoding alone: by default libmicrohttpd decodes the path in place and `%00` cuts it.
static inline size_t cmhd_keep_escapes(void *context, struct MHD_Connection *connection, char *text) {
  (void)context;
  (void)connection;
  size_t length = 0;
  while (text[length] != 0) length++;
  return length;
}

/// Epoll mode without a thread of its own: the caller watches the daemon's epoll descriptor.
static inline struct MHD_Daemon *cmhd_start_daemon(const struct cmhd_options *options) {
  return MHD_start_daemon(
      MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL, options->handle,
      options->handle_context, MHD_OPTION_EXTERNAL_LOGGER, options->log, options->log_context,
      MHD_OPTION_LISTEN_SOCKET, options->listen_socket, MHD_OPTION_CONNECTION_LIMIT,
      options->connection_limit, MHD_OPTION_CONNECTION_MEMORY_LIMIT, options->connection_memory_limit,
      MHD_OPTION_CONNECTION_TIMEOUT, options->inactivity_timeout_seconds, MHD_OPTION_NOTIFY_COMPLETED,
      options->completed, options->completed_context, MHD_OPTION_NOTIFY_CONNECTION,
      options->connection_changed, options->connection_changed_context, MHD_OPTION_UNESCAPE_CALLBACK, cmhd_keep_escapes,
      NULL, MHD_OPTION_END);
}

/// The daemon's epoll descriptor, or -1.
static inline int cmhd_epoll_descriptor(struct MHD_Daemon *daemon) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
  return info == NULL ? -1 : info->epoll_fd;
}

/// The connection's socket, or -1.
static inline int cmhd_socket(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info == NULL ? -1 : info->connect_fd;
}

/// Of a body that breaks off: the connection is cut.
static const ssize_t cmhd_stream_failed = MHD_CONTENT_READER_END_WITH_ERROR;

/// Of a body whose length was not announced.
static const ssize_t cmhd_stream_end = MHD_CONTENT_READER_END_OF_STREAM;
static const uint64_t cmhd_unknown_size = MHD_SIZE_UNKNOWN;

/// More than a connection's memory takes.
enum { cmhd_longest_fields = 16 * 1024 };

/// Adds several header fields as one: Date, whose value is followed by the text of the others, each with the
/// line break before it. Both together have 1 to `cmhd_longest_fields` bytes. Nothing in them is checked.
///
/// libmicrohttpd makes three allocations for each field and refuses line breaks in its value. So the value
/// is added as blanks, and the text is written into libmicrohttpd's copy of them. To an answer that has a Date
/// it adds none of its own.
static inline enum MHD_Result cmhd_add_fields(
    struct MHD_Response *response, const void *date, size_t date_length, const void *text, size_t length) {
  static const char blanks[cmhd_longest_fields + 1] = {[0 ... cmhd_longest_fields - 1] = ' '};
  if (date_length == 0 || date_length > cmhd_longest_fields || length > cmhd_longest_fields - date_length)
    return MHD_NO;
  const char *value = blanks + cmhd_longest_fields - date_length - length;
  if (MHD_add_response_header(response, MHD_HTTP_HEADER_DATE, value) != MHD_YES) return MHD_NO;
  char *copy = (char *)MHD_get_response_header(response, MHD_HTTP_HEADER_DATE);
  if (copy == NULL) return MHD_NO;
  memcpy(copy, date, date_length);
  memcpy(copy + date_length, text, length);
  return MHD_YES;
}

#endif
