/*
 * How much memory instances take: makes one for each bundle that is named, runs each once on a small volume, and prints
 * the memory of this process and its children after every one, pages that several map counted once (proportional set
 * size). Bundles that are named twice share their weights; different ones cannot.
 *
 *   ./instances islet.so process|none a.islet a.islet a.islet
 *
 * Research use only. Not for diagnosis.
 */
#define _POSIX_C_SOURCE 200809L

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "islet.h"

enum { SIDE = 32, VOXELS = SIDE * SIDE * SIDE };

static long proportional_kilobytes(const char *process) {
  char path[64], line[256];
  long kilobytes = 0;
  snprintf(path, sizeof path, "/proc/%s/smaps_rollup", process);
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  while (fgets(line, sizeof line, file))
    if (sscanf(line, "Pss: %ld", &kilobytes) == 1) break;
  fclose(file);
  return kilobytes;
}

/* This process and the workers that it started, all from the main thread. */
static long kilobytes_of_all(void) {
  char path[64], child[16];
  long sum = proportional_kilobytes("self");
  snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
  FILE *file = fopen(path, "r");
  if (!file) return sum;
  while (fscanf(file, "%15s", child) == 1) sum += proportional_kilobytes(child);
  fclose(file);
  return sum;
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static uint64_t hash(const uint8_t *bytes) {
  uint64_t value = UINT64_C(14695981039346656037); /* FNV-1a */
  for (size_t i = 0; i < VOXELS; i++) value = (value ^ bytes[i]) * UINT64_C(1099511628211);
  return value;
}

int main(int argc, char **argv) {
  int in_process = argc > 2 && strcmp(argv[2], "none") == 0;
  if (argc < 4 || (!in_process && strcmp(argv[2], "process") != 0))
    return fprintf(stderr, "usage: instances PLUGIN.so process|none BUNDLE.islet...\n"), 2;
  void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (!library) return fprintf(stderr, "%s\n", dlerror()), 1;
  islet_plugin_entry_function entry;
  *(void **)&entry = dlsym(library, ISLET_ENTRY_SYMBOL);
  const islet_plugin *plugin = NULL;
  if (!entry || entry(ISLET_ABI_VERSION, NULL, &plugin) != ISLET_OK) return fprintf(stderr, "no plugin\n"), 1;
  const islet_config config = {.struct_size = sizeof config, .accepted_flags = ISLET_FLAG_UNSIGNED_BUNDLE};
  static int16_t voxels[VOXELS];
  static uint8_t mask[VOXELS], probability[VOXELS];
  for (int i = 0; i < VOXELS; i++) voxels[i] = (int16_t)(i * 37 % 200 - 60);
  const islet_volume volume = {.struct_size = sizeof volume,
                               .element_type = ISLET_ELEMENT_INT16,
                               .voxels = voxels,
                               .size = {SIDE, SIDE, SIDE},
                               .spacing_mm = {1, 1, 1}};
  const islet_request request = {.struct_size = sizeof request,
                                 .isolation = in_process ? ISLET_ISOLATION_NONE : ISLET_ISOLATION_PROCESS,
                                 .threads = 1,
                                 .overrides = ISLET_OVERRIDE_ROUNDS,
                                 .rounds = 1};
  long before = kilobytes_of_all();
  printf("before any instance: %.1f MB\n", (double)before / 1024);
  for (int i = 3; i < argc; i++) {
    islet_instance *instance = NULL;
    islet_output output = {.struct_size = sizeof output,
                           .mask = mask,
                           .mask_bytes = VOXELS,
                           .probability = probability,
                           .probability_type = ISLET_ELEMENT_UINT8,
                           .probability_bytes = VOXELS};
    double start = seconds();
    if (plugin->create(NULL, &config, &instance) != ISLET_OK) return fprintf(stderr, "no instance\n"), 1;
    if (plugin->load_bundle(instance, argv[i]) != ISLET_OK ||
        plugin->segment(instance, &volume, &request, &output) != ISLET_OK)
      return fprintf(stderr, "%s\n", plugin->last_error(instance)), 1;
    /* The instance stays, as in a viewer with many windows. */
    printf("instance %d: %.1f MB, %.2f s, probability %016llx\n", i - 2,
           (double)(kilobytes_of_all() - before) / 1024, seconds() - start, (unsigned long long)hash(probability));
  }
  return 0;
}
