// Medians of magnitudes, ratios and their logarithms, only in single precision. Every result has the same
// bits on every instruction set: the kernels use integers, or arithmetic in a fixed order without
// contraction.
#if REAL_IS_FLOAT
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpsabi"  // only inlined functions pass vectors
typedef int32_t NAME(keys) __attribute__((vector_size(64)));
typedef float NAME(f8) __attribute__((vector_size(32)));
typedef int32_t NAME(i8) __attribute__((vector_size(32)));
typedef uint32_t NAME(u8) __attribute__((vector_size(32)));
typedef double NAME(d8) __attribute__((vector_size(64)));
typedef int64_t NAME(l8) __attribute__((vector_size(64)));
typedef uint64_t NAME(w8) __attribute__((vector_size(64)));
#define KEYS NAME(keys)
#define F8 NAME(f8)
#define I8 NAME(i8)
#define U8 NAME(u8)
#define D8 NAME(d8)
#define L8 NAME(l8)
#define W8 NAME(w8)
#define KEY_LANES 16
#define INFINITY_KEY 0x7F800000

INLINE int32_t NAME(magnitude_key)(float x) {
  int32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits & 0x7FFFFFFF;
}

INLINE float NAME(from_key)(int32_t key) {
  float x;
  memcpy(&x, &key, sizeof x);
  return x;
}

INLINE float NAME(middle)(int32_t lower, int32_t upper, int64_t lower_middle) {
  const float a = NAME(from_key)(lower), b = NAME(from_key)(upper), sum = a + b;
  if (lower_middle) return a;
  // The sum of two large numbers can overflow although their mean does not.
  return sum < __builtin_inff() ? sum / 2 : a / 2 + b / 2;
}

/// The number of magnitudes below `key`.
INLINE int64_t NAME(count_below)(const float *x, int64_t count, int32_t key) {
  const KEYS mask = (KEYS){} + 0x7FFFFFFF, limit = (KEYS){} + key;
  KEYS found = {};
  int64_t i = 0, total = 0;
  for (; i + KEY_LANES <= count; i += KEY_LANES) {
    KEYS keys;
    memcpy(&keys, x + i, sizeof keys);
    found -= (keys & mask) < limit;
  }
  for (int lane = 0; lane < KEY_LANES; lane++) total += found[lane];
  for (; i < count; i++) total += NAME(magnitude_key)(x[i]) < key;
  return total;
}

/// Builds the middle key from its highest bit to its lowest: a bit is set if at most half of the keys are
/// then below the key.
static float NAME(magnitude_median)(const float *x, int64_t count, int64_t lower_middle) {
  if (count <= 0) return __builtin_nanf("");
  const int64_t rank = (count - 1) / 2, upper_rank = count / 2;
  int32_t largest = 0;
  for (int64_t i = 0; i < count; i++) {
    const int32_t key = NAME(magnitude_key)(x[i]);
    largest = key > largest ? key : largest;
  }
  if (largest > INFINITY_KEY) return __builtin_nanf("");
  int32_t lower = 0;
  for (int32_t bit = 1 << 30; bit; bit >>= 1)
    if (NAME(count_below)(x, count, lower | bit) <= rank) lower |= bit;
  int32_t upper = lower;
  if (upper_rank != rank && NAME(count_below)(x, count, lower + 1) <= upper_rank) {
    upper = INFINITY_KEY;
    for (int64_t i = 0; i < count; i++) {
      const int32_t key = NAME(magnitude_key)(x[i]);
      upper = key > lower && key < upper ? key : upper;
    }
  }
  return NAME(middle)(lower, upper, lower_middle);
}

