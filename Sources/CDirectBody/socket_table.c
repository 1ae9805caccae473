#include "socket_table.h"

#include <stdlib.h>
#include <string.h>

static const size_t first_capacity = 64;

static bool make_room(struct socket_table *table, size_t needed) {
  if (needed <= table->capacity) return true;
  size_t larger = needed < first_capacity ? first_capacity : needed * 2;
  void **grown = realloc(table->entries, larger * sizeof *grown);
  if (grown == NULL) return false;
  memset(grown + table->capacity, 0, (larger - table->capacity) * sizeof *grown);
  table->entries = grown;
  table->capacity = larger;
  return true;
}

bool socket_table_set(struct socket_table *table, int socket, void *entry) {
  if (socket < 0 || !make_room(table, (size_t)socket + 1)) return false;
  table->entries[socket] = entry;
  return true;
}
