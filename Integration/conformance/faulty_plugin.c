/* A plugin that keeps every promise of islet.h, or breaks exactly the one that the environment names.
 *
 *   cc -std=gnu11 -shared -fPIC -fvisibility=hidden -IPlugin/include Integration/conformance/faulty_plugin.c \
 *      -pthread -o faulty.so
 *   islet validate faulty.so --bundle faulty.bundle                     every test is ok (or skipped)
 *   ISLET_FAULT=busy islet validate faulty.so --bundle faulty.bundle    the test "busy" is not
 *
 * It shares no code with Islet: its "network" is a threshold, its worker process a fork, its bundle the text
 * "threshold-bundle\n", a threshold, and a checksum. The tests hold `islet validate` against it: a test that no fault
 * can fail tests nothing. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "islet.h"

#define EXPORTED __attribute__((visibility("default")))

static int fault(const char *name) {
  const char *chosen = getenv("ISLET_FAULT");
  return chosen && strcmp(chosen, name) == 0;
}

static void hang(void) {
  for (;;) pause();
}

#ifdef EXPORTS_MORE
EXPORTED int threshold_plugin_helper = 1;
#endif

struct islet_instance {
  islet_host host;
  const islet_host *hosts_own; /* only the fault "create-copies-structs" looks at it */
  uint64_t accepted;
  atomic_int is_at_work;
  pid_t maker; /* the thread that made it */
  char path[512];
  const unsigned char *lent; /* only the fault "bundle-from-memory" looks at it later */
  int is_loaded, loads, threshold;
  size_t bundle_bytes;
  uint64_t bundle_hash;
  int has_run, runs, is_spoilt;
  pid_t idle_child;
  char error[256], trace[128], description[128];
};

static atomic_int at_work_everywhere;
static int is_broken_by_fork;
static void break_by_fork(void) { is_broken_by_fork = 1; }

__attribute__((constructor)) static void loaded(void) {
  if (fault("load-does-no-work")) setenv("THRESHOLD_PLUGIN", "loaded", 1);
  if (fault("reload-200-times")) (void)!open("/dev/null", O_RDONLY);
}

/* ------------------------------------------------------------------- errors */

static const islet_host *host_of(const islet_instance *i) {
  return fault("create-copies-structs") && i->hosts_own ? i->hosts_own : &i->host;
}

static void *log_elsewhere(void *data) {
  islet_instance *i = data;
  i->host.log(i->host.host_data, ISLET_LOG_ERROR, i->error);
  return NULL;
}

static islet_status fail(islet_instance *i, islet_status status, const char *sentence) {
  snprintf(i->error, sizeof i->error, "%s", sentence);
  if (fault("earlier-calls")) i->is_spoilt = 1;
  if (!i->host.log) return status;
  pthread_t thread;
  if (fault("log-on-calling-thread") && pthread_create(&thread, NULL, log_elsewhere, i) == 0) pthread_join(thread, NULL);
  else host_of(i)->log(host_of(i)->host_data, ISLET_LOG_ERROR, i->error);
  return status;
}

/* Starts a call: 0, or the status that refuses it. */
static islet_status begin(islet_instance *i) {
  if (!i && !fault("null-instance")) return ISLET_ERROR_ARGUMENT;
  if (!fault("busy") && atomic_exchange(&i->is_at_work, 1)) return ISLET_ERROR_BUSY;
  if (!fault("last-error")) i->error[0] = 0;
  return ISLET_OK;
}

static islet_status end(islet_instance *i, islet_status status) {
  atomic_store(&i->is_at_work, 0);
  return status;
}

/* Whether a host's struct reaches the end of a field, by its own struct_size. */
#define REACHES(structure, type, field) \
  (*(const uint32_t *)(structure) >= offsetof(type, field) + sizeof(((type *)0)->field))

/* A copy of a host's struct, 0 where it is shorter than ours. */
static void take(void *copy, size_t whole, const void *structure) {
  uint32_t size = *(const uint32_t *)structure;
  memset(copy, 0, whole);
  memcpy(copy, structure, size < whole && !fault("shorter-structs") ? size : whole);
}

/* ---------------------------------------------------------- create, destroy */

