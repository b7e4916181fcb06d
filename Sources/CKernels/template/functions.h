// Element-wise functions and their derivatives: one loop for each, without branches, so that it becomes
// vector code. Functions of floats are computed with floats if that is faster, otherwise in double precision
// and rounded.

#if REAL_IS_FLOAT
/// As exp_parts, for floats.
INLINE float expf_parts(float x, float *n) {
  FUSED
  float r;
  {
    AS_WRITTEN
    *n = (x * 1.44269504088896341f + 0x1.8p23f) - 0x1.8p23f;
    r = (x - *n * 0.693359375f) + *n * 2.12194440e-4f;
  }
  float q = 1.989099082e-04f;
  q = q * r + 1.393365000e-03f;
  q = q * r + 8.333310925e-03f;
  q = q * r + 4.166646493e-02f;
  q = q * r + 1.666666668e-01f;
  q = q * r + 5.000000013e-01f;
  return r * r * q + r;
}

INLINE float powf_of_two(float n) {
  const float shifted = n + 0x1.8p23f;
  uint32_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  bits = (bits + 127) << 23;
  float y;
  memcpy(&y, &bits, sizeof y);
  return y;
}

/// As log_parts, for floats.
INLINE float logf_parts(float x, float *k) {
  AS_WRITTEN
  const uint32_t root = 0x3f3504f3;
  const int is_small = x < 0x1p-126f;
  const float scaled = is_small ? x * 0x1p25f : x;
  uint32_t bits;
  memcpy(&bits, &scaled, sizeof bits);
  bits += 0x3f800000 - root;
  *k = (float)((int32_t)(bits >> 23) - (is_small ? 127 + 25 : 127));
  bits = (bits & 0x007fffff) + root;
  float m;
  memcpy(&m, &bits, sizeof m);
  return m - 1;
}

/// As log_remainder, for floats (FreeBSD's logf).
INLINE float logf_remainder(float s) {
  FUSED
  const float z = s * s, w = z * z;
  return z * (0xaaaaaa.0p-24f + w * 0x91e9ee.0p-25f) + w * (0xccce13.0p-25f + w * 0xf89e26.0p-26f);
}

INLINE float NAME(log_result)(float x, float y) {
  const float special = x == 0 ? -__builtin_inff() : __builtin_nanf("");
  y = x > 0 ? y : special;
  return x == __builtin_inff() ? x : y;
}

INLINE float NAME(log_one)(float x) {
  AS_WRITTEN
  float k;
  const float f = logf_parts(x, &k), half = 0.5f * f * f, s = f / (2 + f), remainder = logf_remainder(s);
  const float small = s * (half + remainder) + k * 9.0580006145e-06f - half;
  return NAME(log_result)(x, small + f + k * 6.9313812256e-01f);
}

INLINE float NAME(log1p_one)(float x) {
  AS_WRITTEN
  const float u = 1 + x;
  float k, f = logf_parts(u, &k);
  float lost = (k >= 2 ? 1 - (u - x) : x - (u - 1)) / u;
  lost = k < 25 ? lost : 0;
  const int is_small = x > -0.2928f && x < 0.4142f;
  f = is_small ? x : f;
  k = is_small ? 0 : k;
  lost = is_small ? 0 : lost;
  const float half = 0.5f * f * f, s = f / (2 + f), remainder = logf_remainder(s);
  const float y = s * (half + remainder) + (k * 9.0580006145e-06f + lost) - half + f + k * 6.9313812256e-01f;
  return ABS(x) < 0x1p-25f ? x : NAME(log_result)(u, y);
}

/// Above this magnitude, sine, cosine and tangent need more digits of π than the loops use.
#define ANGLE_LIMIT 1e8f
#define LIBRARY(name) JOIN(name, f)

