/* A host that measures what islet.h promises of time, memory and faults, on a synthetic volume of any size.
 *
 *   cc -std=c11 -O2 -IPlugin/include Integration/conformance/endurance_host.c -ldl -lm -pthread -o endurance_host
 *   endurance_host plan PLUGIN BUNDLE X Y Z MM THREADS BUDGET [mask | SECONDS]  one row: announced and measured memory,
 *                                                               work, time; from a given mask, so that fine rounds run
 *                                                               for sure, or stopped after some seconds
 *   endurance_host progress PLUGIN BUNDLE X Y Z MM THREADS      gaps between progress, fraction at half of the time
 *   endurance_host cancel PLUGIN BUNDLE X Y Z MM COUNT SEED [none]  cancels at random moments: histogram of the delay
 *   endurance_host soak PLUGIN BUNDLE X Y Z MM SEGMENTS INSTANCES LOADS [none]  memory per run, what is left behind
 *   endurance_host kill PLUGIN BUNDLE X Y Z MM COUNT SEED       kill -9 of the worker at random moments
 *
 * Exit codes: 0 every promise was kept, 1 it could not be set up, 3 a promise was broken. */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "islet.h"

typedef struct setting {
  const islet_plugin *plugin;
  islet_instance *instance;
  islet_volume volume;
  islet_request request;
  islet_output output;
  size_t voxels;
  /* When the callbacks were called, and what they answer. */
  atomic_int is_cancelled;
  double last_call, widest_gap, start;
  double *fractions, *times;
  size_t reports, capacity;
  double last_fraction;
  /* Where the stages begin, in their order. */
  struct { char name[16]; double time, fraction; } stages[8];
  size_t stage_count;
} setting;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void require(int is_true, const char *what) {
  if (is_true) return;
  fprintf(stderr, "endurance_host: %s\n", what);
  exit(1);
}

static void promise(int is_kept, const char *what) {
  if (is_kept) return;
  fprintf(stderr, "broken promise: %s\n", what);
  exit(3);
}

static void on_progress(void *data, double fraction, const char *stage, uint32_t iteration, const char *message) {
  setting *s = data;
  (void)iteration, (void)message;
  promise(fraction >= s->last_fraction && fraction <= 1, "progress rises from 0 to 1");
  s->last_fraction = fraction;
  double time = now();
  if (time - s->last_call > s->widest_gap) s->widest_gap = time - s->last_call;
  s->last_call = time;
  if (s->stage_count < 8 && (s->stage_count == 0 || strcmp(s->stages[s->stage_count - 1].name, stage) != 0)) {
    snprintf(s->stages[s->stage_count].name, sizeof s->stages[0].name, "%s", stage);
    s->stages[s->stage_count].time = time - s->start;
    s->stages[s->stage_count++].fraction = fraction;
  }
  if (s->reports == s->capacity) {
    s->capacity = s->capacity ? 2 * s->capacity : 1024;
    s->fractions = realloc(s->fractions, s->capacity * sizeof *s->fractions);
    s->times = realloc(s->times, s->capacity * sizeof *s->times);
    require(s->fractions && s->times, "no memory");
  }
  s->fractions[s->reports] = fraction;
  s->times[s->reports++] = time - s->start;
}

static int32_t on_is_cancelled(void *data) { return atomic_load(&((setting *)data)->is_cancelled); }

static uint64_t state = 1;
static double random_share(void) { /* splitmix64 */
  uint64_t z = (state += UINT64_C(0x9E3779B97F4A7C15));
  z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
  return (double)((z ^ z >> 31) >> 11) / 9007199254740992.0;
}

