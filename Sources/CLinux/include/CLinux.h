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

#endif
