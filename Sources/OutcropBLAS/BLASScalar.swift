import COpenBLAS

/// An element type of BLAS and LAPACK: `Float` or `Double`.
///
/// Programs do not call the requirements: they are unchecked calls into the system's library on the
/// calling thread, for this package only. Their underscores prevent collisions with functions of other
/// packages on `Float` and `Double`. Use `matrixMultiply` and `symmetricEigen` instead. Other types must
/// not conform.
public protocol BLASScalar: BinaryFloatingPoint, Sendable {
  /// C ← alpha · op(A) op(B) + beta · C, row-major.
  static func _gemm(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int,
    _ alpha: Self, _ a: UnsafePointer<Self>, _ lda: Int, _ b: UnsafePointer<Self>, _ ldb: Int,
    _ beta: Self, _ c: UnsafeMutablePointer<Self>, _ ldc: Int)

  /// LAPACK's xSYTRD and xORGTR on the column-major matrix `a` [n, n], columns `lda` apart. Reads
  /// the diagonal and the elements below it. Writes the tridiagonal matrix QᵀAQ to `diagonal` [n]
  /// and `offDiagonal` [n - 1], and Q to `a`. `work` holds at least 65n numbers.
  static func _tridiagonalize(
    _ n: Int, _ a: UnsafeMutablePointer<Self>, _ lda: Int, _ diagonal: UnsafeMutablePointer<Self>,
    _ offDiagonal: UnsafeMutablePointer<Self>, _ work: UnsafeMutablePointer<Self>)

  /// LAPACK's xSYEVD on the column-major matrix `a` [n, n]. Reads the diagonal and the elements
  /// below it. Writes the eigenvalues to `w`, ascending, and eigenvector j to column j of `a`.
  /// `work` holds at least 1 + 6n + 2n² numbers, `iwork` 3 + 5n. Returns LAPACK's status.
  static func _syevd(
    _ n: Int, _ a: UnsafeMutablePointer<Self>, _ w: UnsafeMutablePointer<Self>,
    _ work: UnsafeMutablePointer<Self>, _ workCount: Int,
    _ iwork: UnsafeMutablePointer<Int32>, _ iworkCount: Int
  ) -> Int
}

/// LAPACK's options "V" (values and vectors) and "L" (the triangle below the diagonal).
private let (jobVectors, lowerTriangle) = (CChar(86), CChar(76))

extension Float: BLASScalar {
  public static func _gemm(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int,
    _ alpha: Float, _ a: UnsafePointer<Float>, _ lda: Int, _ b: UnsafePointer<Float>, _ ldb: Int,
    _ beta: Float, _ c: UnsafeMutablePointer<Float>, _ ldc: Int
  ) {
    OpenBLAS.prepare
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), alpha, a, blasint(lda), b, blasint(ldb), beta, c,
      blasint(ldc))
  }

  public static func _tridiagonalize(
    _ n: Int, _ a: UnsafeMutablePointer<Float>, _ lda: Int, _ diagonal: UnsafeMutablePointer<Float>,
    _ offDiagonal: UnsafeMutablePointer<Float>, _ work: UnsafeMutablePointer<Float>
  ) {
    OpenBLAS.prepare
    // Neither call can fail: the status reports only invalid arguments.
    LAPACKE_ssytrd_work(
      LAPACK_COL_MAJOR, lowerTriangle, Int32(n), a, Int32(lda), diagonal, offDiagonal, work,
      work + n, Int32(64 * n))
    LAPACKE_sorgtr_work(
      LAPACK_COL_MAJOR, lowerTriangle, Int32(n), a, Int32(lda), work, work + n, Int32(64 * n))
  }

  public static func _syevd(
    _ n: Int, _ a: UnsafeMutablePointer<Float>, _ w: UnsafeMutablePointer<Float>,
    _ work: UnsafeMutablePointer<Float>, _ workCount: Int,
    _ iwork: UnsafeMutablePointer<Int32>, _ iworkCount: Int
  ) -> Int {
    OpenBLAS.prepare
    return Int(
      LAPACKE_ssyevd_work(
        LAPACK_COL_MAJOR, jobVectors, lowerTriangle, Int32(n), a, Int32(n), w, work,
        Int32(workCount), iwork, Int32(iworkCount)))
  }
}

extension Double: BLASScalar {
  public static func _gemm(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int,
    _ alpha: Double, _ a: UnsafePointer<Double>, _ lda: Int, _ b: UnsafePointer<Double>, _ ldb: Int,
    _ beta: Double, _ c: UnsafeMutablePointer<Double>, _ ldc: Int
  ) {
    OpenBLAS.prepare
    cblas_dgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), alpha, a, blasint(lda), b, blasint(ldb), beta, c,
      blasint(ldc))
  }

  public static func _tridiagonalize(
    _ n: Int, _ a: UnsafeMutablePointer<Double>, _ lda: Int,
    _ diagonal: UnsafeMutablePointer<Double>,
    _ offDiagonal: UnsafeMutablePointer<Double>, _ work: UnsafeMutablePointer<Double>
  ) {
    OpenBLAS.prepare
    // Neither call can fail: the status reports only invalid arguments.
    LAPACKE_dsytrd_work(
      LAPACK_COL_MAJOR, lowerTriangle, Int32(n), a, Int32(lda), diagonal, offDiagonal, work,
      work + n, Int32(64 * n))
    LAPACKE_dorgtr_work(
      LAPACK_COL_MAJOR, lowerTriangle, Int32(n), a, Int32(lda), work, work + n, Int32(64 * n))
  }

  public static func _syevd(
    _ n: Int, _ a: UnsafeMutablePointer<Double>, _ w: UnsafeMutablePointer<Double>,
    _ work: UnsafeMutablePointer<Double>, _ workCount: Int,
    _ iwork: UnsafeMutablePointer<Int32>, _ iworkCount: Int
  ) -> Int {
    OpenBLAS.prepare
    return Int(
      LAPACKE_dsyevd_work(
        LAPACK_COL_MAJOR, jobVectors, lowerTriangle, Int32(n), a, Int32(n), w, work,
        Int32(workCount), iwork, Int32(iworkCount)))
  }
}
