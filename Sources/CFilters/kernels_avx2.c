// The kernels for avx2.
#include "internal.h"

#define ISA_NAME(name) name##_avx2
#define VECTOR 8
#define WIDE 1
#define TALL 6
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "kernels.inc"
#pragma clang attribute pop
