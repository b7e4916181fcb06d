// Decompositions of many small matrices at once; see PackedMatrices.h.

#define V NAME(aligned_lanes)
#define INTEGERS NAME(integer_lanes)
#if REAL_IS_FLOAT
#define INTEGER int32_t
#define ROUNDING_UNIT 0x1p-23f
#define EXPONENT_BITS 0x7f800000
#define SMALL_NUMBER 0x1p-100f  // of a pivot: its reciprocal is far from overflow
#define GREAT_NUMBER 0x1p100f
#define TINY_SQUARE 0x1p-100f
#else
#define INTEGER int64_t
#define ROUNDING_UNIT 0x1p-52
#define EXPONENT_BITS 0x7ff0000000000000
#define SMALL_NUMBER 0x1p-900
#define GREAT_NUMBER 0x1p900
#define TINY_SQUARE 0x1p-800
#endif
typedef INTEGER INTEGERS __attribute__((ext_vector_type(PRODUCT_BYTES / sizeof(REAL))));

INLINE V NAME(choose_lanes)(INTEGERS mask, V a, V b) {
  return (V)((mask & (INTEGERS)a) | (~mask & (INTEGERS)b));
}

INLINE uint32_t NAME(lane_bits)(INTEGERS mask) {
  uint32_t bits = 0;
  EACH(l, PRODUCT_LANES) bits |= (uint32_t)(mask[l] != 0) << l;
  return bits;
}

/// The lanes with elements that are not finite.
static uint32_t NAME(packed_flags)(const void *x_, int64_t count) {
  const V *x = x_;
  V sum = 0;
  for (int64_t i = 0; i < count; i++) sum += x[i] * (REAL)0;
  return NAME(lane_bits)(sum != 0);
}

/// Exchanges rows and columns of a square of vectors.
INLINE void NAME(transpose_square)(V *x) {
  _Pragma("clang loop unroll(full)") for (int step = PRODUCT_LANES / 2; step > 0; step /= 2)
    EACH(i, PRODUCT_LANES) if (!(i & step)) {
      const V a = x[i], b = x[i + step];
      V low, high;
      EACH(k, PRODUCT_LANES) {
        low[k] = k & step ? b[k - step] : a[k];
        high[k] = k & step ? b[k] : a[k + step];
      }
      x[i] = low;
      x[i + step] = high;
    }
}

/// The layout of a matrix and of its packed form: `outer` lines of `inner` contiguous elements. `line` and
/// `packed_line` are the distances of lines, `packed_step` is that of elements in a packed line.
typedef struct {
  int64_t outer, inner, line, packed_line, packed_step;
} NAME(packed_layout);

INLINE NAME(packed_layout) NAME(layout)(int64_t pitch, int64_t rows, int64_t columns, int64_t row_stride,
                                        int64_t column_stride) {
  if (column_stride != 1) return (NAME(packed_layout)){columns, rows, column_stride, 1, pitch};
  if (row_stride == columns && pitch == columns) return (NAME(packed_layout)){1, rows * columns, 0, 0, 1};
  return (NAME(packed_layout)){rows, columns, row_stride, pitch, 1};
}

/// Element (r, c) of matrix l is at source[l * batch_stride + r * row_stride + c * column_stride];
/// one of the strides is 1. Lanes from `count` on repeat the last matrix.
static uint32_t NAME(pack)(const void *source_, int64_t batch_stride, int64_t row_stride, int64_t column_stride,
                           int64_t rows, int64_t columns, int64_t count, void *packed_) {
  const REAL *source = source_;
  const NAME(packed_layout) s = NAME(layout)(columns, rows, columns, row_stride, column_stride);
  int64_t offsets[PRODUCT_LANES];
  EACH(l, PRODUCT_LANES) offsets[l] = (l < count ? l : count - 1) * batch_stride;
  V sum = 0;
  for (int64_t line = 0; line < s.outer; line++) {
    const REAL *from = source + line * s.line;
    V *to = (V *)packed_ + line * s.packed_line;
    for (int64_t i = 0; i < s.inner; i++) {
      V x;
      EACH(l, PRODUCT_LANES) x[l] = from[offsets[l] + i];
      to[i * s.packed_step] = x;
      sum += x * (REAL)0;
    }
  }
  return NAME(lane_bits)(sum != 0);
}

