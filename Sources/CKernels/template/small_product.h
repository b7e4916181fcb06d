// Products of matrices: a block of C stays in registers while the loop reads rows of B, a few vectors wide.
// Each element is summed in order over the inner dimension, however rows and columns are cut into blocks.

#if PRODUCT_VECTORS == 4
#define PANEL_VECTORS 4
#else
#define PANEL_VECTORS 3
#endif

/// What all blocks of a panel of columns have in common: B [k, vectors * lanes], of which C has `width` columns.
typedef struct {
  int64_t k, width, b_row, a_stride, c_row, streams;
  REAL alpha, beta;
  const REAL *b;
} NAME(product_panel);

/// `count` blocks of C of `rows` (up to 8) by `vectors` (up to 4) vectors, one below the other. Every caller passes
/// constants for both sizes and for `is_plain`: A is stored by rows, `a_stride` apart, and not by columns.
INLINE void NAME(product_blocks)(const int rows, const int vectors, const int is_plain,
                                 const NAME(product_panel) *panel, const REAL *a, REAL *c, int64_t count) {
// Blocks of every size add in the same order.
#pragma clang fp reassociate(off)
  const int64_t k = panel->k, stride = panel->a_stride, b_row = panel->b_row, c_row = panel->c_row;
  const int64_t last = panel->width - (vectors - 1) * PRODUCT_LANES;
  const REAL alpha = panel->alpha, beta = panel->beta;
#define TARGET(type, i, j) (*(NAME(type) *)(c + (i) * c_row + (j) * PRODUCT_LANES))
  for (; count > 0; count--, a += is_plain ? rows * stride : rows, c += rows * c_row) {
    NAME(lanes) sums[8][4];
    EACH(i, rows) EACH(j, vectors) sums[i][j] = 0;
    // C and the next rows of A are prefetched while the sums are computed.
    if (k >= 32 && !panel->streams)
      EACH(i, rows) EACH(j, vectors) __builtin_prefetch(c + i * c_row + j * PRODUCT_LANES, 1);
    if (is_plain && vectors == 4)
      EACH(i, rows)
        for (int64_t p = 0; p < k; p += 64 / sizeof(REAL)) __builtin_prefetch(a + (rows + i) * stride + p);
    const REAL *b = panel->b;
    for (int64_t p = 0; p < k; p++, b += b_row) {
      NAME(lanes) y[4];
      EACH(j, vectors) y[j] = *(const NAME(lanes) *)(b + j * PRODUCT_LANES);
      EACH(i, rows) {
        const NAME(lanes) x = is_plain ? a[i * stride + p] : a[i + p * stride];
        EACH(j, vectors) sums[i][j] = MULTIPLY_ADD(x, y[j], sums[i][j]);
      }
    }
    EACH(i, rows) EACH(j, vectors) sums[i][j] *= alpha;
    if (panel->streams) {
      EACH(i, rows) EACH(j, vectors)
        __builtin_nontemporal_store((NAME(aligned_lanes))sums[i][j], &TARGET(aligned_lanes, i, j));
      continue;
    }
    if (beta != 0) {
      const NAME(lanes) factor = beta;
      EACH(i, rows) {
        EACH(j, vectors - 1) sums[i][j] = MULTIPLY_ADD(factor, TARGET(lanes, i, j), sums[i][j]);
        const int j = vectors - 1;
        const NAME(lanes) old =
            last == PRODUCT_LANES ? TARGET(lanes, i, j) : NAME(load_some)((REAL *)&TARGET(lanes, i, j), last);
        sums[i][j] = MULTIPLY_ADD(factor, old, sums[i][j]);
      }
    }
    EACH(i, rows) EACH(j, vectors - 1) TARGET(lanes, i, j) = sums[i][j];
    if (last == PRODUCT_LANES)
      EACH(i, rows) TARGET(lanes, i, vectors - 1) = sums[i][vectors - 1];
    else
      EACH(i, rows) NAME(store_some)((REAL *)&TARGET(lanes, i, vectors - 1), sums[i][vectors - 1], last);
  }
#undef TARGET
}

