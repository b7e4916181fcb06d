// Elementary functions in double precision without branches, so that loops over them become vector code.
// Their errors are stated in units in the last place (ulp), measured over their whole range against values of
// mpmath. Constants named after fdlibm are those of FreeBSD's msun library (Sun Microsystems, 1993).

#define ABS(x) __builtin_elementwise_abs(x)
#define SQRT(x) __builtin_elementwise_sqrt(x)
#define SIGNED_AS(x, sign) __builtin_elementwise_copysign(x, sign)
// Sums and products are computed as written, because their rounding errors are used.
#define AS_WRITTEN _Pragma("clang fp reassociate(off) contract(off)")
// A polynomial, whose steps may be fused.
#define FUSED _Pragma("clang fp reassociate(off) contract(fast)")

INLINE uint64_t bits_of(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

INLINE double from_bits(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/// 2^n for a whole number n in -1022 ... 1023. For other numbers the result is undefined.
INLINE double power_of_two(double n) { return from_bits((bits_of(n + 0x1.8p52) + 1023) << 52); }

/// The nearest whole number, for magnitudes below 2^51.
INLINE double nearest(double x) {
  AS_WRITTEN
  return (x + 0x1.8p52) - 0x1.8p52;
}

/// e^x = 2^n (1 + p) with |p| < 0.42. Returns p.
INLINE double exp_parts(double x, double *n) {
  FUSED
  *n = nearest(x * 1.44269504088896338700);
  double r;
  {
    AS_WRITTEN
    r = (x - *n * 6.93147180369123816490e-01) - *n * 1.90821492927058770002e-10;
  }
  double q = 2.09146869680868758e-09;
  q = q * r + 2.51052170047207447e-08;
  q = q * r + 2.75572736431102974e-07;
  q = q * r + 2.75572554002064223e-06;
  q = q * r + 2.48015873255477427e-05;
  q = q * r + 1.98412698748206266e-04;
  q = q * r + 1.38888888888837481e-03;
  q = q * r + 8.33333333332613585e-03;
  q = q * r + 4.16666666666666713e-02;
  q = q * r + 1.66666666666666713e-01;
  q = q * r + 0.5;
  return r * r * q + r;
}

/// exp(x) within 1 ulp, subnormal results included. NaN stays NaN.
INLINE double double_exp(double x) {
  AS_WRITTEN
  x = x > 710 ? 710 : x;
  x = x < -746 ? -746 : x;
  double n;
  const double p = exp_parts(x, &n);
  // Two steps, because 2^n alone may overflow or be subnormal.
  const double half = nearest(n * 0.5);
  return (1 + p) * power_of_two(half) * power_of_two(n - half);
}

/// x = 2^k (1 + f) with 1 + f in √½ ..< √2, for positive finite x. Returns f.
INLINE double log_parts(double x, double *k) {
  AS_WRITTEN
  const uint64_t root = 0x3fe6a09e667f3bcd;  // √½
  const int is_small = x < 0x1p-1022;
  const uint64_t bits = bits_of(is_small ? x * 0x1p54 : x) + (0x3ff0000000000000 - root);
  // The exponent as a number: the low bits of 2^52 + n hold n.
  const double exponent = from_bits((bits >> 52) | 0x4330000000000000) - 0x1p52;
  *k = exponent - (is_small ? 1023 + 54 : 1023);
  return from_bits((bits & 0x000fffffffffffff) + root) - 1;
}

/// log(1 + f) - f + f²/2 over s = f / (2 + f) (fdlibm): log(1 + f) = f - (f²/2 - s (f²/2 + R)).
INLINE double log_remainder(double s) {
  FUSED
  const double z = s * s, w = z * z;
  const double odd =
      w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
  const double even =
      z * (6.666666666666735130e-01 +
           w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
  return even + odd;
}

/// `y` = log(x), corrected for zero (-inf), negative numbers (NaN), +inf and NaN.
INLINE double log_result(double x, double y) {
  const double special = x == 0 ? -__builtin_inf() : __builtin_nan("");
  y = x > 0 ? y : special;
  return x == __builtin_inf() ? x : y;
}

/// The natural logarithm within 1 ulp.
INLINE double double_log(double x) {
  AS_WRITTEN
  double k;
  const double f = log_parts(x, &k);
  const double half = 0.5 * f * f, s = f / (2 + f), remainder = log_remainder(s);
  const double small = s * (half + remainder) + k * 1.90821492927058770002e-10 - half;
  const double y = small + f + k * 6.93147180369123816490e-01;
  return log_result(x, y);
}

/// log(1 + f) = high + low, with 21 bits in `high`.
INLINE double log_high(double f, double *low) {
  AS_WRITTEN
  const double half = 0.5 * f * f, s = f / (2 + f), remainder = log_remainder(s);
  const double high = from_bits(bits_of(f - half) & 0xffffffff00000000);
  *low = f - high - half + s * (half + remainder);
  return high;
}

/// The logarithm to base 2 within 1 ulp; exact for powers of two.
INLINE double double_log2(double x) {
  AS_WRITTEN
  double k, low;
  const double high = log_high(log_parts(x, &k), &low);
  const double main = high * 1.44269504072144627571e+00;
  const double rest = (low + high) * 1.67517131648865118353e-10 + low * 1.44269504072144627571e+00;
  const double sum = k + main;
  return log_result(x, rest + ((k - sum) + main) + sum);
}

/// The logarithm to base 10 within 1 ulp.
INLINE double double_log10(double x) {
  AS_WRITTEN
  double k, low;
  const double high = log_high(log_parts(x, &k), &low);
  const double main = high * 4.34294481878168880939e-01, whole = k * 3.01029995663611771306e-01;
  const double rest = k * 3.69423907715893078616e-13 + (low + high) * 2.50829467116452752298e-11 +
                      low * 4.34294481878168880939e-01;
  const double sum = whole + main;
  return log_result(x, rest + ((whole - sum) + main) + sum);
}

/// log(1 + x) within 1 ulp, also for x near 0 (fdlibm).
INLINE double double_log1p(double x) {
  AS_WRITTEN
  const double u = 1 + x;
  double k;
  double f = log_parts(u, &k);
  // The rounding error of u, relative to u.
  double lost = (k >= 2 ? 1 - (u - x) : x - (u - 1)) / u;
  lost = k < 54 ? lost : 0;
  const int is_small = x > -0.2928 && x < 0.4142;
  f = is_small ? x : f;
  k = is_small ? 0 : k;
  lost = is_small ? 0 : lost;
  const double half = 0.5 * f * f, s = f / (2 + f), remainder = log_remainder(s);
  const double small = s * (half + remainder) + (k * 1.90821492927058770002e-10 + lost) - half;
  const double y = small + f + k * 6.93147180369123816490e-01;
  return ABS(x) < 0x1p-54 ? x : log_result(u, y);
}

/// Above this magnitude, sine, cosine and tangent need more digits of π than the loops use.
#define DOUBLE_ANGLE_LIMIT 500000.0

/// x = quadrant · π/2 + high + low, |high| <= π/4, for |x| up to DOUBLE_ANGLE_LIMIT. Bits 0 and 1 of the
/// result are those of the quadrant.
INLINE uint64_t angle_parts(double x, double *high, double *low) {
  AS_WRITTEN
  const double shifted = x * 6.36619772367581382433e-01 + 0x1.8p52, n = shifted - 0x1.8p52;
  // Three parts of 33 bits, whose products with n are exact, and the rest.
  const double first = x - n * 1.57079632673412561417e+00, second = n * 6.07710050630396597660e-11;
  const double r = first - second, lost = (first - r) - second;
  const double rest = (n * 2.02226624871116645580e-21 - lost) + n * 8.47842766036889956997e-32;
  *high = r - rest;
  *low = (r - *high) - rest;
  return bits_of(shifted);
}

/// sin(high + low) and cos(high + low) for |high| <= π/4 (fdlibm).
INLINE double sin_part(double x, double low) {
  FUSED
  const double z = x * x, v = z * x;
  double r = 1.58969099521155010221e-10;
  r = r * z - 2.50507602534068634195e-08;
  r = r * z + 2.75573137070700676789e-06;
  r = r * z - 1.98412698298579493134e-04;
  r = r * z + 8.33333333332248946124e-03;
  return x - ((z * (0.5 * low - v * r) - low) - v * -1.66666666666666324348e-01);
}

INLINE double cos_part(double x, double low) {
  FUSED
  const double z = x * x;
  double r = -1.13596475577881948265e-11;
  r = r * z + 2.08757232129817482790e-09;
  r = r * z - 2.75573143513906633035e-07;
  r = r * z + 2.48015872894767294178e-05;
  r = r * z - 1.38888888888741095749e-03;
  r = r * z + 4.16666666666666019037e-02;
  r = r * z;
  {
    AS_WRITTEN
    const double half = 0.5 * z, w = 1 - half;
    return w + (((1 - w) - half) + (z * r - x * low));
  }
}

/// sin(x + quarters · π/2) within 1 ulp.
INLINE double double_sin(double x, uint64_t quarters) {
  double high, low;
  const uint64_t quadrant = angle_parts(x, &high, &low) + quarters;
  const double s = sin_part(high, low), c = cos_part(high, low);
  const double y = quadrant & 1 ? c : s;
  return quadrant & 2 ? -y : y;
}

/// tan(x) within 2.5 ulp.
INLINE double double_tan(double x) {
  double high, low;
  const uint64_t quadrant = angle_parts(x, &high, &low);
  const double s = sin_part(high, low), c = cos_part(high, low);
  return (quadrant & 1 ? -c : s) / (quadrant & 1 ? s : c);
}

/// (asin(√z) - √z) / √z for z in 0 ... 1/4 (fdlibm).
INLINE double asin_remainder(double z) {
  FUSED
  double p = 3.47933107596021167570e-05, q = 7.70381505559019352791e-02;
  p = p * z + 7.91534994289814532176e-04;
  p = p * z - 4.00555345006794114027e-02;
  p = p * z + 2.01212532134862925881e-01;
  p = p * z - 3.25565818622400915405e-01;
  p = p * z + 1.66666666666666657415e-01;
  q = q * z - 6.88283971605453293030e-01;
  q = q * z + 2.02094576023350569471e+00;
  q = q * z - 2.40339491173441421878e+00;
  q = q * z + 1;
  return z * p / q;
}

#define HALF_PI_HIGH 1.57079632679489655800e+00
#define HALF_PI_LOW 6.12323399573676603587e-17

/// asin(x) within 1 ulp.
INLINE double double_asin(double x) {
  AS_WRITTEN
  const double a = ABS(x);
  const int is_small = a < 0.5;
  const double z = is_small ? x * x : (1 - a) * 0.5;
  const double r = asin_remainder(z), s = SQRT(z);
  const double high = from_bits(bits_of(s) & 0xffffffff00000000), low = (z - high * high) / (s + high);
  const double main = 0.5 * HALF_PI_HIGH;
  const double rest = main - (2 * s * r - (HALF_PI_LOW - 2 * (s == 0 ? 0 : low)) - (main - 2 * high));
  return is_small ? x + x * r : SIGNED_AS(rest, x);
}

/// acos(x) within 1 ulp.
INLINE double double_acos(double x) {
  AS_WRITTEN
  const double a = ABS(x);
  const int is_small = a < 0.5;
  const double z = is_small ? x * x : (1 - a) * 0.5;
  const double r = asin_remainder(z), s = SQRT(z);
  const double high = from_bits(bits_of(s) & 0xffffffff00000000);
  const double low = s == 0 ? 0 : (z - high * high) / (s + high);
  const double middle = HALF_PI_HIGH - (x - (HALF_PI_LOW - x * r));
  const double near_one = 2 * (high + (r * s + low));
  const double near_minus_one = 2 * (HALF_PI_HIGH - (s + (r * s - HALF_PI_LOW)));
  return is_small ? middle : x < 0 ? near_minus_one : near_one;
}

/// atan(numerator / denominator) for a numerator >= 0 and a denominator > 0, either infinite (fdlibm, with
/// one division for both quotients).
INLINE double atan_of_quotient(double n, double d) {
  AS_WRITTEN
  // tan of the four points that lie between the ranges.
  const int above0 = n >= 0.4375 * d, above1 = n >= 0.6875 * d;
  const int above2 = n >= 1.1875 * d, above3 = n >= 2.4375 * d;
  double top = n, bottom = d, high = 0, low = 0;
  top = above0 ? 2 * n - d : top, bottom = above0 ? 2 * d + n : bottom;
  high = above0 ? 4.63647609000806093515e-01 : high, low = above0 ? 2.26987774529616870924e-17 : low;
  top = above1 ? n - d : top, bottom = above1 ? n + d : bottom;
  high = above1 ? 7.85398163397448278999e-01 : high, low = above1 ? 3.06161699786838301793e-17 : low;
  top = above2 ? n - 1.5 * d : top, bottom = above2 ? d + 1.5 * n : bottom;
  high = above2 ? 9.82793723247329054082e-01 : high, low = above2 ? 1.39033110312309984516e-17 : low;
  top = above3 ? -d : top, bottom = above3 ? n : bottom;
  high = above3 ? HALF_PI_HIGH : high, low = above3 ? HALF_PI_LOW : low;
  const double t = top / bottom, z = t * t, w = z * z;
  double even, odd;
  {
    FUSED
    even = 1.62858201153657823623e-02;
    even = even * w + 4.97687799461593236017e-02;
    even = even * w + 6.66107313738753120669e-02;
    even = even * w + 9.09088713343650656196e-02;
    even = even * w + 1.42857142725034663711e-01;
    even = even * w + 3.33333333333329318027e-01;
    odd = -3.65315727442169155270e-02;
    odd = odd * w - 5.83357013379057348645e-02;
    odd = odd * w - 7.69187620504482999495e-02;
    odd = odd * w - 1.11111104054623557880e-01;
    odd = odd * w - 1.99999999998764832476e-01;
    even = z * even;
    odd = w * odd;
  }
  return high - ((t * (even + odd) - low) - t);
}

/// atan(x) within 1 ulp.
INLINE double double_atan(double x) {
  const double y = atan_of_quotient(ABS(x), 1);
  return x == 0 ? x : SIGNED_AS(y, x);
}

/// The angle of the point (x, y) within 1.5 ulp, with C's conventions for zeros and infinities.
INLINE double double_atan2(double y, double x) {
  AS_WRITTEN
  double a = ABS(y), b = ABS(x);
  const double infinite = __builtin_inf();
  const int both = a == infinite && b == infinite;
  a = both ? 1 : a;
  b = both ? 1 : b;
  // Products with the ranges' ends must not overflow, and quotients of subnormal numbers keep their digits.
  const double larger = a > b ? a : b;
  const double scale = larger > 0x1p1000 ? 0x1p-600 : larger < 0x1p-900 ? 0x1p600 : 1;
  a *= scale;
  b *= scale;
  double angle = a == 0 ? 0 : b == infinite ? 0 : atan_of_quotient(a, b);
  angle = bits_of(x) >> 63 ? 2 * HALF_PI_HIGH - (angle - 2 * HALF_PI_LOW) : angle;
  angle = SIGNED_AS(angle, y);
  return x != x || y != y ? x + y : angle;
}

/// x^y in the range of floats, with about 40 correct bits: exp(y log|x|) with C's conventions.
INLINE double power_for_float(double x, double y) {
  const double a = ABS(x);
  double r = double_exp(y * double_log(a));
  const double whole = __builtin_elementwise_floor(y), half = 0.5 * y;
  const int is_whole = whole == y, is_odd = is_whole && __builtin_elementwise_floor(half) != half;
  r = bits_of(x) >> 63 && is_odd ? -r : r;
  r = x < 0 && !is_whole && a != __builtin_inf() ? __builtin_nan("") : r;
  r = a == 1 && (x > 0 || is_whole) && y == y ? (x < 0 && is_odd ? -1.0 : 1.0) : r;
  return y == 0 || x == 1 ? 1 : r;
}