/// The reverse of `pack`, for lanes below `count` whose bit in `skipped` is 0. Packed rows are
/// `pitch` vectors apart.
static void NAME(unpack)(const void *packed_, int64_t pitch, int64_t rows, int64_t columns, int64_t count,
                         uint32_t skipped, void *target_, int64_t batch_stride, int64_t row_stride,
                         int64_t column_stride) {
  REAL *target = target_;
  const NAME(packed_layout) s = NAME(layout)(pitch, rows, columns, row_stride, column_stride);
  for (int64_t line = 0; line < s.outer; line++) {
    const V *from = (const V *)packed_ + line * s.packed_line;
    REAL *to = target + line * s.line;
    int64_t i = 0;
    for (; i + PRODUCT_LANES <= s.inner; i += PRODUCT_LANES) {
      V square[PRODUCT_LANES];
      EACH(k, PRODUCT_LANES) square[k] = from[(i + k) * s.packed_step];
      NAME(transpose_square)(square);
      for (int64_t l = 0; l < count; l++)
        if (!(skipped >> l & 1)) *(NAME(lanes) *)(to + l * batch_stride + i) = square[l];
    }
    for (; i < s.inner; i++)
      for (int64_t l = 0; l < count; l++)
        if (!(skipped >> l & 1)) to[l * batch_stride + i] = from[i * s.packed_step][l];
  }
}

/// Sums -= products of `rows` rows of a, `stride` vectors apart, with x. Every caller passes a
/// constant `rows`.
INLINE void NAME(subtract_products)(const int rows, V *sums, const V *a, int64_t stride, const V *x,
                                    int64_t count) {
  for (int64_t p = 0; p < count; p++) EACH(i, rows) sums[i] -= a[i * stride + p] * x[p];
}

/// Exchanges rows i and `other` of matrix l.
INLINE void NAME(exchange_rows)(REAL *a, int64_t columns, int64_t i, int64_t other, int64_t l) {
  if (other == i) return;
  REAL *x = a + i * columns * PRODUCT_LANES + l, *y = a + other * columns * PRODUCT_LANES + l;
  for (int64_t c = 0; c < columns * PRODUCT_LANES; c += PRODUCT_LANES) {
    const REAL spare = x[c];
    x[c] = y[c];
    y[c] = spare;
  }
}

/// PA = LU in place with partial pivoting, column by column. pivots[k * lanes + l] is the row
/// exchanged with row k.
static uint32_t NAME(packed_lu)(int64_t n, void *a_, int32_t *pivots) {
  V *a = a_;
  V column[OC_PACKED_ROWS];
  INTEGERS small = 0;
  for (int64_t j = 0; j < n; j++) {
    for (int64_t i = 0; i < n; i++) column[i] = a[i * n + j];
    int64_t i = 0;
    // Rows above the diagonal depend on each other; four at a time.
    for (; i + 4 <= j; i += 4) {
      V sums[4];
      EACH(q, 4) sums[q] = column[i + q];
      NAME(subtract_products)(4, sums, a + i * n, n, column, i);
      EACH(q, 4) {
        EACH(p, q) sums[q] -= a[(i + q) * n + i + p] * column[i + p];
        column[i + q] = sums[q];
      }
    }
    for (; i < j; i++) NAME(subtract_products)(1, column + i, a + i * n, n, column, i);
    for (; i + 4 <= n; i += 4) {
      V sums[4];
      EACH(q, 4) sums[q] = column[i + q];
      NAME(subtract_products)(4, sums, a + i * n, n, column, j);
      EACH(q, 4) column[i + q] = sums[q];
    }
    for (; i < n; i++) NAME(subtract_products)(1, column + i, a + i * n, n, column, j);
    V best = __builtin_elementwise_abs(column[j]);
    INTEGERS where = (INTEGER)j;
    for (i = j + 1; i < n; i++) {
      const V size = __builtin_elementwise_abs(column[i]);
      const INTEGERS larger = size > best;
      best = NAME(choose_lanes)(larger, size, best);
      where = (larger & (INTEGER)i) | (~larger & where);
    }
    small |= ~(best >= SMALL_NUMBER);
    for (i = 0; i < n; i++) a[i * n + j] = column[i];
    EACH(l, PRODUCT_LANES) {
      pivots[j * PRODUCT_LANES + l] = (int32_t)where[l];
      NAME(exchange_rows)((REAL *)a, n, j, where[l], l);
    }
    const V inverse = 1 / a[j * n + j];
    for (i = j + 1; i < n; i++) a[i * n + j] *= inverse;
  }
  return NAME(lane_bits)(small);
}