static islet_status create(const islet_host *host, const islet_config *config, islet_instance **instance) {
  if (!instance && !fault("create-null-instance")) return ISLET_ERROR_ARGUMENT;
  *instance = NULL;
  int checks_sizes = !fault("create-small-structs");
  if (checks_sizes && host && !REACHES(host, islet_host, reserved)) return ISLET_ERROR_STRUCT_SIZE;
  if (checks_sizes && config && !REACHES(config, islet_config, reserved)) return ISLET_ERROR_STRUCT_SIZE;
  if (!host && fault("create-defaults")) return ISLET_ERROR_ARGUMENT;
  islet_config wishes = {0};
  if (config && checks_sizes) take(&wishes, sizeof wishes, config);
  const uint64_t known = ISLET_FLAG_UNSIGNED_BUNDLE | ISLET_FLAG_FOREIGN_BUNDLE | ISLET_FLAG_CHANGED_BUNDLE |
                         ISLET_FLAG_ROLLED_BACK_BUNDLE;
  if (!fault("create-bad-config")) {
    if (wishes.accepted_flags & ~known) return ISLET_ERROR_CONFIG;
    if (wishes.trusted_keys && wishes.trusted_keys[0]) return ISLET_ERROR_CONFIG; /* it reads no keys */
    if (wishes.minimum_versions && wishes.minimum_versions[0]) return ISLET_ERROR_CONFIG;
  }
  if (fault("two-plugins")) {
    char mine[32];
    snprintf(mine, sizeof mine, "%p", (void *)&at_work_everywhere);
    const char *owner = getenv("THRESHOLD_OWNER");
    if (owner && strcmp(owner, mine) != 0) return ISLET_ERROR_INTERNAL;
    setenv("THRESHOLD_OWNER", mine, 1);
  }
  islet_instance *made = calloc(1, sizeof *made);
  if (!made) return ISLET_ERROR_RESOURCES;
  if (host && checks_sizes) take(&made->host, sizeof made->host, host);
  made->hosts_own = host;
  made->accepted = wishes.accepted_flags;
  made->maker = gettid();
  if (fault("many-instances")) (void)!open("/dev/null", O_RDONLY);
  if (fault("fork-after-segment")) pthread_atfork(NULL, break_by_fork, NULL);
  *instance = made;
  return ISLET_OK;
}

static void destroy(islet_instance *i) {
  if (!i && !fault("destroy-null")) return;
  if (i->idle_child && !fault("worker-ends-with-instance")) {
    kill(i->idle_child, SIGKILL);
    waitpid(i->idle_child, NULL, 0);
  }
  free(i);
}

/* ------------------------------------------------------------------- bundle */

static uint64_t hash(const unsigned char *bytes, size_t count) {
  uint64_t value = UINT64_C(14695981039346656037); /* FNV-1a */
  for (size_t k = 0; k < count; k++) value = (value ^ bytes[k]) * UINT64_C(1099511628211);
  return value;
}

/* The whole file, at most 64 KiB; its size, or -1. */
static ssize_t read_file(const char *path, unsigned char *bytes, size_t room) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  ssize_t count = read(file, bytes, room);
  close(file);
  return count;
}

/* Takes what a bundle says; the whole of it is in memory. */
static islet_status take_bundle(islet_instance *i, const unsigned char *bytes, size_t count) {
  static const char magic[] = "threshold-bundle\n";
  const size_t start = sizeof magic - 1;
  if (!fault("bundle-foreign-file")) {
    if (count < start || memcmp(bytes, magic, start) != 0)
      return fail(i, ISLET_ERROR_BUNDLE_FORMAT, "this is no threshold bundle");
    uint64_t stored = 0;
    if (count >= start + 8) memcpy(&stored, bytes + count - 8, 8);
    int is_whole = count > start + 8 && stored == hash(bytes, count - 8);
    if (!is_whole && fault("bundle-damaged")) return fail(i, ISLET_ERROR_INTERNAL, "strange bundle");
    if (!is_whole && !fault("bundle-truncated"))
      return fail(i, ISLET_ERROR_BUNDLE_CORRUPT, "the bundle's checksum does not match: fetch it again");
  }
  if (!(i->accepted & ISLET_FLAG_UNSIGNED_BUNDLE)) return fail(i, ISLET_ERROR_BUNDLE_UNSIGNED, "the bundle is not signed");
  i->threshold = count > start ? atoi((const char *)bytes + start) : 85;
  if (i->loads++ && fault("bundle-replaced")) i->threshold = 0;
  i->bundle_bytes = count;
  i->bundle_hash = hash(bytes, count);
  i->is_loaded = 1;
  i->has_run = 0;
  return ISLET_OK;
}

static islet_status load_bundle(islet_instance *i, const char *path) {
  islet_status status = begin(i);
  if (status) return status;
  if (!path && !fault("null-arguments")) return end(i, fail(i, ISLET_ERROR_ARGUMENT, "path is NULL"));
  unsigned char bytes[1 << 16];
  ssize_t count = fault("bundle-loads") ? -1 : read_file(path, bytes, sizeof bytes);
  if (count < 0) {
    if (fault("failed-load-keeps-bundle")) i->is_loaded = 0;
    return end(i, fail(i, fault("bundle-missing") ? ISLET_ERROR_INTERNAL : ISLET_ERROR_BUNDLE_UNREADABLE,
                       "the bundle cannot be read: check its path"));
  }
  status = take_bundle(i, bytes, (size_t)count);
  if (status == ISLET_OK) snprintf(i->path, sizeof i->path, "%s", path ? path : "");
  return end(i, status);
}

static islet_status load_bundle_memory(islet_instance *i, const void *bytes, uint64_t count) {
  islet_status status = begin(i);
  if (status) return status;
  if (!bytes) return end(i, fail(i, ISLET_ERROR_ARGUMENT, "bytes is NULL"));
  i->lent = bytes;
  return end(i, take_bundle(i, bytes, count));
}