/// x = quadrant · π/2 + r; in double precision, with room for the rounding of n · π/2.
INLINE uint64_t NAME(angle_parts)(float x_, double *r) {
  AS_WRITTEN
  const double x = x_, shifted = x * 6.36619772367581382433e-01 + 0x1.8p52, n = shifted - 0x1.8p52;
  *r = (x - n * 1.57079631090164184570e+00) - n * 1.58932547735281966916e-08;
  return bits_of(shifted);
}

/// sin and cos in |x| <= π/4 with the digits of a float (FreeBSD's msun).
INLINE double NAME(sin_part)(double x) {
  FUSED
  const double z = x * x;
  double r = 0x16cd878c3b46a7.0p-71;
  r = r * z - 0x1a00f9e2cae774.0p-65;
  r = r * z + 0x111110896efbb2.0p-59;
  r = r * z - 0x15555554cbac77.0p-55;
  return r * (z * x) + x;
}

INLINE double NAME(cos_part)(double x) {
  FUSED
  const double z = x * x;
  double r = 0x199342e0ee5069.0p-68;
  r = r * z - 0x16c087e80f1e27.0p-62;
  r = r * z + 0x155553e1053a42.0p-57;
  r = r * z - 0x1ffffffd0c5e81.0p-54;
  return r * z + 1;
}

INLINE float NAME(sin_one)(float x, uint64_t quarters) {
  double r;
  const uint64_t quadrant = NAME(angle_parts)(x, &r) + quarters;
  const double s = NAME(sin_part)(r), c = NAME(cos_part)(r), y = quadrant & 1 ? c : s;
  return (float)(quadrant & 2 ? -y : y);
}

INLINE float NAME(tan_one)(float x) {
  double r;
  const uint64_t quadrant = NAME(angle_parts)(x, &r);
  const double s = NAME(sin_part)(r), c = NAME(cos_part)(r);
  return (float)((quadrant & 1 ? -c : s) / (quadrant & 1 ? s : c));
}

/// (erf(x) - x) / x over x² for |x| < 0.84375.
INLINE float NAME(erf_polynomial)(float z) {
  FUSED
  float p = -6.353060560e-04f;
  p = p * z + 5.057443327e-03f;
  p = p * z - 2.680625130e-02f;
  p = p * z + 1.128280522e-01f;
  p = p * z - 3.761257910e-01f;
  return p * z + 1.283791612e-01f;
}

/// exp(t²) erfc(t) (1 + 2t) over (t - 4) / (t + 4) for t >= 0.5.
INLINE float NAME(erfc_polynomial)(float u) {
  FUSED
  float p = 5.345849728e-03f;
  p = p * u - 1.646000531e-02f;
  p = p * u + 3.701367525e-02f;
  p = p * u - 6.630165665e-02f;
  p = p * u + 9.375424689e-02f;
  p = p * u - 1.010400238e-01f;
  p = p * u + 6.809610079e-02f;
  p = p * u + 1.537964923e-02f;
  p = p * u - 1.396211097e-01f;
  return p * u + 1.232995119e+00f;
}

#define ERFC_END 10.2f
INLINE float NAME(without_low_bits)(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  bits &= 0xfffff000;
  memcpy(&x, &bits, sizeof x);
  return x;
}

#define EXP_PARTS expf_parts
#define POWER_OF_TWO powf_of_two
#define EPSILON 0x1p-25f
#define EXPM1_LOW -20
#define EXPM1_HIGH 89.6f
#define LARGE 0x1p13f
#define INFINITE __builtin_inff()
#define IN_DOUBLE(f, ...) ((float)f(__VA_ARGS__))
#else
INLINE double NAME(log_one)(double x) { return double_log(x); }
INLINE double NAME(log1p_one)(double x) { return double_log1p(x); }
#define ANGLE_LIMIT DOUBLE_ANGLE_LIMIT
#define LIBRARY(name) name
INLINE double NAME(sin_one)(double x, uint64_t quarters) { return double_sin(x, quarters); }
INLINE double NAME(tan_one)(double x) { return double_tan(x); }

