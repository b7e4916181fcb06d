#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)
#define INSTRUCTION_SET avx512
#define INSTRUCTION_SET_NAME "avx512"
#define NARROW_LANES 16
#define PRODUCT_BYTES 64
#define PRODUCT_VECTORS 4
#include "template/kernels.h"
#pragma clang attribute pop
#endif
