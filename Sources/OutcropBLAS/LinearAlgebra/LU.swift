import COpenBLAS
import Foundation
import OutcropCore

extension BatchedMatrixView where Scalar: BLASScalar {
  /// The LU factors of each matrix [m, n] by Gaussian elimination with partial pivoting: A = P L U.
  ///
  /// Writes L below the diagonal of `factors` (L's diagonal is 1 and not stored) and U on and above
  /// it. Element i of `pivots` [count, min(m, n)] is the row that was exchanged with row i in step i. A
  /// singular matrix also has factors: a pivot on the diagonal of U is zero.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func luFactors(
    into factors: MutableBatchedMatrixView<Scalar>, pivots: UnsafeMutablePointer<Int32>,
    operation: String = "lu"
  ) throws(LinearAlgebraError) {
    let (m, n) = (rows, columns)
    checkTarget(operation, factors, count, m, n)
    LAPACK.checkSize(operation, shape, m, n)
    if m == 0 || n == 0 { return }
    if try smallFactors(factors, pivots, operation) { return }
    let rank = min(m, n)
    if isOneLarge {
      try checkFinite(operation, self[0], 0)
      copy(self[0], to: factors[0])
      _ = factors[0].factorLargeLU(pivots)
      return try checkResult(operation, factors[0], 0)
    }
    try forMatrices(
      count, cost: m * n * rank, scratch: ScratchPieces<Scalar>.size(m * n), of: Scalar.self
    ) { (index, pieces) throws(LinearAlgebraError) in
      let source = self[index]
      try checkFinite(operation, source, index)
      let a = pieces.take(m * n)
      copyTransposed(source, to: a, stride: m)
      let exchanged = pivots + index * rank
      _ = oc_getrf(
        LAPACK.isDouble(Scalar.self), Int32(m), Int32(n), a, Int32(m), exchanged)
      for step in 0..<rank { exchanged[step] -= 1 }
      copyTransposed(
        MatrixView(a, rows: n, columns: m), to: factors[index].base, stride: factors.rowStride)
      // The reciprocal of a subnormal pivot overflows.
      try checkResult(operation, factors[index], index)
    }
  }

  /// X with op(A) X = B from the factors of `luFactors` in this view. A zero pivot throws
  /// `singular`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func luSolve(
    _ pivots: UnsafePointer<Int32>, _ transposition: Transposition, _ b: BatchedMatrixView<Scalar>,
    into x: MutableBatchedMatrixView<Scalar>, operation: String = "solve"
  ) throws(LinearAlgebraError) {
    let (n, k) = (rows, b.columns)
    checkSolve(operation, self, b, x)
    if n == 0 { return }
    if try smallLUSolve(pivots, transposition, b, x, operation) { return }
    try forMatrices(count, cost: n * n * (k + 1), scratch: 0, of: Scalar.self) {
      (index, _) throws(LinearAlgebraError) in
      let (factors, target) = (self[index], x[index])
      if let pivot = zeroPivot(factors) {
        throw LinearAlgebraError(
          operation, matrix: index, .singular(pivot: pivot), status: pivot + 1)
      }
      try checkFinite(operation, b[index], index)
      copy(b[index], to: target)
      solveFactored(factors, pivots + index * n, transposition, target)
      try checkResult(operation, target, index)
    }
  }

  /// X with A X = B for each matrix A [n, n] and B [n, k], by Gaussian elimination with partial
  /// pivoting.
  ///
  /// The relative error of X is a small multiple of the condition number of A times the rounding
  /// unit. Throws `LinearAlgebraError` if A is singular (a pivot is exactly zero), an element is
  /// not finite, or the result overflows; a matrix that is singular only up to rounding gives large
  /// numbers, not an error. `x` may be the memory of `b`. Traps for shapes that do not fit.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func solve(
    _ b: BatchedMatrixView<Scalar>, into x: MutableBatchedMatrixView<Scalar>
  ) throws(LinearAlgebraError) {
    let (n, k) = (rows, b.columns)
    checkSquare("solve", self)
    checkSolve("solve", self, b, x)
    LAPACK.checkSize("solve", shape, n, k)
    if n == 0 { return }
    if try smallSolve(b, x) { return }
    if isOneLarge {
      try checkFinite("solve", b[0], 0)
      try withLargeFactors("solve") { factors, pivots in
        copy(b[0], to: x[0])
        solveLarge(factors, pivots, x[0])
      }
      return try checkResult("solve", x[0], 0)
    }
    try forMatrices(
      count, cost: n * n * (n + k), scratch: ScratchPieces<Scalar>.size(n * n, n), of: Scalar.self
    ) { (index, pieces) throws(LinearAlgebraError) in
      try checkFinite("solve", b[index], index)
      let (factors, pivots) = try factor("solve", self[index], index, &pieces)
      copy(b[index], to: x[index])
      solveColumnFactors(factors, pivots, x[index])
      try checkResult("solve", x[index], index)
    }
  }

  /// The inverse of each matrix [n, n]. To multiply by the inverse, prefer `solve`.
  /// Errors are those of `solve`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func inverse(into target: MutableBatchedMatrixView<Scalar>) throws(LinearAlgebraError) {
    let n = rows
    checkSquare("inverse", self)
    checkTarget("inverse", target, count, n, n)
    LAPACK.checkSize("inverse", shape, n)
    if n == 0 { return }
    if try smallInverse(target) { return }
    if isOneLarge {
      try withLargeFactors("inverse") { factors, pivots in
        setIdentity(target[0])
        solveLarge(factors, pivots, target[0])
      }
      return try checkResult("inverse", target[0], 0)
    }
    try forMatrices(
      count, cost: 3 * n * n * n, scratch: ScratchPieces<Scalar>.size(n * n, n), of: Scalar.self
    ) { (index, pieces) throws(LinearAlgebraError) in
      let (factors, pivots) = try factor("inverse", self[index], index, &pieces)
      setIdentity(target[index])
      solveColumnFactors(factors, pivots, target[index])
      try checkResult("inverse", target[index], index)
    }
  }

  /// Calls `body` with the factors of one large matrix. Throws if it is singular or not finite.
  private func withLargeFactors(
    _ operation: String, _ body: (MatrixView<Scalar>, UnsafePointer<Int32>) -> Void
  ) throws(LinearAlgebraError) {
    let n = rows
    OpenBLAS.prepare
    try checkFinite(operation, self[0], 0)
    let zero: Int? = withScratch(of: Scalar.self, count: ScratchPieces<Scalar>.size(n * n, n)) {
      var pieces = ScratchPieces(next: $0)
      let factors = MutableMatrixView(pieces.take(n * n), rows: n, columns: n)
      let pivots = pieces.takeIntegers(n)
      copy(self[0], to: factors)
      if let zero = factors.factorLargeLU(pivots) { return zero }
      body(MatrixView(factors), pivots)
      return nil
    }
    if let zero { throw LinearAlgebraError(operation, .singular(pivot: zero), status: zero + 1) }
  }

  /// The determinant of each matrix [n, n], written to `target` [count]; 1 for n = 0. A determinant
  /// beyond the range of the element type is infinite or zero; `logDeterminant` does not have this
  /// limit. Throws for elements that are not finite.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func determinant(
    into target: UnsafeMutablePointer<Scalar>
  ) throws(LinearAlgebraError) {
    try forDeterminants("determinant") { index, diagonal, sign in
      target[index] = product(of: diagonal, sign: sign)
    }
  }

  /// The sign of the determinant of each matrix [n, n] and the logarithm of its magnitude; 0 and −∞
  /// for a singular matrix. Throws for elements that are not finite.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func logDeterminant(
    signs: UnsafeMutablePointer<Scalar>, logarithms: UnsafeMutablePointer<Scalar>
  ) throws(LinearAlgebraError) {
    try forDeterminants("logDeterminant") { index, diagonal, sign in
      (signs[index], logarithms[index]) = signAndLogarithm(of: diagonal, sign: sign)
    }
  }

  /// Calls `body` with the index of each matrix, the diagonal of U and the sign of P.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func forDeterminants(
    _ operation: String, _ body: (Int, UnsafeMutableBufferPointer<Scalar>, Scalar) -> Void
  ) throws(LinearAlgebraError) {
    let n = rows
    checkSquare(operation, self)
    LAPACK.checkSize(operation, shape, n)
    let isDone = try smallDeterminants(body) { index throws(LinearAlgebraError) in
      try determinantByLAPACK(operation, index, body)
    }
    if isDone { return }
    try forMatrices(count, cost: n * n * n, scratch: 0, of: Scalar.self) {
      (index, _) throws(LinearAlgebraError) in try determinantByLAPACK(operation, index, body)
    }
  }

  /// Calls `body` as `forDeterminants` does, for matrix `index`.
  private func determinantByLAPACK(
    _ operation: String, _ index: Int,
    _ body: (Int, UnsafeMutableBufferPointer<Scalar>, Scalar) -> Void
  ) throws(LinearAlgebraError) {
    let (n, source) = (rows, self[index])
    try checkFinite(operation, source, index)
    let isFinite = withScratch(
      of: Scalar.self, count: ScratchPieces<Scalar>.size(n * n, n, n)
    ) { memory in
      var pieces = ScratchPieces(next: memory)
      let (a, pivots) = (pieces.take(n * n), pieces.takeIntegers(n))
      let diagonal = pieces.take(n)
      copy(source, to: MutableMatrixView(a, rows: n, columns: n))
      // LAPACK reads the transpose, which has the same determinant.
      if n > 0 {
        _ = oc_getrf(LAPACK.isDouble(Scalar.self), Int32(n), Int32(n), a, Int32(n), pivots)
      }
      for step in 0..<n {
        diagonal[step] = a[step * n + step]
        // The reciprocal of a subnormal pivot overflows.
        if !diagonal[step].isFinite { return false }
        pivots[step] -= 1
      }
      body(
        index, UnsafeMutableBufferPointer(start: diagonal, count: n), signOfExchanges(pivots, n))
      return true
    }
    if !isFinite { throw LinearAlgebraError(operation, matrix: index, .overflow) }
  }
}

