/* A plugin whose behaviour the tests choose by the path of its "bundle"; it segments nothing.
 *
 *   status:N          load_bundle fails with status N
 *   segment-status:N  segment fails with status N
 *   echo              the mask is the low byte of each voxel's HU; the trace repeats what segment was given
 *   wait              segment works until it is cancelled, polling on the calling thread
 *   wait-in-worker    the same, polling on a thread of its own
 *   passes            offers finished passes to the host: a good one, one of a wrong size, one of a short struct
 *   noisy             logs and reports what a host must be able to bear
 *   unknown           fills values that islet.h 1.0 does not know
 *   old-output        fills the output's first fields alone, as a plugin of an older header would
 *   config            logs the config that create was given
 *   no-json           describe_bundle and trace give no JSON
 *
 * Compiled with -DTABLE_APPENDED: a table with a field that this header does not know. -DTABLE_SHORT: a table that ends
 * before status_name. -DOTHER_MAJOR: refuses every host. -DNO_ENTRY: exports no islet_plugin_entry. */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef NO_ENTRY
#define islet_plugin_entry fake_entry
#endif
#include "islet.h"
#include "ext/draft/pass_observer.h"

struct islet_instance {
  islet_host host;
  char bundle[256], error[256], trace[2048], config[512];
};

/* Read by the tests. */
atomic_int fake_created, fake_destroyed;
const size_t fake_pass_layout[] = {sizeof(islet_pass), offsetof(islet_pass, round), offsetof(islet_pass, stage),
                                   offsetof(islet_pass, dsc_to_previous), offsetof(islet_pass, mask),
                                   offsetof(islet_pass, mask_bytes), offsetof(islet_pass, view_masks),
                                   offsetof(islet_pass, view_masks_bytes), sizeof(islet_pass_observer),
                                   offsetof(islet_pass_observer, on_pass)};

static islet_status create(const islet_host *host, const islet_config *config, islet_instance **instance) {
  *instance = NULL;
  if (host->log) host->log(host->host_data, ISLET_LOG_DEBUG, "create");
  if (host->name && strcmp(host->name, "refused") == 0) return ISLET_ERROR_RESOURCES;
  if (config->accepted_flags & ISLET_FLAG_EMPTY) {
    if (host->log) host->log(host->host_data, ISLET_LOG_ERROR, "empty cannot be accepted");
    return ISLET_ERROR_CONFIG;
  }
  *instance = calloc(1, sizeof **instance);
  (*instance)->host = *host;
  snprintf((*instance)->config, sizeof (*instance)->config, "%s|%s|%llu", config->trusted_keys ? config->trusted_keys : "NULL",
           config->minimum_versions ? config->minimum_versions : "NULL", (unsigned long long)config->accepted_flags);
  fake_created++;
  return ISLET_OK;
}

static islet_status fail(islet_instance *instance, islet_status status) {
  snprintf(instance->error, sizeof instance->error, "sentence of %d", status);
  return status;
}

static int is(const islet_instance *instance, const char *bundle) { return strcmp(instance->bundle, bundle) == 0; }

static islet_status load_bundle(islet_instance *instance, const char *path) {
  const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
  if (strncmp(name, "status:", 7) == 0) return fail(instance, atoi(name + 7));
  snprintf(instance->bundle, sizeof instance->bundle, "%s", name);
  if (is(instance, "config")) instance->host.log(instance->host.host_data, ISLET_LOG_INFO, instance->config);
  return ISLET_OK;
}

static islet_status describe_bundle(islet_instance *instance, const char **json) {
  *json = is(instance, "no-json")
              ? "nonsense"
              : "{\"labels\": [{\"name\": \"pancreas\", \"value\": 1}, {\"name\": \"spleen\", \"value\": 7}]}";
  return ISLET_OK;
}

static double voxel(const islet_volume *volume, uint64_t x, uint64_t y, uint64_t z) {
  const char *address = (const char *)volume->voxels + (int64_t)x * volume->stride_bytes[0] +
                        (int64_t)y * volume->stride_bytes[1] + (int64_t)z * volume->stride_bytes[2];
  int16_t i16;
  uint16_t u16;
  int32_t i32;
  float f32;
  switch (volume->element_type) {
    case ISLET_ELEMENT_INT16: return memcpy(&i16, address, 2), i16;
    case ISLET_ELEMENT_UINT16: return memcpy(&u16, address, 2), u16;
    case ISLET_ELEMENT_INT32: return memcpy(&i32, address, 4), i32;
    default: return memcpy(&f32, address, 4), f32;
  }
}

