import COpenBLAS
import OutcropCore

extension BatchedMatrixView where Scalar: BLASScalar {
  /// The exponential of each matrix [n, n], by scaling and squaring with Padé approximants of
  /// degree 3 to 13.
  ///
  /// Source: N. J. Higham, The scaling and squaring method for the matrix exponential revisited,
  /// SIAM J. Matrix Anal. Appl. 26 (2005). Throws `LinearAlgebraError` for elements that are not
  /// finite, and `overflow` where the exponential exceeds the range of the element type.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func matrixExponential(
    into target: MutableBatchedMatrixView<Scalar>
  ) throws(LinearAlgebraError) {
    let n = rows
    checkSquare("matrixExponential", self)
    checkTarget("matrixExponential", target, count, n, n)
    LAPACK.checkSize("matrixExponential", shape, n)
    if n == 0 { return }
    try forMatrices(
      count, cost: 12 * n * n * n,
      scratch: ScratchPieces<Scalar>.size(n * n, n * n, n * n, n * n, n * n, n * n, n),
      of: Scalar.self
    ) { (index, pieces) throws(LinearAlgebraError) in
      try checkFinite("matrixExponential", self[index], index)
      try exponential(self[index], target[index], index, &pieces)
      try checkResult("matrixExponential", target[index], index)
    }
  }

  /// The power of each matrix [n, n] with an integer exponent, by repeated squaring; the identity
  /// for 0, powers of the inverse for negative exponents. Throws `LinearAlgebraError` for elements
  /// that are not finite, for a singular matrix with a negative exponent, and `overflow` where the
  /// power exceeds the range.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func matrixPower(
    _ exponent: Int, into target: MutableBatchedMatrixView<Scalar>
  ) throws(LinearAlgebraError) {
    let n = rows
    checkSquare("matrixPower", self)
    checkTarget("matrixPower", target, count, n, n)
    LAPACK.checkSize("matrixPower", shape, n)
    if n == 0 { return }
    try forMatrices(
      count, cost: 8 * n * n * n, scratch: ScratchPieces<Scalar>.size(n * n, n * n, n * n, n),
      of: Scalar.self
    ) { (index, pieces) throws(LinearAlgebraError) in
      try checkFinite("matrixPower", self[index], index)
      var base = MutableMatrixView(pieces.take(n * n), rows: n, columns: n)
      var (power, spare) = (
        target[index], MutableMatrixView(pieces.take(n * n), rows: n, columns: n)
      )
      if exponent < 0 {
        do throws(LinearAlgebraError) {
          try BatchedMatrixView(repeating: self[index], count: 1).inverse(
            into: MutableBatchedMatrixView(base.base, count: 1, rows: n, columns: n))
        } catch {
          throw LinearAlgebraError(
            "matrixPower", matrix: index, error.problem, status: error.status)
        }
      } else {
        copy(self[index], to: base)
      }
      setIdentity(power)
      var rest = exponent.magnitude
      while rest > 0 {
        if rest & 1 == 1 {
          matrixMultiply(MatrixView(power), .plain, MatrixView(base), into: spare)
          swap(&power, &spare)
        }
        rest >>= 1
        if rest > 0 {
          matrixMultiply(MatrixView(base), .plain, MatrixView(base), into: spare)
          swap(&base, &spare)
        }
      }
      if power.base != target[index].base { copy(MatrixView(power), to: target[index]) }
      try checkResult("matrixPower", target[index], index)
    }
  }

  /// The Kronecker product [m p, n q] of each matrix [m, n] with the matrix [p, q] of `other` of
  /// the same index: block (i, j) is element (i, j) times the other matrix.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func kronecker(
    _ other: BatchedMatrixView<Scalar>, into target: MutableBatchedMatrixView<Scalar>
  ) {
    let (p, q) = (other.rows, other.columns)
    require(
      count == other.count,
      "kronecker: matrices \(shape) and \(other.shape); expected the same number of matrices")
    checkTarget("kronecker", target, count, rows * p, columns * q)
    if rows == 0 || columns == 0 || p == 0 || q == 0 { return }
    let grain = max(1, (1 << 15) / (columns * q * p))
    ThreadPool.forRanges(count * rows, grain: grain) { range in
      for place in range {
        let (index, row) = (place / rows, place % rows)
        let (a, b, c) = (self[index], other[index], target[index])
        for lower in 0..<p {
          let line = c.base + (row * p + lower) * c.rowStride
          let source = b.base + lower * b.rowStride
          for column in 0..<columns {
            let factor = a.base[row * a.rowStride + column]
            for inner in 0..<q { line[column * q + inner] = factor * source[inner] }
          }
        }
      }
    }
  }
}

/// The norms up to which the approximants of degree 3, 5, 7, 9 and 13 reach the precision (Higham,
/// table 2.3; for single precision only up to degree 7).
private func degreesAndNorms<Scalar>(_: Scalar.Type) -> [(degree: Int, norm: Double)] {
  Scalar.self == Double.self
    ? [
      (3, 1.495585217958292e-2), (5, 2.539398330063230e-1), (7, 9.504178996162932e-1),
      (9, 2.097847961257068), (13, 5.371920351148152),
    ]
    : [(3, 4.258730016922831e-1), (5, 1.880152677804762), (7, 3.925724783138660)]
}

