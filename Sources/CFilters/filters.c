#include "internal.h"

const float islet_filters_no_bias[32] __attribute__((aligned(64)));

islet_filters_isa islet_filters_best_isa(void) {
  __builtin_cpu_init();
  if (
    __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
    __builtin_cpu_supports("avx512bw"))
    return islet_filters_avx512;
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? islet_filters_avx2 : islet_filters_any;
}

size_t islet_filters_direct_floats(long outputs, long inputs, long kernel) {
  return (size_t)outputs * inputs * kernel * kernel;
}

size_t islet_filters_winograd_floats(long outputs, long inputs) { return (size_t)36 * outputs * inputs; }

void islet_filters_pack_direct(float *packed, const float *weights, long outputs, long inputs, long kernel) {
  long taps = kernel * kernel;
  for (long panel = 0; panel < outputs / 16; panel++)
    for (long tap = 0; tap < taps; tap++)
      for (long in = 0; in < inputs; in++)
        for (long lane = 0; lane < 16; lane++)
          packed[((panel * taps + tap) * inputs + in) * 16 + lane] =
            weights[((panel * 16 + lane) * inputs + in) * taps + tap];
}

// G of F(4x4, 3x3), Lavin and Gray 2016.
static const double g[6][3] = {
  {1.0 / 4, 0, 0}, {-1.0 / 6, -1.0 / 6, -1.0 / 6}, {-1.0 / 6, 1.0 / 6, -1.0 / 6}, {1.0 / 24, 1.0 / 12, 1.0 / 6},
  {1.0 / 24, -1.0 / 12, 1.0 / 6}, {0, 0, 1}};

void islet_filters_pack_winograd(float *packed, const float *weights, long outputs, long inputs) {
  for (long out = 0; out < outputs; out++)
    for (long in = 0; in < inputs; in++) {
      const float *k = weights + (out * inputs + in) * 9;
      double half[6][3];
      for (int i = 0; i < 6; i++)
        for (int j = 0; j < 3; j++) half[i][j] = g[i][0] * k[j] + g[i][1] * k[3 + j] + g[i][2] * k[6 + j];
      for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++) {
          double sum = half[i][0] * g[j][0] + half[i][1] * g[j][1] + half[i][2] * g[j][2];
          packed[(((6 * i + j) * (outputs / 16) + out / 16) * inputs + in) * 16 + out % 16] = (float)sum;
        }
    }
}

long islet_filters_winograd_block(long outputs, long inputs, long rows, long columns) {
  // Inputs and products of a block fill a megabyte for few channels, and 96 tiles amortise the weights of many.
  long count = ((rows + 3) / 4) * ((columns + 3) / 4);
  long block = (1 << 20) / (36 * 4 * (outputs + inputs)) / 12 * 12;
  if (block < 96) block = outputs + inputs > 256 ? 96 : 48;
  return count < block ? count : block;
}

size_t islet_filters_winograd_scratch(long outputs, long inputs, long rows, long columns) {
  return (size_t)36 * islet_filters_winograd_block(outputs, inputs, rows, columns) * (outputs + inputs);
}

#define DISPATCH(NAME, ...) \
  switch (isa) { \
    case islet_filters_avx512: NAME##_avx512(__VA_ARGS__); break; \
    case islet_filters_avx2: NAME##_avx2(__VA_ARGS__); break; \
    default: NAME##_any(__VA_ARGS__); \
  }

void islet_filters_direct(
  islet_filters_isa isa, islet_filters_map input, islet_filters_map output, const float *packed, const float *bias,
  float floor, long outputs, long inputs, long kernel) {
  DISPATCH(islet_filters_direct, input, output, packed, bias, floor, outputs, inputs, kernel)
}

void islet_filters_winograd(
  islet_filters_isa isa, islet_filters_map input, long first_row, long first_column, islet_filters_map output,
  const float *packed, const float *bias, float floor, long outputs, long inputs, float *scratch) {
  DISPATCH(
    islet_filters_winograd, input, first_row, first_column, output, packed, bias, floor, outputs, inputs, scratch)
}

void islet_filters_pool(islet_filters_isa isa, islet_filters_map input, islet_filters_map output, long channels) {
  DISPATCH(islet_filters_pool, input, output, channels)
}
