// Reductions of blocks [rows, width] over their rows. Sums are in double precision and as exact as pairwise
// sums: eight rows are added as a tree, up to sixteen such sums in order, and longer columns by halves. Numbers
// in a row are added in 64 sums.

#define REDUCE_WIDTH 512
#define REDUCE_ROWS 128
#define REDUCE_ROW 512
#define LEAST(a, b) ((a) < (b) ? (a) : (b))

INLINE NAME(part_sum) NAME(term)(const int op, NAME(part) v, NAME(part_sum) center) {
  NAME(part_sum) t = __builtin_convertvector(v, NAME(part_sum));
  if (op == OC_SQUARES) {
    t -= center;
    t *= t;
  }
  if (op == OC_MAGNITUDES) t = __builtin_elementwise_abs(t);
  return t;
}

INLINE NAME(part_sum) NAME(joined)(const int op, NAME(part_sum) a, NAME(part_sum) b) {
  return op == OC_PRODUCT ? a * b : a + b;
}

INLINE double NAME(joined_one)(const int op, double a, double b) { return op == OC_PRODUCT ? a * b : a + b; }

INLINE double NAME(term_one)(const int op, REAL x, double center) {
  const double t = x;
  return op == OC_SQUARES ? (t - center) * (t - center) : op == OC_MAGNITUDES ? ABS(t) : t;
}

INLINE NAME(part_sum) NAME(load_sums)(const double *x, int64_t width) {
  NAME(part_sum) v = 0;
  if (width == PART)
    memcpy(&v, x, sizeof v);
  else
    for (int64_t i = 0; i < width; i++) v[i] = x[i];
  return v;
}

INLINE void NAME(store_sums)(double *x, NAME(part_sum) v, int64_t width) {
  if (width == PART)
    memcpy(x, &v, sizeof v);
  else
    for (int64_t i = 0; i < width; i++) x[i] = v[i];
}

/// Reduces `count` rows (8 or 1) of one part of columns, and combines the result with `out` unless these are
/// the first rows.
INLINE void NAME(reduce_part)(const int op, const int count, const REAL *x, int64_t stride,
                              const double *center, double *out, int is_first, int64_t width) {
  AS_WRITTEN
  NAME(part_sum) t[8], c = 0;
  if (op == OC_SQUARES && center) c = NAME(load_sums)(center, width);
  EACH(i, count) t[i] = NAME(term)(op, NAME(load_part)(x + i * stride, width), c);
  if (count == 8) {
    EACH(i, 4) t[i] = NAME(joined)(op, t[i], t[i + 4]);
    EACH(i, 2) t[i] = NAME(joined)(op, t[i], t[i + 2]);
    t[0] = NAME(joined)(op, t[0], t[1]);
  }
  NAME(store_sums)(out, is_first ? t[0] : NAME(joined)(op, NAME(load_sums)(out, width), t[0]), width);
}

/// Reduces up to REDUCE_ROWS rows, at least one.
INLINE void NAME(reduce_few)(const int op, const REAL *x, int64_t stride, const double *center, double *out,
                             int64_t rows, int64_t width) {
#define REDUCE_PART(count, width) \
  NAME(reduce_part)(op, count, from + c, stride, center ? center + c : 0, out + c, r == 0, width)
  int64_t r = 0, c;
  for (; r + 8 <= rows; r += 8) {
    const REAL *from = x + r * stride;
    for (c = 0; c + PART <= width; c += PART) REDUCE_PART(8, PART);
    if (c < width) REDUCE_PART(8, width - c);
  }
  for (; r < rows; r++) {
    const REAL *from = x + r * stride;
    for (c = 0; c + PART <= width; c += PART) REDUCE_PART(1, PART);
    if (c < width) REDUCE_PART(1, width - c);
  }
#undef REDUCE_PART
}

