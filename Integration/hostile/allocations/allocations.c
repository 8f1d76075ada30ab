#include "allocations.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

/* glibc's own functions under the names that remain when a program defines malloc itself. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

static atomic_size_t allocated, peak, start;

static void *counted(void *block) {
  if (!block) return block;
  size_t now = atomic_fetch_add(&allocated, malloc_usable_size(block)) + malloc_usable_size(block);
  size_t known = atomic_load(&peak);
  while (now > known && !atomic_compare_exchange_weak(&peak, &known, now)) {
  }
  return block;
}

static void uncounted(void *block) {
  if (block) atomic_fetch_sub(&allocated, malloc_usable_size(block));
}

void *malloc(size_t size) { return counted(__libc_malloc(size)); }
void *calloc(size_t count, size_t size) { return counted(__libc_calloc(count, size)); }
void *memalign(size_t alignment, size_t size) { return counted(__libc_memalign(alignment, size)); }
void *aligned_alloc(size_t alignment, size_t size) { return counted(__libc_memalign(alignment, size)); }

int posix_memalign(void **block, size_t alignment, size_t size) {
  void *made = __libc_memalign(alignment, size);
  if (!made) return ENOMEM;
  *block = counted(made);
  return 0;
}

void *realloc(void *block, size_t size) {
  size_t before = block ? malloc_usable_size(block) : 0;
  void *made = __libc_realloc(block, size);
  /* A failed realloc keeps the block; one to 0 bytes frees it. */
  if (!made && size > 0) return made;
  atomic_fetch_sub(&allocated, before);
  return counted(made);
}

void free(void *block) {
  uncounted(block);
  __libc_free(block);
}

void allocations_restart(void) {
  size_t now = atomic_load(&allocated);
  atomic_store(&start, now);
  atomic_store(&peak, now);
}

size_t allocations_peak(void) { return atomic_load(&peak) - atomic_load(&start); }