/* Air, an elliptic body of soft tissue, a brighter organ. */
static void make_volume(setting *s, long x, long y, long z, double millimetres) {
  s->voxels = (size_t)x * (size_t)y * (size_t)z;
  int16_t *voxels = malloc(s->voxels * sizeof *voxels);
  uint8_t *mask = malloc(s->voxels), *views = malloc(s->voxels), *probability = malloc(s->voxels);
  require(voxels && mask && views && probability, "no memory for the volume");
  for (long k = 0; k < z; k++)
    for (long j = 0; j < y; j++)
      for (long i = 0; i < x; i++) {
        double a = (i - x / 2.0) / (0.42 * x), b = (j - y / 2.0) / (0.36 * y), c = (k - z / 2.0) / (0.12 * z);
        double organ = (a * a + b * b) * 9 + c * c;
        int noise = (int)((i * 7 + j * 13 + k * 29) % 40) - 20;
        voxels[(k * y + j) * x + i] = (int16_t)(a * a + b * b > 1 ? -1000 : (organ < 1 ? 110 : 30) + noise);
      }
  s->volume = (islet_volume){.struct_size = sizeof s->volume, .element_type = ISLET_ELEMENT_INT16, .voxels = voxels,
                             .size = {(uint64_t)x, (uint64_t)y, (uint64_t)z},
                             .spacing_mm = {millimetres, millimetres, millimetres}};
  s->output = (islet_output){.struct_size = sizeof s->output, .probability_type = ISLET_ELEMENT_UINT8,
                             .mask = mask, .mask_bytes = s->voxels, .probability = probability,
                             .probability_bytes = s->voxels, .view_masks = views, .view_masks_bytes = s->voxels};
  s->request = (islet_request){.struct_size = sizeof s->request};
}

/* The organ of make_volume as the first mask, and three rounds whatever they find. */
static void start_from_the_organ(setting *s) {
  uint8_t *mask = malloc(s->voxels);
  require(mask != NULL, "no memory for the mask");
  const int16_t *voxels = s->volume.voxels;
  for (size_t i = 0; i < s->voxels; i++) mask[i] = voxels[i] >= 85;
  s->request.initial_mask = mask;
  s->request.initial_mask_bytes = s->voxels;
  s->request.overrides = ISLET_OVERRIDE_ROUNDS | ISLET_OVERRIDE_THRESHOLD;
  s->request.rounds = 3;
  s->request.threshold = 1;
}

static islet_status run(setting *s) {
  s->last_fraction = 0;
  s->reports = s->stage_count = 0;
  s->widest_gap = 0;
  s->start = s->last_call = now();
  return s->plugin->segment(s->instance, &s->volume, &s->request, &s->output);
}

static void require_ok(setting *s, islet_status status, const char *what) {
  if (status == ISLET_OK) return;
  fprintf(stderr, "endurance_host: %s: %d %s\n", what, (int)status, s->plugin->last_error(s->instance));
  exit(1);
}

/* The one child of this process, from /proc so that the plugin need not say it; 0: none. */
static int worker(void) {
  char path[300];
  int child = 0;
  DIR *tasks = opendir("/proc/self/task");
  require(tasks != NULL, "no /proc");
  for (struct dirent *entry; !child && (entry = readdir(tasks));) {
    snprintf(path, sizeof path, "/proc/self/task/%s/children", entry->d_name);
    FILE *file = fopen(path, "r");
    if (file && fscanf(file, "%d", &child) != 1) child = 0;
    if (file) fclose(file);
  }
  closedir(tasks);
  return child;
}

/* A line of /proc/PID/status in bytes; 0 for pid means this process. */
static double memory(int pid, const char *name) {
  char path[64], line[256];
  double kilobytes = 0;
  if (pid) snprintf(path, sizeof path, "/proc/%d/status", pid);
  else snprintf(path, sizeof path, "/proc/self/status");
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  while (fgets(line, sizeof line, file))
    if (strncmp(line, name, strlen(name)) == 0) kilobytes = strtod(line + strlen(name) + 1, NULL);
  fclose(file);
  return kilobytes * 1024;
}