INLINE double NAME(erf_polynomial)(double z) {
  FUSED
  double p = 1.07265714321763478e-08;
  p = p * z - 1.57144606726024413e-07;
  p = p * z + 1.64016296793470192e-06;
  p = p * z - 1.49221215744430553e-05;
  p = p * z + 1.20551999413218855e-04;
  p = p * z - 8.54832379116412990e-04;
  p = p * z + 5.22397757637784420e-03;
  p = p * z - 2.68661706407798510e-02;
  p = p * z + 1.12837916709353114e-01;
  p = p * z - 3.76126389031833985e-01;
  return p * z + 1.28379167095512559e-01;
}

INLINE double NAME(erfc_polynomial)(double u) {
  FUSED
  double p = -9.05638040232020257e-09;
  p = p * u + 7.41532349111842490e-08;
  p = p * u + 5.83574701867221617e-08;
  p = p * u - 7.81830123073604069e-07;
  p = p * u + 3.09609891511124991e-07;
  p = p * u + 5.67914174507729059e-06;
  p = p * u - 1.12311671527413177e-05;
  p = p * u - 2.43858588035093704e-05;
  p = p * u + 1.50624975772549946e-04;
  p = p * u - 1.99260407566071834e-04;
  p = p * u - 7.57774038120672538e-04;
  p = p * u + 5.03197062858068856e-03;
  p = p * u - 1.61977339534073381e-02;
  p = p * u + 3.71675154686681372e-02;
  p = p * u - 6.63303658205841862e-02;
  p = p * u + 9.37328350023648033e-02;
  p = p * u - 1.01039066035964409e-01;
  p = p * u + 6.80970542545848989e-02;
  p = p * u + 1.53796521026144106e-02;
  p = p * u - 1.39621116840561665e-01;
  return p * u + 1.23299511862555256e+00;
}

#define ERFC_END 27.5
INLINE double NAME(without_low_bits)(double x) { return from_bits(bits_of(x) & 0xfffffffff8000000); }

#define EXP_PARTS exp_parts
#define POWER_OF_TWO power_of_two
#define EPSILON 0x1p-54
#define EXPM1_LOW -40
#define EXPM1_HIGH 710.5
#define LARGE 0x1p27
#define INFINITE __builtin_inf()
#define IN_DOUBLE(f, ...) f(__VA_ARGS__)
#endif

/// Stores e^x / 4 in `quarter` and returns (e^x - 1) / 4, which is small for small x. Both are divided by 4
/// because e^x overflows before sinh(x) does.
INLINE REAL NAME(quarter_expm1)(REAL x, REAL *quarter) {
  AS_WRITTEN
  x = x > EXPM1_HIGH ? EXPM1_HIGH : x;
  x = x < EXPM1_LOW ? EXPM1_LOW : x;
  REAL n;
  const REAL p = EXP_PARTS(x, &n), scale = POWER_OF_TWO(n - 2);
  *quarter = scale + scale * p;
  return scale * p + (scale - (REAL)0.25);
}

INLINE REAL NAME(expm1_one)(REAL x) {
  REAL quarter;
  const REAL y = 4 * NAME(quarter_expm1)(x, &quarter);
  return ABS(x) < EPSILON ? x : y;
}

INLINE REAL NAME(sinh_one)(REAL x) {
  AS_WRITTEN
  REAL quarter;
  const REAL t = NAME(quarter_expm1)(ABS(x), &quarter);
  const REAL y = 2 * t + t / (2 * t + (REAL)0.5);
  return ABS(x) < EPSILON ? x : SIGNED_AS(y, x);
}

INLINE REAL NAME(cosh_one)(REAL x) {
  AS_WRITTEN
  REAL quarter;
  NAME(quarter_expm1)(ABS(x), &quarter);
  return 2 * quarter + (REAL)0.125 / quarter;
}

