#ifndef OUTCROP_PACKED_MATRICES_H
#define OUTCROP_PACKED_MATRICES_H

// Decompositions of many small matrices at once: lane l of every vector belongs to matrix l.
// Element (r, c) of a packed matrix is vector r * columns + c, aligned to 64 bytes. Functions that
// return one bit per lane report the matrices that must be decomposed one by one instead: they have numbers
// that are not finite, too large or too small, or they are singular.

#include <stdint.h>

#pragma clang assume_nonnull begin

/// The largest number of rows and of columns of a packed matrix.
#define OC_PACKED_ROWS 64

typedef struct {
  /// The number of matrices in a pack.
  int64_t lanes;
  /// Packs `count` matrices. Element (r, c) of matrix l is at source[l * batch_stride + r * row_stride + c *
  /// column_stride]. Lanes from `count` on repeat the last matrix. Reports matrices with elements that are
  /// not finite.
  uint32_t (*pack)(const void *source, int64_t batch_stride, int64_t row_stride, int64_t column_stride,
                   int64_t rows, int64_t columns, int64_t count, void *packed);
  /// The reverse of `pack`, for lanes below `count` whose bit in `skipped` is 0. Packed rows are
  /// `pitch` vectors apart.
  void (*unpack)(const void *packed, int64_t pitch, int64_t rows, int64_t columns, int64_t count,
                 uint32_t skipped, void *target, int64_t batch_stride, int64_t row_stride, int64_t column_stride);
  /// Reports the lanes with elements that are not finite.
  uint32_t (*flags)(const void *x, int64_t count);
  /// Divides each matrix by a power of two, so that its largest magnitude is at least 1 and below 2, and
  /// stores the powers in one vector. Reports matrices for which this is impossible, such as zero matrices.
  uint32_t (*scale)(void *x, int64_t count, void *powers);
  /// Multiplies each matrix by its element of the vector `factors`.
  void (*multiply)(void *x, int64_t count, const void *factors);
  /// P A = L U in place with partial pivoting; pivots[k * lanes + l] is the row exchanged with row
  /// k.
  uint32_t (*lu)(int64_t n, void *a, int32_t *pivots);
  /// B [n, k] <- op(A)^-1 B with the results of `lu`.
  void (*lu_solve)(int64_t n, int64_t k, const void *a, const int32_t *pivots, int64_t transposes, void *b);
  /// A = L L^T in place; reads the lower triangle and sets the upper one to zero.
  uint32_t (*cholesky)(int64_t n, void *a);
  /// A = Q R. `a` is the transpose of A [n, m]; it becomes R^T up to the diagonal, and reflections beyond it.
  /// q becomes Q^T [width, m].
  void (*qr)(int64_t m, int64_t n, void *a, int64_t width, void *_Nullable q);
  /// Computes Q^T [n, n], with rows `pitch` vectors apart, and the tridiagonal Q^T A Q. A is symmetric, has
  /// both triangles, and is overwritten.
  void (*tridiagonal)(int64_t n, void *a, void *diagonal, void *off_diagonal, void *_Nullable q, int64_t pitch);
  /// Computes the eigenvalues [n], unordered, of the tridiagonal matrices that `tridiagonal` wrote, except
  /// those in `skipped`. The rows of q, which is Q^T, become the eigenvectors. Reports matrices that did not
  /// converge.
  uint32_t (*ql)(int64_t n, const void *diagonal, const void *off_diagonal, uint32_t skipped, void *values,
                 void *_Nullable q, int64_t pitch);
  /// Computes U^T [n, m] and V^T [n, n], with rows `u_pitch` and `v_pitch` vectors apart, and the bidiagonal
  /// U^T A V. `a` is the transpose of A [n, m] with m at least n, and is overwritten. `work` is [n, n].
  void (*bidiagonal)(int64_t n, int64_t m, void *a, void *diagonal, void *off_diagonal, void *_Nullable u,
                     int64_t u_pitch, void *_Nullable v, int64_t v_pitch, void *work);
  /// Computes the singular values [n], unordered, of the bidiagonal matrices that `bidiagonal` wrote, except
  /// those in `skipped`. The rows of u and v become singular vectors. Reports matrices that did not converge.
  uint32_t (*bidiagonal_qr)(int64_t n, int64_t m, const void *diagonal, const void *off_diagonal, uint32_t skipped,
                            void *values, void *_Nullable u, int64_t u_pitch, void *_Nullable v, int64_t v_pitch);
} oc_packed;

/// The functions for float and double on this processor.
const oc_packed *oc_packed_for_float(void);
const oc_packed *oc_packed_for_double(void);

#pragma clang assume_nonnull end

#endif
