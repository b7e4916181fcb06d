// Products of small matrices: a block of C stays in registers while the loop reads rows of B, a few vectors
// wide. Each element is summed in order over the inner dimension, so the sizes of blocks do not change it.

#define PRODUCT_LANES ((int64_t)(PRODUCT_BYTES / sizeof(REAL)))
#define PANEL (PRODUCT_VECTORS * PRODUCT_LANES)

typedef REAL NAME(aligned_lanes) __attribute__((ext_vector_type(PRODUCT_BYTES / sizeof(REAL))));
typedef NAME(aligned_lanes) NAME(lanes) __attribute__((aligned(sizeof(REAL))));

/// Computes a block of C of `rows` (up to 6) by `vectors` vectors, from `k` rows of B. Every caller passes
/// constants for both sizes.
INLINE void NAME(product_block)(const int rows, const int vectors, const oc_small_product *s, const REAL *a,
                                int64_t k, const REAL *b, int64_t b_row, REAL beta, REAL *c,
                                int64_t c_row) {
// Blocks of every size add in the same order.
#pragma clang fp reassociate(off)
  NAME(lanes) sums[6][PRODUCT_VECTORS];
  EACH(i, rows) EACH(j, vectors) sums[i][j] = 0;
  const int64_t a_row = s->a_row, a_column = s->a_column;
  // C and the next rows of A are prefetched while the sums are computed.
  if (k >= 32 && !s->streams)
    EACH(i, rows) EACH(j, vectors) __builtin_prefetch(c + i * c_row + j * PRODUCT_LANES, 1);
  if (a_column == 1 && vectors == PRODUCT_VECTORS)
    EACH(i, rows)
      for (int64_t p = 0; p < k; p += 64 / sizeof(REAL)) __builtin_prefetch(a + (rows + i) * a_row + p);
  for (int64_t p = 0; p < k; p++) {
    NAME(lanes) y[PRODUCT_VECTORS];
    EACH(j, vectors) y[j] = *(const NAME(lanes) *)(b + p * b_row + j * PRODUCT_LANES);
    EACH(i, rows) {
      const NAME(lanes) x = a[i * a_row + p * a_column];
      EACH(j, vectors) sums[i][j] += x * y[j];
    }
  }
  const REAL alpha = (REAL)s->alpha;
  EACH(i, rows) EACH(j, vectors) sums[i][j] *= alpha;
#define TARGET(type) (*(NAME(type) *)(c + i * c_row + j * PRODUCT_LANES))
  if (s->streams) {
    EACH(i, rows) EACH(j, vectors)
      __builtin_nontemporal_store((NAME(aligned_lanes))sums[i][j], &TARGET(aligned_lanes));
  } else if (beta == 0) {
    EACH(i, rows) EACH(j, vectors) TARGET(lanes) = sums[i][j];
  } else {
    EACH(i, rows) EACH(j, vectors) TARGET(lanes) = sums[i][j] + beta * TARGET(lanes);
  }
#undef TARGET
}

/// Computes up to 6 rows of C. An incomplete last vector, of `width` columns, is computed in the buffer
/// `spare`.
INLINE void NAME(product_rows)(const int rows, const int vectors, const oc_small_product *s, const REAL *a,
                               int64_t k, const REAL *b, int64_t b_row, REAL beta, REAL *c,
                               int64_t width) {
  if (vectors > 1 || width == PRODUCT_LANES) {
    NAME(product_block)(rows, vectors, s, a, k, b, b_row, beta, c, s->c_row);
    return;
  }
  REAL spare[6 * PRODUCT_LANES];
  if (beta != 0) EACH(i, rows) NAME(copy_few)(spare + i * PRODUCT_LANES, c + i * s->c_row, width);
  NAME(product_block)(rows, 1, s, a, k, b, b_row, beta, spare, PRODUCT_LANES);
  EACH(i, rows) NAME(copy_few)(c + i * s->c_row, spare + i * PRODUCT_LANES, width);
}