/// tanh(x) = t / (t + 2) with t = e^2x - 1.
INLINE REAL NAME(tanh_one)(REAL x) {
  AS_WRITTEN
  REAL quarter, a = ABS(x);
  a = a > 30 ? 30 : a;
  const REAL t = NAME(quarter_expm1)(2 * a, &quarter), y = t / (t + (REAL)0.5);
  return ABS(x) < EPSILON ? x : SIGNED_AS(y, x);
}

/// 1 / (1 + e^-x) without overflow.
INLINE REAL NAME(sigmoid_one)(REAL x) {
  AS_WRITTEN
  const REAL e = NAME(exp_one)(-ABS(x));
  return (x < 0 ? e : 1) / (1 + e);
}

INLINE REAL NAME(softplus_one)(REAL x) {
  AS_WRITTEN
  return (x > 0 ? x : x < 0 ? 0 : x) + NAME(log1p_one)(NAME(exp_one)(-ABS(x)));
}

INLINE REAL NAME(asinh_one)(REAL x) {
  AS_WRITTEN
  const REAL a = ABS(x), square = a * a;
  const int is_large = a > LARGE;
  const REAL small = NAME(log1p_one)(a + square / (1 + SQRT(1 + square)));
  const REAL large = NAME(log_one)(a) + (REAL)6.93147180559945286227e-01;
  return a < EPSILON ? x : SIGNED_AS(is_large ? large : small, x);
}

INLINE REAL NAME(acosh_one)(REAL x) {
  AS_WRITTEN
  const REAL t = x - 1, small = NAME(log1p_one)(t + SQRT(2 * t + t * t));
  const REAL large = NAME(log_one)(x) + (REAL)6.93147180559945286227e-01;
  const REAL y = x > LARGE ? large : small;
  return x < 1 ? (REAL)__builtin_nan("") : y;
}

INLINE REAL NAME(atanh_one)(REAL x) {
  AS_WRITTEN
  const REAL a = ABS(x), t = 2 * a;
  const REAL argument = a < (REAL)0.5 ? t + t * a / (1 - a) : t / (1 - a);
  return a < EPSILON ? x : SIGNED_AS((REAL)0.5 * NAME(log1p_one)(argument), x);
}

/// erfc(t) for t >= 0.5.
INLINE REAL NAME(erfc_tail)(REAL t) {
  AS_WRITTEN
  t = t > ERFC_END ? ERFC_END : t;
  // t² = high + low, so that e^-t² has the digits of t.
  const REAL rounded = NAME(without_low_bits)(t), low = (t - rounded) * (t + rounded);
  const REAL correction = 1 - low * (1 - low * ((REAL)0.5 - low * (REAL)0.166666666666666666667));
  // One division for 1 / (t + 4) and 1 / (1 + 2t).
  const REAL first = t + 4, second = 1 + 2 * t, inverse = 1 / (first * second);
  const REAL factor = NAME(erfc_polynomial)((t - 4) * (second * inverse)) * (first * inverse);
  return NAME(exp_one)(-rounded * rounded) * (factor * correction);
}

INLINE REAL NAME(erf_one)(REAL x) {
  AS_WRITTEN
  const REAL a = ABS(x);
  const REAL small = x + x * NAME(erf_polynomial)(x * x);
  const REAL large = SIGNED_AS(1 - NAME(erfc_tail)(a), x);
  return a < (REAL)0.84375 ? small : large;
}

/// The distribution function of the normal distribution: erfc(-x / √2) / 2.
INLINE REAL NAME(normal_one)(REAL x) {
  AS_WRITTEN
  const REAL t = ABS(x) * (REAL)0.707106781186547524400844362104849039;
  const REAL small = (REAL)0.5 * (t + t * NAME(erf_polynomial)(t * t));
  const REAL below = t < (REAL)0.6 ? (REAL)0.5 - small : (REAL)0.5 * NAME(erfc_tail)(t);
  return x < 0 ? below : 1 - below;
}

/// The density of the normal distribution.
INLINE REAL NAME(density_one)(REAL x) {
  return (REAL)0.398942280401432677939946059934381868 * NAME(exp_one)((REAL)-0.5 * x * x);
}