static void echo(const islet_volume *volume, const islet_request *request, islet_output *output, char *trace,
                 size_t trace_size) {
  uint64_t n = 0, drawn = 0;
  for (uint64_t z = 0; z < volume->size[2]; z++)
    for (uint64_t y = 0; y < volume->size[1]; y++)
      for (uint64_t x = 0; x < volume->size[0]; x++, n++) {
        double hu = volume->rescale_slope * voxel(volume, x, y, z) + volume->rescale_intercept;
        uint8_t low = (uint8_t)(int64_t)hu;
        output->mask[n] = low;
        if (output->probability && output->probability_type == ISLET_ELEMENT_FLOAT32)
          ((float *)output->probability)[n] = (float)low / 255;
        else if (output->probability)
          ((uint8_t *)output->probability)[n] = low;
        if (output->view_masks) output->view_masks[n] = (uint8_t)(low & 7);
        if (request->initial_mask) drawn += request->initial_mask[n] ? n + 1 : 0;
      }
  output->end = ISLET_END_CONVERGED;
  output->rounds = 3;
  output->voxels = n;
  output->volume_ml = 1.5;
  output->dsc_to_previous = 0.96;
  output->predicted_dsc = 0.8, output->predicted_dsc_lower = 0.7, output->grade = ISLET_GRADE_HIGH;
  output->flags = ISLET_FLAG_TOUCHES_BORDER | ISLET_FLAG_LOW_CONFIDENCE;
  const double *d = volume->direction_lps, *s = volume->spacing_mm, *o = volume->origin_lps_mm;
  snprintf(trace, trace_size,
           "{\"size\": [%llu, %llu, %llu], \"spacing\": [%.17g, %.17g, %.17g], \"origin\": [%.17g, %.17g, %.17g], "
           "\"direction\": [%.17g, %.17g, %.17g, %.17g, %.17g, %.17g, %.17g, %.17g, %.17g], \"element\": %u, "
           "\"label\": %u, \"quality\": %u, \"precision\": %u, \"threads\": %u, \"overrides\": %u, \"rounds\": %u, "
           "\"margin\": %u, \"threshold\": %.17g, \"budget\": %llu, \"isolation\": %u, \"ratio\": %.17g, "
           "\"fusions\": [%u, %u], \"box\": [%llu, %llu, %llu, %llu, %llu, %llu], \"drawn\": %llu}",
           (unsigned long long)volume->size[0], (unsigned long long)volume->size[1],
           (unsigned long long)volume->size[2], s[0], s[1], s[2], o[0], o[1], o[2], d[0], d[1], d[2], d[3], d[4], d[5],
           d[6], d[7], d[8], volume->element_type, request->label, request->quality, request->precision,
           request->threads, request->overrides, request->rounds, request->margin, request->threshold,
           (unsigned long long)request->memory_budget_bytes, request->isolation, request->component_ratio,
           request->coarse_fusion, request->fine_fusion, (unsigned long long)request->initial_box_first[0],
           (unsigned long long)request->initial_box_first[1], (unsigned long long)request->initial_box_first[2],
           (unsigned long long)request->initial_box_size[0], (unsigned long long)request->initial_box_size[1],
           (unsigned long long)request->initial_box_size[2], (unsigned long long)drawn);
}

static islet_status wait_for_cancel(const islet_host *host) {
  /* 20 s at most: a cancel that is not heard is a failed test, not a test that hangs. */
  for (int n = 0; n < 4000; n++) {
    if (host->is_cancelled(host->host_data)) return ISLET_CANCELLED;
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
  }
  return ISLET_ERROR_INTERNAL;
}

static void *worker(void *host) { return (void *)(intptr_t)wait_for_cancel(host); }

