/* A host that reaches every status of islet.h, one named case per process.
 *
 *   cc -std=c11 -IPlugin/include Integration/conformance/status_host.c -ldl -pthread -o status_host
 *   ./status_host islet.so bundle.islet CASE     prints "<status> <status_name> <last_error>"
 *   ./status_host list                           prints the names of the cases
 *
 * Exit codes: 0 the case ran (whatever its status), 1 it could not be set up, 3 the plugin broke a promise of islet.h.
 * The cases whose names start with "bundle-" or "weights-" expect a bundle that the caller damaged in that way.
 *
 * Two statuses have no case yet: ISLET_ERROR_RESOURCES needs the system to refuse memory or threads at a chosen
 * moment, ISLET_ERROR_INTERNAL a fault inside the plugin. No host can bring about either on purpose; both wait for
 * fault injection in the plugin rather than being faked here. */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "islet.h"

enum { SIZE_X = 24, SIZE_Y = 21, SIZE_Z = 19, VOXELS = SIZE_X * SIZE_Y * SIZE_Z, GUARD = 64, GUARD_BYTE = 0xA5 };

/* Everything a case works with: a plugin, an instance with callbacks, a small volume and buffers for its results. */
typedef struct session {
  const char *bundle_path;
  islet_plugin_entry_function entry;
  const islet_plugin *plugin;
  islet_host host;
  islet_instance *instance;
  islet_volume volume;
  islet_request request;
  islet_output output;
  int16_t voxels[VOXELS];
  uint8_t mask[VOXELS + GUARD];
  uint8_t probability[4 * VOXELS + GUARD];
  uint8_t view_masks[VOXELS + GUARD];
  /* What the callbacks do and saw. */
  const char *cancel_from_stage;
  int is_cancelled;
  int calls_back;
  islet_status inner_status;
  double last_fraction;
} session;

static void promise(int is_kept, const char *what) {
  if (is_kept) return;
  fprintf(stderr, "broken promise: %s\n", what);
  exit(3);
}

static islet_status segment(session *s) { return s->plugin->segment(s->instance, &s->volume, &s->request, &s->output); }

static void on_progress(void *data, double fraction, const char *stage, uint32_t iteration, const char *message) {
  session *s = data;
  (void)iteration, (void)message;
  promise(fraction >= s->last_fraction && fraction >= 0 && fraction <= 1, "progress rises from 0 to 1");
  s->last_fraction = fraction;
  if (s->cancel_from_stage && strcmp(stage, s->cancel_from_stage) == 0) s->is_cancelled = 1;
  if (s->calls_back && s->inner_status == ISLET_OK) s->inner_status = segment(s);
}

static int32_t on_is_cancelled(void *data) { return ((session *)data)->is_cancelled; }

/* Soft tissue with a bright ball, reproducible. */
static int16_t hounsfield(int x, int y, int z) {
  int dx = x - SIZE_X / 2, dy = y - SIZE_Y / 2, dz = z - SIZE_Z / 2;
  int inside = dx * dx + dy * dy + dz * dz < 36;
  return (int16_t)((inside ? 110 : 20) + (x * 7 + y * 13 + z * 29) % 40 - 20);
}

static void fill_structs(session *s) {
  for (int z = 0; z < SIZE_Z; z++)
    for (int y = 0; y < SIZE_Y; y++)
      for (int x = 0; x < SIZE_X; x++) s->voxels[(z * SIZE_Y + y) * SIZE_X + x] = hounsfield(x, y, z);
  s->volume = (islet_volume){.struct_size = sizeof(islet_volume),
                             .element_type = ISLET_ELEMENT_INT16,
                             .voxels = s->voxels,
                             .size = {SIZE_X, SIZE_Y, SIZE_Z},
                             .spacing_mm = {1, 1, 1}};
  s->request = (islet_request){.struct_size = sizeof(islet_request)};
  memset(s->mask, GUARD_BYTE, sizeof s->mask);
  memset(s->probability, GUARD_BYTE, sizeof s->probability);
  memset(s->view_masks, GUARD_BYTE, sizeof s->view_masks);
  s->output = (islet_output){.struct_size = sizeof(islet_output),
                             .probability_type = ISLET_ELEMENT_UINT8,
                             .mask = s->mask,
                             .mask_bytes = VOXELS,
                             .probability = s->probability,
                             .probability_bytes = VOXELS,
                             .view_masks = s->view_masks,
                             .view_masks_bytes = VOXELS};
  s->host = (islet_host){.struct_size = sizeof(islet_host),
                         .name = "status_host",
                         .version = "1",
                         .host_data = s,
                         .progress = on_progress,
                         .is_cancelled = on_is_cancelled};
}

static void require(int is_true, const char *what) {
  if (is_true) return;
  fprintf(stderr, "status_host: %s\n", what);
  exit(1);
}

/* The tests' bundles are not signed. */
static const islet_config accepting = {.struct_size = sizeof accepting, .accepted_flags = ISLET_FLAG_UNSIGNED_BUNDLE};

