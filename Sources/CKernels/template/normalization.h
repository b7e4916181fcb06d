INLINE void NAME(column_moments_tile)(const int parts, int64_t width, const REAL *x, const REAL *bias,
                                      const REAL *residual, REAL *z, double *mean, double *deviation,
                                      int64_t rows, int64_t columns) {
  NAME(part) sum[PARTS], square[PARTS], added[PARTS], center[PARTS];
  EACH(j, parts) {
    sum[j] = square[j] = 0;
    added[j] = bias ? NAME(load_part)(bias + j * PART, width) : 0;
  }
  for (int64_t at = 0; at < rows * columns; at += columns)
    EACH(j, parts) {
      const int64_t to = at + j * PART;
      NAME(part) t = NAME(load_part)(x + to, width) + added[j];
      if (residual) t += NAME(load_part)(residual + to, width);
      if (residual || bias) NAME(store_part)(z + to, t, width);
      sum[j] += t;
    }
  EACH(j, parts) for (int64_t c = 0; c < width; c++) {
    mean[j * PART + c] = (double)sum[j][c] / (double)rows;
    center[j][c] = (REAL)mean[j * PART + c];
  }
  // The chunk is still in the cache, so its squared deviations are computed around its own mean.
  const REAL *source = residual || bias ? z : x;
  for (int64_t at = 0; at < rows * columns; at += columns)
    EACH(j, parts) {
      const NAME(part) t = NAME(load_part)(source + at + j * PART, width) - center[j];
      square[j] += t * t;
    }
  EACH(j, parts) for (int64_t c = 0; c < width; c++) {
    const double offset = mean[j * PART + c] - (double)center[j][c];
    deviation[j * PART + c] = (double)square[j][c] - (double)rows * offset * offset;
  }
}

static void NAME(column_moments)(const void *x, const void *bias, const void *residual, void *z, double *mean,
                                 double *deviation, int64_t rows, int64_t columns) {
#define COLUMN_MOMENTS(parts, width, c)                                                              \
  NAME(column_moments_tile)                                                                          \
  (parts, width, (const REAL *)x + c, bias ? (const REAL *)bias + c : 0,                             \
   residual ? (const REAL *)residual + c : 0, z ? (REAL *)z + c : 0, mean + c, deviation + c, rows, columns)
  BY_PARTS(columns, COLUMN_MOMENTS)
#undef COLUMN_MOMENTS
}

static void NAME(normalize)(const void *z_, const void *residual_, const void *mean_,
                            const void *scale_, const void *shift_, void *y_, int64_t rows,
                            int64_t columns) {
#pragma clang fp reassociate(off)
  const REAL *mean = mean_, *scale = scale_, *shift = shift_;
  for (int64_t r = 0; r < rows; r++) {
    const REAL *z = (const REAL *)z_ + r * columns;
    REAL *y = (REAL *)y_ + r * columns;
    // The mean is subtracted first: z * scale + shift would cancel if the mean is much larger than the
    // deviation.
    if (residual_) {
      const REAL *residual = (const REAL *)residual_ + r * columns;
      SAME_PLACE for (int64_t c = 0; c < columns; c++)
        y[c] = (z[c] + residual[c] - mean[c]) * scale[c] + shift[c];
    } else {
      SAME_PLACE for (int64_t c = 0; c < columns; c++)
        y[c] = (z[c] - mean[c]) * scale[c] + shift[c];
    }
  }
}

INLINE void NAME(norm_gradient_sums_tile)(const int parts, int64_t width, const REAL *dy, const REAL *z,
                                          const REAL *mean, const REAL *inverse, double *sums, int64_t rows,
                                          int64_t columns) {
  NAME(part_sum) first[PARTS], second[PARTS];
  NAME(part) center[PARTS];
  EACH(j, parts) {
    first[j] = second[j] = 0;
    center[j] = NAME(load_part)(mean + j * PART, width);
  }
  for (int64_t at = 0; at < rows * columns; at += columns)
    EACH(j, parts) {
      const NAME(part) g = NAME(load_part)(dy + at + j * PART, width);
      const NAME(part) product = g * (NAME(load_part)(z + at + j * PART, width) - center[j]);
      first[j] += __builtin_convertvector(g, NAME(part_sum));
      second[j] += __builtin_convertvector(product, NAME(part_sum));
    }
  EACH(j, parts) {
    const NAME(part) factor = NAME(load_part)(inverse + j * PART, width);
    NAME(add_part)(sums + j * PART, first[j], width);
    NAME(add_part)
    (sums + columns + j * PART, second[j] * __builtin_convertvector(factor, NAME(part_sum)), width);
  }
}

