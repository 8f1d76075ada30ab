#define _GNU_SOURCE
#include "cenginelibrary.h"

#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// Every function of oneDNN that Islet may call is a jump through a pointer of ours, so that islet.so has no undefined
// symbol and loads on a machine without libdnnl. Hidden, so that libdnnl's own calls never come through here.

#define HIDDEN __attribute__((visibility("hidden")))

enum { status_unimplemented = 3, status_runtime_error = 5 }; // of dnnl_status_t

// What the pointers lead to before the library is open: nothing runs, every status is an error.
HIDDEN int cenginelibrary_not_open(void) { return status_unimplemented; }

#define EACH(name) HIDDEN void *cenginelibrary_at_##name = (void *)cenginelibrary_not_open;
#include "functions.h"
#undef EACH

#if defined(__x86_64__)
#define JUMP(name) "jmp *cenginelibrary_at_" #name "(%rip)\n"
#elif defined(__aarch64__)
#define JUMP(name) \
  "adrp x16, cenginelibrary_at_" #name "\nldr x16, [x16, :lo12:cenginelibrary_at_" #name "]\nbr x16\n"
#else
#error "write the jump of this architecture"
#endif
#define EACH(name) \
  __asm__(".text\n.globl " #name "\n.hidden " #name "\n.type " #name ", %function\n" #name ":\n" JUMP(name) ".size " \
          #name ", .-" #name "\n");
#include "functions.h"
#undef EACH

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int is_open;
static int (*engine_create)(void **engine, int kind, size_t index);
static unsigned (*effective_cpu_isa)(void);
static size_t (*data_type_size)(int type);
static void (*set_threads)(int);
static int (*max_threads)(void);

typedef struct {
  const char *name;
  void **pointer;
} function;

static const function functions[] = {
#define EACH(name) {#name, &cenginelibrary_at_##name},
#include "functions.h"
#undef EACH
};

// The same for those below: found through the same handle, because libdnnl needs libgomp.
static void *found(void *library, const char *name, const char **missing) {
  void *address = dlsym(library, name);
  if (!address) *missing = name;
  return address;
}

static const char *open_locked(void) {
  static char sentence[512];
  void *library = dlopen("libdnnl.so.2", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char *reason = dlerror();
    snprintf(sentence, sizeof sentence, "%s", reason ? reason : "libdnnl.so.2 cannot be opened");
    return sentence;
  }
  const char *missing = NULL;
  void *found_create = found(library, "dnnl_engine_create", &missing);
  void *found_isa = found(library, "dnnl_get_effective_cpu_isa", &missing);
  void *found_size = found(library, "dnnl_data_type_size", &missing);
  void *found_set = found(library, "omp_set_num_threads", &missing);
  void *found_max = found(library, "omp_get_max_threads", &missing);
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
    if (!dlsym(library, functions[i].name)) missing = functions[i].name;
  if (missing) {
    snprintf(sentence, sizeof sentence, "libdnnl.so.2 has no %s: it is older than oneDNN 2.6 or built without OpenMP", missing);
    dlclose(library);
    return sentence;
  }
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
    *functions[i].pointer = dlsym(library, functions[i].name);
  *(void **)&engine_create = found_create;
  *(void **)&effective_cpu_isa = found_isa;
  *(void **)&data_type_size = found_size;
  *(void **)&set_threads = found_set;
  *(void **)&max_threads = found_max;
  atomic_store(&is_open, 1);
  return NULL;
}

const char *cenginelibrary_open(void) {
  if (atomic_load(&is_open)) return NULL;
  pthread_mutex_lock(&lock);
  const char *sentence = atomic_load(&is_open) ? NULL : open_locked();
  pthread_mutex_unlock(&lock);
  return sentence;
}

#if defined(__x86_64__)
static int has_avx512_core(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vnni");
}
static int has_bfloat16(void) { return has_avx512_core() && __builtin_cpu_supports("avx512bf16"); }
#else
static int has_avx512_core(void) { return 0; }
static int has_bfloat16(void) { return 0; }
#endif

// The most that oneDNN may use, as it reads its setting: in any letters, values of 32 characters and more passed over.
static const char *most_instructions(void) {
  static const char *const variables[] = {"ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"};
  for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
    const char *value = getenv(variables[i]);
    if (value && *value && strlen(value) < 32) return value;
  }
  return "ALL";
}

// Only these names take something away that is asked for here; one that oneDNN does not know limits nothing.
static int allows_vnni(const char *most) {
  static const char *const without[] = {"SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX512_CORE"};
  for (size_t i = 0; i < sizeof without / sizeof without[0]; i++)
    if (strcasecmp(most, without[i]) == 0) return 0;
  return 1;
}

int cenginelibrary_has_vnni(void) { return has_avx512_core() && allows_vnni(most_instructions()); }

int cenginelibrary_has_bfloat16(void) {
  const char *most = most_instructions();
  return has_bfloat16() && allows_vnni(most) && strcasecmp(most, "AVX512_CORE_VNNI") != 0;
}

int cenginelibrary_available_cores(void) {
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
  int count = CPU_COUNT(&cores);
  return count > 0 ? count : 1;
}

void cenginelibrary_return_freed_memory(void) { malloc_trim(0); }

// Every use of oneDNN begins with one of these, and each opens the library itself.

HIDDEN int dnnl_engine_create(void **engine, int kind, size_t index) {
  return cenginelibrary_open() ? status_runtime_error : engine_create(engine, kind, index);
}

HIDDEN unsigned dnnl_get_effective_cpu_isa(void) { return cenginelibrary_open() ? 0 : effective_cpu_isa(); }

HIDDEN size_t dnnl_data_type_size(int type) { return cenginelibrary_open() ? 0 : data_type_size(type); }

// The two calls of OpenMP that CDNNL/shim.h declares.

HIDDEN void omp_set_num_threads(int count) {
  if (!cenginelibrary_open()) set_threads(count);
}

HIDDEN int omp_get_max_threads(void) { return cenginelibrary_open() ? 1 : max_threads(); }
