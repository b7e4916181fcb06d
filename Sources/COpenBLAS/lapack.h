#ifndef OUTCROP_LAPACK_H
#define OUTCROP_LAPACK_H

// One function for both the float and the double version of a LAPACK function. Matrices are column-major,
// with columns `ld` apart; `void *` is an array of the type that `is_double` selects. Each returns LAPACK's
// status.

#include <cblas.h>
#include <lapacke.h>

#pragma clang assume_nonnull begin

#define OC_LAPACK(name, ...)                                          \
  (is_double ? LAPACKE_d##name##_work(LAPACK_COL_MAJOR, __VA_ARGS__)  \
             : LAPACKE_s##name##_work(LAPACK_COL_MAJOR, __VA_ARGS__))

static inline int oc_getrf(int is_double, int m, int n, void *a, int ld, int *pivots) {
  return OC_LAPACK(getrf, m, n, a, ld, pivots);
}
static inline int oc_potrf(int is_double, char triangle, int n, void *a, int ld) {
  return OC_LAPACK(potrf, triangle, n, a, ld);
}
static inline int oc_potri(int is_double, char triangle, int n, void *a, int ld) {
  return OC_LAPACK(potri, triangle, n, a, ld);
}
static inline int oc_gelqf(int is_double, int m, int n, void *a, int ld, void *tau, void *work, int count) {
  return OC_LAPACK(gelqf, m, n, a, ld, tau, work, count);
}
static inline int oc_orglq(int is_double, int m, int n, int k, void *a, int ld, const void *tau, void *work,
                           int count) {
  return OC_LAPACK(orglq, m, n, k, a, ld, tau, work, count);
}
static inline int oc_gesdd(int is_double, char job, int m, int n, void *a, int ld, void *s, void *u, int ldu,
                           void *vt, int ldvt, void *work, int count, int *integers) {
  return OC_LAPACK(gesdd, job, m, n, a, ld, s, u, ldu, vt, ldvt, work, count, integers);
}
static inline int oc_gesvd(int is_double, char job, int m, int n, void *a, int ld, void *s, void *u, int ldu,
                           void *vt, int ldvt, void *work, int count) {
  return OC_LAPACK(gesvd, job, job, m, n, a, ld, s, u, ldu, vt, ldvt, work, count);
}
static inline int oc_geev(int is_double, char vectors, int n, void *a, int ld, void *real, void *imaginary,
                          void *v, int ldv, void *work, int count) {
  return OC_LAPACK(geev, 'N', vectors, n, a, ld, real, imaginary, v, 1, v, ldv, work, count);
}
static inline int oc_gelsd(int is_double, int m, int n, int k, void *a, int ld, void *b, int ldb, void *s,
                           double rcond, int *rank, void *work, int count, int *integers) {
  return OC_LAPACK(gelsd, m, n, k, a, ld, b, ldb, s, rcond, rank, work, count, integers);
}
/// B <- op(A)^-1 B for a triangular A [m, m] and B [m, n], both row-major.
static inline void oc_trsm(int is_double, int is_upper, int transposes, int has_unit_diagonal, int m, int n,
                           const void *a, int ld, void *b, int ldb) {
  enum CBLAS_UPLO triangle = is_upper ? CblasUpper : CblasLower;
  enum CBLAS_TRANSPOSE operation = transposes ? CblasTrans : CblasNoTrans;
  enum CBLAS_DIAG diagonal = has_unit_diagonal ? CblasUnit : CblasNonUnit;
  if (is_double)
    cblas_dtrsm(CblasRowMajor, CblasLeft, triangle, operation, diagonal, m, n, 1, a, ld, b, ldb);
  else
    cblas_strsm(CblasRowMajor, CblasLeft, triangle, operation, diagonal, m, n, 1, a, ld, b, ldb);
}

/// B <- B L^-T for a lower triangular L [n, n] and B [m, n], both row-major.
static inline void oc_trsm_right_transposed(int is_double, int m, int n, const void *a, int ld, void *b, int ldb) {
  if (is_double)
    cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, m, n, 1, a, ld, b, ldb);
  else
    cblas_strsm(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, m, n, 1, a, ld, b, ldb);
}

#undef OC_LAPACK
#pragma clang assume_nonnull end

#endif