/// Traps unless `b` and `x` fit the square matrices `a`.
func checkSolve<Scalar>(
  _ operation: String, _ a: BatchedMatrixView<Scalar>, _ b: BatchedMatrixView<Scalar>,
  _ x: MutableBatchedMatrixView<Scalar>
) {
  require(
    a.count == b.count && a.rows == b.rows,
    "\(operation): matrices \(a.shape) and right sides \(b.shape); expected [count, n, n] and "
      + "[count, n, k]")
  checkTarget(operation, x, a.count, a.rows, b.columns)
}

/// The LU factors of one matrix [n, n] in column-major order, for `solveColumnFactors`. Throws if
/// the matrix is singular or not finite.
@inline(__always)
private func factor<Scalar: BLASScalar>(
  _ operation: String, _ matrix: MatrixView<Scalar>, _ index: Int,
  _ pieces: inout ScratchPieces<Scalar>
) throws(LinearAlgebraError) -> (MatrixView<Scalar>, UnsafeMutablePointer<Int32>) {
  try checkFinite(operation, matrix, index)
  let n = matrix.rows
  let (a, pivots) = (pieces.take(n * n), pieces.takeIntegers(n))
  copyTransposed(matrix, to: a, stride: n)
  let status = oc_getrf(LAPACK.isDouble(Scalar.self), Int32(n), Int32(n), a, Int32(n), pivots)
  if status > 0 {
    throw LinearAlgebraError(
      operation, matrix: index, .singular(pivot: Int(status) - 1), status: Int(status))
  }
  for step in 0..<n { pivots[step] -= 1 }
  return (MatrixView(a, rows: n, columns: n), pivots)
}

