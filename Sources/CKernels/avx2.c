#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define INSTRUCTION_SET avx2
#define INSTRUCTION_SET_NAME "avx2"
#define NARROW_LANES 8
#define PRODUCT_BYTES 32
#define PRODUCT_VECTORS 2
#include "template/kernels.h"
#pragma clang attribute pop
#endif
