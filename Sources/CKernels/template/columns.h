// Kernels over the columns of tall matrices. A part of a row is 16 columns; PARTS adjacent parts are
// processed from the first row to the last, so that column sums stay in registers (with AVX-512) and rows are
// read contiguously.

#define PART 16
#define PARTS PRODUCT_VECTORS

typedef REAL NAME(part) __attribute__((ext_vector_type(PART)));
typedef NAME(part) NAME(part_anywhere) __attribute__((aligned(sizeof(REAL))));
typedef REAL NAME(half_anywhere) __attribute__((ext_vector_type(PART / 2), aligned(sizeof(REAL))));
typedef double NAME(part_sum) __attribute__((ext_vector_type(PART)));

/// Copies fewer than 16 numbers.
INLINE void NAME(copy_few)(REAL *to, const REAL *from, int64_t count) {
  EACH(step, 4) {
    const int64_t size = 8 >> step;
    if (count & size) {
      memcpy(to, from, size * sizeof(REAL));
      to += size;
      from += size;
    }
  }
}

/// Loads `width` columns and fills the rest with 0. Half a part, common at the end of a row, is one load.
INLINE NAME(part) NAME(load_part)(const REAL *x, int64_t width) {
  if (width == PART) return *(const NAME(part_anywhere) *)x;
  if (width == PART / 2) {
    NAME(part) v = 0;
    v.lo = *(const NAME(half_anywhere) *)x;
    return v;
  }
  REAL few[PART] = {0};
  NAME(copy_few)(few, x, width);
  return *(const NAME(part_anywhere) *)few;
}

INLINE void NAME(store_part)(REAL *x, NAME(part) v, int64_t width) {
  if (width == PART)
    *(NAME(part_anywhere) *)x = v;
  else if (width == PART / 2)
    *(NAME(half_anywhere) *)x = v.lo;
  else {
    REAL few[PART];
    *(NAME(part_anywhere) *)few = v;
    NAME(copy_few)(x, few, width);
  }
}

/// Adds a part to sums in double precision.
INLINE void NAME(add_part)(double *sums, NAME(part_sum) v, int64_t width) {
  for (int64_t c = 0; c < width; c++) sums[c] += v[c];
}

// Calls `tile(parts, width, c)` for all columns, where c is the first column. Both numbers are constants,
// except for an incomplete last part.
#define BY_PARTS(columns, tile)                                                     \
  {                                                                                 \
    int64_t c = 0;                                                                  \
    for (; c + PARTS * PART <= columns; c += PARTS * PART) tile(PARTS, PART, c);    \
    for (; c + 2 * PART <= columns; c += 2 * PART) tile(2, PART, c);                \
    for (; c + PART <= columns; c += PART) tile(1, PART, c);                        \
    if (c < columns) tile(1, columns - c, c);                                       \
  }

// Column sums are in double precision, so that gradients that cancel exactly have the sum 0.

INLINE void NAME(relu_gradient_tile)(const int parts, int64_t width, const REAL *dy, const REAL *y, REAL *g,
                                     double *sums, int64_t rows, int64_t columns) {
  NAME(part_sum) total[PARTS];
  EACH(j, parts) total[j] = 0;
  for (int64_t at = 0; at < rows * columns; at += columns)
    EACH(j, parts) {
      const int64_t to = at + j * PART;
      const NAME(part) t = NAME(load_part)(y + to, width) > 0 ? NAME(load_part)(dy + to, width) : 0;
      NAME(store_part)(g + to, t, width);
      total[j] += __builtin_convertvector(t, NAME(part_sum));
    }
  if (sums) EACH(j, parts) NAME(add_part)(sums + j * PART, total[j], width);
}

static void NAME(relu_gradient)(const void *dy, const void *y, void *g, double *sums, int64_t rows,
                                int64_t columns) {
#define RELU_GRADIENT(parts, width, c)                                                              \
  NAME(relu_gradient_tile)                                                                          \
  (parts, width, (const REAL *)dy + c, (const REAL *)y + c, (REAL *)g + c, sums ? sums + c : 0, rows, \
   columns)
  BY_PARTS(columns, RELU_GRADIENT)
#undef RELU_GRADIENT
}

INLINE void NAME(column_sums_tile)(const int parts, int64_t width, const REAL *x, double *sums, int64_t rows,
                                   int64_t columns) {
  NAME(part_sum) total[PARTS];
  EACH(j, parts) total[j] = 0;
  for (int64_t at = 0; at < rows * columns; at += columns)
    EACH(j, parts)
      total[j] += __builtin_convertvector(NAME(load_part)(x + at + j * PART, width), NAME(part_sum));
  EACH(j, parts) NAME(add_part)(sums + j * PART, total[j], width);
}

static void NAME(column_sums)(const void *x, double *sums, int64_t rows, int64_t columns) {
#define COLUMN_SUMS(parts, width, c) \
  NAME(column_sums_tile)(parts, width, (const REAL *)x + c, sums + c, rows, columns)
  BY_PARTS(columns, COLUMN_SUMS)
#undef COLUMN_SUMS
}
