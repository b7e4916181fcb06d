// Products of a matrix with a vector, and of two vectors. The order of a sum depends on its length alone, so the
// bits of an element do not depend on how rows or columns are divided.

#define VECTOR_DEPTH 256

/// The products of `count` rows of A with x.
INLINE void NAME(products_of_rows)(const int count, const REAL *a, int64_t a_row, const REAL *x, int64_t columns,
                                   REAL *sums) {
  AS_WRITTEN
  NAME(part) t[4];
  EACH(r, count) t[r] = 0;
  int64_t c = 0;
  for (; c + PART <= columns; c += PART) {
    const NAME(part) v = NAME(load_part)(x + c, PART);
    EACH(r, count) t[r] = MULTIPLY_ADD(NAME(load_part)(a + r * a_row + c, PART), v, t[r]);
  }
  if (c < columns) {
    const NAME(part) v = NAME(load_part)(x + c, columns - c);
    EACH(r, count) t[r] = MULTIPLY_ADD(NAME(load_part)(a + r * a_row + c, columns - c), v, t[r]);
  }
  EACH(r, count) {
    REAL lanes[PART];
    NAME(store_part)(lanes, t[r], PART);
    _Pragma("clang loop unroll(full)") for (int half = PART / 2; half >= 1; half /= 2)
      EACH(l, half) lanes[l] += lanes[l + half];
    sums[r] = lanes[0];
  }
}

/// y_i = alpha (row i of A · x) + beta y_i
static void NAME(matrix_vector)(const oc_vector_product *p) {
  const REAL *a = p->a, *x = p->x;
  REAL *y = p->y;
  const REAL alpha = (REAL)p->alpha, beta = (REAL)p->beta;
  for (int64_t r = 0; r < p->rows;) {
    REAL sums[4];
    const int count = p->rows - r >= 4 ? 4 : 1;
    if (count == 4)
      NAME(products_of_rows)(4, a + r * p->a_row, p->a_row, x, p->columns, sums);
    else
      NAME(products_of_rows)(1, a + r * p->a_row, p->a_row, x, p->columns, sums);
    for (int i = 0; i < count; i++, r++) {
      REAL *to = y + r * p->y_step;
      *to = p->beta == 0 ? alpha * sums[i] : alpha * sums[i] + beta * *to;
    }
  }
}

/// Adds the rows of A times x to sums of `parts` parts of columns.
INLINE void NAME(sums_of_rows)(const int parts, const REAL *a, int64_t a_row, const REAL *x, int64_t rows,
                               int64_t width, REAL alpha, REAL beta, REAL *y) {
  AS_WRITTEN
  NAME(part) t[4];
  EACH(j, parts) t[j] = 0;
  for (int64_t r = 0; r < rows; r++) {
    const NAME(part) v = x[r];
    EACH(j, parts) t[j] = MULTIPLY_ADD(NAME(load_part)(a + r * a_row + j * PART, width), v, t[j]);
  }
  EACH(j, parts) {
    NAME(part) result = alpha * t[j];
    if (beta != 0) result += beta * NAME(load_part)(y + j * PART, width);
    NAME(store_part)(y + j * PART, result, width);
  }
}

/// y_j = alpha sum_r (x_r A_rj) + beta y_j, in blocks of rows.
static void NAME(vector_matrix)(const oc_vector_product *p) {
  const REAL *a = p->a, *x = p->x;
  REAL *y = p->y;
  const REAL alpha = (REAL)p->alpha;
  for (int64_t r = 0; r < p->rows; r += VECTOR_DEPTH) {
    const int64_t rows = p->rows - r < VECTOR_DEPTH ? p->rows - r : VECTOR_DEPTH;
    const REAL *from = a + r * p->a_row;
    const REAL beta = r == 0 ? (REAL)p->beta : 1;
    int64_t c = 0;
    for (; c + 4 * PART <= p->columns; c += 4 * PART)
      NAME(sums_of_rows)(4, from + c, p->a_row, x + r, rows, PART, alpha, beta, y + c);
    for (; c + PART <= p->columns; c += PART)
      NAME(sums_of_rows)(1, from + c, p->a_row, x + r, rows, PART, alpha, beta, y + c);
    if (c < p->columns)
      NAME(sums_of_rows)(1, from + c, p->a_row, x + r, rows, p->columns - c, alpha, beta, y + c);
  }
}

/// y_ij = alpha a_i x_j + beta y_ij, where a_i are a_row apart and rows of y y_step.
static void NAME(outer_product)(const oc_vector_product *p) {
  const REAL *a = p->a, *x = p->x;
  const REAL beta = (REAL)p->beta;
  for (int64_t r = 0; r < p->rows; r++) {
    const REAL factor = (REAL)p->alpha * a[r * p->a_row];
    REAL *y = (REAL *)p->y + r * p->y_step;
    if (p->beta == 0)
      for (int64_t c = 0; c < p->columns; c++) y[c] = factor * x[c];
    else
      for (int64_t c = 0; c < p->columns; c++) y[c] = factor * x[c] + beta * y[c];
  }
}

#undef VECTOR_DEPTH
