// The transpose of a matrix, by tiles of eight by eight elements in registers.

typedef REAL NAME(eight) __attribute__((ext_vector_type(8)));
typedef NAME(eight) NAME(eight_anywhere) __attribute__((aligned(sizeof(REAL))));

INLINE void NAME(transpose_tile)(const REAL *x, int64_t x_row, REAL *y, int64_t y_row) {
  NAME(eight) a[8], b[8];
  EACH(i, 8) a[i] = *(const NAME(eight_anywhere) *)(x + i * x_row);
  EACH(i, 4) {
    b[2 * i] = __builtin_shufflevector(a[2 * i], a[2 * i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    b[2 * i + 1] = __builtin_shufflevector(a[2 * i], a[2 * i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  EACH(i, 2) EACH(j, 2) {
    const int k = 4 * i + j;
    a[k] = __builtin_shufflevector(b[k], b[k + 2], 0, 1, 8, 9, 4, 5, 12, 13);
    a[k + 2] = __builtin_shufflevector(b[k], b[k + 2], 2, 3, 10, 11, 6, 7, 14, 15);
  }
  EACH(i, 4) {
    b[i] = __builtin_shufflevector(a[i], a[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    b[i + 4] = __builtin_shufflevector(a[i], a[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
  EACH(i, 8) *(NAME(eight_anywhere) *)(y + i * y_row) = b[i];
}

static void NAME(transpose)(const void *x_, int64_t x_row, void *y_, int64_t y_row, int64_t rows,
                            int64_t columns) {
  const REAL *x = x_;
  REAL *y = y_;
  // A tile of 16 by 16 fills the cache lines that it reads and writes.
  for (int64_t r = 0; r < rows; r += 16)
    for (int64_t c = 0; c < columns; c += 16) {
      if (r + 16 <= rows && c + 16 <= columns) {
        EACH(i, 2) EACH(j, 2)
          NAME(transpose_tile)(x + (r + 8 * i) * x_row + c + 8 * j, x_row,
                               y + (c + 8 * j) * y_row + r + 8 * i, y_row);
        continue;
      }
      const int64_t last_row = r + 16 < rows ? r + 16 : rows;
      const int64_t last_column = c + 16 < columns ? c + 16 : columns;
      for (int64_t i = r; i < last_row; i += 8)
        for (int64_t j = c; j < last_column; j += 8) {
          if (i + 8 <= last_row && j + 8 <= last_column) {
            NAME(transpose_tile)(x + i * x_row + j, x_row, y + j * y_row + i, y_row);
            continue;
          }
          for (int64_t k = i; k < last_row && k < i + 8; k++)
            for (int64_t l = j; l < last_column && l < j + 8; l++) y[l * y_row + k] = x[k * x_row + l];
        }
    }
}