/// B [n, k] <- op(P^T L U)^-1 B with the results of packed_lu.
static void NAME(packed_lu_solve)(int64_t n, int64_t k, const void *a_, const int32_t *pivots,
                                  int64_t transposes, void *b_) {
  const V *a = a_;
  V *b = b_;
#define EXCHANGE(i) \
  EACH(l, PRODUCT_LANES) NAME(exchange_rows)(b_, k, i, pivots[(i) * PRODUCT_LANES + l], l)
  if (!transposes) {
    for (int64_t i = 0; i < n; i++) EXCHANGE(i);
    for (int64_t j = 0; j < n; j++)
      for (int64_t i = j + 1; i < n; i++) {
        const V factor = a[i * n + j];
        for (int64_t c = 0; c < k; c++) b[i * k + c] -= factor * b[j * k + c];
      }
    for (int64_t j = n - 1; j >= 0; j--) {
      const V inverse = 1 / a[j * n + j];
      for (int64_t c = 0; c < k; c++) b[j * k + c] *= inverse;
      for (int64_t i = 0; i < j; i++) {
        const V factor = a[i * n + j];
        for (int64_t c = 0; c < k; c++) b[i * k + c] -= factor * b[j * k + c];
      }
    }
  } else {
    for (int64_t j = 0; j < n; j++) {
      const V inverse = 1 / a[j * n + j];
      for (int64_t c = 0; c < k; c++) b[j * k + c] *= inverse;
      for (int64_t i = j + 1; i < n; i++) {
        const V factor = a[j * n + i];
        for (int64_t c = 0; c < k; c++) b[i * k + c] -= factor * b[j * k + c];
      }
    }
    for (int64_t j = n - 1; j >= 0; j--)
      for (int64_t i = 0; i < j; i++) {
        const V factor = a[j * n + i];
        for (int64_t c = 0; c < k; c++) b[i * k + c] -= factor * b[j * k + c];
      }
    for (int64_t i = n - 1; i >= 0; i--) EXCHANGE(i);
  }
#undef EXCHANGE
}

/// A = L L^T in place; reads the lower triangle and sets the upper one to zero.
static uint32_t NAME(packed_cholesky)(int64_t n, void *a_) {
  V *a = a_;
  INTEGERS small = 0;
  for (int64_t j = 0; j < n; j++) {
    const V *row = a + j * n;
    V pivot = row[j];
    for (int64_t p = 0; p < j; p++) pivot -= row[p] * row[p];
    small |= ~(pivot >= SMALL_NUMBER);
    const V root = __builtin_elementwise_sqrt(pivot);
    const V inverse = 1 / root;
    a[j * n + j] = root;
    int64_t i = j + 1;
    for (; i + 4 <= n; i += 4) {
      V sums[4];
      EACH(q, 4) sums[q] = a[(i + q) * n + j];
      NAME(subtract_products)(4, sums, a + i * n, n, row, j);
      EACH(q, 4) a[(i + q) * n + j] = sums[q] * inverse;
    }
    for (; i < n; i++) {
      V sum = a[i * n + j];
      NAME(subtract_products)(1, &sum, a + i * n, n, row, j);
      a[i * n + j] = sum * inverse;
    }
    for (i = 0; i < j; i++) a[i * n + j] = 0;
  }
  return NAME(lane_bits)(small);
}

/// Divides each matrix by a power of two, so that its largest magnitude is at least 1 and below 2,
/// and stores the powers. Reports matrices for which this is impossible, such as zero matrices.
static uint32_t NAME(packed_scale)(void *x_, int64_t count, void *powers_) {
  V *x = x_, *powers = powers_;
  V largest = 0, sum = 0;
  for (int64_t i = 0; i < count; i++) {
    const V size = __builtin_elementwise_abs(x[i]);
    largest = NAME(choose_lanes)(size > largest, size, largest);
    sum += x[i] * (REAL)0;
  }
  const V power = (V)((INTEGERS)largest & (INTEGER)EXPONENT_BITS);
  const INTEGERS fits = (power >= SMALL_NUMBER) & (power <= GREAT_NUMBER) & (sum == 0);
  const V one = (REAL)1;
  *powers = NAME(choose_lanes)(fits, power, one);
  const V factor = 1 / *powers;
  for (int64_t i = 0; i < count; i++) x[i] *= factor;
  return NAME(lane_bits)(~fits);
}

/// Multiplies each matrix by its element of `factors`.
static void NAME(packed_multiply)(void *x_, int64_t count, const void *factors) {
  V *x = x_;
  const V factor = *(const V *)factors;
  for (int64_t i = 0; i < count; i++) x[i] *= factor;
}