static islet_status describe_bundle(islet_instance *i, const char **json) {
  islet_status status = begin(i);
  if (status) return status;
  if (!json) return end(i, fail(i, ISLET_ERROR_ARGUMENT, "json is NULL"));
  if (!i->is_loaded) return end(i, fail(i, ISLET_ERROR_WRONG_ORDER, "call load_bundle first"));
  snprintf(i->description, sizeof i->description, "%s",
           fault("bundle-description") ? "{}" : "{\"labels\": [{\"value\": 1, \"name\": \"bright\"}]}");
  *json = i->description;
  return end(i, ISLET_OK);
}

/* ------------------------------------------------------------------ segment */

/* What computing process and host's process share. */
typedef struct shared {
  atomic_int reports, heard, must_stop, is_done, was_stopped;
  int stage, iteration;
  double fraction;
  unsigned char results[]; /* mask, then probability, one byte a voxel each */
} shared;

/* One run on its way to whoever computes it. */
typedef struct run {
  islet_instance *instance;
  islet_volume volume;
  const uint8_t *initial_mask;
  size_t voxels;
  int threshold, is_first;
  pid_t host; /* 0: computed in the host's own process */
  int polls;
  shared *shared;
} run;

static const char *const stages[] = {"load", "prepare", "coarse", "fine", "finish"};

static double value_at(const run *r, uint64_t x, uint64_t y, uint64_t z) {
  const islet_volume *v = &r->volume;
  const char *at = (const char *)v->voxels + (int64_t)x * v->stride_bytes[0] + (int64_t)y * v->stride_bytes[1] +
                   (int64_t)z * v->stride_bytes[2];
  int16_t s;
  uint16_t u;
  int32_t l;
  float f;
  double stored;
  switch (v->element_type) {
  case ISLET_ELEMENT_UINT16: memcpy(&u, at, 2), stored = u; break;
  case ISLET_ELEMENT_INT32: memcpy(&l, at, 4), stored = l + (fault("element-types") ? 100 : 0); break;
  case ISLET_ELEMENT_FLOAT32: memcpy(&f, at, 4), stored = f; break;
  default: memcpy(&s, at, 2), stored = s;
  }
  return stored * v->rescale_slope + v->rescale_intercept;
}

/* Whether the host wants the run to end; asked in the host's process. */
static int is_cancelled(run *r) {
  const islet_host *host = host_of(r->instance);
  static const char *const deaf[] = {"cancel-at-once", "cancel-in-load", "cancel-in-prepare", "cancel-in-coarse",
                                     "cancel-from-another-thread"};
  if (!host->is_cancelled) return 0;
  int answer = host->is_cancelled(host->host_data) != 0;
  if (answer && fault("cancel-in-fine")) hang();
  for (size_t k = 0; k < sizeof deaf / sizeof *deaf; k++)
    if (fault(deaf[k])) return 0;
  if (fault("cancel-anywhere") && r->polls++ > 0) return 0;
  return answer;
}

/* Calls the host's progress with what is in shared memory. */
static void pass_on(run *r) {
  const islet_host *host = host_of(r->instance);
  if (!host->progress && !fault("callbacks-missing")) return;
  double fraction = fault("progress-law") && r->shared->stage == 3 ? 0.1 : r->shared->fraction;
  host->progress(host->host_data, fraction, stages[r->shared->stage], (uint32_t)r->shared->iteration, NULL);
}

/* Tells the host how far the run is, from whichever process; whether to go on. */
static int report(run *r, int stage, double fraction) {
  shared *s = r->shared;
  s->stage = stage;
  s->iteration = stage == 3;
  s->fraction = fraction;
  if (!r->host) {
    pass_on(r);
    if (is_cancelled(r)) atomic_store(&s->must_stop, 1);
  } else {
    int number = atomic_fetch_add(&s->reports, 1) + 1;
    while (atomic_load(&s->heard) < number) {
      if (getppid() != r->host && !fault("worker-ends-with-host")) _exit(1);
      usleep(50);
    }
  }
  return !atomic_load(&s->must_stop);
}

static void compute(run *r) {
  shared *s = r->shared;
  unsigned char *mask = s->results, *probability = mask + r->voxels;
  atomic_store(&s->was_stopped, 1);
  if (r->is_first && !report(r, 0, 0.05)) return;
  if (!report(r, 1, 0.1)) return;
  const uint64_t *size = r->volume.size;
  for (uint64_t z = 0; z < size[2]; z++) {
    if (!report(r, 2, 0.1 + 0.6 * (double)z / (double)size[2])) return;
    for (uint64_t y = 0; y < size[1]; y++)
      for (uint64_t x = 0; x < size[0]; x++) {
        size_t at = (size_t)((z * size[1] + y) * size[0] + x);
        double value = value_at(r, x, y, z), share = (value + 100) / 340;
        mask[at] = value >= r->threshold || (r->initial_mask && r->initial_mask[at] && value > 1000);
        probability[at] = (unsigned char)(255 * (share < 0 ? 0 : share > 1 ? 1 : share) + 0.5);
      }
  }
  if (!report(r, 3, 0.8) || !report(r, 4, 0.9)) return;
  if (r->volume.direction_lps[0] < 0 && fault("orientations"))
    for (size_t k = 0; k < r->voxels / 2; k++) {
      unsigned char swapped = mask[k];
      mask[k] = mask[r->voxels - 1 - k];
      mask[r->voxels - 1 - k] = swapped;
    }
  if (r->host && fault("isolation-modes")) mask[0] ^= 1;
  atomic_store(&s->was_stopped, 0);
  report(r, 4, 1);
}

