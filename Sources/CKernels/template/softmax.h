// The row softmax of a matrix of scores that is computed block by block of columns (online softmax, Milakov and
// Gimelshein 2018), and its gradient. A row is read in whole vectors and one part of a vector, so that short rows
// are fast too.

/// exp(x) for x <= 0, without subnormal results, which are below the resolution of a sum with exp(0). NaN stays NaN.
INLINE REAL NAME(exp_of_negative)(REAL x) {
#if REAL_IS_FLOAT
  const REAL least = -87;
  const REAL y = NAME(exp_in_range)(x < least ? least : x);
  return x < least ? 0 : y;
#else
  return NAME(exp_one)(x);
#endif
}

/// exp of lanes that are at most 0.
INLINE NAME(lanes) NAME(exp_of_negative_lanes)(NAME(lanes) x) {
  REAL values[FULL_LANES];
  memcpy(values, &x, sizeof x);
  for (int l = 0; l < FULL_LANES; l++) values[l] = NAME(exp_of_negative)(values[l]);
  memcpy(&x, values, sizeof x);
  return x;
}

INLINE NAME(lanes) NAME(larger_lanes)(NAME(lanes) x, NAME(lanes) y) { return x > y ? x : y; }

/// The largest lane; NaN is left out.
INLINE REAL NAME(largest_lane)(NAME(lanes) x) {
  REAL values[FULL_LANES];
  memcpy(values, &x, sizeof x);
  EACH_HALF(step)
    EACH(l, step) values[l] = values[l + step] > values[l] ? values[l + step] : values[l];
  return values[0];
}

/// The sum of the lanes in double precision.
INLINE double NAME(sum_of_lanes)(NAME(lanes) x) {
  double values[FULL_LANES];
  EACH(l, FULL_LANES) values[l] = (double)x[l];
  EACH_HALF(step) EACH(l, step) values[l] += values[l + step];
  return values[0];
}

static void NAME(softmax_block)(void *scores_, void *largest_, void *sums_, void *corrections_,
                                int64_t rows, int64_t columns) {
  REAL *largest = largest_, *sums = sums_, *corrections = corrections_;
  const REAL nothing = -(REAL)__builtin_inff();
  const int64_t rest = columns % FULL_LANES, whole = columns - rest;
  for (int64_t r = 0; r < rows; r++) {
    REAL *x = (REAL *)scores_ + r * columns;
    NAME(lanes) last = nothing;
    if (rest > 0) {
      last = NAME(load_some)(x + whole, rest);
      EACH(l, FULL_LANES) if (l >= rest) last[l] = nothing;
    }
    NAME(lanes) top = NAME(larger_lanes)(last, (NAME(lanes))nothing);
    for (int64_t c = 0; c < whole; c += FULL_LANES)
      top = NAME(larger_lanes)(*(const NAME(lanes) *)(x + c), top);
    const REAL found = NAME(largest_lane)(top), before = largest[r];
    largest[r] = found > before ? found : before;
    // In a row that is masked so far, exp(-inf - 0) gives the required zeros.
    const REAL shift = largest[r] == nothing ? 0 : largest[r];
    // Sums of many columns are in double precision.
    double total = 0;
    for (int64_t start = 0; start < whole; start += 32 * FULL_LANES) {
      const int64_t end = start + 32 * FULL_LANES < whole ? start + 32 * FULL_LANES : whole;
      NAME(lanes) part = 0;
      for (int64_t c = start; c < end; c += FULL_LANES) {
        const NAME(lanes) y = NAME(exp_of_negative_lanes)(*(const NAME(lanes) *)(x + c) - shift);
        *(NAME(lanes) *)(x + c) = y;
        part += y;
      }
      total += NAME(sum_of_lanes)(part);
    }
    if (rest > 0) {
      last = NAME(exp_of_negative_lanes)(last - shift);
      NAME(store_some)(x + whole, last, rest);
      total += NAME(sum_of_lanes)(last);
    }
    const REAL correction = before == nothing ? 0 : NAME(exp_of_negative)(before - shift);
    corrections[r] = correction;
    sums[r] = (REAL)((double)sums[r] * (double)correction + total);
  }
}