static void make_instance(session *s) {
  require(s->plugin->create(&s->host, &accepting, &s->instance) == ISLET_OK && s->instance, "create failed");
}

static void make_ready(session *s) {
  make_instance(s);
  require(s->plugin->load_bundle(s->instance, s->bundle_path) == ISLET_OK, "the bundle was not loaded");
}

/* ---------------------------------------------------------------------- ok */

static islet_status ok(session *s) {
  make_ready(s);
  return segment(s);
}
static islet_status defaults(session *s) {
  make_ready(s);
  s->output.probability = NULL;
  s->output.view_masks = NULL;
  s->output.probability_type = 77; /* ignored without a buffer */
  return s->plugin->segment(s->instance, &s->volume, NULL, &s->output);
}
static islet_status no_host(session *s) {
  require(s->plugin->create(NULL, &accepting, &s->instance) == ISLET_OK, "create without a host failed");
  require(s->plugin->load_bundle(s->instance, s->bundle_path) == ISLET_OK, "the bundle was not loaded");
  return segment(s);
}
static islet_status again_after_error(session *s) {
  make_ready(s);
  s->request.threads = 1000;
  promise(segment(s) == ISLET_ERROR_REQUEST, "threads 1000 is refused");
  s->request.threads = 0;
  islet_status status = segment(s);
  promise(s->plugin->last_error(s->instance)[0] == 0, "a call that works clears the sentence of the one before");
  return status;
}
static islet_status failed_load_keeps_bundle(session *s) {
  make_ready(s);
  promise(s->plugin->load_bundle(s->instance, "/nonexistent") != ISLET_OK, "a missing bundle is refused");
  return segment(s);
}
static islet_status larger_structs(session *s) {
  struct { islet_host known; char later[32]; } host = {.known = s->host};
  struct { islet_config known; char later[32]; } config = {.known = accepting};
  struct { islet_volume known; char later[32]; } volume = {.known = s->volume};
  struct { islet_request known; char later[32]; } request = {.known = s->request};
  struct { islet_output known; char later[32]; } output = {.known = s->output};
  host.known.struct_size = sizeof host;
  config.known.struct_size = sizeof config;
  volume.known.struct_size = sizeof volume;
  request.known.struct_size = sizeof request;
  output.known.struct_size = sizeof output;
  require(s->plugin->create(&host.known, &config.known, &s->instance) == ISLET_OK, "create failed");
  require(s->plugin->load_bundle(s->instance, s->bundle_path) == ISLET_OK, "the bundle was not loaded");
  return s->plugin->segment(s->instance, &volume.known, &request.known, &output.known);
}
static islet_status later_minor_version(session *s) {
  const islet_plugin *table = NULL;
  islet_status status = s->entry(ISLET_ABI_VERSION + 7, &s->host, &table);
  promise((status == ISLET_OK) == (table != NULL), "a table comes with ISLET_OK and only then");
  return status;
}
static islet_status destroy_null(session *s) {
  s->plugin->destroy(NULL);
  return ISLET_OK;
}
static islet_status unknown_extension(session *s) {
  promise(s->plugin->get_extension("org.islet.unknown/1") == NULL, "an unknown extension is NULL");
  promise(s->plugin->get_extension(NULL) == NULL, "an extension without an id is NULL");
  return ISLET_OK;
}
static islet_status every_name(session *s) {
  promise(strcmp(s->plugin->status_name(ISLET_ERROR_RESOURCES), "ISLET_ERROR_RESOURCES") == 0, "300 has its name");
  promise(strcmp(s->plugin->status_name(ISLET_ERROR_INTERNAL), "ISLET_ERROR_INTERNAL") == 0, "400 has its name");
  promise(strcmp(s->plugin->status_name(-1), "unknown status") == 0, "-1 has none");
  return ISLET_OK;
}

/* --------------------------------------------------------------- cancelled */

static islet_status cancelled_at_once(session *s) {
  s->is_cancelled = 1;
  return ok(s);
}
static islet_status cancelled_in(session *s, const char *stage) {
  s->cancel_from_stage = stage;
  islet_status status = ok(s);
  const char *json = NULL;
  promise(s->plugin->trace(s->instance, &json) == ISLET_ERROR_WRONG_ORDER, "a cancelled run leaves no trace");
  s->cancel_from_stage = NULL;
  s->is_cancelled = 0;
  s->last_fraction = 0;
  promise(segment(s) == ISLET_OK, "an instance works again after a cancelled run");
  return status;
}
static islet_status cancelled_in_load(session *s) { return cancelled_in(s, "load"); }
static islet_status cancelled_in_prepare(session *s) { return cancelled_in(s, "prepare"); }
static islet_status cancelled_in_coarse(session *s) { return cancelled_in(s, "coarse"); }

/* --------------------------------------------------- arguments, sizes, order */