/// Reduces any number of rows, at least one, of at most REDUCE_WIDTH columns.
static void NAME(reduce_tree)(int32_t op, const REAL *x, int64_t stride, const double *center, double *out,
                              int64_t rows, int64_t width) {
  if (rows <= REDUCE_ROWS) {
    switch (op) {
      case OC_SUM: NAME(reduce_few)(OC_SUM, x, stride, 0, out, rows, width); break;
      case OC_PRODUCT: NAME(reduce_few)(OC_PRODUCT, x, stride, 0, out, rows, width); break;
      case OC_SQUARES: NAME(reduce_few)(OC_SQUARES, x, stride, center, out, rows, width); break;
      default: NAME(reduce_few)(OC_MAGNITUDES, x, stride, 0, out, rows, width); break;
    }
    return;
  }
  const int64_t half = (rows / 2 + REDUCE_ROWS - 1) / REDUCE_ROWS * REDUCE_ROWS;
  double rest[REDUCE_WIDTH];
  NAME(reduce_tree)(op, x, stride, center, out, half, width);
  NAME(reduce_tree)(op, x + half * stride, stride, center, rest, rows - half, width);
  for (int64_t c = 0; c < width; c++) out[c] = NAME(joined_one)(op, out[c], rest[c]);
}

/// Reduces up to REDUCE_ROW numbers, in four sums of 16 and a tree of all of them.
INLINE double NAME(reduce_short_row)(const int op, const REAL *x, double center, int64_t count) {
  AS_WRITTEN
  const NAME(part_sum) middle = center, start = op == OC_PRODUCT ? 1 : 0;
  NAME(part_sum) t[4];
  EACH(i, 4) t[i] = start;
  int64_t k = 0;
  for (; k + 4 * PART <= count; k += 4 * PART)
    EACH(i, 4) t[i] = NAME(joined)(op, t[i], NAME(term)(op, NAME(load_part)(x + k + i * PART, PART), middle));
  for (; k + PART <= count; k += PART)
    t[0] = NAME(joined)(op, t[0], NAME(term)(op, NAME(load_part)(x + k, PART), middle));
  t[0] = NAME(joined)(op, NAME(joined)(op, t[0], t[1]), NAME(joined)(op, t[2], t[3]));
  double values[PART];
  memcpy(values, &t[0], sizeof values);
  double rest = op == OC_PRODUCT ? 1 : 0;
  for (; k < count; k++) rest = NAME(joined_one)(op, rest, NAME(term_one)(op, x[k], center));
  _Pragma("clang loop unroll(full)") for (int half = PART / 2; half >= 1; half /= 2)
    EACH(l, half) values[l] = NAME(joined_one)(op, values[l], values[l + half]);
  return NAME(joined_one)(op, values[0], rest);
}

/// Reduces any number of adjacent numbers, long rows by halves.
static double NAME(reduce_row)(int32_t op, const REAL *x, double center, int64_t count) {
  if (count <= REDUCE_ROW) {
    switch (op) {
      case OC_SUM: return NAME(reduce_short_row)(OC_SUM, x, 0, count);
      case OC_PRODUCT: return NAME(reduce_short_row)(OC_PRODUCT, x, 0, count);
      case OC_SQUARES: return NAME(reduce_short_row)(OC_SQUARES, x, center, count);
      default: return NAME(reduce_short_row)(OC_MAGNITUDES, x, 0, count);
    }
  }
  const int64_t half = (count / 2 + REDUCE_ROW - 1) / REDUCE_ROW * REDUCE_ROW;
  const double first = NAME(reduce_row)(op, x, center, half);
  return NAME(joined_one)(op, first, NAME(reduce_row)(op, x + half, center, count - half));
}

/// The number of rows of a narrow block that are read as one wide row: a power of two that makes whole parts.
INLINE int64_t NAME(rows_at_once)(int64_t width) {
  int64_t rows = 1;
  while (rows * width % PART) rows *= 2;
  while (rows * width < 4 * PART) rows *= 2;
  return rows;
}