/// Computes the reflection 1 - tau v v^T with v[0] = 1 that maps x [count] to (beta, 0, ...). x[0] becomes
/// beta, and the other elements of x become v. Returns tau, which is 0 if the other elements are 0. They
/// count as 0 if their square would lose digits to underflow; this is correct because matrices are scaled to
/// about 1.
INLINE V NAME(reflection)(V *x, int64_t count) {
  V square = 0;
  for (int64_t i = 1; i < count; i++) square += x[i] * x[i];
  const V alpha = x[0], one = (REAL)1, zero = (REAL)0;
  const V sum = alpha * alpha + square;
  const INTEGERS tiny = ~(sum >= TINY_SQUARE), none = tiny | (square == 0);
  const V size = __builtin_elementwise_sqrt(NAME(choose_lanes)(none, one, sum));
  const V beta = NAME(choose_lanes)(alpha > 0, -size, size);
  const V tau = NAME(choose_lanes)(none, zero, (beta - alpha) / beta);
  const V scale = NAME(choose_lanes)(none, zero, 1 / NAME(choose_lanes)(none, one, alpha - beta));
  for (int64_t i = 1; i < count; i++) x[i] *= scale;
  x[0] = NAME(choose_lanes)(tiny, zero, NAME(choose_lanes)(none, alpha, beta));
  return tau;
}

/// y <- y - tau v (v^T y) for `width` vectors y [count], `pitch` apart, with 1 instead of v[0]. Every caller
/// passes a constant `width`.
INLINE void NAME(reflect_few)(const int width, const V *v, V tau, int64_t count, V *y, int64_t pitch) {
  V sums[4];
  EACH(c, width) sums[c] = y[c * pitch];
  for (int64_t i = 1; i < count; i++) EACH(c, width) sums[c] += v[i] * y[c * pitch + i];
  EACH(c, width) sums[c] *= tau;
  EACH(c, width) y[c * pitch] -= sums[c];
  for (int64_t i = 1; i < count; i++) EACH(c, width) y[c * pitch + i] -= v[i] * sums[c];
}

INLINE void NAME(reflect)(const V *v, V tau, int64_t count, V *y, int64_t pitch, int64_t width) {
  int64_t c = 0;
  for (; c + 4 <= width; c += 4) NAME(reflect_few)(4, v, tau, count, y + c * pitch, pitch);
  for (; c < width; c++) NAME(reflect_few)(1, v, tau, count, y + c * pitch, pitch);
}

/// Q^T [width, n] = the product of the reflections k = 0 ..< count, whose vectors start at a + k *
/// (n + 1) + shift.
INLINE void NAME(multiply_reflections)(const V *a, const V *taus, int64_t n, int64_t count, int64_t shift,
                                       int64_t width, V *q, int64_t pitch) {
  for (int64_t i = 0; i < width; i++)
    for (int64_t j = 0; j < n; j++) q[i * pitch + j] = (V)(REAL)(i == j);
  for (int64_t k = count - 1; k >= 0; k--) {
    const int64_t first = k + shift;
    NAME(reflect)(a + k * n + first, taus[k], n - first, q + first * pitch + first, pitch, width - first);
  }
}

/// A^T [n, m] <- R^T up to the diagonal, reflections beyond it; Q^T [width, m] unless NULL.
static void NAME(packed_qr)(int64_t m, int64_t n, void *a_, int64_t width, void *q_) {
  V *a = a_, *q = q_;
  V taus[OC_PACKED_ROWS];
  const int64_t rank = m < n ? m : n;
  for (int64_t k = 0; k < rank; k++) {
    V *corner = a + k * m + k;
    taus[k] = NAME(reflection)(corner, m - k);
    NAME(reflect)(corner, taus[k], m - k, corner + m, m, n - k - 1);
  }
  if (q) NAME(multiply_reflections)(a, taus, m, rank, 0, width, q, m);
}

/// A symmetric [n, n], both triangles -> Q^T A Q tridiagonal with `diagonal` [n] and `off_diagonal`
/// [n], and Q^T unless NULL. A is overwritten.
static void NAME(packed_tridiagonal)(int64_t n, void *a_, void *diagonal_, void *off_diagonal_, void *q_,
                                     int64_t pitch) {
  V *a = a_, *diagonal = diagonal_, *off = off_diagonal_, *q = q_;
  V taus[OC_PACKED_ROWS], w[OC_PACKED_ROWS];
  for (int64_t k = 0; k + 1 < n; k++) {
    const int64_t count = n - k - 1;
    V *v = a + k * n + k + 1;
    const V tau = NAME(reflection)(v, count);
    taus[k] = tau;
    diagonal[k] = a[k * n + k];
    off[k] = v[0];
    v[0] = (REAL)1;
    V *rest = a + (k + 1) * n + k + 1;
    // w = tau A v, then w -= (tau / 2) (w . v) v.
    V dot = 0;
    int64_t i = 0;
    for (; i + 4 <= count; i += 4) {
      V sums[4];
      EACH(r, 4) sums[r] = 0;
      for (int64_t c = 0; c < count; c++) EACH(r, 4) sums[r] += rest[(i + r) * n + c] * v[c];
      EACH(r, 4) {
        w[i + r] = tau * sums[r];
        dot += w[i + r] * v[i + r];
      }
    }
    for (; i < count; i++) {
      V sum = 0;
      for (int64_t c = 0; c < count; c++) sum += rest[i * n + c] * v[c];
      w[i] = tau * sum;
      dot += w[i] * v[i];
    }
    const V half = (REAL)0.5 * tau * dot;
    for (i = 0; i < count; i++) w[i] -= half * v[i];
    for (i = 0; i < count; i++) {
      const V vi = v[i], wi = w[i];
      for (int64_t c = 0; c < count; c++) rest[i * n + c] -= vi * w[c] + wi * v[c];
    }
  }
  if (n > 0) diagonal[n - 1] = a[n * n - 1];
  if (q) NAME(multiply_reflections)(a, taus, n, n - 1, 1, n, q, pitch);
}

