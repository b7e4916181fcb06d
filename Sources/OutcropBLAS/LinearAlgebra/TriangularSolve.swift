import OutcropCore

/// Which triangle of a matrix an operation reads.
public enum MatrixTriangle: Sendable {
  /// The diagonal and the elements below it.
  case lower
  /// The diagonal and the elements above it.
  case upper
}

extension BatchedMatrixView where Scalar: BLASScalar {
  /// X with op(T) X = B for each triangular matrix T [n, n] and B [n, k], by substitution.
  ///
  /// Reads only the named triangle of this view, before `transposition` is applied. With
  /// `unitDiagonal` the diagonal is taken as 1 and not read. Throws `LinearAlgebraError` if an
  /// element of the diagonal is zero, an element that is read is not finite, or the result
  /// overflows. `x` may be the memory of `b`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func triangularSolve(
    _ b: BatchedMatrixView<Scalar>, triangle: MatrixTriangle,
    transposition: Transposition = .plain, unitDiagonal: Bool = false,
    into x: MutableBatchedMatrixView<Scalar>
  ) throws(LinearAlgebraError) {
    let (n, k) = (rows, b.columns)
    let operation = "triangularSolve"
    checkSquare(operation, self)
    checkSolve(operation, self, b, x)
    LAPACK.checkSize(operation, shape, n, k)
    if n == 0 { return }
    try forMatrices(count, cost: n * n * (k + 1), scratch: 0, of: Scalar.self) {
      (index, _) throws(LinearAlgebraError) in
      let (matrix, target) = (self[index], x[index])
      try checkFiniteTriangle(operation, matrix, triangle, index, skipsDiagonal: unitDiagonal)
      if !unitDiagonal, let pivot = zeroPivot(matrix) {
        throw LinearAlgebraError(operation, matrix: index, .singular(pivot: pivot))
      }
      try checkFinite(operation, b[index], index)
      copy(b[index], to: target)
      if k == 0 { return }
      solveTriangular(
        matrix, upper: triangle == .upper, unit: unitDiagonal, transposition, target)
      try checkResult(operation, target, index)
    }
  }
}

/// Throws if an element of a triangle is infinite or NaN.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
func checkFiniteTriangle<Scalar: BLASScalar>(
  _ operation: String, _ matrix: MatrixView<Scalar>, _ triangle: MatrixTriangle, _ index: Int,
  skipsDiagonal: Bool = false
) throws(LinearAlgebraError) {
  let skipped = skipsDiagonal ? 1 : 0
  for row in 0..<matrix.rows {
    let columns =
      triangle == .lower
      ? 0..<max(0, row + 1 - skipped) : min(row + skipped, matrix.columns)..<matrix.columns
    let source = matrix.base + row * matrix.rowStride
    for column in columns where !source[column].isFinite {
      throw LinearAlgebraError(operation, matrix: index, .notFinite(row: row, column: column))
    }
  }
}