/// The middle keys of sixteen rows at a time, one row in each lane.
static void NAME(row_medians)(const float *x, float *medians, int64_t rows, int64_t width,
                              int64_t lower_middle, int32_t *scratch) {
  if (width == 0 || width > OC_NARROW_ROW) {
    for (int64_t r = 0; r < rows; r++)
      medians[r] = NAME(magnitude_median)(x + r * width, width, lower_middle);
    return;
  }
  const int32_t rank = (int32_t)((width - 1) / 2), upper_rank = (int32_t)(width / 2);
  for (int64_t r = 0; r < rows; r += KEY_LANES) {
    const int64_t used = rows - r < KEY_LANES ? rows - r : KEY_LANES;
    for (int64_t lane = 0; lane < KEY_LANES; lane++) {
      const float *row = x + (r + (lane < used ? lane : 0)) * width;
      for (int64_t c = 0; c < width; c++)
        scratch[c * KEY_LANES + lane] = NAME(magnitude_key)(row[c]);
    }
    KEYS largest = {}, smallest = (KEYS){} + INT32_MAX, keys;
    for (int64_t c = 0; c < width; c++) {
      memcpy(&keys, scratch + c * KEY_LANES, sizeof keys);
      largest = __builtin_elementwise_max(largest, keys);
      smallest = __builtin_elementwise_min(smallest, keys);
    }
    // Bits above the highest bit in which the keys of a row differ need no search.
    int32_t varying = 0;
    for (int lane = 0; lane < KEY_LANES; lane++) varying |= largest[lane] ^ smallest[lane];
    int32_t bit = varying ? (int32_t)(1u << (31 - __builtin_clz((unsigned)varying))) : 0;
    KEYS lower = smallest & ~((KEYS){} + (bit ? bit | (bit - 1) : 0));
    for (; bit; bit >>= 1) {
      const KEYS candidate = lower | bit;
      KEYS below = {}, more = {};
      int64_t c = 0;
      for (; c + 2 <= width; c += 2) {
        KEYS next;
        memcpy(&keys, scratch + c * KEY_LANES, sizeof keys);
        memcpy(&next, scratch + (c + 1) * KEY_LANES, sizeof next);
        below -= keys < candidate;
        more -= next < candidate;
      }
      if (c < width) {
        memcpy(&keys, scratch + c * KEY_LANES, sizeof keys);
        below -= keys < candidate;
      }
      lower |= (below + more <= rank) & bit;
    }
    KEYS upper = lower;
    if (upper_rank != rank) {
      KEYS within = {}, next = (KEYS){} + INT32_MAX;
      for (int64_t c = 0; c < width; c++) {
        memcpy(&keys, scratch + c * KEY_LANES, sizeof keys);
        within -= keys <= lower;
        next = __builtin_elementwise_min(next, keys | ((keys <= lower) & INT32_MAX));
      }
      const KEYS beyond = within <= upper_rank;
      upper = (next & beyond) | (lower & ~beyond);
    }
    for (int64_t lane = 0; lane < used; lane++)
      medians[r + lane] = largest[lane] > INFINITY_KEY
                              ? __builtin_nanf("")
                              : NAME(middle)(lower[lane], upper[lane], lower_middle);
  }
}

