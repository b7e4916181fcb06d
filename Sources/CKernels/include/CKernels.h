#ifndef OUTCROP_CKERNELS_H
#define OUTCROP_CKERNELS_H

// The loops whose instruction set is chosen at run time. Each is written once, in template/*.h, and
// compiled for every instruction set and for float and double. `void *` is an array of the table's
// scalar type. Matrices are row-major and, unless a stride is given, dense.

#include "PackedMatrices.h"

#include <stdint.h>
#if defined(__linux__)
#include <malloc.h>
#endif

#pragma clang assume_nonnull begin

/// Tells the processor that the thread is waiting in a loop.
static inline void oc_cpu_relax(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// Returns the C library's free memory to the system, on platforms that support it.
static inline void oc_release_free_memory(void) {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}

/// Edge attention over edges grouped by destination. Shapes: q [destinations, heads * depth] with row
/// stride q_stride, k and v [sources, ...] likewise; p and scores [edges, heads * depth];
/// logits [edges, heads]; out [destinations, heads * depth]; weight_sum [destinations, heads];
/// factors [edges]; the three biases [heads * depth]. An edge with alternate[e] != 0 uses a second
/// query and key, q_alternate and k_alternate elements after the first ones.
typedef struct {
  int64_t heads, depth;
  int64_t q_stride, k_stride, v_stride;
  const void *q, *k, *v;
  const int32_t *_Nullable alternate;  ///< NULL: 0 for every edge
  int64_t q_alternate, k_alternate;
  const void *_Nullable p;        ///< NULL: no edge features, P = 1
  const void *_Nullable factors;  ///< NULL: all 1
  const void *_Nullable key_bias, *_Nullable edge_bias, *_Nullable value_bias;  ///< all or none are NULL
  const int32_t *sources;         ///< source of each edge
  const int32_t *offsets;         ///< edges into node i: offsets[i] ..< offsets[i + 1]
  void *_Nullable scores;         ///< s; NULL: not stored
  void *logits;                   ///< sum over depth of s, before the clamp
  void *out;
  void *weight_sum;
  /// If not 0, results with a row of all channels for every edge or node are written with non-temporal
  /// stores, if the processor has them. Then each head of every result and gradient must be aligned to its
  /// size, if that is 32 or 64 bytes.
  int64_t streams;
} oc_edge_attention;

/// Gradients of edge attention. `attention` holds the inputs and results of the forward pass.
typedef struct {
  const oc_edge_attention *attention;
  const void *_Nullable d_out;     ///< NULL: zero
  const void *_Nullable d_scores;  ///< NULL: zero
  int64_t dq_stride, dk_stride, dv_stride;
  void *dq, *dk, *dv;              ///< overwritten
  void *_Nullable dp;              ///< overwritten
  void *_Nullable d_factors;       ///< overwritten
  void *d_logits, *alpha;          ///< scratch [edges, heads]: written by the first pass, read by the second
  const int32_t *destinations;     ///< destination of each edge
  const int32_t *source_offsets, *source_order;  ///< edges leaving node j, as indices in destination order
} oc_edge_attention_gradient;

/// The numbers of one Adam step; see `adam`.
typedef struct {
  double learning_rate, beta1, beta2, epsilon, weight_decay;
  double correction1, correction2;  ///< 1 - beta^t
  double shrinkage;                 ///< factor of the value before the step (AdamW); 1 for Adam
} oc_adam;

/// A small product processes the inner dimension in blocks of at most this length, so that a packed block of B
/// fits on the stack.
#define OC_PRODUCT_DEPTH 256
#define OC_SOFTMAX_COLUMNS 128

/// C = alpha A B + beta C with A [m, k], B [k, n] and C [m, n], k at least 1. Element (i, p) of A is at
/// a[i * a_row + p * a_column], where one of the two is 1, of B likewise; C's rows are contiguous, c_row apart.
typedef struct {
  int64_t m, n, k;
  double alpha, beta;  ///< with beta 0, C is not read
  const void *a;
  int64_t a_row, a_column;
  const void *b;
  int64_t b_row, b_column;
  void *c;
  int64_t c_row;
  /// If not 0, C is written with non-temporal stores. Then beta must be 0, k at most OC_PRODUCT_DEPTH, and
  /// the rows of C whole vectors of 64 bytes, aligned to 64 bytes.
  int64_t streams;
} oc_small_product;

/// A product of a matrix A, whose rows are a_row apart, with a vector x of adjacent elements; see `matrix_vector`,
/// `vector_matrix` and `outer_product`. With beta 0, y is not read.
typedef struct {
  int64_t rows, columns;
  double alpha, beta;
  const void *a;
  int64_t a_row;
  const void *x;
  void *y;
  int64_t y_step;
} oc_vector_product;

/// Sums over y in fixed point, q = y * 2^24 rounded to the nearest (ties to even) whole number.
typedef struct {
  int64_t sum;                         ///< the sum of q
  uint64_t square_low, square_high;    ///< the sums of the low and of the high 32 bits of q^2
  float least, greatest;               ///< the smallest and largest y
} oc_fixed_sums;

/// The sums of one row in double precision. For rows with NaN or infinity only `finite` is valid.
typedef struct {
  double sum, square;
  float least, greatest;
  int32_t finite;
} oc_row_moments;

/// The medians of rows up to this width are computed for sixteen rows at a time.
#define OC_NARROW_ROW 256

/// The functions of `apply`; v is the element, a and b are the call's parameters. The measured errors in
/// units in the last place (ulp), for float and double, or for both: exp 2 and 1; expm1 2; log, log1p, log2,
/// log10 1; sin, cos 1; tan 1 and 3; asin, acos, atan 1; sinh, cosh 2 and 2.5; tanh 2.5; asinh, acosh, atanh
/// 3; erf 2; sigmoid 3. Those of the other functions follow from these.
enum oc_function {
  OC_NEGATE, OC_ADD_SCALAR, OC_MULTIPLY_SCALAR, OC_SUBTRACT_FROM_SCALAR, OC_DIVIDE_BY_SCALAR,
  OC_DIVIDE_SCALAR,        ///< a / v
  OC_EXP, OC_EXPM1, OC_LOG, OC_LOG1P, OC_LOG2, OC_LOG10,
  OC_SQRT, OC_RECIPROCAL_SQRT, OC_RECIPROCAL, OC_SQUARE, OC_CUBE,
  OC_ABS, OC_SIGN, OC_FLOOR, OC_CEILING,
  OC_ROUND,                ///< halves to even
  OC_TRUNCATE,
  OC_SIN, OC_COS, OC_TAN, OC_ASIN, OC_ACOS, OC_ATAN,
  OC_SINH, OC_COSH, OC_TANH, OC_ASINH, OC_ACOSH, OC_ATANH,
  OC_ERF, OC_SIGMOID,
  OC_SOFTPLUS,             ///< log(1 + e^v)
  OC_GELU,                 ///< v Φ(v)
  OC_GELU_TANH,            ///< the approximation of v Φ(v) by tanh
  OC_SILU, OC_RELU,
  OC_LEAKY_RELU,           ///< slope a
  OC_ELU,                  ///< a (e^v - 1) below 0
  OC_CLAMP,                ///< to a ... b
  OC_FINITE_OR_ZERO,       ///< v, or 0 if v is infinite
};

/// The functions of `combine`.
enum oc_pair_function {
  OC_ADD, OC_SUBTRACT, OC_MULTIPLY, OC_DIVIDE,
  OC_MINIMUM, OC_MAXIMUM,  ///< NaN if a or b is NaN
  OC_FIRST_SHARE,          ///< 1 if a > b, 0 if a < b, otherwise 1/2
  OC_IS_EQUAL,             ///< 1 if a = b or both are NaN, otherwise 0
  OC_POWER,                ///< a^b
  OC_ATAN2,                ///< the angle of the point (b, a)
  OC_REMAINDER,            ///< the remainder of a / b, with the sign of b
  OC_FLOOR_DIVIDE,
  OC_KEEP,                 ///< a, or 0 if b is 0
  OC_QUOTIENT_OR_ZERO,     ///< a / b, or 0 if b is 0
  OC_LOG_OF_BASE,          ///< log a, or 0 if a is 0 and b at least 0
};

/// The reductions of `reduce`: the sum of x, the product of x, the sum of (x - center)², the sum of |x|.
enum oc_reduction { OC_SUM, OC_PRODUCT, OC_SQUARES, OC_MAGNITUDES };

typedef struct {
  const char *instruction_set;

  /// y = function(x) for each element, see `oc_function`. y must not overlap x.
  void (*apply)(int32_t function, const void *x, void *y, int64_t count, double a, double b);
  /// dx = dy · function'(x). For exp, expm1, sqrt, reciprocal_sqrt, reciprocal, tan, tanh, sigmoid and relu,
  /// `saved` is the function's result, otherwise x. Sin, cos and functions with a constant derivative are not
  /// supported.
  void (*apply_gradient)(int32_t function, const void *saved, const void *dy, void *dx, int64_t count,
                         double a, double b);
  /// Copies rows of `bytes` bytes, which are at distances of their own in both places; the places must not overlap.
  /// In the table of floats only.
  void (*_Nullable copy_rows)(const void *source, int64_t source_stride, void *target, int64_t target_stride,
                              int64_t rows, int64_t bytes);
  /// y [rows, count] = function(a, b) for each pair, see `oc_pair_function`. Rows of a and b are `row_a` and
  /// `row_b` apart; a step of 0 repeats the first element of a row.
  void (*combine)(int32_t function, const void *a, const void *b, void *y, int64_t rows, int64_t count,
                  int64_t row_a, int64_t row_b, int64_t step_a, int64_t step_b);
  /// out [blocks, width] = the reduction of x [blocks, rows, width] over its rows, which are `stride` apart;
  /// see `oc_reduction`. `center` [blocks, width] is read only for squares; NULL means 0. The error is that
  /// of a pairwise sum in double precision. Without rows the result is 0 (1 for the product).
  void (*reduce)(int32_t reduction, const void *x, const double *_Nullable center, double *out,
                 int64_t blocks, int64_t rows, int64_t width, int64_t stride);
  /// out [blocks, width] = the largest (sign 1) or smallest (sign -1) value of each column of x; NaN if a
  /// value is NaN. There must be at least one row.
  void (*extremes)(int32_t sign, const void *x, void *out, int64_t blocks, int64_t rows, int64_t width,
                   int64_t stride);
  /// y [columns, rows] = the transpose of x [rows, columns]; rows are x_row and y_row apart.
  void (*transpose)(const void *x, int64_t x_row, void *y, int64_t y_row, int64_t rows, int64_t columns);

  /// y = exp(x) within two units in the last place, subnormal results included.
  void (*exponential)(const void *x, void *y, int64_t count);
  /// One block of columns of a row softmax that is computed block by block. Updates `largest` (-inf
  /// before the first block) and `sums` (0 before it), replaces scores by exp(score - largest), and
  /// stores in `corrections` the factor for all earlier values of each row. A row of -inf becomes 0.
  void (*softmax_block)(void *scores, void *largest, void *sums, void *corrections, int64_t rows,
                        int64_t columns);
  /// The softmax, or with `is_logarithm` its logarithm, of each column of x [rows, width], which is stored in y.
  /// Rows are `stride` apart, `width` is at most OC_SOFTMAX_COLUMNS. Sums are in double precision.
  void (*softmax_columns)(int32_t is_logarithm, const void *x, void *y, int64_t rows, int64_t width,
                          int64_t stride);
  /// Scores become p = exp(score - logarithm), gradients g become p * (g - inner), by row.
  void (*softmax_block_gradient)(void *scores, void *gradients, const void *logarithms,
                                 const void *inner, int64_t rows, int64_t columns);
  /// A product on the calling thread, for matrices that fit in the second-level cache.
  void (*small_product)(const oc_small_product *product);
  /// y = alpha A x + beta y with x [columns] and y [rows], whose elements are y_step apart. The bits of an element do
  /// not depend on the other rows.
  void (*matrix_vector)(const oc_vector_product *product);
  /// y = alpha x A + beta y with x [rows] and y [columns], adjacent. The bits of an element do not depend on the other
  /// columns.
  void (*vector_matrix)(const oc_vector_product *product);
  /// Y = alpha a x + beta Y: row i of Y [rows, columns], whose rows are y_step apart, is a_i times x. The elements a_i
  /// are a_row apart.
  void (*outer_product)(const oc_vector_product *product);
  /// Rotates pairs of columns of z [column-major, `stride` rows, a multiple of 64 bytes]: for j from
  /// count - 1 down to 0, (z_j, z_j+1) becomes (c_j z_j - s_j z_j+1, s_j z_j + c_j z_j+1).
  void (*rotate_columns)(void *z, int64_t stride, const void *cosines, const void *sines,
                         int64_t count);
  /// y += bias on every row, then max(0, y) if relu.
  void (*bias_activation)(void *y, const void *_Nullable bias, int64_t rows, int64_t columns,
                          int64_t relu);
  /// g = y > 0 ? dy : 0, sums += column sums of g. g may be dy.
  void (*relu_gradient)(const void *dy, const void *y, void *g, double *_Nullable sums, int64_t rows,
                        int64_t columns);
  /// sums += column sums of x.
  void (*column_sums)(const void *x, double *sums, int64_t rows, int64_t columns);
  /// z = x + bias + residual (NULL terms are left out; z may be x), then the mean and the sum of squared
  /// deviations of each column.
  void (*column_moments)(const void *x, const void *_Nullable bias, const void *_Nullable residual,
                         void *_Nullable z, double *mean, double *deviation, int64_t rows,
                         int64_t columns);
  /// y = (z + residual (unless NULL) - mean) * scale + shift, by column. y may be z.
  void (*normalize)(const void *z, const void *_Nullable residual, const void *mean,
                    const void *scale, const void *shift, void *y, int64_t rows, int64_t columns);
  /// sums[0 ..< columns] += dy, sums[columns ..< 2 columns] += dy * (z - mean) * inverse.
  void (*norm_gradient_sums)(const void *dy, const void *z, const void *mean, const void *inverse,
                             double *sums, int64_t rows, int64_t columns);
  /// dz = a * dy + b * (z - mean) + c, by column. dz may be dy.
  void (*norm_gradient_apply)(const void *dy, const void *z, const void *mean, const void *a,
                              const void *b, const void *c, void *dz, int64_t rows,
                              int64_t columns);
  /// z = x + residual (unless NULL); y = (z - mean) * inverse * weight + bias by row. Stores the mean and
  /// the inverse deviation of each row.
  void (*layer_norm)(const void *x, const void *_Nullable residual, void *_Nullable z,
                     const void *weight, const void *bias, double epsilon, void *y, void *mean,
                     void *inverse, int64_t rows, int64_t columns);
  /// dz of layer_norm; sums[0 ..< columns] += dy (bias), sums[columns ...] += dy * normalized (weight).
  void (*layer_norm_gradient)(const void *dy, const void *z, const void *weight, const void *mean,
                              const void *inverse, void *dz, double *sums, int64_t rows,
                              int64_t columns);
  /// One Adam step on `count` values.
  void (*adam)(const oc_adam *step, void *value, const void *gradient, void *first, void *second,
               int64_t count);

  /// Computes destinations first ..< last.
  void (*edge_attention)(const oc_edge_attention *attention, int64_t first, int64_t last);
  /// Computes dq, dp, d_factors, d_logits and alpha for destinations first ..< last. The bias gradients
  /// [3, heads * depth] (key, edge, value) are added to `biases` if the attention has biases.
  void (*edge_attention_gradient_destinations)(const oc_edge_attention_gradient *gradient,
                                               double *_Nullable biases, int64_t first, int64_t last);
  /// Computes dk and dv for sources first ..< last, after all destinations are computed.
  void (*edge_attention_gradient_sources)(const oc_edge_attention_gradient *gradient, int64_t first,
                                          int64_t last);

  // Ratios. Only the float table has these kernels. Their results have the same bits on every
  // instruction set.

  /// The median of |x|: the mean of the two middle values or the lower one; NaN if a value is NaN or count
  /// is 0.
  float (*_Nullable magnitude_median)(const float *x, int64_t count, int64_t lower_middle);
  /// The magnitude median of each row. `scratch` has room for 16 * min(width, OC_NARROW_ROW) keys.
  void (*_Nullable row_medians)(const float *x, float *medians, int64_t rows, int64_t width,
                                int64_t lower_middle, int32_t *scratch);
  /// y = -log10(|x| / median + 2.220446e-16).
  void (*_Nullable ratio_logarithms)(const float *x, float median, float *y, int64_t count);
  /// Stores the largest ratio of each row in `tops`. For rows where it is finite, also stores y of every
  /// value in fixed point, and adds the sums of y to `sums`, which can sum 2^30 values. For rows with NaN,
  /// infinity or a zero median, only `tops` is stored.
  void (*_Nullable ratio_rows)(const float *x, const float *medians, float *tops, int32_t *fixed,
                               oc_fixed_sums *sums, int64_t rows, int64_t width);
  /// Computes the sums and extremes of the values of each row.
  void (*_Nullable row_moments)(const float *x, oc_row_moments *moments, int64_t rows,
                                int64_t width);
} oc_kernels;

/// The kernels for float and double on this processor. OUTCROP_INSTRUCTION_SET (baseline, avx2,
/// avx512) selects a lower instruction set. An instruction set that the processor does not have, or another
/// value, is ignored with a warning on standard error.
const oc_kernels *oc_kernels_float(void);
const oc_kernels *oc_kernels_double(void);

/// The kernels that OpenBLAS chose for a processor that it does not know, such as "Prescott", if they were replaced
/// before `main` by those for the instruction set of `oc_kernels_float`; otherwise NULL. OPENBLAS_CORETYPE, if it is
/// set, decides instead.
const char *_Nullable oc_openblas_own_choice(void);

/// Guards a mapping of the file `name` until `oc_unguard_mapping`: if another process truncates the file, an
/// access beyond its end ends the process with status 1 and a sentence on standard error instead of a bus
/// error. The first call installs a handler of SIGBUS; signals for other addresses are left to the handler
/// that was installed before.
void oc_guard_mapping(const void *base, size_t size, const char *name);
void oc_unguard_mapping(const void *base);

/// From now on `ending` is called, which must end the process, where the Swift runtime, Foundation's Data or C++
/// would end it by a signal because the system refuses memory. Other signals go where they went before. Does
/// nothing on platforms without glibc.
void oc_guard_allocations(void (*ending)(void));

/// Exchanges what two names of files or folders mean, in one step. -1 and errno (EINVAL, ENOSYS or ENOTSUP
/// where the file system cannot do it) on failure.
int oc_exchange_names(const char *first, const char *second);

#pragma clang assume_nonnull end

#endif
