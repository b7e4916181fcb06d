// Compiled once for each instruction set (see baseline.c, avx2.c, avx512.c): float, then double.
#include "CKernels.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

// Sums over columns and channels may be vectorized: no kernel depends on the order inside a chunk.
#pragma clang fp reassociate(on) contract(fast)

// Functions that take or return vectors are inlined, so the warning about their calling convention does not
// apply.
#pragma clang diagnostic ignored "-Wpsabi"

#define JOIN2(a, b) a##b
#define JOIN(a, b) JOIN2(a, b)
#define NAME(x) JOIN(JOIN(x, _), SUFFIX)
// A loop whose output may be the same array as one of its inputs, element for element.
#define SAME_PLACE _Pragma("clang loop vectorize(assume_safety)")
// A loop of constant length, unrolled so that arrays of vectors stay in registers.
#define EACH(i, count) _Pragma("clang loop unroll(full)") for (int i = 0; i < count; i++)
#define INLINE static inline __attribute__((always_inline))
// x * y + z for vectors, rounded once where the instruction set can: the same wherever it is used.
#if NARROW_LANES >= 8 || defined(__aarch64__)
#define MULTIPLY_ADD(x, y, z) __builtin_elementwise_fma(x, y, z)
#else
#define MULTIPLY_ADD(x, y, z) ((x) * (y) + (z))
#endif

// The number of elements in a register.
#define FULL_LANES ((int)(PRODUCT_BYTES / sizeof(REAL)))
#define PRODUCT_LANES ((int64_t)FULL_LANES)
// Halves of a register, from the largest on.
#define EACH_HALF(step) \
  _Pragma("clang loop unroll(full)") for (int step = FULL_LANES / 2; step > 0; step /= 2)

#include "double_functions.h"

#define REAL float
#define SUFFIX float
#define REAL_IS_FLOAT 1
#include "elementwise.h"
#include "functions.h"
#include "columns.h"
#include "lanes.h"
#include "copies.h"
#include "softmax.h"
#include "reductions.h"
#include "transposition.h"
#include "small_product.h"
#include "vector_products.h"
#include "packed_matrices.h"
#include "rotations.h"
#include "normalization.h"
#if NARROW_LANES >= 8
#include "vectors.h"
#define LANES 8
#include "narrow_heads.h"
#undef LANES
#endif
#if NARROW_LANES >= 16
#define LANES 16
#include "narrow_heads.h"
#undef LANES
#endif
#include "edge_attention.h"
#include "ratios.h"
#include "table.h"
#undef REAL
#undef SUFFIX
#undef REAL_IS_FLOAT

#define REAL double
#define SUFFIX double
#define REAL_IS_FLOAT 0
#include "elementwise.h"
#include "functions.h"
#include "columns.h"
#include "lanes.h"
#include "softmax.h"
#include "reductions.h"
#include "transposition.h"
#include "small_product.h"
#include "vector_products.h"
#include "packed_matrices.h"
#include "rotations.h"
#include "normalization.h"
#include "edge_attention.h"
#include "table.h"