static void NAME(softmax_block_gradient)(void *scores_, void *gradients_, const void *logarithms_,
                                         const void *inner_, int64_t rows, int64_t columns) {
  const REAL *logarithms = logarithms_, *inner = inner_;
  const int64_t rest = columns % FULL_LANES, whole = columns - rest;
  for (int64_t r = 0; r < rows; r++) {
    REAL *p = (REAL *)scores_ + r * columns, *g = (REAL *)gradients_ + r * columns;
    const REAL logarithm = logarithms[r], offset = inner[r];
    for (int64_t c = 0; c < whole; c += FULL_LANES) {
      NAME(lanes) *const weights = (NAME(lanes) *)(p + c), *const gradients = (NAME(lanes) *)(g + c);
      *weights = NAME(exp_of_negative_lanes)(*weights - logarithm);
      *gradients = *weights * (*gradients - offset);
    }
    if (rest > 0) {
      const NAME(lanes) y = NAME(exp_of_negative_lanes)(NAME(load_some)(p + whole, rest) - logarithm);
      NAME(store_some)(p + whole, y, rest);
      NAME(store_some)(g + whole, y * (NAME(load_some)(g + whole, rest) - offset), rest);
    }
  }
}

typedef double NAME(wide_lanes) __attribute__((ext_vector_type(PRODUCT_BYTES / sizeof(REAL))));

/// Vector number `v` of a row of `width` columns; columns beyond the end are 0.
INLINE NAME(lanes) NAME(row_lanes)(const REAL *row, int64_t v, int64_t width) {
  const int64_t left = width - v * FULL_LANES;
  return left >= FULL_LANES ? *(const NAME(lanes) *)(row + v * FULL_LANES)
                            : NAME(load_some)(row + v * FULL_LANES, left);
}

INLINE void NAME(set_row_lanes)(REAL *row, int64_t v, int64_t width, NAME(lanes) x) {
  const int64_t left = width - v * FULL_LANES;
  if (left >= FULL_LANES)
    *(NAME(lanes) *)(row + v * FULL_LANES) = x;
  else
    NAME(store_some)(row + v * FULL_LANES, x, left);
}

static void NAME(softmax_columns)(int32_t is_logarithm, const void *x_, void *y_, int64_t rows, int64_t width,
                                  int64_t stride) {
  const REAL *x = x_;
  REAL *y = y_;
  NAME(lanes) top[OC_SOFTMAX_COLUMNS / FULL_LANES], scale[OC_SOFTMAX_COLUMNS / FULL_LANES];
  NAME(wide_lanes) sums[OC_SOFTMAX_COLUMNS / FULL_LANES];
  const int64_t count = (width + FULL_LANES - 1) / FULL_LANES;
  if (rows == 0) return;
  for (int64_t v = 0; v < count; v++) {
    top[v] = NAME(row_lanes)(x, v, width);
    sums[v] = 0;
  }
  for (int64_t r = 1; r < rows; r++)
    for (int64_t v = 0; v < count; v++)
      top[v] = NAME(larger_lanes)(NAME(row_lanes)(x + r * stride, v, width), top[v]);
  for (int64_t r = 0; r < rows; r++)
    for (int64_t v = 0; v < count; v++) {
      const NAME(lanes) e = NAME(exp_of_negative_lanes)(NAME(row_lanes)(x + r * stride, v, width) - top[v]);
      if (!is_logarithm) NAME(set_row_lanes)(y + r * stride, v, width, e);
      sums[v] += __builtin_convertvector(e, NAME(wide_lanes));
    }
  for (int64_t v = 0; v < count; v++) {
    const NAME(lanes) total = __builtin_convertvector(sums[v], NAME(lanes));
    if (is_logarithm) {
      for (int l = 0; l < FULL_LANES; l++) scale[v][l] = NAME(log_one)(total[l]);
    } else {
      scale[v] = 1 / total;
    }
  }
  for (int64_t r = 0; r < rows; r++)
    for (int64_t v = 0; v < count; v++) {
      REAL *const to = y + r * stride;
      NAME(set_row_lanes)(to, v, width,
                          is_logarithm ? NAME(row_lanes)(x + r * stride, v, width) - top[v] - scale[v]
                                       : NAME(row_lanes)(to, v, width) * scale[v]);
    }
}