static islet_status entry_null_table(session *s) { return s->entry(ISLET_ABI_VERSION, &s->host, NULL); }
static islet_status create_null_instance(session *s) { return s->plugin->create(&s->host, NULL, NULL); }
static islet_status load_null_path(session *s) {
  make_instance(s);
  return s->plugin->load_bundle(s->instance, NULL);
}
static islet_status load_null_instance(session *s) { return s->plugin->load_bundle(NULL, s->bundle_path); }
static islet_status describe_null_json(session *s) {
  make_ready(s);
  return s->plugin->describe_bundle(s->instance, NULL);
}
static islet_status describe_null_instance(session *s) {
  const char *json = NULL;
  return s->plugin->describe_bundle(NULL, &json);
}
static islet_status trace_null_json(session *s) {
  make_ready(s);
  return s->plugin->trace(s->instance, NULL);
}
static islet_status trace_null_instance(session *s) {
  const char *json = NULL;
  return s->plugin->trace(NULL, &json);
}
static islet_status segment_null_instance(session *s) { return segment(s); }
static islet_status segment_null_volume(session *s) {
  make_ready(s);
  return s->plugin->segment(s->instance, NULL, &s->request, &s->output);
}
static islet_status segment_null_output(session *s) {
  make_ready(s);
  return s->plugin->segment(s->instance, &s->volume, &s->request, NULL);
}
static islet_status segment_null_voxels(session *s) {
  s->volume.voxels = NULL;
  return ok(s);
}

static islet_status entry_with(session *s, uint32_t version, const islet_host *host) {
  const islet_plugin *table = s->plugin;
  islet_status status = s->entry(version, host, &table);
  promise((status == ISLET_OK) == (table != NULL), "a table comes with ISLET_OK and only then");
  return status;
}
static islet_status newer_major(session *s) { return entry_with(s, (ISLET_ABI_MAJOR + 1) << 16, NULL); }
static islet_status version_zero(session *s) { return entry_with(s, 0, NULL); }

static islet_status entry_small_host(session *s) {
  s->host.struct_size = 7;
  return entry_with(s, ISLET_ABI_VERSION, &s->host);
}
static islet_status create_small_host(session *s) {
  s->host.struct_size = 0;
  return s->plugin->create(&s->host, NULL, &s->instance);
}
static islet_status create_small_config(session *s) {
  islet_config config = {.struct_size = 7};
  islet_status status = s->plugin->create(&s->host, &config, &s->instance);
  promise(s->instance == NULL, "a failed create leaves no instance");
  return status;
}
static islet_status config_with(session *s, const islet_config *config) {
  islet_status status = s->plugin->create(&s->host, config, &s->instance);
  promise((status == ISLET_OK) == (s->instance != NULL), "an instance comes with ISLET_OK and only then");
  return status;
}
static islet_status config_unknown_flag(session *s) {
  islet_config config = {.struct_size = sizeof config, .accepted_flags = ISLET_FLAG_EMPTY};
  return config_with(s, &config);
}
static islet_status config_bad_key(session *s) {
  islet_config config = {.struct_size = sizeof config, .trusted_keys = "RWQ no key"};
  return config_with(s, &config);
}
static islet_status config_bad_version(session *s) {
  islet_config config = {.struct_size = sizeof config, .minimum_versions = "pancreas"};
  return config_with(s, &config);
}
static islet_status small_volume_struct(session *s) {
  s->volume.struct_size = offsetof(islet_volume, origin_lps_mm) - 1;
  return ok(s);
}
static islet_status small_request_struct(session *s) {
  s->request.struct_size = 4;
  return ok(s);
}
static islet_status small_output_struct(session *s) {
  s->output.struct_size = 0;
  return ok(s);
}

static islet_status segment_without_bundle(session *s) {
  make_instance(s);
  return segment(s);
}
static islet_status describe_without_bundle(session *s) {
  const char *json = "untouched";
  make_instance(s);
  islet_status status = s->plugin->describe_bundle(s->instance, &json);
  promise(json == NULL, "a failed describe_bundle gives no text");
  return status;
}
static islet_status trace_without_segment(session *s) {
  const char *json = "untouched";
  make_ready(s);
  islet_status status = s->plugin->trace(s->instance, &json);
  promise(json == NULL, "a failed trace gives no text");
  return status;
}
static islet_status trace_after_new_bundle(session *s) {
  const char *json = NULL;
  promise(ok(s) == ISLET_OK, "the volume is segmented");
  promise(s->plugin->trace(s->instance, &json) == ISLET_OK && json && json[0] == '{', "a run leaves its trace");
  promise(s->plugin->load_bundle(s->instance, s->bundle_path) == ISLET_OK, "a bundle can be loaded again");
  return s->plugin->trace(s->instance, &json);
}
static islet_status busy_in_progress(session *s) {
  s->calls_back = 1;
  promise(ok(s) == ISLET_OK, "a refused second call does not disturb the first");
  return s->inner_status;
}

/* ------------------------------------------------------------------ volume */

