/// A tile of `width` columns, at most TILE: sums stay in registers.
INLINE void NAME(column_moments_tile)(const REAL *x, const REAL *bias, const REAL *residual, REAL *z,
                                      double *mean, double *deviation, int64_t rows,
                                      int64_t columns, const int64_t width) {
  REAL sum[TILE] = {0}, square[TILE] = {0}, added[TILE] = {0}, center[TILE] = {0};
  if (bias)
    for (int64_t c = 0; c < width; c++) added[c] = bias[c];
  if (residual) {
    for (int64_t at = 0; at < rows * columns; at += columns)
      SAME_PLACE for (int64_t c = 0; c < width; c++) {
        const REAL t = x[at + c] + added[c] + residual[at + c];
        z[at + c] = t;
        sum[c] += t;
      }
  } else if (bias) {
    for (int64_t at = 0; at < rows * columns; at += columns)
      SAME_PLACE for (int64_t c = 0; c < width; c++) {
        const REAL t = x[at + c] + added[c];
        z[at + c] = t;
        sum[c] += t;
      }
  } else {
    for (int64_t at = 0; at < rows * columns; at += columns)
      for (int64_t c = 0; c < width; c++) sum[c] += x[at + c];
  }
  for (int64_t c = 0; c < width; c++) {
    mean[c] = (double)sum[c] / (double)rows;
    center[c] = (REAL)mean[c];
  }
  // The chunk is still in cache: squares are taken around its own mean.
  const REAL *source = residual || bias ? z : x;
  for (int64_t at = 0; at < rows * columns; at += columns)
    for (int64_t c = 0; c < width; c++) {
      const REAL t = source[at + c] - center[c];
      square[c] += t * t;
    }
  for (int64_t c = 0; c < width; c++) {
    const double offset = mean[c] - (double)center[c];
    deviation[c] = (double)square[c] - (double)rows * offset * offset;
  }
}

static void NAME(column_moments)(const void *x_, const void *bias_, const void *residual_, void *z_,
                                 double *mean, double *deviation, int64_t rows, int64_t columns) {
  for (int64_t c = 0; c < columns; c += TILE) {
    const REAL *x = (const REAL *)x_ + c, *bias = bias_ ? (const REAL *)bias_ + c : 0;
    const REAL *residual = residual_ ? (const REAL *)residual_ + c : 0;
    REAL *z = z_ ? (REAL *)z_ + c : 0;
    if (columns - c >= TILE)
      NAME(column_moments_tile)(x, bias, residual, z, mean + c, deviation + c, rows, columns, TILE);
    else
      NAME(column_moments_tile)
    (x, bias, residual, z, mean + c, deviation + c, rows, columns, columns - c);
  }
}

static void NAME(normalize)(const void *z_, const void *residual_, const void *mean_,
                            const void *scale_, const void *shift_, void *y_, int64_t rows,
                            int64_t columns) {
#pragma clang fp reassociate(off)
  const REAL *mean = mean_, *scale = scale_, *shift = shift_;
  for (int64_t r = 0; r < rows; r++) {
    const REAL *z = (const REAL *)z_ + r * columns;
    REAL *y = (REAL *)y_ + r * columns;
    // Centred first: z * scale + shift would lose what the mean is larger than the deviation.
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

static void NAME(norm_gradient_sums)(const void *dy_, const void *z_, const void *mean_,
                                     const void *inverse_, double *sums, int64_t rows,
                                     int64_t columns) {
  for (int64_t c0 = 0; c0 < columns; c0 += TILE) {
    const int64_t width = columns - c0 < TILE ? columns - c0 : TILE;
    const REAL *dy = (const REAL *)dy_ + c0, *z = (const REAL *)z_ + c0;
    const REAL *inverse = (const REAL *)inverse_ + c0;
    REAL mean[TILE] = {0};
    double first[TILE] = {0}, second[TILE] = {0};
    for (int64_t c = 0; c < width; c++) mean[c] = ((const REAL *)mean_)[c0 + c];
    if (width == TILE) {
      for (int64_t r = 0; r < rows; r++, dy += columns, z += columns)
        for (int64_t c = 0; c < TILE; c++) {
          first[c] += (double)dy[c];
          second[c] += (double)(dy[c] * (z[c] - mean[c]));
        }
    } else {
      for (int64_t r = 0; r < rows; r++, dy += columns, z += columns)
        for (int64_t c = 0; c < width; c++) {
          first[c] += (double)dy[c];
          second[c] += (double)(dy[c] * (z[c] - mean[c]));
        }
    }
    for (int64_t c = 0; c < width; c++) {
      sums[c0 + c] += first[c];
      sums[columns + c0 + c] += second[c] * (double)inverse[c];
    }
  }
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
    REAL sum = 0, square = 0;
    for (int64_t c = 0; c < columns; c++) sum += source[c];
    REAL center = sum / (REAL)columns;
    for (int64_t c = 0; c < columns; c++) {
      REAL t = source[c] - center;
      square += t * t;
    }
    REAL scale = (REAL)(1 / sqrt((double)square / (double)columns + epsilon));
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
    REAL center = mean[r], scale = inverse[r], first = 0, second = 0;
    for (int64_t c = 0; c < columns; c++) {
      REAL normal = (z[c] - center) * scale, g = dy[c] * weight[c];
      first += g;
      second += g * normal;
      sums[c] += (double)dy[c];
      sums[columns + c] += (double)(dy[c] * normal);
    }
    first /= (REAL)columns;
    second /= (REAL)columns;
    for (int64_t c = 0; c < columns; c++) {
      REAL normal = (z[c] - center) * scale;
      dz[c] = scale * (dy[c] * weight[c] - first - normal * second);
    }
  }
}