/// The sigmoid function of 2 √(2/π) (x + 0.044715 x³), by which GELU's approximation multiplies x.
INLINE REAL NAME(gelu_gate)(REAL x) {
  return NAME(sigmoid_one)((REAL)1.59576912160573071176 * (x + (REAL)0.044715 * x * x * x));
}

/// The function of one element by the C library, for arguments beyond the limit of the loops.
static REAL NAME(large_angle)(int64_t function, REAL x) {
  return function == OC_SIN ? LIBRARY(sin)(x) : function == OC_COS ? LIBRARY(cos)(x) : LIBRARY(tan)(x);
}

INLINE int NAME(has_large_angle)(const REAL *x, int64_t count) {
  int found = 0;
  for (int64_t i = 0; i < count; i++) found |= ABS(x[i]) > ANGLE_LIMIT;
  return found;
}

#define EACH_ELEMENT(function, expression)                       \
  case function:                                                 \
    for (int64_t i = 0; i < count; i++) {                        \
      const REAL v = x[i];                                       \
      y[i] = (expression);                                       \
    }                                                            \
    break;

static void NAME(apply)(int32_t function, const void *x_, void *y_, int64_t count, double a_, double b_) {
  const REAL *restrict x = x_;
  REAL *restrict y = y_;
  const REAL a = (REAL)a_, b = (REAL)b_;
  switch (function) {
    EACH_ELEMENT(OC_NEGATE, -v)
    EACH_ELEMENT(OC_ADD_SCALAR, v + a)
    EACH_ELEMENT(OC_MULTIPLY_SCALAR, v * a)
    EACH_ELEMENT(OC_SUBTRACT_FROM_SCALAR, a - v)
    EACH_ELEMENT(OC_DIVIDE_BY_SCALAR, v / a)
    EACH_ELEMENT(OC_DIVIDE_SCALAR, a / v)
    EACH_ELEMENT(OC_EXP, NAME(exp_one)(v))
    EACH_ELEMENT(OC_EXPM1, NAME(expm1_one)(v))
    EACH_ELEMENT(OC_LOG, NAME(log_one)(v))
    EACH_ELEMENT(OC_LOG1P, NAME(log1p_one)(v))
    EACH_ELEMENT(OC_LOG2, IN_DOUBLE(double_log2, v))
    EACH_ELEMENT(OC_LOG10, IN_DOUBLE(double_log10, v))
    EACH_ELEMENT(OC_SQRT, SQRT(v))
    EACH_ELEMENT(OC_RECIPROCAL_SQRT, 1 / SQRT(v))
    EACH_ELEMENT(OC_RECIPROCAL, 1 / v)
    EACH_ELEMENT(OC_SQUARE, v * v)
    EACH_ELEMENT(OC_CUBE, v * v * v)
    EACH_ELEMENT(OC_ABS, ABS(v))
    EACH_ELEMENT(OC_SIGN, v > 0 ? 1 : v < 0 ? -1 : v != v ? v : 0)
    EACH_ELEMENT(OC_FLOOR, __builtin_elementwise_floor(v))
    EACH_ELEMENT(OC_CEILING, __builtin_elementwise_ceil(v))
    EACH_ELEMENT(OC_ROUND, __builtin_elementwise_rint(v))
    EACH_ELEMENT(OC_TRUNCATE, __builtin_elementwise_trunc(v))
    EACH_ELEMENT(OC_ASIN, IN_DOUBLE(double_asin, v))
    EACH_ELEMENT(OC_ACOS, IN_DOUBLE(double_acos, v))
    EACH_ELEMENT(OC_ATAN, IN_DOUBLE(double_atan, v))
    EACH_ELEMENT(OC_SINH, NAME(sinh_one)(v))
    EACH_ELEMENT(OC_COSH, NAME(cosh_one)(v))
    EACH_ELEMENT(OC_TANH, NAME(tanh_one)(v))
    EACH_ELEMENT(OC_ASINH, NAME(asinh_one)(v))
    EACH_ELEMENT(OC_ACOSH, NAME(acosh_one)(v))
    EACH_ELEMENT(OC_ATANH, NAME(atanh_one)(v))
    EACH_ELEMENT(OC_ERF, NAME(erf_one)(v))
    EACH_ELEMENT(OC_SIGMOID, NAME(sigmoid_one)(v))
    EACH_ELEMENT(OC_SOFTPLUS, NAME(softplus_one)(v))
    EACH_ELEMENT(OC_GELU, v * NAME(normal_one)(v))
    EACH_ELEMENT(OC_GELU_TANH, v * NAME(gelu_gate)(v))
    EACH_ELEMENT(OC_SILU, v * NAME(sigmoid_one)(v))
    EACH_ELEMENT(OC_RELU, v < 0 ? 0 : v)
    EACH_ELEMENT(OC_LEAKY_RELU, v > 0 ? v : a * v)
    EACH_ELEMENT(OC_ELU, v > 0 ? v : a * NAME(expm1_one)(v))
    EACH_ELEMENT(OC_FINITE_OR_ZERO, ABS(v) == INFINITE ? 0 : v)
    EACH_ELEMENT(OC_CLAMP, v < a ? a : v > b ? b : v)
    case OC_SIN:
    case OC_COS:
    case OC_TAN:
      for (int64_t start = 0; start < count; start += 1024) {
        const REAL *restrict from = x + start;
        REAL *restrict to = y + start;
        const int64_t size = count - start < 1024 ? count - start : 1024;
        if (NAME(has_large_angle)(from, size))
          for (int64_t i = 0; i < size; i++) to[i] = NAME(large_angle)(function, from[i]);
        else if (function == OC_TAN)
          for (int64_t i = 0; i < size; i++) to[i] = NAME(tan_one)(from[i]);
        else if (function == OC_COS)
          for (int64_t i = 0; i < size; i++) to[i] = NAME(sin_one)(from[i], 1);
        else
          for (int64_t i = 0; i < size; i++) to[i] = NAME(sin_one)(from[i], 0);
      }
      break;
  }
}

