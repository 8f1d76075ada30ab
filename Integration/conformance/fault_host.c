/* A host in which the n-th call of a kind fails, for every n, over create -> load_bundle -> segment -> segment -> destroy.
 *
 *   cc -std=gnu11 -IPlugin/include Integration/conformance/fault_host.c -ldl -o fault_host
 *   head -c 4096 /dev/zero >FILE
 *   LD_PRELOAD=fault_library.so ISLET_FAULT_PAGE=FILE \
 *     fault_host PLUGIN BUNDLE KIND host|worker process|none once|lasting FIRST LAST STEP
 *
 *   fault_host arm KIND N       the N-th such call of the next program with the library fails
 *   fault_host calls            how many it made, and how many failed
 *
 * KIND: allocation, read, write, open, map, spawn, thread. LAST 0: until a whole run makes fewer calls than n.
 * Each n is a process of its own. It must end, by itself and in time, with what islet.h promises: every call ISLET_OK or
 * a typed error with a sentence, not a byte written beside an output buffer, a result that is right wherever it is
 * ISLET_OK; once the fault is gone the same instance (or, where create failed, a new one) gives the right result, and
 * destroy leaves no file and no child. Prints how often each outcome came.
 *
 * Exit codes: 0 every promise was kept, 1 it could not be set up, 3 a promise was broken. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fault_page.h"
#include "islet.h"

enum { X = 24, Y = 21, Z = 19, VOXELS = X * Y * Z, GUARD = 64, GUARD_BYTE = 0xA5, SECONDS = 20 };

static const char *const kinds[FAULT_KINDS] = {"allocation", "read", "write", "open", "map", "spawn", "thread"};

static fault_page *page;

typedef struct outputs {
  uint8_t mask[VOXELS + GUARD], probability[VOXELS + GUARD], views[VOXELS + GUARD];
} outputs;

/* What the processes of one configuration share: the right result, and what the present one ended with. */
typedef struct verdict {
  int has_reference;
  outputs reference;
  int statuses[8], count;
  char sentence[512], broken[640];
} verdict;
static verdict *shared;

static void require(int is_true, const char *what) {
  if (is_true) return;
  fprintf(stderr, "fault_host: %s (%s)\n", what, strerror(errno));
  exit(1);
}

/* Ends this n as a broken promise. */
static void promise(int is_kept, const char *what) {
  if (is_kept) return;
  atomic_store(&page->is_armed, 0);
  snprintf(shared->broken, sizeof shared->broken, "%.120s%s%s", what, shared->sentence[0] ? ": " : "", shared->sentence);
  _exit(3);
}

typedef struct session {
  const islet_plugin *plugin;
  islet_instance *instance;
  const char *bundle;
  islet_volume volume;
  islet_request request;
  islet_output output;
  outputs results;
  int16_t voxels[VOXELS];
} session;

static void fill_structs(session *s, uint32_t isolation) {
  for (int z = 0; z < Z; z++)
    for (int y = 0; y < Y; y++)
      for (int x = 0; x < X; x++) {
        int dx = x - X / 2, dy = y - Y / 2, dz = z - Z / 2;
        s->voxels[(z * Y + y) * X + x] =
            (int16_t)((dx * dx + dy * dy + dz * dz < 36 ? 110 : 20) + (x * 7 + y * 13 + z * 29) % 40 - 20);
      }
  s->volume = (islet_volume){.struct_size = sizeof s->volume, .element_type = ISLET_ELEMENT_INT16, .voxels = s->voxels,
                             .size = {X, Y, Z}, .spacing_mm = {1, 1, 1}};
  s->request = (islet_request){.struct_size = sizeof s->request, .isolation = isolation, .threads = 2};
  s->output = (islet_output){.struct_size = sizeof s->output, .probability_type = ISLET_ELEMENT_UINT8,
                             .mask = s->results.mask, .mask_bytes = VOXELS, .probability = s->results.probability,
                             .probability_bytes = VOXELS, .view_masks = s->results.views, .view_masks_bytes = VOXELS};
}

static int entries(const char *path) {
  DIR *folder = opendir(path);
  int count = 0;
  while (folder && readdir(folder)) count++;
  if (folder) closedir(folder);
  return count;
}

/* Notes a call's status; one that is no status of islet.h for a machine or a file that fails is a broken promise. */
static islet_status checked(session *s, islet_status status, const char *call) {
  if (shared->count < 8) shared->statuses[shared->count++] = status;
  shared->sentence[0] = 0;
  if (status == ISLET_OK) return status;
  /* Without an instance there is no sentence to ask for. */
  snprintf(shared->sentence, sizeof shared->sentence, "%s: %d %s", call, (int)status,
           s->instance ? s->plugin->last_error(s->instance) : "");
  int is_typed = status == ISLET_ERROR_RESOURCES || status == ISLET_ERROR_ENGINE || status == ISLET_ERROR_WORKER ||
                 (status == ISLET_ERROR_BUNDLE_UNREADABLE && page->kind != FAULT_ALLOCATION);
  promise(is_typed, "the status does not say that the machine or the file failed");
  promise(!s->instance || s->plugin->last_error(s->instance)[0], "a failed call has no sentence");
  return status;
}

