// Decompositions of many small matrices at once: each lane of a vector belongs to another matrix.
// Element (r, c) of a packed matrix is the vector r * columns + c. Functions that return a bit for
// each lane report the matrices that need the careful and slower path: their numbers are not
// finite, too large, too small or singular.

#define V NAME(aligned_lanes)
#define INTEGERS NAME(integer_lanes)
#if REAL_IS_FLOAT
#define INTEGER int32_t
#define ROUNDING_UNIT 0x1p-23f
#define EXPONENT_BITS 0x7f800000
#define SMALL_NUMBER 0x1p-100f  // of a pivot: its reciprocal is far from overflow
#define GREAT_NUMBER 0x1p100f
#define SMALL_SQUARE 0x1p-100f  // of a singular value, when the largest element is about 1
#else
#define INTEGER int64_t
#define ROUNDING_UNIT 0x1p-52
#define EXPONENT_BITS 0x7ff0000000000000
#define SMALL_NUMBER 0x1p-900
#define GREAT_NUMBER 0x1p900
#define SMALL_SQUARE 0x1p-900
#endif
typedef INTEGER INTEGERS __attribute__((ext_vector_type(PRODUCT_BYTES / sizeof(REAL))));

INLINE V NAME(select)(INTEGERS mask, V a, V b) { return (V)((mask & (INTEGERS)a) | (~mask & (INTEGERS)b)); }

INLINE uint32_t NAME(bits)(INTEGERS mask) {
  uint32_t bits = 0;
  EACH(l, PRODUCT_LANES) bits |= (uint32_t)(mask[l] != 0) << l;
  return bits;
}

/// Lanes whose elements are not finite.
static uint32_t NAME(packed_flags)(const void *x_, int64_t count) {
  const V *x = x_;
  V sum = 0;
  for (int64_t i = 0; i < count; i++) sum += x[i] * (REAL)0;
  return NAME(bits)(sum != 0);
}

/// Element (r, c) of matrix l is at source[l * batch_stride + r * row_stride + c * column_stride].
/// Lanes from `count` on repeat the last matrix.
static uint32_t NAME(pack)(const void *source_, int64_t batch_stride, int64_t row_stride, int64_t column_stride,
                           int64_t rows, int64_t columns, int64_t count, void *packed_) {
  const REAL *source = source_;
  V *packed = packed_;
  int64_t offsets[PRODUCT_LANES];
  EACH(l, PRODUCT_LANES) offsets[l] = (l < count ? l : count - 1) * batch_stride;
  V sum = 0;
  for (int64_t r = 0; r < rows; r++)
    for (int64_t c = 0; c < columns; c++) {
      const REAL *place = source + r * row_stride + c * column_stride;
      V x;
      EACH(l, PRODUCT_LANES) x[l] = place[offsets[l]];
      packed[r * columns + c] = x;
      sum += x * (REAL)0;
    }
  return NAME(bits)(sum != 0);
}

/// The reverse of `pack`, for lanes below `count` whose bit in `skipped` is 0. Packed rows are
/// `pitch` vectors apart.
static void NAME(unpack)(const void *packed_, int64_t pitch, int64_t rows, int64_t columns, int64_t count,
                         uint32_t skipped, void *target_, int64_t batch_stride, int64_t row_stride,
                         int64_t column_stride) {
  const REAL *packed = packed_;
  REAL *target = target_;
  for (int64_t l = 0; l < count; l++) {
    if (skipped >> l & 1) continue;
    for (int64_t r = 0; r < rows; r++) {
      REAL *line = target + l * batch_stride + r * row_stride;
      const REAL *from = packed + r * pitch * PRODUCT_LANES + l;
      for (int64_t c = 0; c < columns; c++) line[c * column_stride] = from[c * PRODUCT_LANES];
    }
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
      best = NAME(select)(larger, size, best);
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
  return NAME(bits)(small);
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
  return NAME(bits)(small);
}

/// Divides each matrix by a power of two, so that its largest magnitude is at least 1 and below 2,
/// and stores the powers. Reports matrices for which this is impossible, zero among them.
static uint32_t NAME(packed_scale)(void *x_, int64_t count, void *powers_) {
  V *x = x_, *powers = powers_;
  V largest = 0, sum = 0;
  for (int64_t i = 0; i < count; i++) {
    const V size = __builtin_elementwise_abs(x[i]);
    largest = NAME(select)(size > largest, size, largest);
    sum += x[i] * (REAL)0;
  }
  const V power = (V)((INTEGERS)largest & (INTEGER)EXPONENT_BITS);
  const INTEGERS fits = (power >= SMALL_NUMBER) & (power <= GREAT_NUMBER) & (sum == 0);
  const V one = (REAL)1;
  *powers = NAME(select)(fits, power, one);
  const V factor = 1 / *powers;
  for (int64_t i = 0; i < count; i++) x[i] *= factor;
  return NAME(bits)(~fits);
}

/// Multiplies each matrix by its number.
static void NAME(packed_multiply)(void *x_, int64_t count, const void *factors) {
  V *x = x_;
  const V factor = *(const V *)factors;
  for (int64_t i = 0; i < count; i++) x[i] *= factor;
}

/// The reflection 1 - tau v v^T with v[0] = 1 that maps x [count] to (beta, 0, ...). x[0] becomes
/// beta and the rest v. Returns tau, which is 0 where the rest of x is zero.
INLINE V NAME(reflection)(V *x, int64_t count) {
  V square = 0;
  for (int64_t i = 1; i < count; i++) square += x[i] * x[i];
  const V alpha = x[0];
  const V size = __builtin_elementwise_sqrt(alpha * alpha + square);
  const V beta = NAME(select)(alpha > 0, -size, size);
  const INTEGERS none = square == 0;
  const V one = (REAL)1, zero = (REAL)0;
  const V tau = NAME(select)(none, zero, (beta - alpha) / NAME(select)(none, one, beta));
  const V scale = NAME(select)(none, zero, 1 / NAME(select)(none, one, alpha - beta));
  for (int64_t i = 1; i < count; i++) x[i] *= scale;
  x[0] = NAME(select)(none, alpha, beta);
  return tau;
}

/// y <- y - tau v (v^T y) for `width` vectors y [count], `pitch` apart; v[0] is taken as 1. Every
/// caller passes a constant `width`.
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
                                       int64_t width, V *q) {
  for (int64_t i = 0; i < width; i++)
    for (int64_t j = 0; j < n; j++) q[i * n + j] = (V)(REAL)(i == j);
  for (int64_t k = count - 1; k >= 0; k--) {
    const int64_t first = k + shift;
    NAME(reflect)(a + k * n + first, taus[k], n - first, q + first * n + first, n, width - first);
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
  if (q) NAME(multiply_reflections)(a, taus, m, rank, 0, width, q);
}

/// A symmetric [n, n], both triangles -> Q^T A Q tridiagonal with `diagonal` [n] and `off_diagonal`
/// [n], and Q^T unless NULL. A is overwritten.
static void NAME(packed_tridiagonal)(int64_t n, void *a_, void *diagonal_, void *off_diagonal_, void *q_) {
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
  if (q) NAME(multiply_reflections)(a, taus, n, n - 1, 1, n, q);
}

INLINE void NAME(rotate)(V *x, V *y, V c, V s, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    const V a = x[i], b = y[i];
    x[i] = c * a - s * b;
    y[i] = s * a + c * b;
  }
}