/// `width` columns of q: for j from `last` - 1 down to `first`, rows j and j + 1 of each matrix are
/// rotated by its own angle. Every caller passes a constant `width`.
INLINE void NAME(rotate_few)(const int width, V *q, int64_t pitch, const V *c, const V *s, int64_t first,
                             int64_t last) {
  V carried[4];
  EACH(i, width) carried[i] = q[last * pitch + i];
  for (int64_t j = last - 1; j >= first; j--)
    EACH(i, width) {
      const V x = q[j * pitch + i];
      q[(j + 1) * pitch + i] = s[j] * x + c[j] * carried[i];
      carried[i] = c[j] * x - s[j] * carried[i];
    }
  EACH(i, width) q[first * pitch + i] = carried[i];
}

typedef double NAME(wide) __attribute__((ext_vector_type(PRODUCT_BYTES / sizeof(REAL))));
typedef int64_t NAME(wide_mask) __attribute__((ext_vector_type(PRODUCT_BYTES / sizeof(REAL))));
#define D NAME(wide)
#define MASK NAME(wide_mask)
INLINE D NAME(choose_wide)(MASK mask, D a, D b) { return (D)((mask & (MASK)a) | (~mask & (MASK)b)); }
INLINE int NAME(any_wide)(MASK mask) { return __builtin_reduce_or(mask) != 0; }
INLINE uint32_t NAME(wide_bits)(MASK mask) {
  uint32_t bits = 0;
  if (NAME(any_wide)(mask)) EACH(l, PRODUCT_LANES) bits |= (uint32_t)(mask[l] != 0) << l;
  return bits;
}