/// The first zero on the diagonal.
func zeroPivot<Scalar: BLASScalar>(_ factors: MatrixView<Scalar>) -> Int? {
  (0..<min(factors.rows, factors.columns)).first {
    factors.base[$0 * (factors.rowStride + 1)] == 0
  }
}

/// X ← op(P L U)⁻¹ X.
func solveFactored<Scalar: BLASScalar>(
  _ factors: MatrixView<Scalar>, _ pivots: UnsafePointer<Int32>, _ transposition: Transposition,
  _ x: MutableMatrixView<Scalar>
) {
  let n = factors.rows
  if n == 0 || x.columns == 0 { return }
  if transposition == .plain {
    exchangeRows(x, pivots, 0..<n, reversed: false)
    solveTriangular(factors, upper: false, unit: true, .plain, x)
    solveTriangular(factors, upper: true, unit: false, .plain, x)
  } else {
    solveTriangular(factors, upper: true, unit: false, .transposed, x)
    solveTriangular(factors, upper: false, unit: true, .transposed, x)
    exchangeRows(x, pivots, 0..<n, reversed: true)
  }
}

/// X ← (P L U)⁻¹ X with factors in column-major order, which row-major functions read as
/// transposes.
func solveColumnFactors<Scalar: BLASScalar>(
  _ factors: MatrixView<Scalar>, _ pivots: UnsafePointer<Int32>, _ x: MutableMatrixView<Scalar>
) {
  if factors.rows == 0 || x.columns == 0 { return }
  exchangeRows(x, pivots, 0..<factors.rows, reversed: false)
  solveTriangular(factors, upper: true, unit: true, .transposed, x)
  solveTriangular(factors, upper: false, unit: false, .transposed, x)
}