/// One-sided Jacobi iteration: the rows of w [n, m] become orthogonal, and their lengths are the
/// singular values; v [n, n] unless NULL becomes the product of the rotations, so that w before =
/// v^T w after.
static uint32_t NAME(packed_svd)(int64_t n, int64_t m, void *w_, void *v_, void *values_) {
  V *w = w_, *v = v_, *squares = values_;
  if (v)
    for (int64_t i = 0; i < n; i++)
      for (int64_t j = 0; j < n; j++) v[i * n + j] = (V)(REAL)(i == j);
  const REAL tolerance = ROUNDING_UNIT * (REAL)(1 + m / 4);
  INTEGERS active = 0;
  for (int sweep = 0; sweep < 30; sweep++) {
    for (int64_t i = 0; i < n; i++) {
      V sum = 0;
      for (int64_t r = 0; r < m; r++) sum += w[i * m + r] * w[i * m + r];
      squares[i] = sum;
    }
    active = 0;
    for (int64_t i = 0; i + 1 < n; i++)
      for (int64_t j = i + 1; j < n; j++) {
        V *x = w + i * m, *y = w + j * m;
        V sums[4] = {0, 0, 0, 0};
        int64_t r = 0;
        for (; r + 4 <= m; r += 4) EACH(q, 4) sums[q] += x[r + q] * y[r + q];
        for (; r < m; r++) sums[0] += x[r] * y[r];
        const V dot = (sums[0] + sums[1]) + (sums[2] + sums[3]);
        const INTEGERS turns = __builtin_elementwise_abs(dot) >
                               tolerance * __builtin_elementwise_sqrt(squares[i] * squares[j]);
        if (!NAME(bits)(turns)) continue;
        active |= turns;
        // The rotation by Rutishauser's formulas; none in lanes that are done.
        const V one = (REAL)1, zero = (REAL)0;
        const V slope = (squares[j] - squares[i]) / (2 * NAME(select)(turns, dot, one));
        const V size = __builtin_elementwise_abs(slope) + __builtin_elementwise_sqrt(1 + slope * slope);
        V tangent = 1 / size;
        tangent = NAME(select)(slope < 0, -tangent, tangent);
        tangent = NAME(select)(turns, tangent, zero);
        const V c = 1 / __builtin_elementwise_sqrt(1 + tangent * tangent), s = c * tangent;
        NAME(rotate)(x, y, c, s, m);
        if (v) NAME(rotate)(v + i * n, v + j * n, c, s, n);
        squares[i] -= tangent * dot;
        squares[j] += tangent * dot;
      }
    if (!NAME(bits)(active)) break;
  }
  INTEGERS small = active;
  for (int64_t i = 0; i < n; i++) {
    V sum = 0;
    for (int64_t r = 0; r < m; r++) sum += w[i * m + r] * w[i * m + r];
    small |= ~(sum >= SMALL_SQUARE);
    squares[i] = __builtin_elementwise_sqrt(sum);
    const V inverse = 1 / squares[i];
    if (v)
      for (int64_t r = 0; r < m; r++) w[i * m + r] *= inverse;
  }
  return NAME(bits)(small);
}

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
    .svd = NAME(packed_svd),
};
#undef V
#undef INTEGERS
#undef INTEGER
#undef ROUNDING_UNIT
#undef EXPONENT_BITS
#undef SMALL_NUMBER
#undef GREAT_NUMBER
#undef SMALL_SQUARE
