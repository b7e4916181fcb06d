// One block of columns of a row softmax that is computed block by block.
static void NAME(softmax_block)(void *scores_, void *largest_, void *sums_, void *corrections_,
                                int64_t rows, int64_t columns) {
  REAL *largest = largest_, *sums = sums_, *corrections = corrections_;
  const REAL nothing = -(REAL)__builtin_inff();
  for (int64_t r = 0; r < rows; r++) {
    REAL *restrict x = (REAL *)scores_ + r * columns;
    REAL lanes[16];
    for (int64_t l = 0; l < 16; l++) lanes[l] = nothing;
    int64_t c = 0;
    for (; c + 16 <= columns; c += 16)
      for (int64_t l = 0; l < 16; l++) lanes[l] = x[c + l] > lanes[l] ? x[c + l] : lanes[l];
    for (; c < columns; c++) lanes[0] = x[c] > lanes[0] ? x[c] : lanes[0];
    REAL top = largest[r];
    for (int64_t l = 0; l < 16; l++) top = lanes[l] > top ? lanes[l] : top;
    // In a row that is masked so far, exp(-inf - 0) gives the required zeros.
    const REAL shift = top == nothing ? 0 : top;
    // Sums of many columns are in double precision.
    double total = 0;
    for (int64_t start = 0; start < columns; start += 512) {
      const int64_t end = start + 512 < columns ? start + 512 : columns;
      REAL sum = 0;
      for (c = start; c < end; c++) {
        REAL y = NAME(exp_one)(x[c] - shift);
        x[c] = y;
        sum += y;
      }
      total += (double)sum;
    }
    const REAL correction = NAME(exp_one)(largest[r] - shift);
    corrections[r] = correction;
    sums[r] = (REAL)((double)sums[r] * (double)correction + total);
    largest[r] = top;
  }
}

static void NAME(softmax_block_gradient)(void *scores_, void *gradients_, const void *logarithms_,
                                         const void *inner_, int64_t rows, int64_t columns) {
  const REAL *logarithms = logarithms_, *inner = inner_;
  for (int64_t r = 0; r < rows; r++) {
    REAL *restrict p = (REAL *)scores_ + r * columns;
    REAL *restrict g = (REAL *)gradients_ + r * columns;
    const REAL logarithm = logarithms[r], offset = inner[r];
    for (int64_t c = 0; c < columns; c++) {
      REAL y = NAME(exp_one)(p[c] - logarithm);
      p[c] = y;
      g[c] = y * (g[c] - offset);
    }
  }
}
