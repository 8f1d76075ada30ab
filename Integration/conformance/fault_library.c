/* Makes the n-th call of a kind fail, in the host's process or in the plugin's worker (LD_PRELOAD).
 *
 *   cc -std=gnu11 -shared -fPIC Integration/conformance/fault_library.c -ldl -o fault_library.so
 *
 * fault_host.c says which call, through a page that both map; fault_page.h lists the kinds.
 *
 * Which allocations may fail: in the worker all of them, whoever makes them; whatever happens there must be a status in
 * the host. In the host's process those that a program can survive: what libc and LZ4 allocate, and blocks aligned to
 * cache lines (the networks' buffers). Left alone there are Swift's own allocations, which end the process by the
 * language's rule, and those of oneDNN 2.6, libgomp and libstdc++, which end it by theirs (std::bad_alloc that leaves a C
 * function, exit(1), use of NULL): ISLET_ISOLATION_PROCESS keeps all of them out of a host. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fault_page.h"

static fault_page *page;
static int place;

/* malloc without its interposable name. */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

__attribute__((constructor)) static void map_page(void) {
  const char *path = getenv(FAULT_PAGE_VARIABLE);
  if (!path) return;
  char program[512];
  ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  program[length > 0 ? length : 0] = 0;
  const char *name = strrchr(program, '/');
  place = name && strcmp(name, "/islet-worker") == 0 ? FAULT_IN_WORKER : FAULT_IN_HOST;
  int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
  if (file < 0) return;
  if (lseek(file, 0, SEEK_END) < (off_t)sizeof *page) {
    close(file);
    return;
  }
  void *mapped = (void *)syscall(SYS_mmap, NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (mapped != MAP_FAILED) page = mapped;
  close(file);
}

/* Counts a call; whether it is to fail. */
static int fails(enum fault_kind kind) {
  if (!page || !atomic_load(&page->is_armed) || page->kind != (int)kind || page->place != place) return 0;
  long number = atomic_fetch_add(&page->calls, 1) + 1;
  int is_chosen = number == page->at || (page->is_lasting && number > page->at);
  if (is_chosen) atomic_fetch_add(&page->failed, 1);
  return is_chosen;
}

/* The path of the library that the code at an address is in; "" for the program and where nobody knows. */
static const char *library_of(void *address) {
  struct dl_find_object found;
  if (_dl_find_object(address, &found) != 0 || !found.dlfo_link_map->l_name) return "";
  return found.dlfo_link_map->l_name;
}

static int is_system_library(void *address) {
  const char *name = strrchr(library_of(address), '/');
  return name && strncmp(name, "/lib", 4) == 0;
}

/* Whether the code at an address can survive a failed allocation: libc or LZ4. */
static int survives(void *address) {
  const char *name = strrchr(library_of(address), '/');
  return name && (strncmp(name, "/libc.", 6) == 0 || strncmp(name, "/liblz4.", 8) == 0);
}

/* While a library is opened: its C++ initialisers have no way to fail. */
static _Thread_local int is_opening;

static int allocation_fails(void *caller) {
  if (!page || !atomic_load(&page->is_armed) || page->kind != FAULT_ALLOCATION || page->place != place) return 0;
  if (place == FAULT_IN_HOST && (is_opening || !survives(caller))) return 0;
  if (!fails(FAULT_ALLOCATION)) return 0;
  errno = ENOMEM;
  return 1;
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t size) { return allocation_fails(CALLER) ? NULL : __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return allocation_fails(CALLER) ? NULL : __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { return allocation_fails(CALLER) ? NULL : __libc_realloc(old, size); }

/* Swift's runtime asks for 16 bytes, the networks' buffers for cache lines; oneDNN's own calls are not the plugin's. */
static int aligned_allocation_fails(size_t alignment, void *caller) {
  if (place == FAULT_IN_HOST && (alignment < 64 || is_system_library(caller))) return 0;
  return fails(FAULT_ALLOCATION);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
  if (aligned_allocation_fails(alignment, CALLER)) return ENOMEM;
  *block = __libc_memalign(alignment, size);
  return *block ? 0 : ENOMEM;
}

void *aligned_alloc(size_t alignment, size_t size) {
  if (!aligned_allocation_fails(alignment, CALLER)) return __libc_memalign(alignment, size);
  errno = ENOMEM;
  return NULL;
}

#define FAIL_WITH(kind, error, result) \
  do { \
    if (fails(kind)) { \
      errno = error; \
      return result; \
    } \
  } while (0)

ssize_t read(int file, void *bytes, size_t count) {
  FAIL_WITH(FAULT_READ, EIO, -1);
  return syscall(SYS_read, file, bytes, count);
}
ssize_t pread(int file, void *bytes, size_t count, off_t offset) {
  FAIL_WITH(FAULT_READ, EIO, -1);
  return syscall(SYS_pread64, file, bytes, count, offset);
}
ssize_t pread64(int file, void *bytes, size_t count, off64_t offset) {
  FAIL_WITH(FAULT_READ, EIO, -1);
  return syscall(SYS_pread64, file, bytes, count, offset);
}
ssize_t recv(int file, void *bytes, size_t count, int flags) {
  FAIL_WITH(FAULT_READ, EIO, -1);
  return syscall(SYS_recvfrom, file, bytes, count, flags, NULL, NULL);
}

ssize_t recvmsg(int file, struct msghdr *message, int flags) {
  FAIL_WITH(FAULT_READ, EIO, -1);
  return syscall(SYS_recvmsg, file, message, flags);
}

ssize_t write(int file, const void *bytes, size_t count) {
  FAIL_WITH(FAULT_WRITE, ENOSPC, -1);
  return syscall(SYS_write, file, bytes, count);
}
ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
  FAIL_WITH(FAULT_WRITE, ENOSPC, -1);
  return syscall(SYS_pwrite64, file, bytes, count, offset);
}
ssize_t send(int file, const void *bytes, size_t count, int flags) {
  FAIL_WITH(FAULT_WRITE, EIO, -1);
  return syscall(SYS_sendto, file, bytes, count, flags, NULL, 0);
}

ssize_t sendmsg(int file, const struct msghdr *message, int flags) {
  FAIL_WITH(FAULT_WRITE, EIO, -1);
  return syscall(SYS_sendmsg, file, message, flags);
}

static int opened(int folder, const char *path, int flags, mode_t mode) {
  FAIL_WITH(FAULT_OPEN, EMFILE, -1);
  return (int)syscall(SYS_openat, folder, path, flags, mode);
}
#define MODE_OF(flags) \
  mode_t mode = 0; \
  if (flags & (O_CREAT | O_TMPFILE)) { \
    va_list rest; \
    va_start(rest, flags); \
    mode = va_arg(rest, mode_t); \
    va_end(rest); \
  }
int open(const char *path, int flags, ...) {
  MODE_OF(flags)
  return opened(AT_FDCWD, path, flags, mode);
}
int open64(const char *path, int flags, ...) {
  MODE_OF(flags)
  return opened(AT_FDCWD, path, flags, mode);
}
int openat(int folder, const char *path, int flags, ...) {
  MODE_OF(flags)
  return opened(folder, path, flags, mode);
}
FILE *fopen(const char *path, const char *mode) {
  static FILE *(*real)(const char *, const char *);
  if (!real) *(void **)&real = dlsym(RTLD_NEXT, "fopen");
  FAIL_WITH(FAULT_OPEN, EMFILE, NULL);
  return real(path, mode);
}
FILE *fopen64(const char *path, const char *mode) { return fopen(path, mode); }

void *mmap(void *address, size_t length, int protection, int flags, int file, off_t offset) {
  FAIL_WITH(FAULT_MAP, ENOMEM, MAP_FAILED);
  return (void *)syscall(SYS_mmap, address, length, protection, flags, file, offset);
}
void *mmap64(void *address, size_t length, int protection, int flags, int file, off64_t offset) {
  return mmap(address, length, protection, flags, file, offset);
}
int memfd_create(const char *name, unsigned flags) {
  FAIL_WITH(FAULT_MAP, EMFILE, -1);
  return (int)syscall(SYS_memfd_create, name, flags);
}
int fallocate(int file, int mode, off_t offset, off_t length) {
  FAIL_WITH(FAULT_MAP, ENOSPC, -1);
  return (int)syscall(SYS_fallocate, file, mode, offset, length);
}
int fallocate64(int file, int mode, off64_t offset, off64_t length) { return fallocate(file, mode, offset, length); }
int ftruncate(int file, off_t length) {
  FAIL_WITH(FAULT_MAP, ENOSPC, -1);
  return (int)syscall(SYS_ftruncate, file, length);
}

int socketpair(int domain, int type, int protocol, int ends[2]) {
  FAIL_WITH(FAULT_SPAWN, EMFILE, -1);
  return (int)syscall(SYS_socketpair, domain, type, protocol, ends);
}
int posix_spawn(pid_t *child, const char *path, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[]) {
  static int (*real)(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *,
                     char *const[], char *const[]);
  if (!real) *(void **)&real = dlsym(RTLD_NEXT, "posix_spawn");
  return fails(FAULT_SPAWN) ? EAGAIN : real(child, path, actions, attributes, arguments, environment);
}

void *dlopen(const char *path, int mode) {
  static void *(*real)(const char *, int);
  if (!real) *(void **)&real = dlsym(RTLD_NEXT, "dlopen");
  is_opening++;
  void *library = real(path, mode);
  is_opening--;
  return library;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
  static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  if (!real) *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
  return fails(FAULT_THREAD) ? EAGAIN : real(thread, attributes, start, argument);
}