static int open_files(void) {
  int count = 0;
  DIR *directory = opendir("/proc/self/fd");
  if (!directory) return -1;
  while (readdir(directory)) count++;
  closedir(directory);
  return count;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static uint64_t hash(const uint8_t *bytes, size_t count) {
  uint64_t value = UINT64_C(14695981039346656037); /* FNV-1a */
  for (size_t i = 0; i < count; i++) value = (value ^ bytes[i]) * UINT64_C(1099511628211);
  return value;
}

static void stop_after(setting *s, double seconds);

/* `seconds` above 0: the run is stopped then, and the worker's memory read before that. */
static void measure_plan(setting *s, double seconds) {
  islet_plan plan = {.struct_size = sizeof plan};
  islet_status status = s->plugin->plan(s->instance, &s->volume, &s->request, &plan);
  if (status != ISLET_OK) {
    printf("%llu %llu %llu refused: %s\n", (unsigned long long)s->volume.size[0],
           (unsigned long long)s->volume.size[1], (unsigned long long)s->volume.size[2],
           s->plugin->last_error(s->instance));
    return;
  }
  double start = now();
  if (seconds > 0) {
    stop_after(s, seconds);
    return;
  }
  status = run(s);
  require_ok(s, status, "segment");
  double took = now() - start, peak = memory(worker(), "VmHWM");
  printf("%llu %llu %llu threads %u announced %.1f MiB measured %.1f MiB ratio %.2f smallest %.1f MiB units %llu "
         "seconds %.1f rounds %u mask %016llx\n",
         (unsigned long long)s->volume.size[0], (unsigned long long)s->volume.size[1],
         (unsigned long long)s->volume.size[2], plan.threads, plan.bytes / 1048576.0, peak / 1048576.0,
         peak / (double)plan.bytes, plan.smallest_bytes / 1048576.0, (unsigned long long)plan.work_units, took,
         s->output.rounds, (unsigned long long)hash(s->output.mask, s->voxels));
  promise(peak <= 1.1 * (double)plan.bytes, "measured memory is at most 1.1 times the announced");
}

static void measure_progress(setting *s) {
  require_ok(s, run(s), "segment");
  double total = now() - s->start, middle = 0;
  for (size_t i = 0; i < s->reports && s->times[i] <= total / 2; i++) middle = s->fractions[i];
  printf("%zu reports in %.1f s, widest gap %.3f s, fraction at half of the time %.2f, last %.3f\n", s->reports, total,
         s->widest_gap, middle, s->last_fraction);
  for (size_t i = 0; i < s->stage_count; i++) {
    int is_last = i + 1 == s->stage_count;
    double end = is_last ? total : s->stages[i + 1].time, share = is_last ? 1 : s->stages[i + 1].fraction;
    printf("  %-8s %6.2f s, %4.0f %% of the time, %4.0f %% of the fraction\n", s->stages[i].name, end - s->stages[i].time,
           100 * (end - s->stages[i].time) / total, 100 * (share - s->stages[i].fraction));
  }
  promise(s->last_fraction == 1, "progress ends at 1");
  promise(s->widest_gap <= 0.6 || s->request.isolation == ISLET_ISOLATION_NONE, "progress comes twice a second");
}

typedef struct strike {
  setting *s;
  double after;
  int kills;
  /* Of the worker at that moment, bytes. */
  double peak;
  double when;
  int victim;
} strike;

static void *strike_later(void *data) {
  strike *k = data;
  struct timespec pause = {(time_t)k->after, (long)((k->after - floor(k->after)) * 1e9)};
  nanosleep(&pause, NULL);
  k->peak = memory(worker(), "VmHWM");
  if (k->kills) {
    k->victim = worker();
    if (k->victim) kill(k->victim, SIGKILL);
  } else {
    atomic_store(&k->s->is_cancelled, 1);
  }
  k->when = now();
  return NULL;
}

static islet_status run_and_strike(setting *s, strike *k) {
  pthread_t thread;
  k->s = s;
  require(pthread_create(&thread, NULL, strike_later, k) == 0, "no thread");
  islet_status status = run(s);
  double end = now();
  pthread_join(thread, NULL);
  k->when = end - k->when;
  atomic_store(&s->is_cancelled, 0);
  return status;
}

static void stop_after(setting *s, double seconds) {
  islet_plan plan = {.struct_size = sizeof plan};
  require_ok(s, s->plugin->plan(s->instance, &s->volume, &s->request, &plan), "plan");
  strike k = {.after = seconds};
  double start = now();
  islet_status status = run_and_strike(s, &k);
  double took = now() - start + (k.when < 0 ? k.when : 0); /* the thread sleeps on when the run was done */
  if (status != ISLET_CANCELLED) require_ok(s, status, "segment");
  printf("%llu %llu %llu threads %u announced %.1f MiB measured %.1f MiB ratio %.2f smallest %.1f MiB units %llu "
         "%s after %.0f s at %.3f\n",
         (unsigned long long)s->volume.size[0], (unsigned long long)s->volume.size[1],
         (unsigned long long)s->volume.size[2], plan.threads, plan.bytes / 1048576.0, k.peak / 1048576.0,
         k.peak / (double)plan.bytes, plan.smallest_bytes / 1048576.0, (unsigned long long)plan.work_units,
         status == ISLET_OK ? "done" : "stopped", took, s->last_fraction);
  promise(k.peak <= 1.1 * (double)plan.bytes, "measured memory is at most 1.1 times the announced");
}

static void measure_cancel(setting *s, int count) {
  /* The first run reads the weights, and so does one after a worker that had to be ended; the others are shorter. */
  require_ok(s, run(s), "segment");
  double start = now();
  require_ok(s, run(s), "segment");
  double usual = now() - start, *delays = calloc((size_t)count, sizeof *delays);
  require(delays != NULL, "no memory");
  int cancelled = 0, finished = 0, files = open_files();
  uint64_t right = hash(s->output.mask, s->voxels);
  double resident = memory(0, "VmRSS");
  for (int i = 0; i < count; i++) {
    strike k = {.after = random_share() * usual};
    islet_status status = run_and_strike(s, &k);
    promise(status == ISLET_OK || status == ISLET_CANCELLED, "a cancelled run is OK or CANCELLED");
    if (status == ISLET_CANCELLED) delays[cancelled++] = k.when > 0 ? k.when : 0;
    else finished++;
  }
  require_ok(s, run(s), "segment after the last cancel");
  promise(hash(s->output.mask, s->voxels) == right, "the run after the last cancel gives the same mask");
  promise(open_files() == files, "no descriptor is left");
  qsort(delays, (size_t)cancelled, sizeof *delays, ascending);
  require(cancelled > 0, "every run had ended before it could be cancelled");
  double p99 = delays[(size_t)(0.99 * (cancelled - 1))], most = delays[cancelled - 1];
  printf("%d moments over runs of %.2f s: %d cancelled, %d had ended; delay p50 %.0f ms, p99 %.0f ms, max %.0f ms; "
         "resident memory %+.1f MiB\n", count, usual, cancelled, finished, 1e3 * delays[cancelled / 2], 1e3 * p99,
         1e3 * most, (memory(0, "VmRSS") - resident) / 1048576);
  const double edges[] = {0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.5, 1, INFINITY};
  for (int e = 0, i = 0; e < 11; e++) {
    int in_bin = 0;
    while (i < cancelled && delays[i] <= edges[e]) i++, in_bin++;
    if (in_bin) printf("  <= %4.0f ms %5d\n", 1e3 * edges[e], in_bin);
  }
  free(delays);
  if (s->request.isolation == ISLET_ISOLATION_NONE) return;
  promise(p99 <= 0.25, "p99 of the delay is at most 250 ms");
  promise(most <= 1, "the delay is at most 1 s");
}

static void measure_kill(setting *s, int count) {
  require_ok(s, run(s), "segment");
  double start = now();
  require_ok(s, run(s), "segment");
  double usual = now() - start;
  uint64_t right = hash(s->output.mask, s->voxels);
  int died = 0, survived = 0, files = open_files();
  for (int i = 0; i < count; i++) {
    strike k = {.after = random_share() * usual, .kills = 1};
    islet_status status = run_and_strike(s, &k);
    promise(status == ISLET_OK || status == ISLET_ERROR_WORKER, "a killed worker is a status");
    if (status == ISLET_OK) survived++;
    else {
      died++;
      promise(strstr(s->plugin->last_error(s->instance), "signal 9") != NULL, "the sentence names the signal");
      promise(worker() == 0, "no zombie is left");
    }
    memset(s->output.mask, 0xA5, s->voxels);
    require_ok(s, run(s), "the next call");
    promise(hash(s->output.mask, s->voxels) == right, "the next call gives the same mask");
  }
  promise(open_files() == files, "no descriptor is left");
  printf("host alive %d of %d: %d calls ended with ISLET_ERROR_WORKER, %d had ended before the kill; "
         "the next call was right %d times\n", count, count, died, survived, count);
  promise(died > 0, "no kill came in time");
}

/* What a process holds, so that what is left behind shows. */
typedef struct holdings {
  int files, threads, children, shared;
} holdings;

static int entries(const char *path) {
  int count = 0;
  DIR *directory = opendir(path);
  if (!directory) return -1;
  while (readdir(directory)) count++;
  closedir(directory);
  return count;
}

static holdings held(void) {
  return (holdings){open_files(), entries("/proc/self/task"), worker() != 0, entries("/dev/shm")};
}

/* Slope of a line through the samples by least squares, bytes a run. */
static double slope(const double *bytes, int count) {
  double x = 0, y = 0, xx = 0, xy = 0;
  for (int i = 0; i < count; i++) x += i, y += bytes[i], xx += (double)i * i, xy += i * bytes[i];
  return (count * xy - x * y) / (count * xx - x * x);
}

static void report_slope(const char *what, const char *whose, const double *bytes, int count) {
  double per_run = slope(bytes, count);
  printf("%d %s: resident memory of the %s %.1f MiB at first, %.1f MiB at last, %+.0f bytes a run\n", count, what, whose,
         bytes[0] / 1048576, bytes[count - 1] / 1048576, per_run);
  /* A page that is touched late weighs too much in a few runs. */
  if (count >= 100) promise(per_run <= 1024, "resident memory grows by at most 1 KB a run");
}

static void soak(setting *s, const char *path, const char *bundle, int segments, int instances, int loads) {
  int most = segments > instances ? segments : instances, has_worker = s->request.isolation != ISLET_ISOLATION_NONE;
  if (loads > most) most = loads;
  double *host = calloc((size_t)most, sizeof *host), *other = calloc((size_t)most, sizeof *other);
  require(host && other && segments > 1 && instances > 1 && loads > 1, "no memory, or fewer than two runs");
  /* Every second run starts from a mask, so that fine rounds run for sure. */
  start_from_the_organ(s);
  const uint8_t *organ = s->request.initial_mask;
  uint64_t right[2] = {0, 0};
  /* A tenth to warm up: arenas, caches of the engine, pages of the library. */
  for (int i = 0; i < segments / 10 + 5; i++) {
    s->request.initial_mask = i % 2 ? organ : NULL;
    require_ok(s, run(s), "segment");
    right[i % 2] = hash(s->output.mask, s->voxels);
  }
  holdings before = held();
  for (int i = 0; i < segments; i++) {
    s->request.initial_mask = i % 2 ? organ : NULL;
    require_ok(s, run(s), "segment");
    promise(hash(s->output.mask, s->voxels) == right[i % 2], "every run gives the same mask");
    host[i] = memory(0, "VmRSS"), other[i] = has_worker ? memory(worker(), "VmRSS") : 0;
  }
  report_slope("segmentations", "host", host, segments);
  if (has_worker) report_slope("segmentations", "worker", other, segments);
  holdings after = held();
  promise(memcmp(&before, &after, sizeof before) == 0, "segmentations leave no file, thread or process");

  s->plugin->destroy(s->instance);
  s->instance = NULL;
  islet_config config = {.struct_size = sizeof config, .accepted_flags = ISLET_FLAG_UNSIGNED_BUNDLE};
  for (int i = -instances / 10 - 5; i < instances; i++) {
    if (i == 0) before = held();
    islet_instance *instance = NULL;
    require(s->plugin->create(NULL, &config, &instance) == ISLET_OK, "create failed");
    require(s->plugin->load_bundle(instance, bundle) == ISLET_OK, "load_bundle failed");
    /* Every 25th computes too, in a worker of its own. */
    if (i % 25 == 0) require(s->plugin->segment(instance, &s->volume, &s->request, &s->output) == ISLET_OK, "segment failed");
    s->plugin->destroy(instance);
    if (i >= 0) host[i] = memory(0, "VmRSS");
  }
  report_slope("instances made and destroyed", "host", host, instances);
  after = held();
  promise(memcmp(&before, &after, sizeof before) == 0, "instances leave no file, thread or process");

  for (int i = -loads / 10 - 5; i < loads; i++) {
    if (i == 0) before = held();
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    islet_plugin_entry_function entry;
    const islet_plugin *plugin = NULL;
    islet_instance *instance = NULL;
    require(library != NULL, "the plugin cannot be loaded again");
    *(void **)&entry = dlsym(library, ISLET_ENTRY_SYMBOL);
    require(entry && entry(ISLET_ABI_VERSION, NULL, &plugin) == ISLET_OK, "no table after a reload");
    require(plugin->create(NULL, &config, &instance) == ISLET_OK, "create failed");
    require(plugin->load_bundle(instance, bundle) == ISLET_OK, "load_bundle failed");
    plugin->destroy(instance);
    dlclose(library);
    if (i >= 0) host[i] = memory(0, "VmRSS");
  }
  report_slope("loads and unloads", "host", host, loads);
  after = held();
  promise(memcmp(&before, &after, sizeof before) == 0, "loads leave no file, thread or process");
  printf("left behind: nothing (%d descriptors, %d threads, %d workers before and after)\n", after.files - 3, after.threads - 2,
         after.children);
  free(host);
  free(other);
}

int main(int argc, char **argv) {
  require(argc >= 9, "usage: endurance_host plan|progress|cancel|soak|kill PLUGIN BUNDLE X Y Z MM ... (see the source)");
  static setting s;
  void *library = dlopen(argv[2], RTLD_NOW | RTLD_LOCAL);
  require(library != NULL, "the plugin cannot be loaded");
  islet_plugin_entry_function entry;
  *(void **)&entry = dlsym(library, ISLET_ENTRY_SYMBOL);
  require(entry && entry(ISLET_ABI_VERSION, NULL, &s.plugin) == ISLET_OK, "the plugin gives no table");
  require(s.plugin->struct_size >= sizeof *s.plugin, "the plugin has no plan");
  islet_host host = {.struct_size = sizeof host, .name = "endurance_host", .host_data = &s, .progress = on_progress,
                     .is_cancelled = on_is_cancelled};
  islet_config config = {.struct_size = sizeof config, .accepted_flags = ISLET_FLAG_UNSIGNED_BUNDLE};
  require(s.plugin->create(&host, &config, &s.instance) == ISLET_OK, "create failed");
  require_ok(&s, s.plugin->load_bundle(s.instance, argv[3]), "load_bundle");
  make_volume(&s, atol(argv[4]), atol(argv[5]), atol(argv[6]), atof(argv[7]));
  if (strcmp(argv[1], "plan") == 0 && (argc == 10 || argc == 11)) {
    double seconds = argc == 11 ? atof(argv[10]) : 0;
    if (argc == 11 && seconds == 0) start_from_the_organ(&s);
    s.request.threads = (uint32_t)atol(argv[8]);
    s.request.memory_budget_bytes = strtoull(argv[9], NULL, 10);
    measure_plan(&s, seconds);
  } else if (strcmp(argv[1], "progress") == 0 && argc == 9) {
    s.request.threads = (uint32_t)atol(argv[8]);
    measure_progress(&s);
  } else if (strcmp(argv[1], "cancel") == 0 && argc >= 10) {
    state = strtoull(argv[9], NULL, 10);
    if (argc == 11) s.request.isolation = ISLET_ISOLATION_NONE;
    measure_cancel(&s, atoi(argv[8]));
  } else if (strcmp(argv[1], "soak") == 0 && argc >= 11) {
    s.request.threads = 1;
    if (argc == 12) s.request.isolation = ISLET_ISOLATION_NONE;
    soak(&s, argv[2], argv[3], atoi(argv[8]), atoi(argv[9]), atoi(argv[10]));
  } else if (strcmp(argv[1], "kill") == 0 && argc == 10) {
    state = strtoull(argv[9], NULL, 10);
    measure_kill(&s, atoi(argv[8]));
  } else {
    require(0, "unknown command or missing arguments (see the source)");
  }
  s.plugin->destroy(s.instance);
  promise(worker() == 0, "no worker is left");
  return 0;
}