static islet_status segment(session *s) {
  memset(&s->results, GUARD_BYTE, sizeof s->results);
  islet_status status = checked(s, s->plugin->segment(s->instance, &s->volume, &s->request, &s->output), "segment");
  const outputs *found = &s->results;
  for (int i = 0; i < GUARD; i++)
    promise(found->mask[VOXELS + i] == GUARD_BYTE && found->probability[VOXELS + i] == GUARD_BYTE &&
                found->views[VOXELS + i] == GUARD_BYTE, "something was written behind an output");
  if (status == ISLET_OK && shared->has_reference)
    promise(memcmp(found, &shared->reference, sizeof *found) == 0, "ISLET_OK with a wrong result");
  return status;
}

static islet_status make_ready(session *s) {
  static const islet_config accepting = {.struct_size = sizeof accepting, .accepted_flags = ISLET_FLAG_UNSIGNED_BUNDLE};
  if (!s->instance) {
    islet_status status = checked(s, s->plugin->create(NULL, &accepting, &s->instance), "create");
    promise((status == ISLET_OK) == (s->instance != NULL), "an instance comes with ISLET_OK and only then");
    if (status != ISLET_OK) return status;
  }
  return checked(s, s->plugin->load_bundle(s->instance, s->bundle), "load_bundle");
}

/* One n, in a process of its own. `keeps` says whether the instance outlives the fault or destroy may fail too. */
static void run_one(const char *plugin, const char *bundle, uint32_t isolation, int keeps) {
  static session s;
  void *library = dlopen(plugin, RTLD_NOW | RTLD_LOCAL);
  require(library != NULL, "the plugin cannot be loaded");
  islet_plugin_entry_function entry;
  *(void **)&entry = dlsym(library, ISLET_ENTRY_SYMBOL);
  require(entry && entry(ISLET_ABI_VERSION, NULL, &s.plugin) == ISLET_OK, "the plugin gives no table");
  s.bundle = bundle;
  fill_structs(&s, isolation);
  int files = entries("/proc/self/fd");

  atomic_store(&page->is_armed, 1);
  islet_status status = make_ready(&s);
  if (status == ISLET_OK) {
    segment(&s);
    segment(&s);
  }
  if (!keeps && s.instance) {
    s.plugin->destroy(s.instance);
    s.instance = NULL;
  }
  atomic_store(&page->is_armed, 0);

  if (!s.instance || status != ISLET_OK) promise(make_ready(&s) == ISLET_OK, "without the fault the bundle does not load");
  promise(segment(&s) == ISLET_OK, "without the fault the instance does not work");
  promise(isolation == ISLET_ISOLATION_NONE || !dlopen("libdnnl.so.2", RTLD_LAZY | RTLD_NOLOAD),
          "oneDNN was opened in the host although a worker computes");
  if (!shared->has_reference) {
    shared->reference = s.results;
    shared->has_reference = 1;
  }
  s.plugin->destroy(s.instance);
  promise(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "a child process is left");
  /* What oneDNN opens in process stays open with the library. */
  promise(entries("/proc/self/fd") <= files, "a file is left open");
  _exit(0);
}

/* The outcome of a finished n in words: a crash, a broken promise, or the first status that was not ISLET_OK. */
static void outcome(int is_late, int status, char *words, size_t room) {
  if (is_late) snprintf(words, room, "HANGS");
  else if (WIFSIGNALED(status)) snprintf(words, room, "CRASHES (signal %d)", WTERMSIG(status));
  else if (WEXITSTATUS(status) == 3) snprintf(words, room, "BROKEN: %.200s", shared->broken);
  else if (WEXITSTATUS(status) != 0) snprintf(words, room, "NOT SET UP");
  else {
    int first = ISLET_OK;
    for (int i = 0; i < shared->count && first == ISLET_OK; i++) first = shared->statuses[i];
    if (first == ISLET_OK) snprintf(words, room, "ISLET_OK, right result");
    else snprintf(words, room, "status %d", first);
  }
}

