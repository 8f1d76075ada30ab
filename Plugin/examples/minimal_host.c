/* The smallest useful host of Islet: loads the plugin, segments one CT, writes the mask.
 *
 *   cc -std=c11 -I../include minimal_host.c -ldl -lm -o minimal_host
 *   ./minimal_host islet.so bundle.islet ct.nii mask.raw
 *
 * Reads uncompressed little-endian NIfTI-1 with int16 voxels and an sform, to stay short. Research use only. */
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "islet.h"

static void on_progress(void *data, double fraction, const char *stage, uint32_t iteration, const char *message) {
  (void)data, (void)message;
  fprintf(stderr, "%5.1f %% %s %u\n", fraction * 100, stage, iteration);
}

static int fail(const char *what, const char *why) {
  fprintf(stderr, "minimal_host: %s: %s\n", what, why);
  return 1;
}

/* Fills `volume` from a NIfTI file; the voxels stay in a malloced buffer that the caller frees. */
static const char *read_nifti(const char *path, islet_volume *volume, void **buffer) {
  unsigned char header[352];
  int16_t dim[8], datatype;
  float srow[12], offset, slope, intercept;
  FILE *file = fopen(path, "rb");
  if (!file) return "cannot be opened";
  if (fread(header, 1, 352, file) != 352 || memcmp(header + 344, "n+1", 4) != 0) {
    fclose(file);
    return "is no NIfTI-1 file";
  }
  memcpy(dim, header + 40, sizeof dim);
  memcpy(&datatype, header + 70, 2);
  memcpy(&offset, header + 108, 4);
  memcpy(&slope, header + 112, 4);
  memcpy(&intercept, header + 116, 4);
  memcpy(srow, header + 280, sizeof srow);
  if (datatype != 4 || dim[0] != 3 || dim[1] < 1 || dim[2] < 1 || dim[3] < 1 || !(offset >= 352 && offset < 1e6f)) {
    fclose(file);
    return "is not a 3D volume of int16";
  }
  size_t count = (size_t)dim[1] * (size_t)dim[2] * (size_t)dim[3];
  *buffer = malloc(count * 2);
  int complete = *buffer && fseek(file, (long)offset, SEEK_SET) == 0 && fread(*buffer, 2, count, file) == count;
  fclose(file);
  if (!complete) return "ends before its last voxel";

  memset(volume, 0, sizeof *volume);
  volume->struct_size = sizeof *volume;
  volume->element_type = ISLET_ELEMENT_INT16;
  volume->voxels = *buffer;
  volume->rescale_slope = slope;
  volume->rescale_intercept = slope == 0 ? 0 : intercept;
  for (int axis = 0; axis < 3; axis++) {
    /* NIfTI is RAS, islet.h is LPS: the first two coordinates change their sign. */
    double x = -srow[axis], y = -srow[4 + axis], z = srow[8 + axis], length = sqrt(x * x + y * y + z * z);
    volume->size[axis] = (uint64_t)dim[axis + 1];
    volume->spacing_mm[axis] = length;
    volume->direction_lps[3 * axis] = x / length;
    volume->direction_lps[3 * axis + 1] = y / length;
    volume->direction_lps[3 * axis + 2] = z / length;
    volume->origin_lps_mm[axis] = axis < 2 ? -srow[4 * axis + 3] : srow[11];
  }
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 5) return fail("usage", "minimal_host PLUGIN.so BUNDLE.islet CT.nii MASK.raw");
  islet_volume volume;
  void *voxels = NULL;
  const char *problem = read_nifti(argv[3], &volume, &voxels);
  if (problem) return free(voxels), fail(argv[3], problem);

  void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (!library) return free(voxels), fail(argv[1], dlerror());
  islet_plugin_entry_function entry;
  *(void **)&entry = dlsym(library, ISLET_ENTRY_SYMBOL);
  if (!entry) return free(voxels), fail(argv[1], "is no Islet plugin");

  islet_host host = {0};
  host.struct_size = sizeof host;
  host.name = "minimal_host";
  host.progress = on_progress;
  const islet_plugin *plugin = NULL;
  islet_instance *instance = NULL;
  if (entry(ISLET_ABI_VERSION, &host, &plugin) != ISLET_OK) return free(voxels), fail(argv[1], "wrong version");
  if (plugin->create(&host, NULL, &instance) != ISLET_OK) return free(voxels), fail(argv[1], "no instance");

  islet_output output = {0};
  output.struct_size = sizeof output;
  output.mask_bytes = volume.size[0] * volume.size[1] * volume.size[2];
  output.mask = malloc(output.mask_bytes);
  islet_status status = output.mask ? plugin->load_bundle(instance, argv[2]) : ISLET_ERROR_RESOURCES;
  if (status == ISLET_OK) status = plugin->segment(instance, &volume, NULL, &output);
  if (status == ISLET_OK) {
    printf("%llu voxels, %.2f mL, %u rounds, d = %.4f\n", (unsigned long long)output.voxels, output.volume_ml,
           output.rounds, output.dsc_to_previous);
    FILE *file = fopen(argv[4], "wb");
    if (!file || fwrite(output.mask, 1, output.mask_bytes, file) != output.mask_bytes || fclose(file) != 0)
      status = fail(argv[4], "cannot be written");
  } else {
    fail(plugin->status_name(status), plugin->last_error(instance));
  }
  plugin->destroy(instance);
  free(output.mask);
  free(voxels);
  return status == ISLET_OK ? 0 : 1;
}