#define EACH_DERIVATIVE(function, expression)                    \
  case function:                                                 \
    for (int64_t i = 0; i < count; i++) {                        \
      const REAL v = saved[i], dy = gradient[i];                 \
      dx[i] = (expression);                                      \
    }                                                            \
    break;

INLINE REAL NAME(gelu_slope)(REAL v) { return NAME(normal_one)(v) + v * NAME(density_one)(v); }
INLINE REAL NAME(gelu_tanh_slope)(REAL v) {
  const REAL s = NAME(gelu_gate)(v);
  return s + v * s * (1 - s) * ((REAL)1.59576912160573071176 * (1 + (REAL)0.134145 * v * v));
}
INLINE REAL NAME(silu_slope)(REAL v) {
  const REAL s = NAME(sigmoid_one)(v);
  return s * (1 + v * (1 - s));
}

static void NAME(apply_gradient)(int32_t function, const void *saved_, const void *gradient_, void *dx_,
                                 int64_t count, double a_, double b_) {
  const REAL *restrict saved = saved_, *restrict gradient = gradient_;
  REAL *restrict dx = dx_;
  const REAL a = (REAL)a_, b = (REAL)b_;
  switch (function) {
    EACH_DERIVATIVE(OC_EXP, dy * v)
    EACH_DERIVATIVE(OC_EXPM1, dy * (v + 1))
    EACH_DERIVATIVE(OC_LOG, dy / v)
    EACH_DERIVATIVE(OC_LOG1P, dy / (1 + v))
    EACH_DERIVATIVE(OC_LOG2, dy / (v * (REAL)6.93147180559945286227e-01))
    EACH_DERIVATIVE(OC_LOG10, dy / (v * (REAL)2.30258509299404590109e+00))
    EACH_DERIVATIVE(OC_SQRT, dy / (2 * v))
    EACH_DERIVATIVE(OC_RECIPROCAL_SQRT, (REAL)-0.5 * dy * (v * v * v))
    EACH_DERIVATIVE(OC_RECIPROCAL, -dy * (v * v))
    EACH_DERIVATIVE(OC_SQUARE, dy * (2 * v))
    EACH_DERIVATIVE(OC_CUBE, dy * (3 * v * v))
    EACH_DERIVATIVE(OC_ABS, v > 0 ? dy : v < 0 ? -dy : 0)
    EACH_DERIVATIVE(OC_ASIN, dy / SQRT((1 - v) * (1 + v)))
    EACH_DERIVATIVE(OC_ACOS, -dy / SQRT((1 - v) * (1 + v)))
    EACH_DERIVATIVE(OC_ATAN, dy / (1 + v * v))
    EACH_DERIVATIVE(OC_SINH, dy * NAME(cosh_one)(v))
    EACH_DERIVATIVE(OC_COSH, dy * NAME(sinh_one)(v))
    EACH_DERIVATIVE(OC_TANH, dy * (1 - v * v))
    EACH_DERIVATIVE(OC_ASINH, dy / SQRT(1 + v * v))
    EACH_DERIVATIVE(OC_ACOSH, dy / SQRT((v - 1) * (v + 1)))
    EACH_DERIVATIVE(OC_ATANH, dy / ((1 - v) * (1 + v)))
    EACH_DERIVATIVE(OC_ERF, dy * ((REAL)1.12837916709551257390 * NAME(exp_one)(-v * v)))
    EACH_DERIVATIVE(OC_SIGMOID, dy * v * (1 - v))
    EACH_DERIVATIVE(OC_SOFTPLUS, dy * NAME(sigmoid_one)(v))
    EACH_DERIVATIVE(OC_GELU, dy * NAME(gelu_slope)(v))
    EACH_DERIVATIVE(OC_GELU_TANH, dy * NAME(gelu_tanh_slope)(v))
    EACH_DERIVATIVE(OC_SILU, dy * NAME(silu_slope)(v))
    EACH_DERIVATIVE(OC_RELU, v > 0 ? dy : 0)
    EACH_DERIVATIVE(OC_LEAKY_RELU, v > 0 ? dy : a * dy)
    EACH_DERIVATIVE(OC_ELU, v > 0 ? dy : dy * (a * NAME(exp_one)(v)))
    EACH_DERIVATIVE(OC_CLAMP, v < a || v > b ? 0 : dy)
    EACH_DERIVATIVE(OC_DIVIDE_SCALAR, -dy * (a / v) / v)
    EACH_DERIVATIVE(OC_TAN, dy * (1 + v * v))
  }
}