/// The eigenvalues of tridiagonal matrices by the implicit QL iteration with Wilkinson's shift
/// (Golub & Van Loan, section 8.3), in double precision; the rows of q [n, n], unless NULL, become
/// the eigenvectors of Q T Q^T. Each matrix has its own range first ..< last of rows, in which no
/// element off the diagonal is negligible; its rotations outside of the range are the identity.
/// Matrices in `skipped` are not changed.
static uint32_t NAME(packed_ql)(int64_t n, const void *diagonal_, const void *off_diagonal_, uint32_t skipped,
                                void *values_, void *q_, int64_t pitch) {
#pragma clang fp reassociate(off)
  const V *diagonal = diagonal_, *off = off_diagonal_;
  V *values = values_, *q = q_;
  // The squares of numbers above this do not underflow; numbers below it are negligible compared with 1.
  const D negligible = 1e-140, unit = ROUNDING_UNIT, one = 1, zero = 0;
  D d[OC_PACKED_ROWS + 1], e[OC_PACKED_ROWS + 1];
  V cosines[OC_PACKED_ROWS], sines[OC_PACKED_ROWS];
  int64_t first[PRODUCT_LANES], sweep = 0;
  for (int64_t j = 0; j < n; j++) {
    d[j] = __builtin_convertvector(diagonal[j], D);
    e[j] = j + 1 < n ? __builtin_convertvector(off[j], D) : zero;
  }
  EACH(l, PRODUCT_LANES) first[l] = skipped >> l & 1 ? n - 1 : 0;
  for (; sweep < 30 * n; sweep++) {
    // Rows that have converged are skipped, and the range of every matrix ends at its next negligible
    // element.
    MASK start, end = n - 1;
    EACH(l, PRODUCT_LANES) {
      while (first[l] < n - 1) {
        const int64_t j = first[l];
        const double size = __builtin_fabs(e[j][l]);
        const double sum = __builtin_fabs(d[j][l]) + __builtin_fabs(d[j + 1][l]);
        if (size > ROUNDING_UNIT * sum && size > 1e-140) break;
        first[l]++;
      }
      start[l] = first[l];
    }
    const MASK active = start < n - 1;
    if (!NAME(any_wide)(active)) break;
    int64_t least = n, most = 0;
    EACH(l, PRODUCT_LANES) if (active[l] && first[l] < least) least = first[l];
    for (int64_t j = n - 2; j >= least; j--) {
      const D size = __builtin_elementwise_abs(e[j]);
      const D sum = __builtin_elementwise_abs(d[j]) + __builtin_elementwise_abs(d[j + 1]);
      const MASK large = (size > unit * sum) & (size > negligible);
      const MASK ends = ~large & (j >= start);
      end = (ends & j) | (~ends & end);
    }
    D d0 = zero, d1 = zero, e0 = one, g = zero;
    EACH(l, PRODUCT_LANES) if (active[l]) {
      d0[l] = d[start[l]][l];
      d1[l] = d[start[l] + 1][l];
      e0[l] = e[start[l]][l];
      g[l] = d[end[l]][l];
      if (end[l] > most) most = end[l];
    }
    const D slope = (d1 - d0) / (2 * e0);
    const D root = __builtin_elementwise_sqrt(slope * slope + 1);
    g = g - d0 + e0 / (slope + NAME(choose_wide)(slope < 0, -root, root));
    D c = one, s = one, shift = zero;
    MASK running = active;
    for (int64_t j = most - 1; j >= least; j--) {
      MASK on = running & (j < end) & (j >= start);
      const D f = s * e[j], b = c * e[j];
      const D r = __builtin_elementwise_sqrt(f * f + g * g);
      e[j + 1] = NAME(choose_wide)(on, r, e[j + 1]);
      const MASK tiny = on & (r <= negligible);
      if (NAME(any_wide)(tiny)) {
        EACH(l, PRODUCT_LANES) if (tiny[l]) {
          d[j + 1][l] -= shift[l];
          e[end[l]][l] = 0;
        }
        running &= ~tiny;
        on &= ~tiny;
      }
      const D length = NAME(choose_wide)(on, r, one);
      s = NAME(choose_wide)(on, f / length, s);
      c = NAME(choose_wide)(on, g / length, c);
      const D moved = d[j + 1] - shift;
      const D t = (d[j] - moved) * s + 2 * c * b;
      shift = NAME(choose_wide)(on, s * t, shift);
      d[j + 1] = NAME(choose_wide)(on, moved + shift, d[j + 1]);
      g = NAME(choose_wide)(on, c * t - b, g);
      cosines[j] = __builtin_convertvector(NAME(choose_wide)(on, c, one), V);
      sines[j] = __builtin_convertvector(NAME(choose_wide)(on, s, zero), V);
    }
    EACH(l, PRODUCT_LANES) if (running[l]) {
      d[start[l]][l] -= shift[l];
      e[start[l]][l] = g[l];
      e[end[l]][l] = 0;
    }
    if (!q) continue;
    int64_t column = 0;
    for (; column + 4 <= n; column += 4) NAME(rotate_few)(4, q + column, pitch, cosines, sines, least, most);
    for (; column < n; column++) NAME(rotate_few)(1, q + column, pitch, cosines, sines, least, most);
  }
  for (int64_t j = 0; j < n; j++) values[j] = __builtin_convertvector(d[j], V);
  uint32_t missing = 0;
  EACH(l, PRODUCT_LANES) missing |= (uint32_t)(first[l] < n - 1) << l;
  return missing;
}
/// A^T [n, m] with m >= n -> U^T A V bidiagonal with `diagonal` [n] and `off_diagonal` [n]; U^T [n,
/// m] and V^T [n, n] unless NULL, with rows `u_pitch` and `v_pitch` vectors apart. `work` is [n,
/// n]. A is overwritten.
static void NAME(packed_bidiagonal)(int64_t n, int64_t m, void *a_, void *diagonal_, void *off_diagonal_,
                                    void *u, int64_t u_pitch, void *v, int64_t v_pitch, void *work_) {
  V *a = a_, *diagonal = diagonal_, *off = off_diagonal_, *work = work_;
  V left[OC_PACKED_ROWS], right[OC_PACKED_ROWS], products[OC_PACKED_ROWS];
  for (int64_t k = 0; k < n; k++) {
    V *corner = a + k * m + k;
    left[k] = NAME(reflection)(corner, m - k);
    NAME(reflect)(corner, left[k], m - k, corner + m, m, n - k - 1);
    diagonal[k] = corner[0];
    const int64_t columns = n - k - 1, rows = m - k - 1;
    if (columns == 0) break;
    V *x = work + k * n + k + 1, *rest = a + (k + 1) * m + k + 1;
    for (int64_t j = 0; j < columns; j++) x[j] = rest[j * m - 1];
    right[k] = NAME(reflection)(x, columns);
    off[k] = x[0];
    x[0] = (REAL)1;
    for (int64_t i = 0; i < rows; i++) products[i] = 0;
    int64_t j = 0;
    for (; j + 4 <= columns; j += 4) {
      const V *c = rest + j * m;
      for (int64_t i = 0; i < rows; i++) EACH(q, 4) products[i] += x[j + q] * c[q * m + i];
    }
    for (; j < columns; j++)
      for (int64_t i = 0; i < rows; i++) products[i] += x[j] * rest[j * m + i];
    for (int64_t i = 0; i < rows; i++) products[i] *= right[k];
    for (j = 0; j < columns; j++)
      for (int64_t i = 0; i < rows; i++) rest[j * m + i] -= x[j] * products[i];
  }
  if (u) NAME(multiply_reflections)(a, left, m, n, 0, n, u, u_pitch);
  if (v) NAME(multiply_reflections)(work, right, n, n - 1, 1, n, v, v_pitch);
}

