#if REAL_IS_FLOAT
/// exp(x) = 2^n * e^r in single precision: stores n as an integer shifted to the exponent's bits and returns
/// e^r with |r| <= ln 2 / 2, a polynomial of degree 6 (Cephes). For |x| above 2^21 both are undefined; for
/// NaN the result is NaN.
INLINE float NAME(exp_factors)(float x, uint32_t *exponent) {
#pragma clang fp reassociate(off)
  float n = __builtin_floorf(x * 1.44269504088896341f + 0.5f);
  float r = x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  float y = 1.9875691500e-4f;
  y = y * r + 1.3981999507e-3f;
  y = y * r + 8.3334519073e-3f;
  y = y * r + 4.1665795894e-2f;
  y = y * r + 1.6666665459e-1f;
  y = y * r + 5.0000001201e-1f;
  y = y * r * r + r + 1.0f;
  // 1.5 * 2^23 + n has n in its low bits, also for NaN, whose conversion to an integer would be undefined.
  float shifted = n + 12582912.0f;
  memcpy(exponent, &shifted, sizeof shifted);
  *exponent <<= 23;
  return y;
}

/// exp in single precision for -87.3 ... 88.3. NaN stays NaN.
INLINE float NAME(exp_in_range)(float x) {
#pragma clang fp reassociate(off)
  uint32_t exponent;
  float y = NAME(exp_factors)(x, &exponent), scale;
  exponent += 127u << 23;
  memcpy(&scale, &exponent, sizeof scale);
  return y * scale;
}

/// exp in single precision for all numbers, subnormal results included. NaN stays NaN.
INLINE float NAME(exp_one)(float x) {
#pragma clang fp reassociate(off)
  // Below `zero` exp is less than half the least subnormal number; from `infinite` on it overflows.
  const float zero = -103.972084f, infinite = 88.7228394f, small = -80;
  uint32_t exponent, bits;
  float y = NAME(exp_factors)(x < zero ? zero : x, &exponent);
  // Adds n to the exponent, which multiplies by 2^n up to 2^128. Small results are computed 2^64 times too
  // large, so that only the last product is rounded.
  memcpy(&bits, &y, sizeof bits);
  bits += exponent + (x < small ? 64u << 23 : 0);
  memcpy(&y, &bits, sizeof y);
  y *= x < zero ? 0.0f : x < small ? 0x1p-64f : 1.0f;
  y = x >= infinite ? __builtin_inff() : y;
  return x != x ? x : y;
}
#else
INLINE double NAME(exp_one)(double x) { return double_exp(x); }
#endif

static void NAME(exponential)(const void *x_, void *y_, int64_t count) {
  const REAL *x = x_;
  REAL *y = y_;
  for (int64_t i = 0; i < count; i++) y[i] = NAME(exp_one)(x[i]);
}

static void NAME(bias_activation)(void *y_, const void *bias_, int64_t rows, int64_t columns,
                                  int64_t relu) {
  const REAL *bias = bias_;
  for (int64_t r = 0; r < rows; r++) {
    REAL *y = (REAL *)y_ + r * columns;
    if (relu && bias) {
      for (int64_t c = 0; c < columns; c++) {
        REAL t = y[c] + bias[c];
        y[c] = t < 0 ? 0 : t;
      }
    } else if (relu) {
      for (int64_t c = 0; c < columns; c++) y[c] = y[c] < 0 ? 0 : y[c];
    } else if (bias) {
      for (int64_t c = 0; c < columns; c++) y[c] += bias[c];
    }
  }
}

static void NAME(adam)(const oc_adam *step, void *value_, const void *gradient_, void *first_,
                       void *second_, int64_t count) {
  REAL *restrict value = value_, *restrict first = first_, *restrict second = second_;
  const REAL *restrict gradient = gradient_;
  const REAL beta1 = (REAL)step->beta1, beta2 = (REAL)step->beta2;
  const REAL rest1 = (REAL)(1 - step->beta1), rest2 = (REAL)(1 - step->beta2);
  const REAL size = (REAL)(step->learning_rate / step->correction1);
  const REAL root = (REAL)(1 / sqrt(step->correction2)), epsilon = (REAL)step->epsilon;
  const REAL decay = (REAL)step->weight_decay, shrinkage = (REAL)step->shrinkage;
  for (int64_t i = 0; i < count; i++) {
    REAL g = gradient[i] + decay * value[i];
    REAL m = beta1 * first[i] + rest1 * g;
    REAL s = beta2 * second[i] + rest2 * g * g;
    first[i] = m;
    second[i] = s;
#if REAL_IS_FLOAT
    REAL denominator = __builtin_sqrtf(s) * root + epsilon;
#else
    REAL denominator = __builtin_sqrt(s) * root + epsilon;
#endif
    value[i] = shrinkage * value[i] - size * m / denominator;
  }
}