/// Reduces a block of few columns.
INLINE void NAME(reduce_narrow)(const int op, const REAL *x, const double *center, double *out, int64_t rows,
                                int64_t width) {
  const int64_t at_once = NAME(rows_at_once)(width), wide = rows / at_once;
  int64_t done = 0;
  if (wide >= 2) {
    double sums[REDUCE_WIDTH], centers[REDUCE_WIDTH];
    if (center)
      for (int64_t i = 0; i < at_once * width; i++) centers[i] = center[i % width];
    NAME(reduce_tree)(op, x, at_once * width, center ? centers : 0, sums, wide, at_once * width);
    for (int64_t half = at_once / 2; half >= 1; half /= 2)
      for (int64_t i = 0; i < half * width; i++)
        sums[i] = NAME(joined_one)(op, sums[i], sums[i + half * width]);
    memcpy(out, sums, width * sizeof(double));
    done = wide * at_once;
  }
  if (done == rows) return;
  double rest[PART * 2];
  for (int64_t c = 0; c < width; c++) rest[c] = op == OC_PRODUCT ? 1 : 0;
  for (int64_t r = done; r < rows; r++)
    for (int64_t c = 0; c < width; c++)
      rest[c] = NAME(joined_one)(op, rest[c], NAME(term_one)(op, x[r * width + c], center ? center[c] : 0));
  for (int64_t c = 0; c < width; c++) out[c] = done ? NAME(joined_one)(op, out[c], rest[c]) : rest[c];
}

#define NARROW (2 * PART)

static void NAME(reduce)(int32_t op, const void *x_, const double *center, double *out, int64_t blocks,
                         int64_t rows, int64_t width, int64_t stride) {
  const REAL *x = x_;
  for (int64_t block = 0; block < blocks; block++) {
    const REAL *from = x + block * rows * stride;
    const double *middle = center ? center + block * width : 0;
    double *to = out + block * width;
    if (rows == 0) {
      for (int64_t c = 0; c < width; c++) to[c] = op == OC_PRODUCT ? 1 : 0;
    } else if (width == 1 && stride == 1) {
      to[0] = NAME(reduce_row)(op, from, middle ? middle[0] : 0, rows);
    } else if (width == stride && width < NARROW) {
      switch (op) {
        case OC_SUM: NAME(reduce_narrow)(OC_SUM, from, 0, to, rows, width); break;
        case OC_PRODUCT: NAME(reduce_narrow)(OC_PRODUCT, from, 0, to, rows, width); break;
        case OC_SQUARES: NAME(reduce_narrow)(OC_SQUARES, from, middle, to, rows, width); break;
        default: NAME(reduce_narrow)(OC_MAGNITUDES, from, 0, to, rows, width); break;
      }
    } else {
      for (int64_t c = 0; c < width; c += REDUCE_WIDTH)
        NAME(reduce_tree)(op, from + c, stride, middle ? middle + c : 0, to + c, rows,
                          LEAST(width - c, REDUCE_WIDTH));
    }
  }
}

/// The larger (sign 1) or smaller (sign -1) number; NaN if one is NaN.
INLINE NAME(part) NAME(extreme)(const int sign, NAME(part) a, NAME(part) b) {
  const NAME(part) better = sign > 0 ? (a >= b ? a : b) : (a <= b ? a : b);
  return a != a ? a : better;
}

INLINE REAL NAME(extreme_one)(const int sign, REAL a, REAL b) {
  const REAL better = (sign > 0 ? a >= b : a <= b) ? a : b;
  return a != a ? a : better;
}

