/* A viewer in C as it was written for islet.h 1.0: goes through every function once, on a small synthetic volume.
 *
 *   cc -std=c11 -IPlugin/frozen/1.0 Plugin/frozen/1.0/host.c -ldl -o host && ./host PLUGIN.so BUNDLE.islet
 *
 * Prints one line: voxels, end, rounds, and a hash of mask, probability and views. Research use only. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "islet.h"

_Static_assert(sizeof(islet_host) == 64 && sizeof(islet_volume) == 200 && sizeof(islet_config) == 32, "as released");
_Static_assert(sizeof(islet_request) == 136 && sizeof(islet_output) == 128 && sizeof(islet_plan) == 32, "as released");
_Static_assert(ISLET_ABI_VERSION == 0x10000, "as released");

enum { nx = 24, ny = 22, nz = 19, voxels = nx * ny * nz };

static double last_fraction;

static void on_log(void *data, int32_t severity, const char *message) { (void)data, (void)severity, (void)message; }

static void on_progress(void *data, double fraction, const char *stage, uint32_t iteration, const char *message) {
  (void)data, (void)stage, (void)iteration, (void)message;
  last_fraction = fraction >= last_fraction && fraction <= 1 ? fraction : -1;
}

static int32_t on_is_cancelled(void *data) { return *(const int *)data; }

static int fail(const char *what, const char *sentence) {
  fprintf(stderr, "frozen host 1.0: %s: %s\n", what, sentence);
  return 1;
}

static uint64_t hash(uint64_t value, const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) value = (value ^ bytes[i]) * UINT64_C(1099511628211);
  return value;
}

int main(int argc, char **argv) {
  static int16_t hounsfield[voxels];
  static uint8_t mask[voxels], probability[voxels], views[voxels];
  int cancelled = 0;
  if (argc != 3) return fail("usage", "host PLUGIN.so BUNDLE.islet");
  void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (!library) return fail("dlopen", dlerror());
  islet_plugin_entry_function entry;
  *(void **)&entry = dlsym(library, ISLET_ENTRY_SYMBOL);
  if (!entry) return fail("dlsym", "no entry");

  islet_host host = {.struct_size = sizeof host, .name = "frozen host", .version = "1.0", .host_data = &cancelled,
                     .log = on_log, .progress = on_progress, .is_cancelled = on_is_cancelled};
  islet_config config = {.struct_size = sizeof config, .accepted_flags = ISLET_FLAG_UNSIGNED_BUNDLE};
  const islet_plugin *plugin = NULL;
  islet_instance *instance = NULL;
  if (entry(ISLET_ABI_VERSION, &host, &plugin) != ISLET_OK) return fail("entry", "another major version");
  /* A host looks at sizes, not at versions: a later plugin's table is longer. */
  if (plugin->struct_size < sizeof *plugin) return fail("table", "shorter than that of 1.0");
  if (plugin->create(&host, &config, &instance) != ISLET_OK) return fail("create", "refused");
  if (plugin->load_bundle(instance, argv[2]) != ISLET_OK) return fail("load_bundle", plugin->last_error(instance));

  for (int z = 0; z < nz; z++)
    for (int y = 0; y < ny; y++)
      for (int x = 0; x < nx; x++)
        hounsfield[(z * ny + y) * nx + x] = (int16_t)((x * 37 + y * 91 + z * 53) % 400 - 150);
  islet_volume volume = {.struct_size = sizeof volume, .element_type = ISLET_ELEMENT_INT16, .voxels = hounsfield,
                         .size = {nx, ny, nz}, .spacing_mm = {1, 1, 1}};
  islet_request request = {.struct_size = sizeof request, .threads = 1, .overrides = ISLET_OVERRIDE_ROUNDS, .rounds = 2};
  islet_plan plan = {.struct_size = sizeof plan};
  islet_output output = {.struct_size = sizeof output, .probability_type = ISLET_ELEMENT_UINT8, .mask = mask,
                         .mask_bytes = voxels, .probability = probability, .probability_bytes = voxels,
                         .view_masks = views, .view_masks_bytes = voxels};
  const char *manifest = NULL, *trace = NULL;
  if (plugin->describe_bundle(instance, &manifest) != ISLET_OK || manifest[0] != '{') return fail("describe_bundle", "no JSON");
  if (plugin->plan(instance, &volume, &request, &plan) != ISLET_OK) return fail("plan", plugin->last_error(instance));
  if (plan.bytes == 0 || plan.work_units == 0) return fail("plan", "says nothing");
  if (plugin->segment(instance, &volume, &request, &output) != ISLET_OK) return fail("segment", plugin->last_error(instance));
  if (last_fraction != 1) return fail("progress", "falls, or does not end at 1");
  if (plugin->trace(instance, &trace) != ISLET_OK || !strstr(trace, "\"rounds\"")) return fail("trace", "no rounds");
  cancelled = 1;
  last_fraction = 0;
  if (plugin->segment(instance, &volume, &request, &output) != ISLET_CANCELLED) return fail("cancel", "not heard");
  cancelled = 0;
  last_fraction = 0;
  if (plugin->segment(instance, &volume, &request, &output) != ISLET_OK) return fail("again", plugin->last_error(instance));
  if (strcmp(plugin->status_name(ISLET_ERROR_BUSY), "ISLET_ERROR_BUSY") != 0) return fail("status_name", "another");
  if (plugin->get_extension("org.islet.unknown/1")) return fail("get_extension", "an extension that nobody knows");
  plugin->destroy(instance);
  uint64_t value = hash(hash(hash(UINT64_C(14695981039346656037), mask, voxels), probability, voxels), views, voxels);
  printf("%llu voxels, end %u, %u rounds, %016llx\n", (unsigned long long)output.voxels, output.end, output.rounds,
         (unsigned long long)value);
  return 0;
}
