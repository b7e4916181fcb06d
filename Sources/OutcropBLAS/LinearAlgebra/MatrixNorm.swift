import OutcropCore

/// A norm of matrices.
public enum MatrixNorm: Sendable {
  /// The square root of the sum of squares.
  case frobenius
  /// The largest sum of magnitudes of a column.
  case one
  /// The largest sum of magnitudes of a row.
  case infinity
  /// The largest singular value.
  case two
  /// The sum of the singular values.
  case nuclear
}

extension BatchedMatrixView where Scalar: BLASScalar {
  /// A norm of each matrix [m, n]; 0 for a matrix without elements. Sums do not overflow where the
  /// norm does not. Throws `LinearAlgebraError` for elements that are not finite, and as `svd` for
  /// `two` and `nuclear`.
  public func norm(_ kind: MatrixNorm = .frobenius) throws(LinearAlgebraError) -> [Scalar] {
    switch kind {
    case .two: return try singularValues("norm") { $0.first ?? 0 }
    case .nuclear: return try singularValues("norm") { $0.reduce(0, +) }
    case .frobenius, .one, .infinity:
      var result = [Scalar](repeating: 0, count: count)
      try result.withUnsafeMutableBufferPointer { buffer throws(LinearAlgebraError) in
        nonisolated(unsafe) let target = buffer
        try forMatrices(
          count, cost: rows * columns, scratch: ScratchPieces<Scalar>.size(columns),
          of: Scalar.self
        ) { (index, pieces) throws(LinearAlgebraError) in
          try checkFinite("norm", self[index], index)
          target[index] = entryNorm(self[index], kind, pieces.take(columns))
        }
      }
      return result
    }
  }

  /// The condition number ‖A‖ ‖A⁻¹‖ of each matrix, by default in the 2-norm (the quotient of the
  /// largest and the smallest singular value, for matrices of any shape); infinite for a singular
  /// matrix, 0 for one without elements. Other norms need square matrices. Throws for elements that
  /// are not finite.
  public func conditionNumber(_ kind: MatrixNorm = .two) throws(LinearAlgebraError) -> [Scalar] {
    if rows == 0 || columns == 0 { return [Scalar](repeating: 0, count: count) }
    if kind == .two {
      return try singularValues("conditionNumber") {
        $0[$0.count - 1] == 0 ? .infinity : $0[0] / $0[$0.count - 1]
      }
    }
    checkSquare("conditionNumber", self)
    let norms = try norm(kind)
    var result: [Scalar] = []
    let size = rows * rows
    let memory = BufferPool.allocate(byteCount: size * MemoryLayout<Scalar>.stride)
    defer { BufferPool.release(memory) }
    let target = MutableMatrixView(
      memory.base.bindMemory(to: Scalar.self, capacity: size), rows: rows, columns: rows)
    for index in 0..<count {
      do throws(LinearAlgebraError) {
        try BatchedMatrixView(repeating: self[index], count: 1).inverse(
          into: MutableBatchedMatrixView(target.base, count: 1, rows: rows, columns: rows))
        let inverse = BatchedMatrixView(repeating: MatrixView(target), count: 1)
        result.append(try norms[index] * inverse.norm(kind)[0])
      } catch {
        switch error.problem {
        case .singular, .overflow: result.append(.infinity)
        default: throw LinearAlgebraError("conditionNumber", matrix: index, error.problem)
        }
      }
    }
    return result
  }

  /// The sum of the diagonal of each matrix.
  public func trace() -> [Scalar] {
    (0..<count).map { index in
      let matrix = self[index]
      return (0..<min(rows, columns)).reduce(0) {
        $0 + matrix.base[$1 * (matrix.rowStride + 1)]
      }
    }
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
func entryNorm<Scalar: BLASScalar>(
  _ matrix: MatrixView<Scalar>, _ kind: MatrixNorm, _ sums: UnsafeMutablePointer<Scalar>
) -> Scalar {
  let (rows, columns) = (matrix.rows, matrix.columns)
  switch kind {
  case .infinity:
    var largest: Scalar = 0
    for row in 0..<rows {
      let line = matrix.base + row * matrix.rowStride
      var sum: Scalar = 0
      for column in 0..<columns { sum += abs(line[column]) }
      largest = max(largest, sum)
    }
    return largest
  case .one:
    sums.update(repeating: 0, count: columns)
    for row in 0..<rows {
      let line = matrix.base + row * matrix.rowStride
      for column in 0..<columns { sums[column] += abs(line[column]) }
    }
    return (0..<columns).reduce(0) { max($0, sums[$1]) }
  default:
    var largest: Scalar = 0
    for row in 0..<rows {
      let line = matrix.base + row * matrix.rowStride
      for column in 0..<columns { largest = max(largest, abs(line[column])) }
    }
    if largest == 0 { return 0 }
    // Scaled by a power of two, so that squares neither overflow nor underflow.
    let scale = Scalar(
      sign: .plus, exponent: max(Scalar.leastNormalMagnitude.exponent, largest.exponent),
      significand: 1)
    var sum = 0.0
    for row in 0..<rows {
      let line = matrix.base + row * matrix.rowStride
      for column in 0..<columns {
        let number = Double(line[column] / scale)
        sum += number * number
      }
    }
    return Scalar(sum.squareRoot()) * scale
  }
}