/* Computes in a forked child; OK, CANCELLED or WORKER. */
static islet_status compute_in_child(run *r) {
  shared *s = r->shared;
  r->host = getpid();
  pid_t child = fork();
  if (child < 0) return ISLET_ERROR_WORKER;
  if (child == 0) {
    compute(r);
    atomic_store(&s->is_done, 1);
    _exit(0);
  }
  int status = 0, is_over = 0, patience = -1;
  while (!is_over) {
    int reports = atomic_load(&s->reports);
    if (reports > atomic_load(&s->heard)) {
      pass_on(r);
      if (is_cancelled(r)) atomic_store(&s->must_stop, 1);
      atomic_store(&s->heard, reports);
    } else {
      usleep(50);
      if (is_cancelled(r)) atomic_store(&s->must_stop, 1);
    }
    pid_t ended = waitpid(child, &status, WNOHANG);
    is_over = ended == child || (ended < 0 && errno == ECHILD);
    if (ended < 0 && fault("sigchld-ignored")) return ISLET_ERROR_WORKER;
    if (!is_over && atomic_load(&s->must_stop) && !fault("worker-stopped")) {
      if (patience < 0) patience = 2000;
      if (patience-- == 0) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        return ISLET_CANCELLED;
      }
    }
  }
  if (!atomic_load(&s->is_done)) return fault("worker-killed") ? ISLET_OK : ISLET_ERROR_WORKER;
  return atomic_load(&s->was_stopped) ? ISLET_CANCELLED : ISLET_OK;
}

/* The volume's fields; NULL, or what is wrong with it. Fills in defaults. */
static const char *flaw(islet_volume *v, size_t *voxels) {
  if (!fault("volume-element-type") && (v->element_type < ISLET_ELEMENT_INT16 || v->element_type > ISLET_ELEMENT_FLOAT32))
    return "element_type is unknown";
  uint64_t count = 1;
  for (int a = 0; a < 3; a++) {
    if (v->size[a] == 0 && fault("volume-sizes")) v->size[a] = 1;
    if (v->size[a] == 0 || v->size[a] > (UINT64_C(1) << 40) / count) return "size cannot be";
    count *= v->size[a];
  }
  *voxels = (size_t)count;
  int is_checked = !fault("volume-geometry");
  double sum = 0;
  for (int a = 0; a < 3; a++) {
    if (is_checked && !(v->spacing_mm[a] > 0 && isfinite(v->spacing_mm[a]))) return "spacing cannot be";
    if (is_checked && !isfinite(v->origin_lps_mm[a])) return "origin cannot be";
  }
  for (int k = 0; k < 9; k++) sum += fabs(v->direction_lps[k]);
  if (sum == 0 && !fault("packed-by-default")) v->direction_lps[0] = v->direction_lps[4] = v->direction_lps[8] = 1;
  for (int a = 0; is_checked && a < 3; a++)
    for (int b = 0; b < 3; b++) {
      double dot = 0;
      for (int k = 0; k < 3; k++) dot += v->direction_lps[3 * a + k] * v->direction_lps[3 * b + k];
      if (!(fabs(dot - (a == b)) < 0.001)) return "direction is not orthonormal";
    }
  int64_t bytes = v->element_type == ISLET_ELEMENT_INT16 || v->element_type == ISLET_ELEMENT_UINT16 ? 2 : 4;
  if (!v->stride_bytes[0] && !v->stride_bytes[1] && !v->stride_bytes[2]) {
    v->stride_bytes[0] = bytes;
    v->stride_bytes[1] = bytes * (int64_t)v->size[0];
    v->stride_bytes[2] = v->stride_bytes[1] * (int64_t)v->size[1];
  }
  for (int a = 0; a < 3 && !fault("volume-strides"); a++) {
    int64_t reach;
    if (v->stride_bytes[a] == INT64_MIN || __builtin_mul_overflow(v->stride_bytes[a], (int64_t)v->size[a], &reach) ||
        reach > INT64_C(1) << 46 || reach < -(INT64_C(1) << 46))
      return "strides leave the address space";
  }
  if (v->rescale_slope == 0 && !fault("rescale")) v->rescale_slope = 1;
  if (!isfinite(v->rescale_slope) || !isfinite(v->rescale_intercept)) return "slope or intercept is not finite";
  return NULL;
}

