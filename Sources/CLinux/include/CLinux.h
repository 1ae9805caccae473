/// The Linux interfaces that Swift's Glibc module does not carry.
#ifndef CLINUX_H
#define CLINUX_H

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/types.h>

/// Starts `path` with `argv` in a child that the kernel kills (SIGKILL) as soon as the calling thread ends,
/// however that comes about. When the caller is root the child runs as nobody. Standard input is
/// /dev/null; output goes to `output_fd`.
///
/// Must be called from a thread that lives as long as the process.
/// Returns the process id, or the negated errno.
pid_t clinux_spawn_with_parent(const char *path, char *const argv[], int output_fd);

/// Has the processor fetch the cache lines of a few bytes, which need not be readable.
static inline void clinux_prefetch(const void *start, size_t count) {
  const size_t cache_line = 64;
  for (size_t offset = 0; offset < count; offset += cache_line)
    __builtin_prefetch((const char *)start + offset);
}

#endif
