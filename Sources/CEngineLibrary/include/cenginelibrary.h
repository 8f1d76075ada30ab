#ifndef CENGINELIBRARY_H
#define CENGINELIBRARY_H
// oneDNN, opened when the first network needs it rather than when the plugin is loaded (docs/decisions/0024).

/// Opens libdnnl.so.2 unless it is open. NULL on success, else static text in the loader's words: what is missing.
/// Thread-safe; after a failure the next call tries again.
const char *cenginelibrary_open(void);

/// Whether this processor and its system offer AVX512_BF16 (bfloat16) or AVX512_VNNI (int8), each with the AVX-512 that
/// oneDNN asks for beside it, and its setting ONEDNN_MAX_CPU_ISA does not take them away. Does not open oneDNN.
int cenginelibrary_has_bfloat16(void);
/// See `cenginelibrary_has_bfloat16`.
int cenginelibrary_has_vnni(void);

/// Cores that the calling thread may run on, at least 1.
int cenginelibrary_available_cores(void);

/// Gives memory that was freed back to the system: glibc keeps what is smaller than its largest threshold.
void cenginelibrary_return_freed_memory(void);
#endif
