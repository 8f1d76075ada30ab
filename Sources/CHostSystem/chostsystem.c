#define _GNU_SOURCE
#include "chostsystem.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

enum { first_free_descriptor = 3, wanted_pipe_bytes = 1 << 20 };

// In a host that closed its standard descriptors a new one may be 0, 1 or 2, and the child's dup2 would destroy it.
static int above_standard(int descriptor) {
  if (descriptor < 0 || descriptor >= first_free_descriptor) return descriptor;
  int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, first_free_descriptor);
  close(descriptor);
  return moved;
}

int chostsystem_memory_file(const char *name) { return above_standard(memfd_create(name, MFD_CLOEXEC)); }

int chostsystem_pipe(int *read_end, int *write_end) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  *read_end = above_standard(ends[0]);
  *write_end = above_standard(ends[1]);
  if (*read_end >= 0 && *write_end >= 0) {
    // Room for a slice or two, so that both sides work at the same time; without it all goes on, only slower.
    fcntl(*write_end, F_SETPIPE_SZ, wanted_pipe_bytes);
    return 0;
  }
  if (*read_end >= 0) close(*read_end);
  if (*write_end >= 0) close(*write_end);
  return -1;
}

int chostsystem_spawn(const char *executable, int input, int output, pid_t *child) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int error = posix_spawn_file_actions_init(&actions);
  if (error) return error;
  error = posix_spawnattr_init(&attributes);
  if (error) {
    posix_spawn_file_actions_destroy(&actions);
    return error;
  }
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  if (!error) error = posix_spawn_file_actions_adddup2(&actions, input, 0);
  if (!error) error = posix_spawn_file_actions_adddup2(&actions, output, 1);
  if (!error) error = posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  // A host may hold descriptors that are not closed on exec: none of them is the helper's business.
  if (!error) error = posix_spawn_file_actions_addclosefrom_np(&actions, first_free_descriptor);
  if (!error) error = posix_spawnattr_setsigmask(&attributes, &none);
  if (!error) error = posix_spawnattr_setsigdefault(&attributes, &all);
  if (!error) error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  if (!error) {
    char *const arguments[] = {(char *)executable, NULL};
    error = posix_spawn(child, executable, &actions, &attributes, arguments, environ);
  }
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}