static void NAME(norm_gradient_sums)(const void *dy, const void *z, const void *mean, const void *inverse,
                                     double *sums, int64_t rows, int64_t columns) {
#define NORM_GRADIENT_SUMS(parts, width, c)                                                       \
  NAME(norm_gradient_sums_tile)                                                                   \
  (parts, width, (const REAL *)dy + c, (const REAL *)z + c, (const REAL *)mean + c,               \
   (const REAL *)inverse + c, sums + c, rows, columns)
  BY_PARTS(columns, NORM_GRADIENT_SUMS)
#undef NORM_GRADIENT_SUMS
}

static void NAME(norm_gradient_apply)(const void *dy_, const void *z_, const void *mean_,
                                      const void *a_, const void *b_, const void *c_, void *dz_,
                                      int64_t rows, int64_t columns) {
#pragma clang fp reassociate(off)
  const REAL *mean = mean_, *a = a_, *b = b_, *c = c_;
  for (int64_t r = 0; r < rows; r++) {
    const REAL *dy = (const REAL *)dy_ + r * columns, *z = (const REAL *)z_ + r * columns;
    REAL *dz = (REAL *)dz_ + r * columns;
    SAME_PLACE for (int64_t i = 0; i < columns; i++) dz[i] = a[i] * dy[i] + (b[i] * (z[i] - mean[i]) + c[i]);
  }
}

static void NAME(layer_norm)(const void *x_, const void *residual_, void *z_, const void *weight_,
                             const void *bias_, double epsilon, void *y_, void *mean_,
                             void *inverse_, int64_t rows, int64_t columns) {
  const REAL *weight = weight_, *bias = bias_;
  REAL *mean = mean_, *inverse = inverse_;
  for (int64_t r = 0; r < rows; r++) {
    const REAL *x = (const REAL *)x_ + r * columns;
    REAL *y = (REAL *)y_ + r * columns;
    const REAL *source = x;
    if (residual_) {
      const REAL *residual = (const REAL *)residual_ + r * columns;
      REAL *z = (REAL *)z_ + r * columns;
      for (int64_t c = 0; c < columns; c++) z[c] = x[c] + residual[c];
      source = z;
    }
    // Sums of many columns are in double precision.
    double sum = 0, square = 0;
    for (int64_t start = 0; start < columns; start += 512) {
      const int64_t end = start + 512 < columns ? start + 512 : columns;
      REAL part = 0;
      for (int64_t c = start; c < end; c++) part += source[c];
      sum += (double)part;
    }
    REAL center = (REAL)(sum / (double)columns);
    for (int64_t start = 0; start < columns; start += 512) {
      const int64_t end = start + 512 < columns ? start + 512 : columns;
      REAL part = 0;
      for (int64_t c = start; c < end; c++) {
        REAL t = source[c] - center;
        part += t * t;
      }
      square += (double)part;
    }
    REAL scale = (REAL)(1 / sqrt(square / (double)columns + epsilon));
    for (int64_t c = 0; c < columns; c++) y[c] = (source[c] - center) * scale * weight[c] + bias[c];
    mean[r] = center;
    inverse[r] = scale;
  }
}

static void NAME(layer_norm_gradient)(const void *dy_, const void *z_, const void *weight_,
                                      const void *mean_, const void *inverse_, void *dz_,
                                      double *restrict sums, int64_t rows, int64_t columns) {
  const REAL *weight = weight_, *mean = mean_, *inverse = inverse_;
  for (int64_t r = 0; r < rows; r++) {
    const REAL *dy = (const REAL *)dy_ + r * columns, *z = (const REAL *)z_ + r * columns;
    REAL *restrict dz = (REAL *)dz_ + r * columns;
    REAL center = mean[r], scale = inverse[r];
    double first_sum = 0, second_sum = 0;
    for (int64_t start = 0; start < columns; start += 512) {
      const int64_t end = start + 512 < columns ? start + 512 : columns;
      REAL first_part = 0, second_part = 0;
      for (int64_t c = start; c < end; c++) {
        REAL normal = (z[c] - center) * scale, g = dy[c] * weight[c];
        first_part += g;
        second_part += g * normal;
        sums[c] += (double)dy[c];
        sums[columns + c] += (double)(dy[c] * normal);
      }
      first_sum += (double)first_part;
      second_sum += (double)second_part;
    }
    const REAL first = (REAL)(first_sum / (double)columns), second = (REAL)(second_sum / (double)columns);
    for (int64_t c = 0; c < columns; c++) {
      REAL normal = (z[c] - center) * scale;
      dz[c] = scale * (dy[c] * weight[c] - first - normal * second);
    }
  }
}