static void show_passes(const islet_host *host, const islet_volume *volume) {
  const islet_pass_observer *observer = host->get_extension(host->host_data, ISLET_EXT_PASS_OBSERVER);
  if (!observer) return;
  uint64_t count = volume->size[0] * volume->size[1] * volume->size[2];
  uint8_t *mask = malloc(count);
  for (uint64_t n = 0; n < count; n++) mask[n] = (uint8_t)n;
  islet_pass pass = {sizeof pass, 1, "fine", 0.5, mask, count, mask, count};
  observer->on_pass(host->host_data, &pass);
  pass.mask_bytes = count - 1;
  observer->on_pass(host->host_data, &pass);
  pass.mask_bytes = count;
  pass.struct_size = offsetof(islet_pass, view_masks);
  observer->on_pass(host->host_data, &pass);
  observer->on_pass(host->host_data, NULL);
  memset(mask, 0, count); /* what was lent is gone */
  free(mask);
}

static islet_status segment(islet_instance *instance, const islet_volume *volume, const islet_request *request,
                            islet_output *output) {
  const islet_host *host = &instance->host;
  snprintf(instance->trace, sizeof instance->trace, "{}");
  if (strncmp(instance->bundle, "segment-status:", 15) == 0) return fail(instance, atoi(instance->bundle + 15));
  if (is(instance, "wait")) {
    host->progress(host->host_data, 0.25, "fine", 2, NULL);
    return wait_for_cancel(host);
  }
  if (is(instance, "wait-in-worker")) {
    pthread_t thread;
    void *status = (void *)(intptr_t)ISLET_ERROR_INTERNAL;
    if (pthread_create(&thread, NULL, worker, &instance->host) == 0) pthread_join(thread, &status);
    return (islet_status)(intptr_t)status;
  }
  if (is(instance, "passes")) show_passes(host, volume);
  if (is(instance, "noisy")) {
    host->log(host->host_data, 77, NULL);
    host->log(host->host_data, ISLET_LOG_WARNING, "a byte that is no UTF-8: \xff");
    host->progress(host->host_data, 0.5, NULL, 0, "a message");
    if (host->get_extension(host->host_data, NULL) || host->get_extension(host->host_data, "org.unknown/1"))
      return ISLET_ERROR_INTERNAL;
  }
  if (is(instance, "old-output")) {
    output->end = ISLET_END_EMPTY;
    return ISLET_OK;
  }
  if (is(instance, "no-json")) {
    snprintf(instance->trace, sizeof instance->trace, "[1]");
    return ISLET_OK;
  }
  echo(volume, request, output, instance->trace, sizeof instance->trace);
  if (is(instance, "unknown")) output->end = 99, output->grade = 99, output->flags |= 1ull << 63;
  return ISLET_OK;
}

static islet_status trace(islet_instance *instance, const char **json) {
  if (!instance->trace[0]) return fail(instance, ISLET_ERROR_WRONG_ORDER);
  *json = instance->trace;
  return ISLET_OK;
}

static islet_status plan(islet_instance *instance, const islet_volume *volume, const islet_request *request,
                         islet_plan *plan) {
  if (request->memory_budget_bytes == 1) return fail(instance, ISLET_ERROR_RESOURCES);
  plan->threads = request->threads;
  plan->bytes = volume->size[0] * volume->size[1] * volume->size[2];
  plan->smallest_bytes = 2, plan->work_units = 3;
  return ISLET_OK;
}

static const char *last_error(islet_instance *instance) { return instance->error; }

static const char *status_name(islet_status status) {
  return status == ISLET_ERROR_RESOURCES ? "ISLET_ERROR_RESOURCES" : "a name";
}

static void destroy(islet_instance *instance) {
  fake_destroyed++;
  free(instance);
}

static const struct {
  islet_plugin table;
  void (*appended)(void);
} plugin = {{
#if defined(TABLE_APPENDED)
    sizeof plugin,
#elif defined(TABLE_SHORT)
    offsetof(islet_plugin, status_name),
#else
    sizeof(islet_plugin),
#endif
    ISLET_ABI_VERSION, "org.islet.fake", "Fake", "9.9", "tests", "None.", create, load_bundle, describe_bundle, segment,
    trace, last_error, status_name, destroy, NULL, plan, NULL}, NULL};

islet_status islet_plugin_entry(uint32_t host_abi_version, const islet_host *host, const islet_plugin **table) {
  (void)host;
#ifdef OTHER_MAJOR
  *table = NULL;
  return ISLET_ERROR_ABI_MISMATCH;
#endif
  *table = &plugin.table;
  return host_abi_version >> 16 == ISLET_ABI_MAJOR ? ISLET_OK : ISLET_ERROR_ABI_MISMATCH;
}