static const char *wrong_wish(const islet_request *q) {
  if (q->label > 1) return "label is unknown";
  if (q->quality > 1 || q->precision > 1 || q->isolation > ISLET_ISOLATION_PROCESS || q->overrides > 15 ||
      q->coarse_fusion > ISLET_FUSION_MEAN || q->fine_fusion > ISLET_FUSION_MEAN)
    return "quality, precision, isolation, fusion or overrides is unknown";
  if (q->threads > 256) return "threads is above 256";
  uint32_t bits = fault("overrides-need-their-bit") ? 7 : q->overrides;
  if (bits & ISLET_OVERRIDE_ROUNDS && q->rounds > 100) return "rounds is above 100";
  if (bits & ISLET_OVERRIDE_MARGIN && q->margin > 512 && !fault("request-out-of-range")) return "margin is above 512";
  if (bits & ISLET_OVERRIDE_THRESHOLD && !(q->threshold >= 0 && q->threshold <= 1)) return "threshold is not in 0...1";
  if (bits & ISLET_OVERRIDE_COMPONENT_RATIO && !(q->component_ratio >= 0 && q->component_ratio <= 1))
    return "component_ratio is not in 0...1";
  return NULL;
}

/* The box or mask to start from, once the volume's size is known. */
static const char *wrong_box(const islet_request *q, const uint64_t *size) {
  const uint64_t *first = q->initial_box_first, *extent = q->initial_box_size;
  if (!extent[0] && !extent[1] && !extent[2]) return NULL;
  if (q->initial_mask) return "a box and a mask to start from";
  for (int a = 0; a < 3 && !fault("initial-box"); a++)
    if (!extent[a] || first[a] >= size[a] || extent[a] > size[a] - first[a]) return "the box leaves the volume";
  return NULL;
}

static const char *wrong_output(const islet_output *o, size_t voxels) {
  if (!o->mask || o->mask_bytes < voxels) return "mask is missing or too small";
  if (o->view_masks && o->view_masks_bytes < voxels) return "view_masks is too small";
  if (!o->probability) return NULL;
  if (o->probability_type != ISLET_ELEMENT_UINT8 && o->probability_type != ISLET_ELEMENT_FLOAT32)
    return "probability_type is unknown";
  size_t needed = o->probability_type == ISLET_ELEMENT_FLOAT32 ? 4 * voxels : voxels;
  return o->probability_bytes < needed && !fault("output-refused") ? "probability is too small" : NULL;
}

static size_t usual_bytes(size_t voxels) { return 4096 + 8 * voxels; }
static size_t smallest_bytes(size_t voxels) { return 4096 + 4 * voxels; }

/* The memory budget; NULL, or a sentence with both numbers. */
static const char *short_budget(islet_instance *i, const islet_request *q, size_t voxels) {
  if (!q->memory_budget_bytes || q->memory_budget_bytes >= smallest_bytes(voxels) || fault("budget-refused")) return NULL;
  snprintf(i->description, sizeof i->description, "the budget is %llu bytes, the run takes %zu",
           (unsigned long long)q->memory_budget_bytes, smallest_bytes(voxels));
  return i->description;
}

static const char *bad_voxel(const run *r) {
  if (r->volume.element_type != ISLET_ELEMENT_FLOAT32 || fault("volume-values")) return NULL;
  for (uint64_t z = 0; z < r->volume.size[2]; z++)
    for (uint64_t y = 0; y < r->volume.size[1]; y++)
      for (uint64_t x = 0; x < r->volume.size[0]; x++)
        if (!isfinite(value_at(r, x, y, z))) return "a voxel is not finite";
  return NULL;
}

/* Faults that spoil how voxels are read, once everything was checked. */
static void spoil_reading(islet_volume *v) {
  int64_t *s = v->stride_bytes;
  if (fault("padded-strides")) s[1] = s[0] * (int64_t)v->size[0];
  if (fault("negative-strides"))
    for (int a = 0; a < 3; a++) s[a] = llabs(s[a]);
  if ((fault("transposed-strides") && llabs(s[0]) > llabs(s[1])) || (fault("random-layouts") && s[2] < 0)) {
    int64_t swapped = s[0];
    s[0] = s[1];
    s[1] = swapped;
  }
  if (fault("reads-only-the-volume")) *(volatile char *)v->voxels = *(const volatile char *)v->voxels;
}

/* Faults that change what is found. */
static void spoil_threshold(run *r, const islet_request *q, const islet_request *given, const islet_output *o) {
  islet_instance *i = r->instance;
  unsigned char bytes[1 << 16];
  int is_changed = fault("bundle-overwritten") && read_file(i->path, bytes, sizeof bytes) > 0 &&
                   hash(bytes, i->bundle_bytes) != i->bundle_hash;
  if (is_changed || (fault("request-null") && !given) || (fault("optional-outputs") && !o->probability) ||
      (fault("determinism") && i->runs % 3 == 2) || (fault("thread-counts") && q->threads == 3) || i->is_spoilt ||
      (fault("budget-kept") && q->memory_budget_bytes))
    r->threshold -= 70;
}

