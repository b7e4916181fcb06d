#if REAL_IS_FLOAT
/// exp in single precision for -87.3 ... 88.3: 2^n * e^r with |r| <= ln 2 / 2 and a polynomial of degree 6
/// (Cephes). NaN stays NaN, whatever becomes of its power of two.
INLINE float NAME(exp_in_range)(float x) {
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
  int32_t bits = ((int32_t)n + 127) << 23;
  float scale;
  memcpy(&scale, &bits, sizeof scale);
  return y * scale;
}

/// exp in single precision for all numbers.
INLINE float NAME(exp_one)(float x) {
  const float high = 88.3762626647949f, low = -87.3365478515625f;
  float clamped = x > high ? high : x;
  clamped = clamped < low ? low : clamped;
  float result = NAME(exp_in_range)(clamped);
  result = x > high ? __builtin_inff() : result;
  result = x < low ? 0.0f : result;
  return x != x ? x : result;
}
#else
INLINE double NAME(exp_one)(double x) { return exp(x); }
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
  const REAL decay = (REAL)step->weight_decay;
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
    value[i] -= size * m / denominator;
  }
}