// Each size of a block is a function of its own, so that it can use all registers. With 16 registers the sums of
// larger blocks do not stay in them; eight sums keep the multipliers busy.
#define BLOCK_ROWS(vectors) (vectors == 1 ? 8 : vectors == 2 ? 6 : vectors == 3 ? 3 : 4)
#define PRODUCT_SIZES(PRODUCT, order)                                                                      \
  PRODUCT(1, 1, order) PRODUCT(2, 1, order) PRODUCT(3, 1, order) PRODUCT(4, 1, order) PRODUCT(5, 1, order) \
  PRODUCT(6, 1, order) PRODUCT(7, 1, order) PRODUCT(8, 1, order)                                           \
  PRODUCT(1, 2, order) PRODUCT(2, 2, order) PRODUCT(3, 2, order) PRODUCT(4, 2, order) PRODUCT(5, 2, order) \
  PRODUCT(6, 2, order)                                                                                     \
  PRODUCT(1, 3, order) PRODUCT(2, 3, order) PRODUCT(3, 3, order)                                           \
  WIDE_PRODUCT_SIZES(PRODUCT, order)
#if PANEL_VECTORS == 4
#define WIDE_PRODUCT_SIZES(PRODUCT, order) \
  PRODUCT(1, 4, order) PRODUCT(2, 4, order) PRODUCT(3, 4, order) PRODUCT(4, 4, order)
#else
#define WIDE_PRODUCT_SIZES(PRODUCT, order)
#endif
#define BY_ROWS 1
#define BY_COLUMNS 0
#define PRODUCT_NAME(rows, vectors, order) JOIN(NAME(JOIN(product_, order)), JOIN(JOIN(_, rows), JOIN(x, vectors)))

#define PRODUCT_FUNCTION(rows, vectors, order)                                                             \
  static __attribute__((noinline)) void PRODUCT_NAME(rows, vectors, order)(                                \
      const NAME(product_panel) *panel, const REAL *a, REAL *c, int64_t count) {                           \
    NAME(product_blocks)(rows, vectors, order, panel, a, c, count);                                        \
  }
PRODUCT_SIZES(PRODUCT_FUNCTION, BY_COLUMNS)
PRODUCT_SIZES(PRODUCT_FUNCTION, BY_ROWS)

typedef void NAME(product_function)(const NAME(product_panel) *, const REAL *a, REAL *c, int64_t count);
// By the order of A and by the vectors and rows of a block, less 1.
#define PRODUCT_ENTRY(rows, vectors, order) [order][vectors - 1][rows - 1] = PRODUCT_NAME(rows, vectors, order),
static NAME(product_function) *const NAME(product_functions)[2][PANEL_VECTORS][8] = {
    PRODUCT_SIZES(PRODUCT_ENTRY, BY_COLUMNS) PRODUCT_SIZES(PRODUCT_ENTRY, BY_ROWS)};
#undef PRODUCT_ENTRY
#undef PRODUCT_FUNCTION
#undef PRODUCT_NAME
#undef PRODUCT_SIZES
#undef WIDE_PRODUCT_SIZES

/// All rows of a panel. If the rest after whole blocks has fewer than eight sums, which would wait for each other,
/// it is cut in two together with the last block.
static void NAME(product_rows)(const NAME(product_panel) *panel, int64_t vectors, int64_t is_plain, const REAL *a,
                               REAL *c, int64_t m) {
  NAME(product_function) *const *const functions = NAME(product_functions)[is_plain][vectors - 1];
  const int64_t block = BLOCK_ROWS(vectors), a_step = is_plain ? panel->a_stride : 1;
  int64_t count = m / block, rest = m % block;
  if (rest > 0 && rest * vectors < 8 && count > 0) {
    count--;
    rest += block;
  }
  if (count > 0) functions[block - 1](panel, a, c, count);
  for (int64_t i = count * block, rows; rest > 0; i += rows, rest -= rows) {
    rows = rest > block ? (rest + 1) / 2 : rest;
    functions[rows - 1](panel, a + i * a_step, c + i * panel->c_row, 1);
  }
}

