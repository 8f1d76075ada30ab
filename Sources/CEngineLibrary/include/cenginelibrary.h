#ifndef CENGINELIBRARY_H
#define CENGINELIBRARY_H
// oneDNN, opened when the first network needs it rather than when the plugin is loaded (docs/decisions/0024).

/// Opens libdnnl.so.2 unless it is open. NULL on success, else static text in the loader's words: what is missing.
/// Thread-safe; after a failure the next call tries again.
const char *cenginelibrary_open(void);

/// Cores that the calling thread may run on, at least 1.
int cenginelibrary_available_cores(void);

/// Gives memory that was freed back to the system: glibc keeps what is smaller than its largest threshold.
void cenginelibrary_return_freed_memory(void);
#endif