INLINE void NAME(extreme_rows)(const int sign, const REAL *x, int64_t stride, REAL *out, int64_t rows,
                             int64_t width) {
  memcpy(out, x, width * sizeof(REAL));
  int64_t r = 1;
  for (; r + 4 <= rows; r += 4) {
    const REAL *from = x + r * stride;
    int64_t c = 0;
    for (; c + PART <= width; c += PART) {
      NAME(part) v[4];
      EACH(i, 4) v[i] = NAME(load_part)(from + i * stride + c, PART);
      const NAME(part) best = NAME(extreme)(
          sign, NAME(extreme)(sign, v[0], v[1]), NAME(extreme)(sign, v[2], v[3]));
      NAME(store_part)(out + c, NAME(extreme)(sign, NAME(load_part)(out + c, PART), best), PART);
    }
    for (; c < width; c++)
      for (int64_t i = 0; i < 4; i++) out[c] = NAME(extreme_one)(sign, out[c], from[i * stride + c]);
  }
  for (; r < rows; r++)
    for (int64_t c = 0; c < width; c++) out[c] = NAME(extreme_one)(sign, out[c], x[r * stride + c]);
}

INLINE void NAME(extreme_block)(const int sign, const REAL *x, int64_t stride, REAL *out, int64_t rows,
                             int64_t width) {
  if (width == 1 && stride == 1 && rows >= PART) {
    // Four chains of comparisons, since one waits for each result.
    NAME(part) best[4];
    const int is_long = rows >= 4 * PART;
    EACH(i, 4) best[i] = NAME(load_part)(is_long ? x + i * PART : x, PART);
    int64_t r = is_long ? 4 * PART : PART;
    for (; r + 4 * PART <= rows; r += 4 * PART)
      EACH(i, 4) best[i] = NAME(extreme)(sign, best[i], NAME(load_part)(x + r + i * PART, PART));
    for (; r + PART <= rows; r += PART)
      best[0] = NAME(extreme)(sign, best[0], NAME(load_part)(x + r, PART));
    EACH(i, 2) best[i] = NAME(extreme)(sign, best[i], best[i + 2]);
    NAME(part) v = NAME(extreme)(sign, best[0], best[1]);
    v = NAME(extreme)(sign, v, __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    v = NAME(extreme)(sign, v, __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3));
    v = NAME(extreme)(sign, v, __builtin_shufflevector(v, v, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1));
    v = NAME(extreme)(sign, v, __builtin_shufflevector(v, v, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0));
    REAL result = v[0];
    for (; r < rows; r++) result = NAME(extreme_one)(sign, result, x[r]);
    out[0] = result;
    return;
  }
  const int64_t at_once = NAME(rows_at_once)(width), wide = rows / at_once;
  if (width != stride || width >= NARROW || wide < 2) {
    for (int64_t c = 0; c < width; c += REDUCE_WIDTH)
      NAME(extreme_rows)(sign, x + c, stride, out + c, rows, LEAST(width - c, REDUCE_WIDTH));
    return;
  }
  REAL best[REDUCE_WIDTH];
  NAME(extreme_rows)(sign, x, at_once * width, best, wide, at_once * width);
  for (int64_t half = at_once / 2; half >= 1; half /= 2)
    for (int64_t i = 0; i < half * width; i++)
      best[i] = NAME(extreme_one)(sign, best[i], best[i + half * width]);
  for (int64_t r = wide * at_once; r < rows; r++)
    for (int64_t c = 0; c < width; c++) best[c] = NAME(extreme_one)(sign, best[c], x[r * width + c]);
  memcpy(out, best, width * sizeof(REAL));
}

static void NAME(extremes)(int32_t sign, const void *x_, void *out_, int64_t blocks, int64_t rows,
    int64_t width,
                           int64_t stride) {
  const REAL *x = x_;
  REAL *out = out_;
  for (int64_t block = 0; block < blocks; block++) {
    if (sign > 0)
      NAME(extreme_block)(1, x + block * rows * stride, stride, out + block * width, rows, width);
    else
      NAME(extreme_block)(-1, x + block * rows * stride, stride, out + block * width, rows, width);
  }
}

#undef LEAST
#undef REDUCE_WIDTH
#undef REDUCE_ROWS
#undef REDUCE_ROW
#undef NARROW