/// Like `rotate_few`, but for j from `first` up to `last` - 1 and with rotations in the other direction.
INLINE void NAME(rotate_few_up)(const int width, V *q, int64_t pitch, const V *c, const V *s, int64_t first,
                                int64_t last) {
  V carried[4];
  EACH(i, width) carried[i] = q[first * pitch + i];
  for (int64_t j = first; j < last; j++)
    EACH(i, width) {
      const V x = q[(j + 1) * pitch + i];
      q[j * pitch + i] = c[j] * carried[i] + s[j] * x;
      carried[i] = c[j] * x - s[j] * carried[i];
    }
  EACH(i, width) q[last * pitch + i] = carried[i];
}

INLINE void NAME(rotate_up)(V *q, int64_t pitch, int64_t columns, const V *c, const V *s, int64_t first,
                            int64_t last) {
  int64_t column = 0;
  for (; column + 4 <= columns; column += 4) NAME(rotate_few_up)(4, q + column, pitch, c, s, first, last);
  for (; column < columns; column++) NAME(rotate_few_up)(1, q + column, pitch, c, s, first, last);
}

/// The singular values of bidiagonal matrices by the implicit QR iteration with the shift of Golub
/// and Reinsch (Golub & Van Loan, section 8.6), in double precision; the rows of u [n, m] and v [n,
/// n], unless NULL, become singular vectors. Ranges and `skipped` are as in `packed_ql`.
static uint32_t NAME(packed_bidiagonal_qr)(int64_t n, int64_t m, const void *diagonal_, const void *off_diagonal_,
                                           uint32_t skipped, void *values_, void *u, int64_t u_pitch, void *v_,
                                           int64_t v_pitch) {
#pragma clang fp reassociate(off)
  const V *diagonal = diagonal_, *off = off_diagonal_;
  V *values = values_, *v = v_;
  const D negligible = 1e-140, unit = ROUNDING_UNIT, one = 1, zero = 0;
  // Element j of `r` is left of element j of the diagonal `w`.
  D w[OC_PACKED_ROWS], r[OC_PACKED_ROWS], size = zero;
  V u_cosines[OC_PACKED_ROWS], u_sines[OC_PACKED_ROWS], v_cosines[OC_PACKED_ROWS], v_sines[OC_PACKED_ROWS];
  int64_t last[PRODUCT_LANES];
  uint32_t missing = 0;
  for (int64_t j = 0; j < n; j++) {
    w[j] = __builtin_convertvector(diagonal[j], D);
    r[j] = j > 0 ? __builtin_convertvector(off[j - 1], D) : zero;
    size = __builtin_elementwise_max(size, __builtin_elementwise_abs(w[j]) + __builtin_elementwise_abs(r[j]));
  }
  const D bound = 0.01 * unit * size;
  EACH(l, PRODUCT_LANES) last[l] = skipped >> l & 1 ? 0 : n - 1;
  for (int64_t sweep = 0; sweep < 30 * n; sweep++) {
    // Values that have converged are skipped, and the range of every matrix starts after a negligible
    // element.
    MASK start = 0, end;
    EACH(l, PRODUCT_LANES) {
      for (; last[l] > 0; last[l]--) {
        const int64_t j = last[l];
        const double sum = __builtin_fabs(w[j][l]) + __builtin_fabs(w[j - 1][l]);
        if (__builtin_fabs(r[j][l]) > ROUNDING_UNIT * sum && __builtin_fabs(r[j][l]) > bound[l]) break;
      }
      end[l] = last[l];
    }
    const MASK active = end > 0;
    if (!NAME(any_wide)(active)) break;
    int64_t least = n, most = 0;
    EACH(l, PRODUCT_LANES) if (end[l] > most) most = end[l];
    for (int64_t j = 1; j <= most; j++) {
      const D sum = __builtin_elementwise_abs(w[j]) + __builtin_elementwise_abs(w[j - 1]);
      const D length = __builtin_elementwise_abs(r[j]);
      const MASK starts = ((length <= unit * sum) | (length <= bound)) & (j <= end);
      start = (starts & j) | (~starts & start);
    }
    D x = one, y = one, z = one, g = zero, h = one;
    EACH(l, PRODUCT_LANES) if (active[l]) {
      const int64_t k = end[l];
      r[start[l]][l] = 0;
      x[l] = w[start[l]][l];
      y[l] = w[k - 1][l];
      z[l] = w[k][l];
      g[l] = r[k - 1][l];
      h[l] = r[k][l];
      if (start[l] < least) least = start[l];
    }
    D f = ((y - z) * (y + z) + (g - h) * (g + h)) / (2 * h * y);
    const D root = __builtin_elementwise_sqrt(f * f + 1);
    f = ((x - z) * (x + z) + h * (y / (f + NAME(choose_wide)(f < 0, -root, root)) - h)) / x;
    D c = one, s = one;
    MASK running = active;
    for (int64_t j = least; j < most; j++) {
      MASK on = running & (j >= start) & (j < end);
      D side = r[j + 1], next = w[j + 1];
      h = s * side;
      side = c * side;
      const D first = __builtin_elementwise_sqrt(f * f + h * h);
      const D first_c = f / first, first_s = h / first;
      const D f1 = x * first_c + side * first_s;
      const D g1 = side * first_c - x * first_s;
      const D h1 = next * first_s;
      const D y1 = next * first_c;
      const D second = __builtin_elementwise_sqrt(f1 * f1 + h1 * h1);
      const MASK bad = on & ~((first > negligible) & (second > negligible));
      running &= ~bad;
      missing |= NAME(wide_bits)(bad);
      on &= ~bad;
      const D second_c = f1 / second, second_s = h1 / second;
      r[j] = NAME(choose_wide)(on, first, r[j]);
      w[j] = NAME(choose_wide)(on, second, w[j]);
      c = NAME(choose_wide)(on, second_c, c);
      s = NAME(choose_wide)(on, second_s, s);
      f = NAME(choose_wide)(on, second_c * g1 + second_s * y1, f);
      x = NAME(choose_wide)(on, second_c * y1 - second_s * g1, x);
      v_cosines[j] = __builtin_convertvector(NAME(choose_wide)(on, first_c, one), V);
      v_sines[j] = __builtin_convertvector(NAME(choose_wide)(on, first_s, zero), V);
      u_cosines[j] = __builtin_convertvector(NAME(choose_wide)(on, second_c, one), V);
      u_sines[j] = __builtin_convertvector(NAME(choose_wide)(on, second_s, zero), V);
    }
    EACH(l, PRODUCT_LANES) {
      if (running[l]) {
        r[start[l]][l] = 0;
        r[end[l]][l] = f[l];
        w[end[l]][l] = x[l];
      }
      if (missing >> l & 1) last[l] = 0;
    }
    if (!v) continue;
    NAME(rotate_up)(v, v_pitch, n, v_cosines, v_sines, least, most);
    NAME(rotate_up)(u, u_pitch, m, u_cosines, u_sines, least, most);
  }
  EACH(l, PRODUCT_LANES) missing |= (uint32_t)(last[l] > 0) << l;
  for (int64_t j = 0; j < n; j++) {
    const V value = __builtin_convertvector(w[j], V);
    values[j] = __builtin_elementwise_abs(value);
    if (!v) continue;
    const V one_or_less = NAME(choose_lanes)(value < 0, (V)(REAL)-1, (V)(REAL)1);
    for (int64_t i = 0; i < n; i++) v[j * v_pitch + i] *= one_or_less;
  }
  return missing;
}
#undef D
#undef MASK

const oc_packed JOIN(JOIN(JOIN(oc_packed_, INSTRUCTION_SET), _), SUFFIX) = {
    .lanes = PRODUCT_LANES,
    .pack = NAME(pack),
    .unpack = NAME(unpack),
    .flags = NAME(packed_flags),
    .scale = NAME(packed_scale),
    .multiply = NAME(packed_multiply),
    .lu = NAME(packed_lu),
    .lu_solve = NAME(packed_lu_solve),
    .cholesky = NAME(packed_cholesky),
    .qr = NAME(packed_qr),
    .tridiagonal = NAME(packed_tridiagonal),
    .ql = NAME(packed_ql),
    .bidiagonal = NAME(packed_bidiagonal),
    .bidiagonal_qr = NAME(packed_bidiagonal_qr),
};
#undef V
#undef INTEGERS
#undef INTEGER
#undef ROUNDING_UNIT
#undef EXPONENT_BITS
#undef SMALL_NUMBER
#undef GREAT_NUMBER
#undef TINY_SQUARE