static islet_status zero_size(session *s) {
  s->volume.size[1] = 0;
  return ok(s);
}
static islet_status size_product_overflows(session *s) {
  s->volume.size[0] = s->volume.size[1] = s->volume.size[2] = UINT64_C(1) << 40;
  return ok(s);
}
static islet_status largest_size(session *s) {
  s->volume.size[0] = s->volume.size[1] = s->volume.size[2] = UINT64_MAX;
  return ok(s);
}
static islet_status too_many_voxels(session *s) {
  s->volume.size[0] = s->volume.size[1] = 1 << 20;
  s->output.mask_bytes = s->output.probability_bytes = UINT64_MAX;
  return ok(s);
}
static islet_status unknown_element(session *s) {
  s->volume.element_type = 9;
  return ok(s);
}
static islet_status uint8_element(session *s) {
  s->volume.element_type = ISLET_ELEMENT_UINT8;
  return ok(s);
}
static islet_status nan_spacing(session *s) {
  s->volume.spacing_mm[2] = NAN;
  return ok(s);
}
static islet_status zero_spacing(session *s) {
  s->volume.spacing_mm[0] = 0;
  return ok(s);
}
static islet_status infinite_origin(session *s) {
  s->volume.origin_lps_mm[0] = INFINITY;
  return ok(s);
}
static islet_status bad_direction(session *s) {
  for (int i = 0; i < 9; i++) s->volume.direction_lps[i] = 1;
  return ok(s);
}
static islet_status nan_direction(session *s) {
  s->volume.direction_lps[4] = NAN;
  return ok(s);
}
static islet_status stride_overflow(session *s) {
  s->volume.stride_bytes[0] = 2;
  s->volume.stride_bytes[1] = 2 * SIZE_X;
  s->volume.stride_bytes[2] = INT64_MAX / 4;
  return ok(s);
}
static islet_status most_negative_stride(session *s) {
  s->volume.stride_bytes[0] = s->volume.stride_bytes[1] = s->volume.stride_bytes[2] = INT64_MIN;
  return ok(s);
}
static islet_status standing_stride(session *s) {
  s->volume.stride_bytes[0] = 2;
  s->volume.stride_bytes[1] = 0;
  s->volume.stride_bytes[2] = 2 * SIZE_X * SIZE_Y;
  return ok(s);
}
static islet_status nan_slope(session *s) {
  s->volume.rescale_slope = NAN;
  return ok(s);
}
static islet_status infinite_intercept(session *s) {
  s->volume.rescale_intercept = -INFINITY;
  return ok(s);
}
static islet_status float_voxel(session *s, float value) {
  static float voxels[VOXELS];
  for (int i = 0; i < VOXELS; i++) voxels[i] = s->voxels[i];
  voxels[VOXELS / 2] = value;
  s->volume.element_type = ISLET_ELEMENT_FLOAT32;
  s->volume.voxels = voxels;
  return ok(s);
}
static islet_status nan_voxel(session *s) { return float_voxel(s, NAN); }
static islet_status infinite_voxel(session *s) { return float_voxel(s, INFINITY); }

/* ---------------------------------------------------------- output, request */

static islet_status null_mask(session *s) {
  s->output.mask = NULL;
  return ok(s);
}
static islet_status small_mask(session *s) {
  s->output.mask_bytes = VOXELS - 1;
  return ok(s);
}
static islet_status unknown_probability_type(session *s) {
  s->output.probability_type = ISLET_ELEMENT_INT16;
  return ok(s);
}
static islet_status small_probability(session *s) {
  s->output.probability_bytes = VOXELS - 1;
  return ok(s);
}
static islet_status small_float_probability(session *s) {
  s->output.probability_type = ISLET_ELEMENT_FLOAT32;
  s->output.probability_bytes = 4 * VOXELS - 1;
  return ok(s);
}

static islet_status small_view_masks(session *s) {
  s->output.view_masks_bytes = VOXELS - 1;
  return ok(s);
}

static islet_status unknown_label(session *s) {
  s->request.label = 200;
  return ok(s);
}
static islet_status largest_label(session *s) {
  s->request.label = UINT32_MAX;
  return ok(s);
}
static islet_status unknown_override(session *s) {
  s->request.overrides = 1u << 9;
  return ok(s);
}
static islet_status too_many_threads(session *s) {
  s->request.threads = 1000;
  return ok(s);
}
static islet_status too_many_rounds(session *s) {
  s->request.overrides = ISLET_OVERRIDE_ROUNDS;
  s->request.rounds = 1000;
  return ok(s);
}
static islet_status too_large_margin(session *s) {
  s->request.overrides = ISLET_OVERRIDE_MARGIN;
  s->request.margin = 513;
  return ok(s);
}
static islet_status too_large_threshold(session *s) {
  s->request.overrides = ISLET_OVERRIDE_THRESHOLD;
  s->request.threshold = 2;
  return ok(s);
}
static islet_status nan_threshold(session *s) {
  s->request.overrides = ISLET_OVERRIDE_THRESHOLD;
  s->request.threshold = NAN;
  return ok(s);
}
static islet_status unknown_quality(session *s) {
  s->request.quality = 9;
  return ok(s);
}
static islet_status unknown_precision(session *s) {
  s->request.precision = 9;
  return ok(s);
}
static islet_status ignored_without_override(session *s) {
  s->request.rounds = 1000;
  s->request.margin = UINT32_MAX;
  s->request.threshold = NAN;
  return ok(s);
}

