/// What one thread knows of its sockets, by descriptor.
#ifndef SOCKET_TABLE_H
#define SOCKET_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct socket_table {
  void **entries;
  size_t capacity;
};

/// NULL when there is nothing.
static inline void *socket_table_get(const struct socket_table *table, int socket) {
  return socket >= 0 && (size_t)socket < table->capacity ? table->entries[socket] : NULL;
}

/// False when there is no memory for it.
bool socket_table_set(struct socket_table *table, int socket, void *entry);

/// The socket must have an entry.
static inline void socket_table_clear(struct socket_table *table, int socket) { table->entries[socket] = NULL; }

#endif
