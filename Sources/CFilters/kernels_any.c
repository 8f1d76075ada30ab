// The kernels for any.
#include "internal.h"

#define ISA_NAME(name) name##_any
#define VECTOR 4
#define WIDE 1
#define TALL 3
#include "kernels.inc"
