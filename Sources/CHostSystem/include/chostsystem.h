#ifndef CHOSTSYSTEM_H
#define CHOSTSYSTEM_H
// Calls of Linux that Swift's Glibc module lacks, because they need _GNU_SOURCE or the variable environ.

#include <stdint.h>
#include <sys/types.h>

/// An empty anonymous file, closed on exec; -1 and errno on failure.
int chostsystem_memory_file(const char *name);

/// An empty anonymous file that may grow and never shrink, so that a mapping of it stays whole whatever the other
/// process does; -1 and errno on failure.
int chostsystem_growing_memory(const char *name);

/// Puts memory behind `bytes` bytes of the file from `offset` on, which grows where it ends before; 0 or an error number.
/// ENOMEM at once where the machine has less to give: the kernel itself would take page after page until it ends some
/// process.
int chostsystem_reserve(int descriptor, int64_t offset, int64_t bytes);

/// An empty anonymous file as `chostsystem_growing_memory`, whose contents can be closed to writing later.
int chostsystem_closable_memory(const char *name);

/// From now on nobody can write to the file, but through mappings that exist; 0, or -1 and errno.
int chostsystem_close_to_writing(int descriptor);

/// Whether the file can neither shrink nor be written to, whoever holds it.
int chostsystem_is_closed_to_writing(int descriptor);

/// Gives the memory of the first `bytes` back to the system; they read as 0 afterwards.
void chostsystem_give_back(int descriptor, int64_t bytes);

/// A pipe of up to 1 MiB, both ends closed on exec; 0, or -1 and errno.
int chostsystem_pipe(int *read_end, int *write_end);

/// Two connected stream sockets, both closed on exec; 0, or -1 and errno.
int chostsystem_socket_pair(int *one, int *other);

/// As write(2) to a socket, without a signal when the other end is gone.
ssize_t chostsystem_send(int descriptor, const void *bytes, size_t count);

/// As `chostsystem_send`; another process gets a copy of the descriptor `passed` with the first of the bytes.
ssize_t chostsystem_send_descriptor(int descriptor, const void *bytes, size_t count, int passed);

/// As read(2) from a socket; `passed` becomes the descriptor that came with the bytes, closed on exec, or -1.
ssize_t chostsystem_receive(int descriptor, void *bytes, size_t count, int *passed);

/// Starts `executable` with exactly these descriptors: descriptors[i] becomes i, -1 stands for /dev/null.
/// Signals are reset to their defaults. No shell. Returns 0 or an error number.
int chostsystem_spawn(const char *executable, const int *descriptors, int count, pid_t *child);

/// A descriptor that stands for a child of this process, so that no signal ever goes to a stranger that got its number
/// later; -1 where the kernel has none.
int chostsystem_process_handle(pid_t child);

/// Sends SIGKILL through the handle, or to the number where the handle is -1.
void chostsystem_kill(int handle, pid_t child);

/// The path of the shared library or program that this code is in, as it was given to the loader; NULL if unknown.
const char *chostsystem_path_of_this_library(void);

/// Limits the address space of this process to `bytes`, 0: no limit but the system's; 0, or -1 and errno.
int chostsystem_limit_address_space(uint64_t bytes);

/// Has the allocator share few arenas between threads, so that address space that is reserved and never used stays small.
void chostsystem_spare_address_space(void);

/// fork(2), which Swift's Glibc module hides; only the conformance host forks, to be a host that does.
pid_t chostsystem_fork(void);
#endif
