import COpenBLAS
import OutcropCore

extension BatchedMatrixView where Scalar: BLASScalar {
  /// The lower triangular L [n, n] with A = L Lᵀ for each symmetric positive definite A, with zeros
  /// above the diagonal.
  ///
  /// Reads the diagonal of A and the elements below it. Throws `LinearAlgebraError` if A is not
  /// positive definite (the error has the size of the first leading minor that is not), or if an element
  /// that is read is not finite. `target` may be the memory of A.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func cholesky(into target: MutableBatchedMatrixView<Scalar>) throws(LinearAlgebraError) {
    let n = rows
    checkSquare("cholesky", self)
    checkTarget("cholesky", target, count, n, n)
    LAPACK.checkSize("cholesky", shape, n)
    if n == 0 { return }
    if try smallCholesky(target) { return }
    if isOneLarge {
      OpenBLAS.prepare
      try checkFiniteTriangle("cholesky", self[0], .lower, 0)
      copy(self[0], to: target[0])
      let status = target[0].factorLargeCholesky()
      if status > 0 {
        throw LinearAlgebraError("cholesky", .notPositiveDefinite(minor: status), status: status)
      }
      return clearTriangle(target[0], above: true)
    }
    try forMatrices(count, cost: n * n * n / 2, scratch: 0, of: Scalar.self) {
      (index, _) throws(LinearAlgebraError) in
      let (source, factor) = (self[index], target[index])
      try checkFiniteTriangle("cholesky", source, .lower, index)
      copy(source, to: factor)
      // LAPACK reads rows as columns, and L as the upper factor.
      let status = oc_potrf(
        LAPACK.isDouble(Scalar.self), CChar(UInt8(ascii: "U")), Int32(n), factor.base,
        Int32(factor.rowStride))
      if status > 0 {
        throw LinearAlgebraError(
          "cholesky", matrix: index, .notPositiveDefinite(minor: Int(status)), status: Int(status))
      }
      clearTriangle(factor, above: true)
    }
  }

  /// X with L Lᵀ X = B for each lower triangular L [n, n], as `cholesky` computes it, and B [n, k].
  /// Reads the diagonal of L and the elements below it. Errors are those of `triangularSolve`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func choleskySolve(
    _ b: BatchedMatrixView<Scalar>, into x: MutableBatchedMatrixView<Scalar>
  ) throws(LinearAlgebraError) {
    let (n, k) = (rows, b.columns)
    checkSquare("choleskySolve", self)
    checkSolve("choleskySolve", self, b, x)
    LAPACK.checkSize("choleskySolve", shape, n, k)
    if n == 0 { return }
    try forMatrices(count, cost: 2 * n * n * (k + 1), scratch: 0, of: Scalar.self) {
      (index, _) throws(LinearAlgebraError) in
      let (factor, target) = (self[index], x[index])
      try checkFactor("choleskySolve", factor, index)
      try checkFinite("choleskySolve", b[index], index)
      copy(b[index], to: target)
      if k == 0 { return }
      solveTriangular(factor, upper: false, unit: false, .plain, target)
      solveTriangular(factor, upper: false, unit: false, .transposed, target)
      try checkResult("choleskySolve", target, index)
    }
  }

  /// (L Lᵀ)⁻¹ for each lower triangular L [n, n], as `cholesky` computes it: the inverse of the
  /// matrix that was factored. Errors are those of `triangularSolve`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func choleskyInverse(
    into target: MutableBatchedMatrixView<Scalar>
  ) throws(LinearAlgebraError) {
    let n = rows
    checkSquare("choleskyInverse", self)
    checkTarget("choleskyInverse", target, count, n, n)
    LAPACK.checkSize("choleskyInverse", shape, n)
    if n == 0 { return }
    try forMatrices(count, cost: n * n * n, scratch: 0, of: Scalar.self) {
      (index, _) throws(LinearAlgebraError) in
      let (factor, inverse) = (self[index], target[index])
      try checkFactor("choleskyInverse", factor, index)
      copy(factor, to: inverse)
      _ = oc_potri(
        LAPACK.isDouble(Scalar.self), CChar(UInt8(ascii: "U")), Int32(n), inverse.base,
        Int32(inverse.rowStride))
      for row in 0..<n {
        for column in 0..<row {
          inverse.base[column * inverse.rowStride + row] =
            inverse.base[row * inverse.rowStride + column]
        }
      }
      try checkResult("choleskyInverse", inverse, index)
    }
  }
}

private func checkFactor<Scalar: BLASScalar>(
  _ operation: String, _ factor: MatrixView<Scalar>, _ index: Int
) throws(LinearAlgebraError) {
  try checkFiniteTriangle(operation, factor, .lower, index)
  if let pivot = zeroPivot(factor) {
    throw LinearAlgebraError(operation, matrix: index, .singular(pivot: pivot))
  }
}