static void run_in_child(const char *plugin, const char *bundle, uint32_t isolation, int keeps, char *words, size_t room) {
  shared->count = 0;
  shared->sentence[0] = shared->broken[0] = 0;
  atomic_store(&page->calls, 0);
  atomic_store(&page->failed, 0);
  fflush(NULL);
  pid_t child = fork();
  require(child >= 0, "no process");
  if (child == 0) {
    setpgid(0, 0);
    const struct rlimit no_cores = {0, 0};
    setrlimit(RLIMIT_CORE, &no_cores);
    /* What dies of a failed allocation says so; nobody reads it here. */
    int nowhere = open("/dev/null", O_RDWR);
    dup2(nowhere, 2);
    close(nowhere);
    run_one(plugin, bundle, isolation, keeps);
  }
  setpgid(child, child);
  int status = 0, is_late = 1;
  for (int i = 0; i < SECONDS * 1000 && is_late; i++) {
    if (waitpid(child, &status, WNOHANG) == child) is_late = 0;
    else usleep(1000);
  }
  atomic_store(&page->is_armed, 0);
  if (is_late) {
    kill(-child, SIGKILL);
    waitpid(child, &status, 0);
  }
  outcome(is_late, status, words, room);
  for (int i = 0; i < 3000 && kill(-child, 0) == 0; i++) usleep(1000);
  if (kill(-child, 0) == 0) {
    snprintf(words, room, "LEAVES A PROCESS");
    kill(-child, SIGKILL);
  }
}

int main(int argc, char **argv) {
  int only_arms = argc == 4 && strcmp(argv[1], "arm") == 0, only_counts = argc == 2 && strcmp(argv[1], "calls") == 0;
  require(argc == 10 || only_arms || only_counts,
          "usage: fault_host PLUGIN BUNDLE KIND host|worker process|none once|lasting FIRST LAST STEP");
  int kind = 0;
  const char *name = only_counts ? kinds[0] : argv[only_arms ? 2 : 3];
  while (kind < FAULT_KINDS && strcmp(kinds[kind], name) != 0) kind++;
  require(kind < FAULT_KINDS, "unknown kind");
  const char *path = getenv(FAULT_PAGE_VARIABLE);
  require(path != NULL, FAULT_PAGE_VARIABLE " is not set");
  int file = open(path, O_RDWR);
  require(file >= 0 && lseek(file, 0, SEEK_END) >= (off_t)sizeof *page, "the page's file is shorter than a page");
  page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  require(page != MAP_FAILED && shared != MAP_FAILED, "no memory");
  close(file);
  if (only_counts) {
    printf("%ld %ld\n", atomic_load(&page->calls), atomic_load(&page->failed));
    return 0;
  }
  if (only_arms) {
    page->kind = kind;
    page->place = FAULT_IN_HOST;
    page->at = atol(argv[3]);
    page->is_lasting = 0;
    atomic_store(&page->calls, 0);
    atomic_store(&page->failed, 0);
    atomic_store(&page->is_armed, 1);
    return 0;
  }
  uint32_t isolation = strcmp(argv[5], "none") == 0 ? ISLET_ISOLATION_NONE : ISLET_ISOLATION_PROCESS;
  page->kind = kind;
  page->place = strcmp(argv[4], "worker") == 0 ? FAULT_IN_WORKER : FAULT_IN_HOST;
  page->is_lasting = strcmp(argv[6], "lasting") == 0;
  long first = atol(argv[7]), last = atol(argv[8]), step = atol(argv[9]);

  char words[256];
  page->at = LONG_MAX;
  run_in_child(argv[1], argv[2], isolation, 0, words, sizeof words);
  require(strcmp(words, "ISLET_OK, right result") == 0, words);
  long calls = atomic_load(&page->calls);

  struct { char words[256]; long count, example; } seen[64];
  int kinds_seen = 0, is_broken = 0;
  long injected = 0, runs = 0;
  for (long n = first; last ? n <= last : n <= calls; n += step > 0 ? step : 1 + n / -step) {
    for (int keeps = 0; keeps < 2; keeps++) {
      page->at = n;
      run_in_child(argv[1], argv[2], isolation, keeps, words, sizeof words);
      runs++;
      long failed = atomic_load(&page->failed);
      if (failed == 0) continue;
      injected++;
      int at = 0;
      while (at < kinds_seen && strcmp(seen[at].words, words) != 0) at++;
      if (at == kinds_seen && kinds_seen < 64) {
        snprintf(seen[at].words, sizeof seen[at].words, "%s", words);
        seen[at].count = 0;
        seen[at].example = n;
        kinds_seen++;
      }
      if (at < kinds_seen) seen[at].count++;
      if (strncmp(words, "ISLET_OK", 8) != 0 && strncmp(words, "status ", 7) != 0) is_broken = 1;
    }
  }
  printf("%s in the %s, isolation %s, %s: a run makes %ld such calls; %ld faults in %ld runs\n", argv[3], argv[4],
         argv[5], argv[6], calls, injected, runs);
  for (int i = 0; i < kinds_seen; i++) printf("  %6ld  %s (first at call %ld)\n", seen[i].count, seen[i].words, seen[i].example);
  return is_broken ? 3 : 0;
}