// Computes all rows of a constant number of vectors of C, `block` rows at a time. Each number of vectors has
// a separate function, so that it can use all registers. With four vectors, four rows occupy the multipliers,
// and the loads of the next block overlap with their work.
#define PRODUCT_COLUMNS(name, vectors, block)                                                           \
  static __attribute__((noinline)) void name(const oc_small_product *s, const REAL *a, int64_t k,       \
                                             const REAL *b, int64_t b_row, REAL beta, REAL *c,          \
                                             int64_t width) {                                           \
    int64_t i = 0;                                                                                      \
    for (; i + block <= s->m; i += block) PRODUCT_ROWS(block, vectors);                                 \
    switch (s->m - i) {                                                                                 \
      case 1: PRODUCT_ROWS(1, vectors); break;                                                          \
      case 2: PRODUCT_ROWS(2, vectors); break;                                                          \
      case 3: PRODUCT_ROWS(3, vectors); break;                                                          \
      case 4: PRODUCT_ROWS(4, vectors); break;                                                          \
      case 5: PRODUCT_ROWS(5, vectors); break;                                                          \
    }                                                                                                   \
  }
#define PRODUCT_ROWS(rows, vectors)                                                                     \
  NAME(product_rows)                                                                                    \
  (rows, vectors, s, a + i * s->a_row, k, b, b_row, beta, c + i * s->c_row, width)
PRODUCT_COLUMNS(NAME(product_columns1), 1, 6)
PRODUCT_COLUMNS(NAME(product_columns2), 2, 6)
#if PRODUCT_VECTORS == 4
PRODUCT_COLUMNS(NAME(product_columns4), 4, 4)
#endif
#undef PRODUCT_ROWS
#undef PRODUCT_COLUMNS

static void NAME(small_product)(const oc_small_product *s) {
  for (int64_t start = 0; start < s->k; start += OC_PRODUCT_DEPTH) {
    const int64_t k = s->k - start < OC_PRODUCT_DEPTH ? s->k - start : OC_PRODUCT_DEPTH;
    const REAL *a = (const REAL *)s->a + start * s->a_column;
    const REAL beta = start == 0 ? (REAL)s->beta : 1;
    for (int64_t j = 0, width; j < s->n; j += width) {
      const int64_t left = s->n - j;
      const int vectors = left >= PANEL ? PRODUCT_VECTORS : left >= 2 * PRODUCT_LANES ? 2 : 1;
      const int64_t whole = vectors * PRODUCT_LANES;
      width = left < whole ? left : whole;
      const REAL *b = (const REAL *)s->b + start * s->b_row + j * s->b_column;
      int64_t b_row = s->b_row;
      REAL packed[OC_PRODUCT_DEPTH * PANEL];
      if (s->b_column != 1) {
        if (width < whole) memset(packed, 0, k * whole * sizeof(REAL));
        for (int64_t l = 0; l < width; l++)
          for (int64_t p = 0; p < k; p++) packed[p * whole + l] = b[p * b_row + l * s->b_column];
      } else if (width < whole) {
        for (int64_t p = 0; p < k; p++) {
          *(NAME(lanes) *)(packed + p * whole) = 0;
          NAME(copy_few)(packed + p * whole, b + p * b_row, width);
        }
      }
      if (s->b_column != 1 || width < whole) {
        b = packed;
        b_row = whole;
      }
      REAL *c = (REAL *)s->c + j;
      if (vectors == 1) NAME(product_columns1)(s, a, k, b, b_row, beta, c, width);
      else if (vectors == 2) NAME(product_columns2)(s, a, k, b, b_row, beta, c, width);
#if PRODUCT_VECTORS == 4
      else NAME(product_columns4)(s, a, k, b, b_row, beta, c, width);
#endif
    }
  }
#if defined(__x86_64__)
  // Non-temporal stores must be complete before other threads are told that the results are ready.
  if (s->streams) __builtin_ia32_sfence();
#endif
}
#undef PANEL
