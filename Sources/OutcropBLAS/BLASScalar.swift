import COpenBLAS

/// A number type that BLAS computes with: `Float` or `Double`.
///
/// The requirements are single calls into the system's library, without checks and on the calling
/// thread. Use `matrixMultiply` and its relatives instead of them.
public protocol BLASScalar: BinaryFloatingPoint, Sendable {
  /// C ← alpha · op(A) op(B) + beta · C, row-major.
  static func gemm(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int,
    _ alpha: Self, _ a: UnsafePointer<Self>, _ lda: Int, _ b: UnsafePointer<Self>, _ ldb: Int,
    _ beta: Self, _ c: UnsafeMutablePointer<Self>, _ ldc: Int)

  /// LAPACK's xSYEVD on a row-major matrix: eigenvalues ascending in `w`, eigenvectors in the columns
  /// of `a`. Returns LAPACK's status.
  static func syevd(_ n: Int, _ a: UnsafeMutablePointer<Self>, _ w: UnsafeMutablePointer<Self>)
    -> Int
}

extension Float: BLASScalar {
  public static func gemm(
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

  public static func syevd(
    _ n: Int, _ a: UnsafeMutablePointer<Float>, _ w: UnsafeMutablePointer<Float>
  ) -> Int {
    OpenBLAS.prepare
    return Int(LAPACKE_ssyevd(LAPACK_ROW_MAJOR, 86 /* V */, 85 /* U */, Int32(n), a, Int32(n), w))
  }
}

extension Double: BLASScalar {
  public static func gemm(
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

  public static func syevd(
    _ n: Int, _ a: UnsafeMutablePointer<Double>, _ w: UnsafeMutablePointer<Double>
  ) -> Int {
    OpenBLAS.prepare
    return Int(LAPACKE_dsyevd(LAPACK_ROW_MAJOR, 86 /* V */, 85 /* U */, Int32(n), a, Int32(n), w))
  }
}

/// Facts about the system's OpenBLAS.
public enum OpenBLAS {
  /// OpenBLAS's own threads stay off: this library cuts the work itself (`ThreadPool`).
  static let prepare: Void = openblas_set_num_threads(1)

  /// The processor family whose kernels OpenBLAS chose, such as `SkylakeX`.
  public static var coreName: String { String(cString: openblas_get_corename()) }

  /// OpenBLAS's build line: version and options.
  public static var configuration: String { String(cString: openblas_get_config()) }
}
