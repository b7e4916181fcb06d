// A sweep of plane rotations over the columns of a matrix, for the QL iteration of symmetric eigenvectors.

/// Rotates `vectors` vectors of rows. Every caller passes a constant `vectors`.
INLINE void NAME(rotate_rows)(const int vectors, REAL *z, int64_t stride, const REAL *c, const REAL *s,
                              int64_t count) {
  NAME(lanes) carried[4];
#define COLUMN(j) (*(NAME(lanes) *)(z + (j) * stride + v * PRODUCT_LANES))
  EACH(v, vectors) carried[v] = COLUMN(count);
  for (int64_t j = count - 1; j >= 0; j--)
    EACH(v, vectors) {
      const NAME(lanes) x = COLUMN(j);
      COLUMN(j + 1) = s[j] * x + c[j] * carried[v];
      carried[v] = c[j] * x - s[j] * carried[v];
    }
  EACH(v, vectors) COLUMN(0) = carried[v];
#undef COLUMN
}

static void NAME(rotate_columns)(void *z, int64_t stride, const void *cosines, const void *sines,
                                 int64_t count) {
  for (int64_t row = 0; row < stride; row += 4 * PRODUCT_LANES) {
    REAL *part = (REAL *)z + row;
    switch ((stride - row) / PRODUCT_LANES) {
      case 1: NAME(rotate_rows)(1, part, stride, cosines, sines, count); break;
      case 2: NAME(rotate_rows)(2, part, stride, cosines, sines, count); break;
      case 3: NAME(rotate_rows)(3, part, stride, cosines, sines, count); break;
      default: NAME(rotate_rows)(4, part, stride, cosines, sines, count); break;
    }
  }
}