/// Copies the first `width` columns of B [k, ...] to rows of `vectors` vectors, a constant for every caller. The
/// rest of the last vector is 0.
INLINE void NAME(pack_panel)(const int vectors, const REAL *b, int64_t b_row, int64_t b_column, int64_t k,
                             int64_t width, REAL *packed) {
  const int64_t whole = vectors * PRODUCT_LANES, last = whole - PRODUCT_LANES;
  if (b_column != 1) {
    if (width < whole)
      for (int64_t p = 0; p < k; p++) *(NAME(lanes) *)(packed + p * whole + last) = 0;
    NAME(transpose)(b, b_column, packed, whole, width, k);
    return;
  }
  for (int64_t p = 0; p < k; p++, b += b_row, packed += whole) {
    EACH(j, vectors - 1)
      *(NAME(lanes) *)(packed + j * PRODUCT_LANES) = *(const NAME(lanes) *)(b + j * PRODUCT_LANES);
    *(NAME(lanes) *)(packed + last) =
        width == whole ? *(const NAME(lanes) *)(b + last) : NAME(load_some)(b + last, width - last);
  }
}

/// The vectors of the next panel if `left` are left. All panels are wide enough to keep the multipliers busy.
INLINE int64_t NAME(panel_vectors)(int64_t left) {
#if PANEL_VECTORS == 4
  return left == 5 || left == 6 ? 3 : left < 4 ? left : 4;
#else
  return left == 1 ? 1 : left % 2 == 1 ? 3 : 2;
#endif
}

static void NAME(small_product)(const oc_small_product *s) {
  const int64_t is_plain = s->a_column == 1;
  // The inner dimension is cut into parts of about equal length.
  const int64_t parts = (s->k + OC_PRODUCT_DEPTH - 1) / OC_PRODUCT_DEPTH;
  NAME(product_panel) panel = {.a_stride = is_plain ? s->a_row : s->a_column, .c_row = s->c_row,
                               .streams = s->streams, .alpha = (REAL)s->alpha};
  for (int64_t part = 0; part < parts; part++) {
    const int64_t start = s->k * part / parts;
    panel.k = s->k * (part + 1) / parts - start;
    panel.beta = part == 0 ? (REAL)s->beta : 1;
    for (int64_t j = 0; j < s->n; j += panel.width) {
      const int64_t vectors = NAME(panel_vectors)((s->n - j + PRODUCT_LANES - 1) / PRODUCT_LANES);
      const int64_t whole = vectors * PRODUCT_LANES;
      panel.width = s->n - j < whole ? s->n - j : whole;
      panel.b = (const REAL *)s->b + start * s->b_row + j * s->b_column;
      panel.b_row = s->b_row;
      __attribute__((aligned(64))) REAL packed[OC_PRODUCT_DEPTH * PANEL_VECTORS * PRODUCT_LANES];
      // For many rows of A a panel is also copied if its rows are apart: they would evict each other from the
      // first-level cache.
      if (s->b_column != 1 || panel.width < whole || (s->m >= 96 && s->b_row != whole)) {
        switch (vectors) {
          case 1: NAME(pack_panel)(1, panel.b, s->b_row, s->b_column, panel.k, panel.width, packed); break;
          case 2: NAME(pack_panel)(2, panel.b, s->b_row, s->b_column, panel.k, panel.width, packed); break;
          case 3: NAME(pack_panel)(3, panel.b, s->b_row, s->b_column, panel.k, panel.width, packed); break;
#if PANEL_VECTORS == 4
          case 4: NAME(pack_panel)(4, panel.b, s->b_row, s->b_column, panel.k, panel.width, packed); break;
#endif
        }
        panel.b = packed;
        panel.b_row = whole;
      }
      NAME(product_rows)(&panel, vectors, is_plain, (const REAL *)s->a + start * s->a_column,
                         (REAL *)s->c + j, s->m);
    }
  }
#if defined(__x86_64__)
  // Non-temporal stores must be complete before other threads are told that the results are ready.
  if (s->streams) __builtin_ia32_sfence();
#endif
}
#undef BLOCK_ROWS
#undef BY_ROWS
#undef BY_COLUMNS
#undef PANEL_VECTORS
