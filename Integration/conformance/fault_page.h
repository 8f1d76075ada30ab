/* What the fault host and the fault library share: a page in a file that both map. */
#ifndef FAULT_PAGE_H
#define FAULT_PAGE_H

#include <stdatomic.h>

/* The environment variable with the file's path. */
#define FAULT_PAGE_VARIABLE "ISLET_FAULT_PAGE"

enum fault_kind {
  FAULT_ALLOCATION, /* malloc, calloc, realloc, posix_memalign, aligned_alloc */
  FAULT_READ,       /* read, pread, recv */
  FAULT_WRITE,      /* write, pwrite, send */
  FAULT_OPEN,       /* open, openat, fopen */
  FAULT_MAP,        /* mmap, memfd_create, fallocate, ftruncate */
  FAULT_SPAWN,      /* posix_spawn, socketpair */
  FAULT_THREAD,     /* pthread_create */
  FAULT_KINDS
};

/* Whose calls count. */
enum fault_place {
  FAULT_IN_HOST,   /* any program but islet-worker; of allocations those that a program can survive */
  FAULT_IN_WORKER, /* islet-worker; every allocation */
};

typedef struct fault_page {
  atomic_int is_armed;
  int kind, place;
  long at;         /* the call that fails, from 1 */
  int is_lasting;  /* all later ones fail too */
  atomic_long calls, failed;
} fault_page;

#endif