/* Faults that end the call at once; 0: none of them. */
static islet_status refuse_wrongly(const islet_instance *i, const islet_volume *v) {
  unsigned char bytes[1 << 16];
  ssize_t count = read_file(i->path, bytes, sizeof bytes);
  if (fault("bundle-from-memory") && i->lent && i->lent[0] == 0) return ISLET_ERROR_INTERNAL;
  int is_thin = v->size[0] == 1 || v->size[1] == 1 || v->size[2] == 1;
  if (fault("bundle-shrinks") && count < (ssize_t)i->bundle_bytes) raise(SIGBUS);
  if ((fault("bundle-vanishes") && count < 0) || (fault("smallest-volumes") && is_thin) ||
      (fault("unaligned-voxels") && v->stride_bytes[0] % 2 != 0) ||
      (fault("any-thread") && i->maker != gettid()) ||
      (fault("fork-before-load") && getpid() != getpgrp()) || (fault("fork-after-segment") && is_broken_by_fork) ||
      (fault("standard-descriptors-closed") && fcntl(1, F_GETFD) < 0) ||
      (fault("parallel-instances") && atomic_load(&at_work_everywhere) > 1))
    return ISLET_ERROR_INTERNAL;
  return ISLET_OK;
}

static void fill(const run *r, const islet_request *q, islet_output *o) {
  const unsigned char *mask = r->shared->results, *probability = mask + r->voxels;
  for (size_t k = 0; k < r->voxels; k++)
    if (mask[k] || !fault("output-is-whole")) o->mask[k] = mask[k];
  if (fault("output-red-zones")) o->mask[r->voxels] = 0;
  for (size_t k = 0; k < r->voxels && o->probability; k++) {
    float share = fault("probability-types") ? probability[k] : (float)probability[k] / 255;
    if (o->probability_type == ISLET_ELEMENT_UINT8) ((uint8_t *)o->probability)[k] = probability[k];
    else memcpy((char *)o->probability + 4 * k, &share, 4);
  }
  for (size_t k = 0; k < r->voxels && o->view_masks; k++) o->view_masks[k] = mask[k] ? 7 : 0;
  uint64_t marked = 0;
  int touches = fault("border-flag");
  const uint64_t *size = r->volume.size;
  for (uint64_t z = 0; z < size[2]; z++)
    for (uint64_t y = 0; y < size[1]; y++)
      for (uint64_t x = 0; x < size[0]; x++)
        if (mask[(z * size[1] + y) * size[0] + x]) {
          marked++;
          touches |= x == 0 || y == 0 || z == 0 || x + 1 == size[0] || y + 1 == size[1] || z + 1 == size[2];
        }
  int asks_rounds = (q->overrides & ISLET_OVERRIDE_ROUNDS) != 0 && !fault("rounds-override");
  o->rounds = asks_rounds && q->rounds == 0 ? 0 : 1;
  o->end = marked ? ISLET_END_CONVERGED : ISLET_END_EMPTY;
  o->flags = ISLET_FLAG_NO_CONFIDENCE | (touches ? ISLET_FLAG_TOUCHES_BORDER : 0) | (marked ? 0 : ISLET_FLAG_EMPTY) |
             (fault("bundle-acceptance") ? 0 : ISLET_FLAG_UNSIGNED_BUNDLE);
  o->voxels = marked + (fault("summary-fits-mask") ? 1 : 0);
  o->volume_ml = (double)marked * r->volume.spacing_mm[0] * r->volume.spacing_mm[1] * r->volume.spacing_mm[2] / 1000;
  o->dsc_to_previous = o->rounds ? 1 : NAN;
  o->view_agreement = marked ? 1 : NAN;
  o->predicted_dsc = o->predicted_dsc_lower = NAN;
  o->grade = ISLET_GRADE_NONE;
  if (fault("output-fields-kept")) o->mask_bytes = 0;
}

static void *linger(void *data) {
  (void)data;
  sleep(1000);
  return NULL;
}

/* Leaves behind what a fault is about. */
static void leave_things(islet_instance *i) {
  pthread_t thread;
  if (fault("prints-nothing")) puts("segmented");
  if (fault("process-state-kept")) signal(SIGPIPE, SIG_IGN);
  if (fault("leaves-nothing-behind")) pthread_create(&thread, NULL, linger, NULL);
  if ((fault("worker-killed-while-idle") || fault("worker-ends-with-instance")) && !i->idle_child) {
    i->idle_child = fork();
    if (i->idle_child == 0) hang();
  }
}

