#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { nobody = 65534 };

// Runs between fork and exec: async-signal-safe calls only.
static void become_child(const char *path, char *const argv[], pid_t parent, int output_fd) {
  // Giving up root clears the death signal, so it comes first.
  if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setgid(nobody) != 0 || setuid(nobody) != 0)) {
    _exit(126);
  }
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) _exit(126);
  if (getppid() != parent) _exit(126);  // the parent ended before the signal was armed
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGPIPE, SIG_DFL);
  // A terminal's interrupt goes to the whole group; the child ends when its parent says so.
  setpgid(0, 0);
  int null_fd = open("/dev/null", O_RDWR);
  if (null_fd < 0 || dup2(null_fd, 0) < 0 || dup2(output_fd < 0 ? null_fd : output_fd, 1) < 0 ||
      dup2(1, 2) < 0) {
    _exit(126);
  }
  execv(path, argv);
  _exit(127);
}

pid_t clinux_spawn_with_parent(const char *path, char *const argv[], int output_fd) {
  pid_t parent = getpid();
  pid_t child = fork();
  if (child < 0) return -errno;
  if (child == 0) become_child(path, argv, parent, output_fd);
  return child;
}