/* ------------------------------------------------------------------ bundle */

static islet_status load_given(session *s) {
  make_instance(s);
  return s->plugin->load_bundle(s->instance, s->bundle_path);
}

/* ---------------------------------------------------------- element layouts */

static islet_status as_uint16(session *s) {
  static uint16_t voxels[VOXELS];
  for (int i = 0; i < VOXELS; i++) voxels[i] = (uint16_t)(s->voxels[i] + 1024);
  s->volume.element_type = ISLET_ELEMENT_UINT16;
  s->volume.voxels = voxels;
  s->volume.rescale_slope = 1;
  s->volume.rescale_intercept = -1024;
  return ok(s);
}
static islet_status as_int32(session *s) {
  static int32_t voxels[VOXELS];
  for (int i = 0; i < VOXELS; i++) voxels[i] = 2 * s->voxels[i] + 100000;
  s->volume.element_type = ISLET_ELEMENT_INT32;
  s->volume.voxels = voxels;
  s->volume.rescale_slope = 0.5;
  s->volume.rescale_intercept = -50000;
  return ok(s);
}
static islet_status as_float32(session *s) { return float_voxel(s, s->voxels[VOXELS / 2]); }
static islet_status as_unaligned(session *s) {
  static unsigned char bytes[2 * VOXELS + 1];
  memcpy(bytes + 1, s->voxels, sizeof s->voxels);
  s->volume.voxels = bytes + 1;
  return ok(s);
}
/* All three axes stored backwards, with padding between rows and slices. */
static islet_status as_reversed_and_padded(session *s) {
  enum { ROW = SIZE_X + 5, SLICE = ROW * SIZE_Y + 7 };
  static int16_t voxels[SLICE * SIZE_Z];
  for (size_t i = 0; i < sizeof voxels / sizeof voxels[0]; i++) voxels[i] = 3000; /* padding shows when it is read */
  for (int z = 0; z < SIZE_Z; z++)
    for (int y = 0; y < SIZE_Y; y++)
      for (int x = 0; x < SIZE_X; x++)
        voxels[(SIZE_Z - 1 - z) * SLICE + (SIZE_Y - 1 - y) * ROW + SIZE_X - 1 - x] = hounsfield(x, y, z);
  s->volume.voxels = &voxels[(SIZE_Z - 1) * SLICE + (SIZE_Y - 1) * ROW + SIZE_X - 1];
  s->volume.stride_bytes[0] = -2;
  s->volume.stride_bytes[1] = -2 * ROW;
  s->volume.stride_bytes[2] = -2 * SLICE;
  return ok(s);
}
/* z fastest in memory, as some viewers keep volumes. */
static islet_status as_transposed(session *s) {
  static int16_t voxels[VOXELS];
  for (int z = 0; z < SIZE_Z; z++)
    for (int y = 0; y < SIZE_Y; y++)
      for (int x = 0; x < SIZE_X; x++) voxels[(x * SIZE_Y + y) * SIZE_Z + z] = hounsfield(x, y, z);
  s->volume.voxels = voxels;
  s->volume.stride_bytes[0] = 2 * SIZE_Y * SIZE_Z;
  s->volume.stride_bytes[1] = 2 * SIZE_Z;
  s->volume.stride_bytes[2] = 2;
  return ok(s);
}
static void *run_in_thread(void *data) {
  session *s = data;
  s->inner_status = ok(s);
  return NULL;
}
/* Two instances at work at the same time do not notice each other. */
static islet_status as_two_instances(session *s) {
  static session other;
  pthread_t thread;
  other.plugin = s->plugin;
  other.bundle_path = s->bundle_path;
  fill_structs(&other);
  require(pthread_create(&thread, NULL, run_in_thread, &other) == 0, "no thread");
  islet_status status = ok(s);
  pthread_join(thread, NULL);
  promise(other.inner_status == status, "both instances end with the same status");
  promise(memcmp(s->mask, other.mask, sizeof s->mask) == 0, "both instances give the same mask");
  other.plugin->destroy(other.instance);
  return status;
}
static islet_status with_four_threads(session *s) {
  s->request.threads = 4;
  return ok(s);
}

static islet_status in_process(session *s) {
  s->request.isolation = ISLET_ISOLATION_NONE;
  return ok(s);
}

/* ---------------------------------------------------------------- engine */

/* Whether this process has oneDNN in its memory. */
static int has_engine(void) {
  FILE *maps = fopen("/proc/self/maps", "r");
  require(maps != NULL, "/proc/self/maps");
  char line[4096];
  int found = 0;
  while (fgets(line, sizeof line, maps)) found |= strstr(line, "libdnnl") != NULL;
  fclose(maps);
  return found;
}

