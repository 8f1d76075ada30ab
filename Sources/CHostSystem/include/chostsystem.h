#ifndef CHOSTSYSTEM_H
#define CHOSTSYSTEM_H
// Calls of Linux that Swift's Glibc module lacks, because they need _GNU_SOURCE or the variable environ.

#include <sys/types.h>

/// An empty anonymous file, closed on exec, with a number above the standard ones; -1 and errno on failure.
int chostsystem_memory_file(const char *name);

/// A pipe of up to 1 MiB, both ends closed on exec and above the standard numbers; 0, or -1 and errno.
int chostsystem_pipe(int *read_end, int *write_end);

/// Starts `executable` with exactly these descriptors: input as 0, output as 1, /dev/null as 2.
/// Signals are reset to their defaults. No shell. Returns 0 or an error number.
int chostsystem_spawn(const char *executable, int input, int output, pid_t *child);
#endif