static islet_status run_checked(run *r, const islet_request *q, islet_output *o) {
  islet_instance *i = r->instance;
  if (is_cancelled(r)) return ISLET_CANCELLED;
  if (i->idle_child && fault("worker-killed-while-idle") && waitpid(i->idle_child, NULL, WNOHANG) == i->idle_child) {
    i->idle_child = 0;
    return fail(i, ISLET_ERROR_WORKER, "the worker is gone");
  }
  size_t bytes = sizeof(shared) + 2 * r->voxels;
  r->shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (r->shared == MAP_FAILED) {
    if (fault("low-memory")) abort();
    return fail(i, ISLET_ERROR_RESOURCES, "the system refused memory for the result");
  }
  islet_status status = ISLET_OK;
  if (q->isolation != ISLET_ISOLATION_NONE) {
    status = compute_in_child(r);
    if (status == ISLET_ERROR_WORKER) fail(i, status, "the worker process ended; the next call starts another one");
  } else {
    compute(r);
    if (atomic_load(&r->shared->was_stopped)) status = ISLET_CANCELLED;
  }
  if (status == ISLET_OK) fill(r, q, o);
  if (status == ISLET_CANCELLED && fault("cancel-in-finish")) i->is_spoilt = 1;
  munmap(r->shared, bytes);
  return status;
}

static islet_status segment(islet_instance *i, const islet_volume *volume, const islet_request *request,
                            islet_output *output) {
  islet_status status = begin(i);
  if (status) return status;
  if (!volume || !output) return end(i, fail(i, ISLET_ERROR_ARGUMENT, "volume or output is NULL"));
  if (!REACHES(volume, islet_volume, spacing_mm) ||
      (request && !REACHES(request, islet_request, label) && !fault("small-structs")) ||
      !REACHES(output, islet_output, mask_bytes))
    return end(i, fail(i, ISLET_ERROR_STRUCT_SIZE, "a struct_size is too small"));
  if (!i->is_loaded) return end(i, fail(i, ISLET_ERROR_WRONG_ORDER, "call load_bundle first"));
  islet_request q = {0};
  if (request) take(&q, sizeof q, request);
  run r = {.instance = i, .initial_mask = q.initial_mask, .threshold = i->threshold, .is_first = !i->runs};
  take(&r.volume, sizeof r.volume, volume);
  islet_output wanted;
  take(&wanted, sizeof wanted, output);
  const char *sentence = wrong_wish(&q);
  if (sentence) return end(i, fail(i, ISLET_ERROR_REQUEST, sentence));
  if (!r.volume.voxels) return end(i, fail(i, ISLET_ERROR_ARGUMENT, "voxels is NULL"));
  sentence = flaw(&r.volume, &r.voxels);
  if (sentence) return end(i, fail(i, ISLET_ERROR_VOLUME, sentence));
  if (q.initial_mask && q.initial_mask_bytes != r.voxels && !fault("initial-mask"))
    return end(i, fail(i, ISLET_ERROR_REQUEST, "initial_mask has another size than the volume"));
  sentence = wrong_box(&q, r.volume.size);
  if (sentence) return end(i, fail(i, ISLET_ERROR_REQUEST, sentence));
  sentence = wrong_output(&wanted, r.voxels);
  if (sentence) return end(i, fail(i, ISLET_ERROR_OUTPUT, sentence));
  sentence = bad_voxel(&r);
  if (sentence) return end(i, fail(i, ISLET_ERROR_VOLUME, sentence));
  sentence = short_budget(i, &q, r.voxels);
  if (sentence) return end(i, fail(i, ISLET_ERROR_RESOURCES, sentence));
  atomic_fetch_add(&at_work_everywhere, 1);
  status = refuse_wrongly(i, &r.volume);
  if (status) {
    fail(i, status, "a fault of the plugin");
  } else {
    spoil_reading(&r.volume);
    spoil_threshold(&r, &q, request, &wanted);
    i->has_run = 0;
    status = run_checked(&r, &q, &wanted);
    if (status == ISLET_OK) {
      size_t known = output->struct_size < sizeof wanted ? output->struct_size : sizeof wanted;
      memcpy(output, &wanted, known);
      if (fault("larger-structs") && output->struct_size > sizeof wanted) memset((char *)output + known, 0, 8);
      i->has_run = 1;
      snprintf(i->trace, sizeof i->trace, fault("trace") ? "rounds 1" : "{\"rounds\": 1}");
    }
    i->runs++;
    leave_things(i);
  }
  atomic_fetch_sub(&at_work_everywhere, 1);
  return end(i, status);
}

static islet_status trace(islet_instance *i, const char **json) {
  islet_status status = begin(i);
  if (status) return status;
  if (!json) return end(i, fail(i, ISLET_ERROR_ARGUMENT, "json is NULL"));
  if (!i->has_run && !fault("wrong-order")) return end(i, fail(i, ISLET_ERROR_WRONG_ORDER, "call segment first"));
  *json = i->trace;
  return end(i, ISLET_OK);
}

