#define _GNU_SOURCE
#include "chostsystem.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { wanted_pipe_bytes = 1 << 20, worth_asking_bytes = 1 << 20 };

int chostsystem_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

static int sealed_memory(const char *name, int seals) {
  int descriptor = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor < 0) return -1;
  if (fcntl(descriptor, F_ADD_SEALS, seals) == 0) return descriptor;
  int error = errno;
  close(descriptor);
  errno = error;
  return -1;
}

int chostsystem_growing_memory(const char *name) { return sealed_memory(name, F_SEAL_SHRINK | F_SEAL_SEAL); }

int chostsystem_closable_memory(const char *name) { return sealed_memory(name, F_SEAL_SHRINK); }

int chostsystem_close_to_writing(int descriptor) {
  return fcntl(descriptor, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL);
}

int chostsystem_is_closed_to_writing(int descriptor) {
  int seals = fcntl(descriptor, F_GET_SEALS);
  return seals >= 0 && seals & F_SEAL_SHRINK && seals & F_SEAL_GROW && seals & (F_SEAL_FUTURE_WRITE | F_SEAL_WRITE);
}

// What the machine can give without swapping, bytes; -1 if /proc does not say.
static int64_t available_memory(void) {
  FILE *file = fopen("/proc/meminfo", "re");
  if (!file) return -1;
  char line[128];
  long long kilobytes = -1;
  while (kilobytes < 0 && fgets(line, sizeof line, file))
    if (sscanf(line, "MemAvailable: %lld", &kilobytes) != 1) kilobytes = -1;
  fclose(file);
  return kilobytes < 0 ? -1 : (int64_t)kilobytes * 1024;
}

int chostsystem_reserve(int descriptor, int64_t offset, int64_t bytes) {
  // Little is not worth the question.
  int64_t available = bytes < worth_asking_bytes ? -1 : available_memory();
  if (available >= 0 && bytes > available) return ENOMEM;
  int result;
  do result = fallocate(descriptor, 0, offset, bytes);
  while (result != 0 && errno == EINTR);
  return result == 0 ? 0 : errno;
}

void chostsystem_give_back(int descriptor, int64_t bytes) {
  fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, bytes);
}

int chostsystem_pipe(int *read_end, int *write_end) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  // Room for a slice or two, so that both sides work at the same time; without it all goes on, only slower.
  fcntl(ends[1], F_SETPIPE_SZ, wanted_pipe_bytes);
  *read_end = ends[0];
  *write_end = ends[1];
  return 0;
}

int chostsystem_socket_pair(int *one, int *other) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return -1;
  *one = ends[0];
  *other = ends[1];
  return 0;
}

ssize_t chostsystem_send(int descriptor, const void *bytes, size_t count) {
  return send(descriptor, bytes, count, MSG_NOSIGNAL);
}

// Room for one descriptor and no other: the kernel closes what does not fit.
union passed_descriptor {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
};

ssize_t chostsystem_send_descriptor(int descriptor, const void *bytes, size_t count, int passed) {
  union passed_descriptor control;
  memset(&control, 0, sizeof control);
  struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_SPACE(sizeof(int))};
  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = SCM_RIGHTS;
  control.header.cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(&control.header), &passed, sizeof passed);
  return sendmsg(descriptor, &message, MSG_NOSIGNAL);
}

ssize_t chostsystem_receive(int descriptor, void *bytes, size_t count, int *passed) {
  union passed_descriptor control;
  struct iovec part = {.iov_base = bytes, .iov_len = count};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_LEN(sizeof(int))};
  *passed = -1;
  ssize_t received = recvmsg(descriptor, &message, MSG_CMSG_CLOEXEC);
  if (received < 0) return received;
  const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
      header->cmsg_len == CMSG_LEN(sizeof(int)))
    memcpy(passed, CMSG_DATA(header), sizeof *passed);
  return received;
}

int chostsystem_spawn(const char *executable, const int *descriptors, int count, pid_t *child) {
  enum { most = 8 };
  if (count < 0 || count > most) return EINVAL;
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
  // Copies above every number that the child will use: in a host that closed its standard descriptors ours may be 0, 1
  // or 2, and one dup2 of the child would destroy the source of the next.
  int copies[most];
  for (int i = 0; i < count; i++) {
    copies[i] = descriptors[i] < 0 ? -1 : fcntl(descriptors[i], F_DUPFD_CLOEXEC, most);
    if (descriptors[i] >= 0 && copies[i] < 0 && !error) error = errno;
  }
  for (int i = 0; i < count && !error; i++)
    error = copies[i] < 0 ? posix_spawn_file_actions_addopen(&actions, i, "/dev/null", O_RDWR, 0)
                          : posix_spawn_file_actions_adddup2(&actions, copies[i], i);
  // A host may hold descriptors that are not closed on exec: none of them is the helper's business.
  if (!error) error = posix_spawn_file_actions_addclosefrom_np(&actions, count);
  if (!error) error = posix_spawnattr_setsigmask(&attributes, &none);
  if (!error) error = posix_spawnattr_setsigdefault(&attributes, &all);
  if (!error) error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  if (!error) {
    char *const arguments[] = {(char *)executable, NULL};
    error = posix_spawn(child, executable, &actions, &attributes, arguments, environ);
  }
  for (int i = 0; i < count; i++)
    if (copies[i] >= 0) close(copies[i]);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

int chostsystem_process_handle(pid_t child) { return (int)syscall(SYS_pidfd_open, child, 0); }

void chostsystem_kill(int handle, pid_t child) {
  if (handle >= 0)
    syscall(SYS_pidfd_send_signal, handle, SIGKILL, NULL, 0);
  else
    kill(child, SIGKILL);
}

const char *chostsystem_path_of_this_library(void) {
  Dl_info information;
  return dladdr((void *)chostsystem_path_of_this_library, &information) ? information.dli_fname : NULL;
}

int chostsystem_limit_address_space(uint64_t bytes) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) != 0) return -1;
  limit.rlim_cur = bytes == 0 || bytes > limit.rlim_max ? limit.rlim_max : bytes;
  return setrlimit(RLIMIT_AS, &limit);
}

void chostsystem_spare_address_space(void) { mallopt(M_ARENA_MAX, 2); }

pid_t chostsystem_fork(void) { return fork(); }
