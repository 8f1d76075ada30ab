// Islet's own float32 kernels: convolutions with sizes known at run time, so that no size has to be compiled first.
//
// Maps are [rows, columns, channels], channels fastest; channels are whole vectors of 16 but for images. Every kernel
// exists for AVX-512, for AVX2 with FMA, and for any x86-64; the caller says which, so that one setting decides for the
// whole process. Sums run in one order whatever the size, so a position's bits do not depend on what is computed beside
// it. Nothing is allocated; sizes are the caller's duty.
#pragma once
#include <stddef.h>

typedef enum { islet_filters_any = 0, islet_filters_avx2 = 1, islet_filters_avx512 = 2 } islet_filters_isa;

/// The best of the kernels that this CPU can run.
islet_filters_isa islet_filters_best_isa(void);

/// A part of a map in memory: `origin` is position (0, 0) of the part, strides are in floats.
typedef struct {
  float *origin;
  ptrdiff_t row_stride, column_stride;
  long rows, columns;
} islet_filters_map;

/// Floats of `islet_filters_pack_*`'s result. Weights are [outputs, inputs, kernel, kernel]; outputs a multiple of 16.
size_t islet_filters_direct_floats(long outputs, long inputs, long kernel);
size_t islet_filters_winograd_floats(long outputs, long inputs);

/// Weights in panels of 16 outputs: [outputs / 16, kernel row, kernel column, input, 16].
void islet_filters_pack_direct(
  float *packed, const float *weights, long outputs, long inputs, long kernel);
/// G g G^T of every 3x3 kernel: [36, outputs / 16, input, 16].
void islet_filters_pack_winograd(float *packed, const float *weights, long outputs, long inputs);

/// output = max(bias + convolution, floor), stride 1, no padding: `input` starts where the first output's window does
/// and holds every window. `input.column_stride` must equal `inputs`.
void islet_filters_direct(
  islet_filters_isa isa, islet_filters_map input, islet_filters_map output, const float *packed, const float *bias,
  float floor, long outputs, long inputs, long kernel);

/// Floats of scratch memory for `islet_filters_winograd` on a part of rows x columns outputs.
size_t islet_filters_winograd_scratch(long outputs, long inputs, long rows, long columns);

/// output = max(bias + 3x3 convolution, floor) by Winograd's F(4x4, 3x3): a quarter of the multiplications, rounding
/// like direct sums' to within a few units. `input` is what lies in memory; output (0, 0)'s window starts at
/// (first_row, first_column) of it, and whatever lies outside reads as 0. Channels are multiples of 16.
void islet_filters_winograd(
  islet_filters_isa isa, islet_filters_map input, long first_row, long first_column, islet_filters_map output,
  const float *packed, const float *bias, float floor, long outputs, long inputs, float *scratch);

/// 2x2 maximum, stride 2; a last odd row or column of `input` counts alone.
void islet_filters_pool(
  islet_filters_isa isa, islet_filters_map input, islet_filters_map output, long channels);
