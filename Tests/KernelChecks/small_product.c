// Compares the kernel for products with plain loops, for every instruction set and processor that a C compiler
// reaches. `Scripts/check-kernels` compiles it for float and for double.
#include "CKernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOIN2(a, b) a##b
#define JOIN(a, b) JOIN2(a, b)

typedef struct {
  int64_t m, n, k, transposes_a, transposes_b, gap;
  REAL alpha, beta;
} product_case;

static int64_t below(int64_t limit) { return lrand48() % limit; }

/// A matrix with NaN in the gaps between its rows.
static REAL *matrix(int64_t rows, int64_t columns, int64_t gap, int is_known) {
  REAL *x = malloc(sizeof(REAL) * rows * (columns + gap));
  for (int64_t i = 0; i < rows * (columns + gap); i++)
    x[i] = is_known && i % (columns + gap) < columns ? (REAL)(2 * drand48() - 1) : (REAL)NAN;
  return x;
}

/// Whether C is right within the bound of any order of summation, and whether a part of C that is computed alone
/// has the same bits.
static int is_right(const oc_kernels *kernels, const product_case *t) {
  const int64_t m = t->m, n = t->n, k = t->k, gap = t->gap, c_row = n + gap;
  const int64_t a_row = (t->transposes_a ? m : k) + gap, b_row = (t->transposes_b ? k : n) + gap;
  REAL *a = t->transposes_a ? matrix(k, m, gap, 1) : matrix(m, k, gap, 1);
  REAL *b = t->transposes_b ? matrix(n, k, gap, 1) : matrix(k, n, gap, 1);
  REAL *former = matrix(m, n, gap, t->beta != 0), *c = malloc(sizeof(REAL) * m * c_row);
  memcpy(c, former, sizeof(REAL) * m * c_row);
  oc_small_product s = {.m = m, .n = n, .k = k, .alpha = t->alpha, .beta = t->beta, .a = a, .b = b, .c = c,
                        .c_row = c_row};
  s.a_row = t->transposes_a ? 1 : a_row, s.a_column = t->transposes_a ? a_row : 1;
  s.b_row = t->transposes_b ? 1 : b_row, s.b_column = t->transposes_b ? b_row : 1;
  kernels->small_product(&s);
  int right = 1;
  for (int64_t i = 0; i < m; i++) {
    for (int64_t j = 0; j < n; j++) {
      double sum = 0, size = 0;
      for (int64_t p = 0; p < k; p++) {
        const double x = (double)a[i * s.a_row + p * s.a_column] * b[p * s.b_row + j * s.b_column];
        sum += x, size += fabs(x);
      }
      sum *= t->alpha, size *= fabs(t->alpha);
      if (t->beta != 0) {
        const double x = (double)t->beta * former[i * c_row + j];
        sum += x, size += fabs(x);
      }
      right &= fabs(c[i * c_row + j] - sum) <= (sizeof(REAL) == 4 ? 0x1p-23 : 0x1p-52) * (k + 3) * size;
    }
    for (int64_t j = n; j < c_row; j++) right &= isnan(c[i * c_row + j]);
  }
  const int64_t i = below(m), j = below(n);
  oc_small_product part = s;
  part.m = 1 + below(m - i), part.n = 1 + below(n - j);
  part.a = a + i * s.a_row, part.b = b + j * s.b_column, part.c = former + i * c_row + j;
  kernels->small_product(&part);
  for (int64_t row = i; row < i + part.m; row++)
    right &= !memcmp(former + row * c_row + j, c + row * c_row + j, sizeof(REAL) * part.n);
  free(a), free(b), free(c), free(former);
  return right;
}

int main(void) {
  const oc_kernels *kernels = JOIN(oc_kernels_, REAL)();
  const REAL betas[] = {0, 1, 0.75};
  long cases = 0, wrong = 0;
  for (int64_t round = 0; round < 2; round++)
    for (int64_t m = 1; m <= 40; m++)
      for (int64_t n = 1; n <= 40; n++)
        for (int64_t order = 0; order < 4; order++) {
          const product_case t = {
              .m = round == 0 ? m : 40 + below(260), .n = round == 0 ? n : 40 + below(160),
              .k = below(20) ? 1 + below(40) : 250 + below(300), .transposes_a = order & 1,
              .transposes_b = order >> 1, .gap = 3 * below(2), .alpha = below(2) ? 1 : -0.5, .beta = betas[below(3)]};
          if (round == 1 && below(20)) continue;
          cases++;
          if (is_right(kernels, &t)) continue;
          wrong++;
          if (wrong <= 10)
            printf("wrong: m %ld n %ld k %ld, transposed %ld %ld, gap %ld, alpha %g, beta %g\n", (long)t.m,
                   (long)t.n, (long)t.k, (long)t.transposes_a, (long)t.transposes_b, (long)t.gap, t.alpha, t.beta);
        }
  printf("%s, %zu bytes: %ld products, %ld wrong\n", kernels->instruction_set, sizeof(REAL), cases, wrong);
  return wrong > 0;
}