/// X ← op(T)⁻¹ X for a triangular T.
func solveTriangular<Scalar: BLASScalar>(
  _ triangle: MatrixView<Scalar>, upper: Bool, unit: Bool, _ transposition: Transposition,
  _ x: MutableMatrixView<Scalar>
) {
  oc_trsm(
    LAPACK.isDouble(Scalar.self), upper ? 1 : 0, transposition == .transposed ? 1 : 0, unit ? 1 : 0,
    Int32(x.rows), Int32(x.columns), triangle.base, Int32(triangle.rowStride), x.base,
    Int32(x.rowStride))
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
func exchangeRows<Scalar: BLASScalar>(
  _ x: MutableMatrixView<Scalar>, _ pivots: UnsafePointer<Int32>, _ steps: Range<Int>,
  reversed: Bool
) {
  for step in steps {
    let row = reversed ? steps.upperBound - 1 - (step - steps.lowerBound) : step
    let other = Int(pivots[row])
    if other == row { continue }
    let (a, b) = (x.base + row * x.rowStride, x.base + other * x.rowStride)
    for column in 0..<x.columns { (a[column], b[column]) = (b[column], a[column]) }
  }
}

/// The rows of P L U in terms of rows of L U: row `result[i]` of A is row i of L U.
package func rowOrder(fromExchanges pivots: UnsafePointer<Int32>, _ steps: Int, rows: Int)
  -> [Int]
{
  var order = Array(0..<rows)
  for step in 0..<steps { order.swapAt(step, Int(pivots[step])) }
  return order
}

private func signOfExchanges<Scalar: BLASScalar>(_ pivots: UnsafePointer<Int32>, _ n: Int) -> Scalar
{
  (0..<n).count { Int(pivots[$0]) != $0 } % 2 == 0 ? 1 : -1
}

/// The product as significand and exponent, so that partial products neither overflow nor
/// underflow.
private func product<Scalar: BLASScalar>(
  of diagonal: UnsafeMutableBufferPointer<Scalar>, sign: Scalar
) -> Scalar {
  var (significand, exponent) = (Double(sign), 0)
  for number in diagonal {
    significand *= Double(number)
    if significand == 0 { return 0 }
    exponent += Int(significand.exponent)
    significand = Double(
      sign: significand.sign, exponent: 0, significand: significand.significand)
  }
  let bounded = max(-4000, min(4000, exponent))
  return Scalar(Double(sign: .plus, exponent: bounded, significand: significand))
}

private func signAndLogarithm<Scalar: BLASScalar>(
  of diagonal: UnsafeMutableBufferPointer<Scalar>, sign: Scalar
) -> (Scalar, Scalar) {
  var (sign, sum) = (sign, 0.0)
  for number in diagonal {
    if number == 0 { return (0, -.infinity) }
    if number < 0 { sign = -sign }
    sum += log(Double(number.magnitude))
  }
  return (sign, Scalar(sum))
}
