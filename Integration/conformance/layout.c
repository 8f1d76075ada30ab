/* Prints the binary layout of islet.h: every struct's size, every field's offset and size, every constant.
 *
 *   cc -std=c11 -IPlugin/include Integration/conformance/layout.c -o layout && ./layout
 *
 * Plugin/abi/islet-1.0.layout holds the layout that hosts were built for. A test and `make lint` compare: fields may be
 * appended to the file in a later minor version, no line of it may ever change. x86-64 and AArch64 share it. */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "islet.h"

#define STRUCT(type) printf("struct %s size %zu align %zu\n", #type, sizeof(type), _Alignof(type))
#define FIELD(type, field) \
  printf("  %s offset %zu size %zu\n", #field, offsetof(type, field), sizeof(((type *)0)->field))
#define CONSTANT(name) printf("%s %" PRIu64 "\n", #name, (uint64_t)(name))

static void print_structs(void) {
  STRUCT(islet_host);
  FIELD(islet_host, struct_size);
  FIELD(islet_host, reserved);
  FIELD(islet_host, name);
  FIELD(islet_host, version);
  FIELD(islet_host, host_data);
  FIELD(islet_host, log);
  FIELD(islet_host, progress);
  FIELD(islet_host, is_cancelled);
  FIELD(islet_host, get_extension);

  STRUCT(islet_volume);
  FIELD(islet_volume, struct_size);
  FIELD(islet_volume, element_type);
  FIELD(islet_volume, voxels);
  FIELD(islet_volume, size);
  FIELD(islet_volume, stride_bytes);
  FIELD(islet_volume, rescale_slope);
  FIELD(islet_volume, rescale_intercept);
  FIELD(islet_volume, spacing_mm);
  FIELD(islet_volume, origin_lps_mm);
  FIELD(islet_volume, direction_lps);

  STRUCT(islet_request);
  FIELD(islet_request, struct_size);
  FIELD(islet_request, label);
  FIELD(islet_request, quality);
  FIELD(islet_request, precision);
  FIELD(islet_request, threads);
  FIELD(islet_request, overrides);
  FIELD(islet_request, rounds);
  FIELD(islet_request, margin);
  FIELD(islet_request, threshold);
  FIELD(islet_request, initial_mask);
  FIELD(islet_request, initial_mask_bytes);
  FIELD(islet_request, memory_budget_bytes);
  FIELD(islet_request, isolation);
  FIELD(islet_request, reserved);
  FIELD(islet_request, component_ratio);
  FIELD(islet_request, coarse_fusion);
  FIELD(islet_request, fine_fusion);
  FIELD(islet_request, initial_box_first);
  FIELD(islet_request, initial_box_size);

  STRUCT(islet_output);
  FIELD(islet_output, struct_size);
  FIELD(islet_output, probability_type);
  FIELD(islet_output, mask);
  FIELD(islet_output, mask_bytes);
  FIELD(islet_output, probability);
  FIELD(islet_output, probability_bytes);
  FIELD(islet_output, view_masks);
  FIELD(islet_output, view_masks_bytes);
  FIELD(islet_output, end);
  FIELD(islet_output, rounds);
  FIELD(islet_output, flags);
  FIELD(islet_output, voxels);
  FIELD(islet_output, volume_ml);
  FIELD(islet_output, dsc_to_previous);
  FIELD(islet_output, view_agreement);
  FIELD(islet_output, predicted_dsc);
  FIELD(islet_output, predicted_dsc_lower);
  FIELD(islet_output, grade);
  FIELD(islet_output, reserved);

  STRUCT(islet_config);
  FIELD(islet_config, struct_size);
  FIELD(islet_config, reserved);
  FIELD(islet_config, trusted_keys);
  FIELD(islet_config, minimum_versions);
  FIELD(islet_config, accepted_flags);

  STRUCT(islet_plugin);
  FIELD(islet_plugin, struct_size);
  FIELD(islet_plugin, abi_version);
  FIELD(islet_plugin, id);
  FIELD(islet_plugin, name);
  FIELD(islet_plugin, version);
  FIELD(islet_plugin, vendor);
  FIELD(islet_plugin, intended_use);
  FIELD(islet_plugin, create);
  FIELD(islet_plugin, load_bundle);
  FIELD(islet_plugin, describe_bundle);
  FIELD(islet_plugin, segment);
  FIELD(islet_plugin, trace);
  FIELD(islet_plugin, last_error);
  FIELD(islet_plugin, status_name);
  FIELD(islet_plugin, destroy);
  FIELD(islet_plugin, get_extension);
  FIELD(islet_plugin, plan);
  FIELD(islet_plugin, load_bundle_memory);

  STRUCT(islet_plan);
  FIELD(islet_plan, struct_size);
  FIELD(islet_plan, threads);
  FIELD(islet_plan, bytes);
  FIELD(islet_plan, smallest_bytes);
  FIELD(islet_plan, work_units);
}

static void print_constants(void) {
  CONSTANT(ISLET_ABI_MAJOR);
  CONSTANT(ISLET_ABI_MINOR);
  CONSTANT(ISLET_ABI_VERSION);
  CONSTANT(ISLET_OK);
  CONSTANT(ISLET_CANCELLED);
  CONSTANT(ISLET_ERROR_ARGUMENT);
  CONSTANT(ISLET_ERROR_ABI_MISMATCH);
  CONSTANT(ISLET_ERROR_STRUCT_SIZE);
  CONSTANT(ISLET_ERROR_WRONG_ORDER);
  CONSTANT(ISLET_ERROR_BUSY);
  CONSTANT(ISLET_ERROR_VOLUME);
  CONSTANT(ISLET_ERROR_OUTPUT);
  CONSTANT(ISLET_ERROR_REQUEST);
  CONSTANT(ISLET_ERROR_CONFIG);
  CONSTANT(ISLET_ERROR_BUNDLE_UNREADABLE);
  CONSTANT(ISLET_ERROR_BUNDLE_FORMAT);
  CONSTANT(ISLET_ERROR_BUNDLE_VERSION);
  CONSTANT(ISLET_ERROR_BUNDLE_CORRUPT);
  CONSTANT(ISLET_ERROR_BUNDLE_MANIFEST);
  CONSTANT(ISLET_ERROR_BUNDLE_TENSOR);
  CONSTANT(ISLET_ERROR_BUNDLE_UNSIGNED);
  CONSTANT(ISLET_ERROR_BUNDLE_FOREIGN);
  CONSTANT(ISLET_ERROR_BUNDLE_CHANGED);
  CONSTANT(ISLET_ERROR_BUNDLE_ROLLED_BACK);
  CONSTANT(ISLET_ERROR_RESOURCES);
  CONSTANT(ISLET_ERROR_ENGINE);
  CONSTANT(ISLET_ERROR_INTERNAL);
  CONSTANT(ISLET_ERROR_WORKER);
  CONSTANT(ISLET_LOG_DEBUG);
  CONSTANT(ISLET_LOG_INFO);
  CONSTANT(ISLET_LOG_WARNING);
  CONSTANT(ISLET_LOG_ERROR);
  CONSTANT(ISLET_ELEMENT_INT16);
  CONSTANT(ISLET_ELEMENT_UINT16);
  CONSTANT(ISLET_ELEMENT_INT32);
  CONSTANT(ISLET_ELEMENT_FLOAT32);
  CONSTANT(ISLET_ELEMENT_UINT8);
  CONSTANT(ISLET_QUALITY_DEFAULT);
  CONSTANT(ISLET_QUALITY_EXACT);
  CONSTANT(ISLET_QUALITY_FAST);
  CONSTANT(ISLET_PRECISION_AUTO);
  CONSTANT(ISLET_PRECISION_FLOAT32);
  CONSTANT(ISLET_PRECISION_BFLOAT16);
  CONSTANT(ISLET_PRECISION_INT8);
  CONSTANT(ISLET_ISOLATION_DEFAULT);
  CONSTANT(ISLET_ISOLATION_NONE);
  CONSTANT(ISLET_ISOLATION_PROCESS);
  CONSTANT(ISLET_OVERRIDE_ROUNDS);
  CONSTANT(ISLET_OVERRIDE_THRESHOLD);
  CONSTANT(ISLET_OVERRIDE_MARGIN);
  CONSTANT(ISLET_OVERRIDE_COMPONENT_RATIO);
  CONSTANT(ISLET_FUSION_DEFAULT);
  CONSTANT(ISLET_FUSION_MAJORITY);
  CONSTANT(ISLET_FUSION_MEAN);
  CONSTANT(ISLET_END_CONVERGED);
  CONSTANT(ISLET_END_ROUNDS_USED_UP);
  CONSTANT(ISLET_END_COLLAPSED);
  CONSTANT(ISLET_END_EMPTY);
  CONSTANT(ISLET_FLAG_TOUCHES_BORDER);
  CONSTANT(ISLET_FLAG_HU_OUT_OF_RANGE);
  CONSTANT(ISLET_FLAG_SPACING_OUT_OF_RANGE);
  CONSTANT(ISLET_FLAG_OBLIQUE);
  CONSTANT(ISLET_FLAG_NOT_CONVERGED);
  CONSTANT(ISLET_FLAG_COLLAPSED);
  CONSTANT(ISLET_FLAG_EMPTY);
  CONSTANT(ISLET_FLAG_UNSIGNED_BUNDLE);
  CONSTANT(ISLET_FLAG_NO_CONFIDENCE);
  CONSTANT(ISLET_FLAG_NO_BODY);
  CONSTANT(ISLET_FLAG_ORIENTATION_DOUBTFUL);
  CONSTANT(ISLET_FLAG_WRONG_BODY_PART);
  CONSTANT(ISLET_FLAG_FIELD_OF_VIEW);
  CONSTANT(ISLET_FLAG_LOW_CONFIDENCE);
  CONSTANT(ISLET_FLAG_SLICES_DOUBTFUL);
  CONSTANT(ISLET_FLAG_IMAGE_QUALITY);
  CONSTANT(ISLET_FLAG_FOREIGN_BUNDLE);
  CONSTANT(ISLET_FLAG_CHANGED_BUNDLE);
  CONSTANT(ISLET_FLAG_ROLLED_BACK_BUNDLE);
  CONSTANT(ISLET_GRADE_NONE);
  CONSTANT(ISLET_GRADE_LOW);
  CONSTANT(ISLET_GRADE_MODERATE);
  CONSTANT(ISLET_GRADE_HIGH);
  CONSTANT(ISLET_VIEW_CORONAL);
  CONSTANT(ISLET_VIEW_SAGITTAL);
  CONSTANT(ISLET_VIEW_AXIAL);
  printf("ISLET_ENTRY_SYMBOL %s\n", ISLET_ENTRY_SYMBOL);
}

int main(void) {
  print_structs();
  print_constants();
  return 0;
}
