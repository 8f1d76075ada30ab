// The kernels for avx512.
#include "internal.h"

#define ISA_NAME(name) name##_avx512
#define VECTOR 16
#define WIDE 2
#define TALL 12
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma"))), apply_to = function)
#include "kernels.inc"
#pragma clang attribute pop