/* oneDNN ends its process when memory is refused: a plan, made in the host's process, leaves it closed. */
static islet_status plan_opens_no_engine(session *s) {
  make_ready(s);
  for (uint32_t precision = ISLET_PRECISION_AUTO; precision <= ISLET_PRECISION_INT8; precision++) {
    islet_plan plan = {.struct_size = sizeof plan};
    s->request.precision = precision;
    islet_status status = s->plugin->plan(s->instance, &s->volume, &s->request, &plan);
    promise(status == ISLET_OK || status == ISLET_ERROR_REQUEST, "a plan needs no engine");
    promise(!has_engine(), "a plan opens no engine");
  }
  s->request.precision = ISLET_PRECISION_AUTO;
  s->request.isolation = ISLET_ISOLATION_NONE;
  islet_status status = segment(s);
  promise(has_engine(), "the engine is seen where it is open");
  return status;
}

/* ---------------------------------------------------------------- worker */

/* The process number of this process's one child; 0 while it has none. */
static int child_of_this_process(void) {
  FILE *file = fopen("/proc/thread-self/children", "r");
  int child = 0;
  if (file && fscanf(file, "%d", &child) != 1) child = 0;
  if (file) fclose(file);
  return child;
}
static void kill_worker_in_progress(void *data, double fraction, const char *stage, uint32_t iteration,
                                    const char *message) {
  session *s = data;
  (void)fraction, (void)iteration, (void)message;
  if (strcmp(stage, "coarse") != 0 || s->calls_back) return;
  int child = child_of_this_process();
  require(child > 0, "segment has no worker process");
  s->calls_back = 1;
  kill(child, SIGKILL);
}
/* The host lives, no child is left, and the next call works. */
static islet_status worker_killed(session *s) {
  s->host.progress = kill_worker_in_progress;
  make_ready(s);
  islet_status status = segment(s);
  promise(child_of_this_process() == 0, "no dead child is left");
  /* The sentence lives until the next call only. */
  static char sentence[1024];
  snprintf(sentence, sizeof sentence, "%s", s->plugin->last_error(s->instance));
  promise(segment(s) == ISLET_OK, "the next call after a dead worker works");
  promise(strstr(sentence, "signal 9") != NULL, "the sentence says how the worker ended");
  return status;
}
static islet_status unknown_isolation(session *s) {
  s->request.isolation = 9;
  return ok(s);
}

/* ----------------------------------------------------------------- trust */

/* The public key that lies beside the bundle. */
static const char *key_beside_the_bundle(const session *s) {
  static char path[4096], text[1024];
  snprintf(path, sizeof path, "%s.pub", s->bundle_path);
  FILE *file = fopen(path, "rb");
  require(file != NULL, path);
  size_t count = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[count] = 0;
  return text;
}
static islet_status load_trusting(session *s, const islet_config *config) {
  require(s->plugin->create(&s->host, config, &s->instance) == ISLET_OK, "create failed");
  return s->plugin->load_bundle(s->instance, s->bundle_path);
}
static islet_status signed_bundle(session *s) {
  islet_config config = {.struct_size = sizeof config, .trusted_keys = key_beside_the_bundle(s)};
  require(load_trusting(s, &config) == ISLET_OK, "the bundle was not loaded");
  islet_status status = segment(s);
  promise((s->output.flags & (ISLET_FLAG_UNSIGNED_BUNDLE | ISLET_FLAG_FOREIGN_BUNDLE | ISLET_FLAG_CHANGED_BUNDLE |
                              ISLET_FLAG_ROLLED_BACK_BUNDLE)) == 0, "a trusted bundle carries no such flag");
  return status;
}
static islet_status default_config(session *s) { return load_trusting(s, NULL); }
static islet_status trusting_nobody(session *s) {
  islet_config config = {.struct_size = sizeof config, .trusted_keys = ""};
  return load_trusting(s, &config);
}
static islet_status trusting_the_key(session *s) {
  islet_config config = {.struct_size = sizeof config, .trusted_keys = key_beside_the_bundle(s)};
  return load_trusting(s, &config);
}
static islet_status too_old(session *s) {
  islet_config config = {.struct_size = sizeof config,
                         .trusted_keys = key_beside_the_bundle(s),
                         .minimum_versions = "other 1.0\nsynthetic 0.0.1\n"};
  return load_trusting(s, &config);
}
/* A permission lifts its own refusal and no other, and the result says so. */
static islet_status accepted(session *s, uint64_t flag, const islet_config *with) {
  islet_config config = *with;
  config.accepted_flags = (ISLET_FLAG_UNSIGNED_BUNDLE | ISLET_FLAG_FOREIGN_BUNDLE | ISLET_FLAG_CHANGED_BUNDLE |
                           ISLET_FLAG_ROLLED_BACK_BUNDLE) & ~flag;
  promise(load_trusting(s, &config) != ISLET_OK, "another permission does not lift this refusal");
  s->plugin->destroy(s->instance);
  config.accepted_flags = flag;
  require(load_trusting(s, &config) == ISLET_OK, "what is accepted was not loaded");
  islet_status status = segment(s);
  promise((s->output.flags & flag) != 0, "the result says what was accepted");
  return status;
}
static islet_status accepted_unsigned(session *s) {
  islet_config config = {.struct_size = sizeof config};
  return accepted(s, ISLET_FLAG_UNSIGNED_BUNDLE, &config);
}
static islet_status accepted_foreign(session *s) {
  islet_config config = {.struct_size = sizeof config};
  return accepted(s, ISLET_FLAG_FOREIGN_BUNDLE, &config);
}
static islet_status accepted_changed(session *s) {
  islet_config config = {.struct_size = sizeof config, .trusted_keys = key_beside_the_bundle(s)};
  return accepted(s, ISLET_FLAG_CHANGED_BUNDLE, &config);
}
static islet_status accepted_rolled_back(session *s) {
  islet_config config = {.struct_size = sizeof config,
                         .trusted_keys = key_beside_the_bundle(s),
                         .minimum_versions = "synthetic 0.0.1"};
  return accepted(s, ISLET_FLAG_ROLLED_BACK_BUNDLE, &config);
}