#define EACH_PAIR(function, expression)                          \
  case function:                                                 \
    if (step_a && step_b)                                        \
      for (int64_t i = 0; i < count; i++) {                      \
        const REAL a = x[i], b = z[i];                           \
        y[i] = (expression);                                     \
      }                                                          \
    else if (step_a)                                             \
      for (int64_t i = 0; i < count; i++) {                      \
        const REAL a = x[i], b = second;                         \
        y[i] = (expression);                                     \
      }                                                          \
    else                                                         \
      for (int64_t i = 0; i < count; i++) {                      \
        const REAL a = first, b = step_b ? z[i] : second;        \
        y[i] = (expression);                                     \
      }                                                          \
    break;

/// The remainder with the sign of the divisor, exact.
INLINE REAL NAME(remainder_one)(REAL a, REAL b) {
  const REAL r = LIBRARY(fmod)(a, b);
  return r != 0 && (r < 0) != (b < 0) ? r + b : r == 0 ? SIGNED_AS(r, b) : r;
}

#if REAL_IS_FLOAT
/// The remainder for quotients below 2^28. It is exact, because the product of quotient and divisor has at
/// most 52 bits.
INLINE float remainder_of_small_quotient(float a_, float b_) {
  AS_WRITTEN
  const double a = a_, b = b_;
  const double r = a - __builtin_elementwise_floor(a / b) * b;
  // Rounding of the quotient may have passed a whole number.
  const double lower = r != 0 && (r < 0) != (b < 0) ? r + b : r;
  const double exact = ABS(lower) >= ABS(b) ? lower - b : lower;
  return SIGNED_AS((float)exact, b_);
}