private func padeCoefficients(_ degree: Int) -> [Double] {
  switch degree {
  case 3: [120, 60, 12, 1]
  case 5: [30240, 15120, 3360, 420, 30, 1]
  case 7: [17_297_280, 8_648_640, 1_995_840, 277_200, 25_200, 1512, 56, 1]
  case 9:
    [
      17_643_225_600, 8_821_612_800, 2_075_673_600, 302_702_400, 30_270_240, 2_162_160, 110_880,
      3960, 90, 1,
    ]
  default:
    [
      64_764_752_532_480_000, 32_382_376_266_240_000, 7_771_770_303_897_600, 1_187_353_796_428_800,
      129_060_195_264_000, 10_559_470_521_600, 670_442_572_800, 33_522_128_640, 1_323_241_920,
      40_840_800, 960_960, 16_380, 182, 1,
    ]
  }
}

/// r(A / 2^s) squared s times, where r = q⁻¹ p with p = V + U and q = V − U: U has the odd and V
/// the even powers of the numerator.
@inline(__always)
private func exponential<Scalar: BLASScalar>(
  _ matrix: MatrixView<Scalar>, _ result: MutableMatrixView<Scalar>, _ index: Int,
  _ pieces: inout ScratchPieces<Scalar>
) throws(LinearAlgebraError) {
  let n = matrix.rows
  let size = n * n
  func piece() -> MutableMatrixView<Scalar> {
    MutableMatrixView(pieces.take(size), rows: n, columns: n)
  }
  let (a, a2, u, v) = (piece(), piece(), piece(), piece())
  var (power, spare) = (piece(), piece())
  let pivots = pieces.takeIntegers(n)
  let norm = oneNorm(matrix, power.base)
  if !norm.isFinite { throw LinearAlgebraError("matrixExponential", matrix: index, .overflow) }
  let table = degreesAndNorms(Scalar.self)
  let choice = table.first { norm <= $0.norm } ?? table[table.count - 1]
  var squarings = 0
  if norm > choice.norm {
    squarings = max(0, Int((norm / choice.norm).exponent) + 1)
  }
  let scale = Scalar(sign: .plus, exponent: Scalar.Exponent(-squarings), significand: 1)
  for row in 0..<n {
    let source = matrix.base + row * matrix.rowStride
    for column in 0..<n { a.base[row * n + column] = source[column] * scale }
  }
  let b = padeCoefficients(choice.degree).map { Scalar($0) }
  func multiply(
    _ x: MutableMatrixView<Scalar>, _ y: MutableMatrixView<Scalar>,
    _ target: MutableMatrixView<Scalar>
  ) {
    matrixMultiply(MatrixView(x), .plain, MatrixView(y), into: target)
  }
  // u ← Σ b[2i + 1] A²ⁱ, v ← Σ b[2i] A²ⁱ.
  multiply(a, a, a2)
  setDiagonal(u, b[1])
  setDiagonal(v, b[0])
  copy(MatrixView(a2), to: power)
  for term in 1...(choice.degree / 2) {
    addScaled(u, b[2 * term + 1], power)
    addScaled(v, b[2 * term], power)
    if 2 * term + 2 <= choice.degree {
      multiply(power, a2, spare)
      swap(&power, &spare)
    }
  }
  // u ← A u; a ← V − U, result ← V + U.
  multiply(a, u, spare)
  for place in 0..<size {
    let (odd, even) = (spare.base[place], v.base[place])
    power.base[place] = even + odd
    a.base[place] = even - odd
  }
  copyTransposed(MatrixView(a), to: u.base, stride: n)
  let status = oc_getrf(
    LAPACK.isDouble(Scalar.self), Int32(n), Int32(n), u.base, Int32(n), pivots)
  if status > 0 {
    throw LinearAlgebraError("matrixExponential", matrix: index, .overflow, status: Int(status))
  }
  for step in 0..<n { pivots[step] -= 1 }
  solveColumnFactors(MatrixView(u), pivots, power)
  for _ in 0..<squarings {
    multiply(power, power, spare)
    swap(&power, &spare)
  }
  copy(MatrixView(power), to: result)
}

private func oneNorm<Scalar: BLASScalar>(
  _ matrix: MatrixView<Scalar>, _ sums: UnsafeMutablePointer<Scalar>
) -> Double {
  Double(entryNorm(matrix, .one, sums))
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func setDiagonal<Scalar: BLASScalar>(_ x: MutableMatrixView<Scalar>, _ number: Scalar) {
  setIdentity(x)
  for row in 0..<x.rows { x.base[row * (x.rowStride + 1)] = number }
}

/// x ← x + factor y, for matrices without gaps.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func addScaled<Scalar: BLASScalar>(
  _ x: MutableMatrixView<Scalar>, _ factor: Scalar, _ y: MutableMatrixView<Scalar>
) {
  for place in 0..<(x.rows * x.columns) { x.base[place] += factor * y.base[place] }
}