/* -------------------------------------------------------------------- main */

static const struct {
  const char *name;
  islet_status (*run)(session *);
  /* Prints counts and hashes of the result in place of the empty sentence. */
  int prints_result;
} cases[] = {
    {"ok", ok, 0},
    {"defaults", defaults, 0},
    {"no-host", no_host, 0},
    {"again-after-error", again_after_error, 0},
    {"failed-load-keeps-bundle", failed_load_keeps_bundle, 0},
    {"larger-structs", larger_structs, 0},
    {"later-minor-version", later_minor_version, 0},
    {"destroy-null", destroy_null, 0},
    {"unknown-extension", unknown_extension, 0},
    {"every-name", every_name, 0},
    {"ignored-without-override", ignored_without_override, 0},
    {"cancelled-at-once", cancelled_at_once, 0},
    {"cancelled-in-load", cancelled_in_load, 0},
    {"cancelled-in-prepare", cancelled_in_prepare, 0},
    {"cancelled-in-coarse", cancelled_in_coarse, 0},
    {"entry-null-table", entry_null_table, 0},
    {"create-null-instance", create_null_instance, 0},
    {"load-null-path", load_null_path, 0},
    {"load-null-instance", load_null_instance, 0},
    {"describe-null-json", describe_null_json, 0},
    {"describe-null-instance", describe_null_instance, 0},
    {"trace-null-json", trace_null_json, 0},
    {"trace-null-instance", trace_null_instance, 0},
    {"segment-null-instance", segment_null_instance, 0},
    {"segment-null-volume", segment_null_volume, 0},
    {"segment-null-output", segment_null_output, 0},
    {"segment-null-voxels", segment_null_voxels, 0},
    {"newer-major", newer_major, 0},
    {"version-zero", version_zero, 0},
    {"entry-small-host", entry_small_host, 0},
    {"create-small-host", create_small_host, 0},
    {"create-small-config", create_small_config, 0},
    {"config-unknown-flag", config_unknown_flag, 0},
    {"config-bad-key", config_bad_key, 0},
    {"config-bad-version", config_bad_version, 0},
    {"small-volume-struct", small_volume_struct, 0},
    {"small-request-struct", small_request_struct, 0},
    {"small-output-struct", small_output_struct, 0},
    {"segment-without-bundle", segment_without_bundle, 0},
    {"describe-without-bundle", describe_without_bundle, 0},
    {"trace-without-segment", trace_without_segment, 0},
    {"trace-after-new-bundle", trace_after_new_bundle, 0},
    {"busy-in-progress", busy_in_progress, 0},
    {"zero-size", zero_size, 0},
    {"size-product-overflows", size_product_overflows, 0},
    {"largest-size", largest_size, 0},
    {"too-many-voxels", too_many_voxels, 0},
    {"unknown-element", unknown_element, 0},
    {"uint8-element", uint8_element, 0},
    {"nan-spacing", nan_spacing, 0},
    {"zero-spacing", zero_spacing, 0},
    {"infinite-origin", infinite_origin, 0},
    {"bad-direction", bad_direction, 0},
    {"nan-direction", nan_direction, 0},
    {"stride-overflow", stride_overflow, 0},
    {"most-negative-stride", most_negative_stride, 0},
    {"standing-stride", standing_stride, 0},
    {"nan-slope", nan_slope, 0},
    {"infinite-intercept", infinite_intercept, 0},
    {"nan-voxel", nan_voxel, 0},
    {"infinite-voxel", infinite_voxel, 0},
    {"null-mask", null_mask, 0},
    {"small-mask", small_mask, 0},
    {"unknown-probability-type", unknown_probability_type, 0},
    {"small-probability", small_probability, 0},
    {"small-float-probability", small_float_probability, 0},
    {"small-view-masks", small_view_masks, 0},
    {"unknown-label", unknown_label, 0},
    {"largest-label", largest_label, 0},
    {"unknown-override", unknown_override, 0},
    {"too-many-threads", too_many_threads, 0},
    {"too-many-rounds", too_many_rounds, 0},
    {"too-large-margin", too_large_margin, 0},
    {"too-large-threshold", too_large_threshold, 0},
    {"nan-threshold", nan_threshold, 0},
    {"unknown-quality", unknown_quality, 0},
    {"unknown-precision", unknown_precision, 0},
    {"unknown-isolation", unknown_isolation, 0},
    {"engine-missing", ok, 0},
    {"plan-opens-no-engine", plan_opens_no_engine, 0},
    {"worker-missing", ok, 0},
    {"worker-killed", worker_killed, 0},
    {"bundle-unreadable", load_given, 0},
    {"bundle-format", load_given, 0},
    {"bundle-version", load_given, 0},
    {"bundle-corrupt", load_given, 0},
    {"bundle-manifest", load_given, 0},
    {"bundle-tensor", load_given, 0},
    {"signed-bundle", signed_bundle, 0},
    {"accepted-unsigned", accepted_unsigned, 0},
    {"accepted-foreign", accepted_foreign, 0},
    {"accepted-changed", accepted_changed, 0},
    {"accepted-rolled-back", accepted_rolled_back, 0},
    {"bundle-unsigned", default_config, 0},
    {"bundle-foreign", default_config, 0},
    {"bundle-of-nobody", trusting_nobody, 0},
    {"bundle-changed", trusting_the_key, 0},
    {"bundle-rolled-back", too_old, 0},
    {"weights-corrupt", ok, 0},
    {"weights-not-finite", ok, 0},
    {"result-of-int16", ok, 1},
    {"result-of-uint16", as_uint16, 1},
    {"result-of-int32", as_int32, 1},
    {"result-of-float32", as_float32, 1},
    {"result-of-unaligned", as_unaligned, 1},
    {"result-of-reversed-and-padded", as_reversed_and_padded, 1},
    {"result-of-transposed", as_transposed, 1},
    {"result-of-four-threads", with_four_threads, 1},
    {"result-of-in-process", in_process, 1},
    {"result-of-two-instances", as_two_instances, 1},
};

