// What the kernels of all instruction sets share.
#pragma once
#include "CFilters.h"

#define ISLET_FILTERS_DECLARE(ISA) \
  void islet_filters_direct_##ISA( \
    islet_filters_map, islet_filters_map, const float *, const float *, float, long, long, long); \
  void islet_filters_winograd_##ISA( \
    islet_filters_map, long, long, islet_filters_map, const float *, const float *, float, long, long, float *); \
  void islet_filters_pool_##ISA(islet_filters_map, islet_filters_map, long);
ISLET_FILTERS_DECLARE(any)
ISLET_FILTERS_DECLARE(avx2)
ISLET_FILTERS_DECLARE(avx512)

/// 32 zeros.
extern const float islet_filters_no_bias[32];

/// Tiles of Winograd that are transformed, multiplied and transformed back at a time.
long islet_filters_winograd_block(long outputs, long inputs, long rows, long columns);
