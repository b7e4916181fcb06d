// Vectors of all bits of a register, and parts of them in memory.

typedef REAL NAME(aligned_lanes) __attribute__((ext_vector_type(PRODUCT_BYTES / sizeof(REAL))));
typedef NAME(aligned_lanes) NAME(lanes) __attribute__((aligned(sizeof(REAL))));

/// Loads `width` elements, fewer than a vector, and fills the rest with 0.
INLINE NAME(lanes) NAME(load_some)(const REAL *x, int64_t width) {
#if PRODUCT_BYTES == 64 && REAL_IS_FLOAT
  return (NAME(lanes))_mm512_maskz_loadu_ps((__mmask16)((1u << width) - 1), x);
#elif PRODUCT_BYTES == 64
  return (NAME(lanes))_mm512_maskz_loadu_pd((__mmask8)((1u << width) - 1), x);
#elif PRODUCT_BYTES == 32 && REAL_IS_FLOAT
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return (NAME(lanes))_mm256_maskload_ps(x, _mm256_cmpgt_epi32(_mm256_set1_epi32((int)width), lane));
#elif PRODUCT_BYTES == 32
  const __m256i lane = _mm256_setr_epi64x(0, 1, 2, 3);
  return (NAME(lanes))_mm256_maskload_pd(x, _mm256_cmpgt_epi64(_mm256_set1_epi64x(width), lane));
#else
  REAL few[PRODUCT_BYTES / sizeof(REAL)] = {0};
  NAME(copy_few)(few, x, width);
  return *(const NAME(lanes) *)few;
#endif
}

/// Stores the first `width` elements, fewer than a vector. Not a masked store, which is slow on some processors.
INLINE void NAME(store_some)(REAL *x, NAME(lanes) v, int64_t width) {
  REAL few[PRODUCT_BYTES / sizeof(REAL)];
  *(NAME(lanes) *)few = v;
  NAME(copy_few)(x, few, width);
}
