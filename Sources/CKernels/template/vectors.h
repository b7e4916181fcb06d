// Vectors of floats for narrow_heads.h: those of eight heads, and masked loads and stores of a head.

typedef float vector8 __attribute__((ext_vector_type(8)));

INLINE vector8 load_heads(const float *x, const int n) {
  vector8 v = 0;
  if (n == 8)
    memcpy(&v, x, sizeof v);
  else
    for (int h = 0; h < n; h++) v[h] = x[h];
  return v;
}

INLINE void store_heads(float *x, vector8 v, const int n) {
  if (n == 8)
    memcpy(x, &v, sizeof v);
  else
    for (int h = 0; h < n; h++) x[h] = v[h];
}

/// exp(clamp(x, -5, 5)); NaN stays NaN. The loop over an array is vectorized by the compiler.
INLINE vector8 exponential_of_clamped(vector8 x) {
  float values[8];
  memcpy(values, &x, sizeof x);
  for (int h = 0; h < 8; h++) {
    const float above = values[h] > 5 ? 5 : values[h];
    values[h] = NAME(exp_in_range)(above < -5 ? -5 : above);
  }
  memcpy(&x, values, sizeof x);
  return x;
}

// The `depth` channels of a head, fewer than the lanes; memory beyond them is not accessed.
#define MASKED_LOAD(lanes, p, depth) JOIN(masked_load, lanes)(p, depth)
#define MASKED_STORE(lanes, p, v, depth) JOIN(masked_store, lanes)(p, v, depth)

#if NARROW_LANES == 16
typedef float vector16 __attribute__((ext_vector_type(16)));

INLINE vector8 masked_load8(const float *p, int64_t depth) {
  return (vector8)_mm256_maskz_loadu_ps((__mmask8)((1u << depth) - 1), p);
}
INLINE void masked_store8(float *p, vector8 v, int64_t depth) {
  _mm256_mask_storeu_ps(p, (__mmask8)((1u << depth) - 1), (__m256)v);
}
INLINE vector16 masked_load16(const float *p, int64_t depth) {
  return (vector16)_mm512_maskz_loadu_ps((__mmask16)((1u << depth) - 1), p);
}
INLINE void masked_store16(float *p, vector16 v, int64_t depth) {
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << depth) - 1), (__m512)v);
}
#else
INLINE __m256i mask_of(int64_t depth) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)depth),
                            _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
INLINE vector8 masked_load8(const float *p, int64_t depth) {
  return (vector8)_mm256_maskload_ps(p, mask_of(depth));
}
INLINE void masked_store8(float *p, vector8 v, int64_t depth) {
  _mm256_maskstore_ps(p, mask_of(depth), (__m256)v);
}
#endif