static islet_status plan(islet_instance *i, const islet_volume *volume, const islet_request *request, islet_plan *plan) {
  islet_status status = begin(i);
  if (status) return status;
  if (!volume || !plan) return end(i, fail(i, ISLET_ERROR_ARGUMENT, "volume or plan is NULL"));
  if (!REACHES(volume, islet_volume, spacing_mm) || (request && !REACHES(request, islet_request, label)) ||
      !REACHES(plan, islet_plan, bytes))
    return end(i, fail(i, ISLET_ERROR_STRUCT_SIZE, "a struct_size is too small"));
  if (!i->is_loaded) return end(i, fail(i, ISLET_ERROR_WRONG_ORDER, "call load_bundle first"));
  islet_volume described;
  take(&described, sizeof described, volume);
  islet_request q = {0};
  if (request) take(&q, sizeof q, request);
  size_t voxels = 0;
  const char *sentence = wrong_wish(&q);
  if (sentence) return end(i, fail(i, ISLET_ERROR_REQUEST, sentence));
  sentence = flaw(&described, &voxels);
  if (sentence) return end(i, fail(i, ISLET_ERROR_VOLUME, sentence));
  sentence = short_budget(i, &q, voxels);
  if (sentence) return end(i, fail(i, ISLET_ERROR_RESOURCES, sentence));
  if (fault("plan-allocates-nothing"))
    mmap(NULL, voxels, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  islet_plan made = {.struct_size = plan->struct_size, .threads = 1, .bytes = usual_bytes(voxels),
                     .smallest_bytes = smallest_bytes(voxels), .work_units = voxels};
  if (fault("plan")) made.smallest_bytes = made.bytes + 1;
  memcpy(plan, &made, plan->struct_size < sizeof made ? plan->struct_size : sizeof made);
  return end(i, ISLET_OK);
}

/* -------------------------------------------------------------------- table */

static const char *last_error(islet_instance *i) {
  if (!i) return "the instance is NULL";
  return atomic_load(&i->is_at_work) ? "another call is at work" : i->error;
}

static const char *status_name(islet_status status) {
  static const struct { islet_status status; const char *name; } names[] = {
#define NAME(status) {status, #status}
      NAME(ISLET_OK), NAME(ISLET_CANCELLED), NAME(ISLET_ERROR_ARGUMENT), NAME(ISLET_ERROR_ABI_MISMATCH),
      NAME(ISLET_ERROR_STRUCT_SIZE), NAME(ISLET_ERROR_WRONG_ORDER), NAME(ISLET_ERROR_BUSY), NAME(ISLET_ERROR_VOLUME),
      NAME(ISLET_ERROR_OUTPUT), NAME(ISLET_ERROR_REQUEST), NAME(ISLET_ERROR_CONFIG),
      NAME(ISLET_ERROR_BUNDLE_UNREADABLE), NAME(ISLET_ERROR_BUNDLE_FORMAT), NAME(ISLET_ERROR_BUNDLE_VERSION),
      NAME(ISLET_ERROR_BUNDLE_CORRUPT), NAME(ISLET_ERROR_BUNDLE_MANIFEST), NAME(ISLET_ERROR_BUNDLE_TENSOR),
      NAME(ISLET_ERROR_BUNDLE_UNSIGNED), NAME(ISLET_ERROR_BUNDLE_FOREIGN), NAME(ISLET_ERROR_BUNDLE_CHANGED),
      NAME(ISLET_ERROR_BUNDLE_ROLLED_BACK), NAME(ISLET_ERROR_RESOURCES), NAME(ISLET_ERROR_ENGINE),
      NAME(ISLET_ERROR_INTERNAL), NAME(ISLET_ERROR_WORKER)};
  for (size_t k = 0; k < sizeof names / sizeof *names - (fault("status-names") ? 1 : 0); k++)
    if (names[k].status == status) return names[k].name;
  return "unknown status";
}

static const void *get_extension(const char *id) { return id && fault("unknown-extension") ? id : NULL; }

EXPORTED islet_status islet_plugin_entry(uint32_t version, const islet_host *host, const islet_plugin **plugin) {
  static islet_plugin tables[2];
  static int calls;
  if (!plugin) return fault("entry-null-table") ? ISLET_OK : ISLET_ERROR_ARGUMENT;
  *plugin = NULL;
  if (version >> 16 != ISLET_ABI_MAJOR && !fault("entry-other-major")) return ISLET_ERROR_ABI_MISMATCH;
  if ((version & 0xffff) != ISLET_ABI_MINOR && fault("entry-other-minor")) return ISLET_ERROR_ABI_MISMATCH;
  if (host && !REACHES(host, islet_host, reserved) && !fault("entry-small-host")) return ISLET_ERROR_STRUCT_SIZE;
  islet_plugin *table = &tables[fault("entry-repeats") ? calls++ % 2 : 0];
  *table = (islet_plugin){.struct_size = sizeof *table,
                          .abi_version = fault("entry-gives-table") ? 2u << 16 : ISLET_ABI_VERSION,
                          .id = "org.islet.threshold",
                          .name = "Threshold",
                          .version = "1",
                          .vendor = fault("descriptor-texts") ? "" : "The Islet authors",
                          .intended_use = "Tests of hosts. Research use only, not for diagnosis.",
                          .create = create,
                          .load_bundle = load_bundle,
                          .describe_bundle = describe_bundle,
                          .segment = segment,
                          .trace = trace,
                          .last_error = last_error,
                          .status_name = status_name,
                          .destroy = destroy,
                          .get_extension = get_extension,
                          .plan = plan,
                          .load_bundle_memory = load_bundle_memory};
  *plugin = table;
  return ISLET_OK;
}