/// Whether all quotients are small and finite, and no divisor is 0.
INLINE int has_small_quotients(const float *a, const float *b, int64_t count, int64_t step_a, int64_t step_b) {
  int large = 0;
  for (int64_t i = 0; i < count; i++) {
    const float q = ABS(a[step_a ? i : 0] / b[step_b ? i : 0]);
    large |= !(q < 0x1p28f) | !(ABS(b[step_b ? i : 0]) < INFINITE);
  }
  return !large;
}

INLINE float NAME(power_one)(float x, float y) { return (float)power_for_float(x, y); }
#else
INLINE double NAME(power_one)(double x, double y) { return pow(x, y); }
#endif

INLINE void NAME(combine_row)(int32_t function, const REAL *restrict x, const REAL *restrict z, REAL *restrict y,
                              int64_t count, int64_t step_a, int64_t step_b) {
  const REAL first = x[0], second = z[0];
#if REAL_IS_FLOAT
  if (function == OC_REMAINDER && has_small_quotients(x, z, count, step_a, step_b)) {
    for (int64_t i = 0; i < count; i++)
      y[i] = remainder_of_small_quotient(step_a ? x[i] : first, step_b ? z[i] : second);
    return;
  }
#endif
  switch (function) {
    EACH_PAIR(OC_ADD, a + b)
    EACH_PAIR(OC_SUBTRACT, a - b)
    EACH_PAIR(OC_MULTIPLY, a * b)
    EACH_PAIR(OC_DIVIDE, a / b)
    EACH_PAIR(OC_MINIMUM, a <= b || a != a ? a : b)
    EACH_PAIR(OC_MAXIMUM, a >= b || a != a ? a : b)
    EACH_PAIR(OC_FIRST_SHARE, a > b ? 1 : a == b ? (REAL)0.5 : a < b ? 0 : (REAL)0.5)
    EACH_PAIR(OC_IS_EQUAL, a == b || (a != a && b != b) ? 1 : 0)
    EACH_PAIR(OC_POWER, NAME(power_one)(a, b))
    EACH_PAIR(OC_ATAN2, IN_DOUBLE(double_atan2, a, b))
    EACH_PAIR(OC_REMAINDER, NAME(remainder_one)(a, b))
    EACH_PAIR(OC_FLOOR_DIVIDE, __builtin_elementwise_floor(a / b))
    EACH_PAIR(OC_KEEP, b == 0 ? 0 : a)
    EACH_PAIR(OC_QUOTIENT_OR_ZERO, b == 0 ? 0 : a / b)
    EACH_PAIR(OC_LOG_OF_BASE, a == 0 && b >= 0 ? 0 : NAME(log_one)(a))
  }
}

static void NAME(combine)(int32_t function, const void *a_, const void *b_, void *y_, int64_t rows, int64_t count,
                          int64_t row_a, int64_t row_b, int64_t step_a, int64_t step_b) {
  const REAL *a = a_, *b = b_;
  REAL *y = y_;
  if (count == 0) return;
  for (int64_t r = 0; r < rows; r++)
    NAME(combine_row)(function, a + r * row_a, b + r * row_b, y + r * count, count, step_a, step_b);
}

#undef EACH_ELEMENT
#undef EACH_DERIVATIVE
#undef EACH_PAIR
#undef ANGLE_LIMIT
#undef LIBRARY
#undef ERFC_END
#undef EXP_PARTS
#undef POWER_OF_TWO
#undef EPSILON
#undef EXPM1_LOW
#undef EXPM1_HIGH
#undef LARGE
#undef INFINITE
#undef IN_DOUBLE