/// -log10(ratio + epsilon): the sum in single precision, the logarithm in double (fdlibm's, error
/// below one unit in the last place), rounded once.
INLINE F8 NAME(negative_log10)(F8 ratio) {
#pragma clang fp reassociate(off) contract(off)
  const F8 a = ratio + 2.220446049250313e-16f;
  const I8 bits = (I8)a;
  // a = 2^k m with m between sqrt(1/2) and sqrt(2)
  const I8 above = bits - 0x3F3504F3;
  const I8 reduced = (above & 0x7FFFFF) + 0x3F3504F3;
  const D8 k = __builtin_convertvector(above >> 23, D8);
  const D8 f = __builtin_convertvector((F8)reduced, D8) - 1.0;
  const D8 s = f / (2.0 + f);
  const D8 z = s * s, w = z * z;
  const D8 even = w * (3.999999999940941908e-01 +
                       w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
  const D8 odd = z * (6.666666666666735130e-01 +
                      w * (2.857142874366239149e-01 +
                           w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
  const D8 half = 0.5 * f * f;
  const D8 log = k * 6.93147180369123816490e-01 -
                 ((half - (s * (half + (even + odd)) + k * 1.90821492927058770002e-10)) - f);
  const F8 y = __builtin_convertvector(log * -0.43429448190325182765, F8);
  // The result for infinity is -infinity, for NaN it is NaN.
  const I8 special = (bits & 0x7FFFFFFF) >= INFINITY_KEY;
  return (F8)((special & (I8)(-a)) | (~special & (I8)y));
}

/// mask ? a : b
INLINE F8 NAME(choose)(I8 mask, F8 a, F8 b) { return (F8)((mask & (I8)a) | (~mask & (I8)b)); }

INLINE F8 NAME(ratios)(const float *x, float median) {
  F8 values;
  memcpy(&values, x, sizeof values);
  return (F8)((I8)values & 0x7FFFFFFF) / median;
}

static void NAME(ratio_logarithms)(const float *x, float median, float *y, int64_t count) {
  int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const F8 found = NAME(negative_log10)(NAME(ratios)(x + i, median));
    memcpy(y + i, &found, sizeof found);
  }
  if (i < count) {
    float rest[8] = {0};
    memcpy(rest, x + i, (size_t)(count - i) * sizeof(float));
    const F8 found = NAME(negative_log10)(NAME(ratios)(rest, median));
    memcpy(y + i, &found, (size_t)(count - i) * sizeof(float));
  }
}

static void NAME(ratio_rows)(const float *x, const float *medians, float *tops, int32_t *fixed,
                             oc_fixed_sums *sums, int64_t rows, int64_t width) {
  const double magic = 0x1.8p52;  // adding it rounds to an integer, which is then in the low bits
  const L8 magic_bits = (L8)((D8){} + magic);
  L8 sum = {};
  W8 low = {}, high = {};
  F8 least = (F8){} + __builtin_inff(), greatest = -least;
  for (int64_t r = 0; r < rows; r++, x += width, fixed += width) {
    int32_t largest = 0;
    for (int64_t c = 0; c < width; c++) {
      const int32_t key = NAME(magnitude_key)(x[c]);
      largest = key > largest ? key : largest;
    }
    const float top = NAME(from_key)(largest) / medians[r];
    tops[r] = top;
    if (!(top < __builtin_inff())) continue;
    for (int64_t c = 0; c < width; c += 8) {
      // Lanes beyond the row repeat its last value, which the sums leave out.
      const int64_t used = width - c < 8 ? width - c : 8;
      float rest[8];
      const float *source = x + c;
      if (used < 8) {
        for (int lane = 0; lane < 8; lane++) rest[lane] = source[lane < used ? lane : used - 1];
        source = rest;
      }
      const F8 y = NAME(negative_log10)(NAME(ratios)(source, medians[r]));
      least = NAME(choose)(y < least, y, least);
      greatest = NAME(choose)(y > greatest, y, greatest);
      L8 q = (L8)(__builtin_convertvector(y, D8) * 0x1p24 + magic) - magic_bits;
      if (used < 8)
        for (int64_t lane = used; lane < 8; lane++) q[lane] = 0;
      const I8 narrow = __builtin_convertvector(q, I8);
      memcpy(fixed + c, &narrow, (size_t)used * sizeof(int32_t));
      const U8 size = (U8)__builtin_elementwise_abs(narrow);
      const W8 wide = __builtin_convertvector(size, W8);
      const W8 square = wide * wide;
      sum += q;
      low += square & 0xFFFFFFFF;
      high += square >> 32;
    }
  }
  for (int lane = 0; lane < 8; lane++) {
    sums->sum += sum[lane];
    sums->square_low += low[lane];
    sums->square_high += high[lane];
    sums->least = least[lane] < sums->least ? least[lane] : sums->least;
    sums->greatest = greatest[lane] > sums->greatest ? greatest[lane] : sums->greatest;
  }
}

static void NAME(row_moments)(const float *x, oc_row_moments *moments, int64_t rows,
                              int64_t width) {
#pragma clang fp reassociate(off) contract(off)
  for (int64_t r = 0; r < rows; r++, x += width) {
    D8 sum = {}, square = {};
    F8 least = (F8){} + __builtin_inff(), greatest = -least, poison = {};
    int64_t c = 0;
    for (; c + 8 <= width; c += 8) {
      F8 values;
      memcpy(&values, x + c, sizeof values);
      const D8 wide = __builtin_convertvector(values, D8);
      sum += wide;
      square += wide * wide;
      least = NAME(choose)(values < least, values, least);
      greatest = NAME(choose)(values > greatest, values, greatest);
      poison += values - values;
    }
    for (int lane = 0; c < width; c++, lane++) {
      sum[lane] += x[c];
      square[lane] += (double)x[c] * x[c];
      least[lane] = x[c] < least[lane] ? x[c] : least[lane];
      greatest[lane] = x[c] > greatest[lane] ? x[c] : greatest[lane];
      poison[lane] += x[c] - x[c];
    }
    oc_row_moments m = {0, 0, least[0], greatest[0], 1};
    for (int lane = 0; lane < 8; lane++) {
      m.sum += sum[lane];
      m.square += square[lane];
      m.least = least[lane] < m.least ? least[lane] : m.least;
      m.greatest = greatest[lane] > m.greatest ? greatest[lane] : m.greatest;
      m.finite &= poison[lane] == 0;
    }
    moments[r] = m;
  }
}
#undef KEYS
#undef F8
#undef I8
#undef U8
#undef D8
#undef L8
#undef W8
#pragma clang diagnostic pop
#endif