static uint64_t hash(const uint8_t *bytes, size_t count) {
  uint64_t value = UINT64_C(14695981039346656037); /* FNV-1a */
  for (size_t i = 0; i < count; i++) value = (value ^ bytes[i]) * UINT64_C(1099511628211);
  return value;
}

static void check_guards(const session *s) {
  for (int i = 0; i < GUARD; i++) {
    promise(s->mask[VOXELS + i] == GUARD_BYTE, "nothing is written behind the mask");
    promise(s->probability[4 * VOXELS + i] == GUARD_BYTE, "nothing is written behind the probability");
    promise(s->view_masks[VOXELS + i] == GUARD_BYTE, "nothing is written behind the view masks");
  }
}

/* Entries of a folder of /proc/self: threads in "task", open files in "fd". */
static int entries(const char *path) {
  DIR *folder = opendir(path);
  require(folder != NULL, path);
  int count = 0;
  while (readdir(folder)) count++;
  closedir(folder);
  return count;
}

int main(int argc, char **argv) {
  const size_t count = sizeof cases / sizeof cases[0];
  if (argc == 2 && strcmp(argv[1], "list") == 0) {
    for (size_t i = 0; i < count; i++) puts(cases[i].name);
    return 0;
  }
  require(argc == 4, "usage: status_host PLUGIN.so BUNDLE.islet CASE | status_host list");
  size_t chosen = 0;
  while (chosen < count && strcmp(cases[chosen].name, argv[3]) != 0) chosen++;
  require(chosen < count, "unknown case");

  void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  require(library != NULL, "the plugin cannot be loaded");
  static session s;
  *(void **)&s.entry = dlsym(library, ISLET_ENTRY_SYMBOL);
  require(s.entry != NULL, "the plugin has no entry");
  require(s.entry(ISLET_ABI_VERSION, NULL, &s.plugin) == ISLET_OK && s.plugin, "the plugin gives no table");
  s.bundle_path = argv[2];
  fill_structs(&s);

  const int threads = entries("/proc/self/task"), files = entries("/proc/self/fd");
  islet_status status = cases[chosen].run(&s);
  promise(entries("/proc/self/task") == threads, "no thread is left behind when a call returns");
  check_guards(&s);
  printf("%d %s ", (int)status, s.plugin->status_name(status));
  if (cases[chosen].prints_result && status == ISLET_OK)
    printf("%llu voxels of %d, mask %016llx, probability %016llx, views %016llx\n",
           (unsigned long long)s.output.voxels, VOXELS, (unsigned long long)hash(s.mask, VOXELS),
           (unsigned long long)hash(s.probability, VOXELS), (unsigned long long)hash(s.view_masks, VOXELS));
  else
    printf("%s\n", s.plugin->last_error(s.instance));
  s.plugin->destroy(s.instance);
  promise(entries("/proc/self/fd") == files, "destroy leaves no file open");
  return 0;
}
