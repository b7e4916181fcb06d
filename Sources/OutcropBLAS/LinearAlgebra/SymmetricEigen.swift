import OutcropCore

/// The eigenvalues and eigenvectors of a real symmetric matrix [n, n].
public struct SymmetricEigen<Scalar> {
  /// The n eigenvalues, ascending.
  public let values: [Scalar]
  /// Orthonormal eigenvectors: `vectors[r, c]` is entry r of the vector of `values[c]`.
  ///
  /// A vector's sign, and the choice of vectors within an eigenspace of more than one dimension,
  /// are arbitrary and may differ between processors and builds of LAPACK.
  public let vectors: DenseMatrix<Scalar>
}

extension SymmetricEigen: Sendable where Scalar: Sendable {}
extension SymmetricEigen: Equatable where Scalar: Equatable {}

/// The eigendecomposition of a symmetric matrix on the calling thread: by QL iteration on LAPACK's
/// tridiagonal form, or by LAPACK's divide and conquer (xSYEVD) above 128 rows.
///
/// Reads the diagonal and the elements above it; the elements below the diagonal are ignored.
/// Values and vectors are accurate to a small multiple of n times the rounding unit, relative to
/// the largest eigenvalue's magnitude. Throws if an element is not finite or the iteration
/// does not converge; traps if the matrix is not square.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func symmetricEigen<Scalar: BLASScalar>(
  _ matrix: MatrixView<Scalar>
) throws(LinearAlgebraError) -> SymmetricEigen<Scalar> {
  checkSquare("symmetricEigen", matrix)
  return try decompose(matrix, 0)
}

/// The eigendecompositions of symmetric matrices of any sizes, one per matrix, on all threads.
///
/// Results have the same bits as `symmetricEigen` of each matrix, for any number of threads. Throws
/// the error of the first matrix that fails.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func symmetricEigen<Scalar: BLASScalar>(
  batch matrices: [MatrixView<Scalar>]
) throws(LinearAlgebraError) -> [SymmetricEigen<Scalar>] {
  for (index, matrix) in matrices.enumerated() {
    checkSquare("symmetricEigen, matrix \(index)", matrix)
  }
  var results = [SymmetricEigen<Scalar>?](repeating: nil, count: matrices.count)
  try results.withUnsafeMutableBufferPointer { buffer throws(LinearAlgebraError) in
    nonisolated(unsafe) let slots = buffer
    try forGroups(matrices.count, of: 1, scratch: 0, Scalar.self) {
      (range, _) throws(LinearAlgebraError) in
      for index in range { slots[index] = try decompose(matrices[index], index) }
    }
  }
  return results.map { $0! }
}

extension BatchedMatrixView where Scalar: BLASScalar {
  /// The eigenvalues of each symmetric matrix [n, n], ascending, and unless `vectors` is nil its
  /// orthonormal eigenvectors: column j belongs to value j.
  ///
  /// `values` is [count, n]. Accuracy, errors and the elements that are read are as in `symmetricEigen(_:)`.
  /// `vectors` must not be the memory of this view.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func symmetricEigen(
    values: UnsafeMutablePointer<Scalar>, vectors: MutableBatchedMatrixView<Scalar>? = nil
  ) throws(LinearAlgebraError) {
    let n = rows
    checkSquare("symmetricEigen", self)
    LAPACK.checkSize("symmetricEigen", shape, n)
    if let vectors { checkTarget("symmetricEigen", vectors, count, n, n) }
    if n == 0 { return }
    if try smallSymmetricEigen(values, vectors) { return }
    try forMatrices(
      count, cost: 10 * n * n * n, scratch: ScratchPieces<Scalar>.size(vectors == nil ? n * n : 0),
      of: Scalar.self
    ) { (index, pieces) throws(LinearAlgebraError) in
      let target =
        vectors?[index] ?? MutableMatrixView(pieces.take(n * n), rows: n, columns: n)
      try decompose(self[index], index, values + index * n, target)
    }
  }
}

@inline(__always)
private func checkSquare<Scalar>(_ name: @autoclosure () -> String, _ matrix: MatrixView<Scalar>) {
  // With more rows the size of LAPACK's work array, 1 + 6n + 2n², overflows its 32-bit integer.
  let mostRows = 32766
  require(
    matrix.rows == matrix.columns && matrix.rows <= mostRows,
    "\(name()): a matrix [\(matrix.rows), \(matrix.columns)]; expected a square one of at most "
      + "\(mostRows) rows")
}

@inline(__always)
private func decompose<Scalar: BLASScalar>(
  _ matrix: MatrixView<Scalar>, _ index: Int
) throws(LinearAlgebraError) -> SymmetricEigen<Scalar> {
  let n = matrix.rows
  var values = [Scalar](repeating: 0, count: n)
  var vectors = [Scalar](repeating: 0, count: n * n)
  if n > 0 {
    try values.withUnsafeMutableBufferPointer { values throws(LinearAlgebraError) in
      try vectors.withUnsafeMutableBufferPointer { vectors throws(LinearAlgebraError) in
        try decompose(
          matrix, index, values.baseAddress!,
          MutableMatrixView(vectors.baseAddress!, rows: n, columns: n))
      }
    }
  }
  return SymmetricEigen(values: values, vectors: DenseMatrix(vectors, rows: n, columns: n))
}

/// The largest number of rows for which the QL iteration of this library is faster than LAPACK's
/// divide and conquer.
private let mostRowsOfQL = 128

@inline(__always)
private func decompose<Scalar: BLASScalar>(
  _ matrix: MatrixView<Scalar>, _ index: Int, _ values: UnsafeMutablePointer<Scalar>,
  _ vectors: MutableMatrixView<Scalar>
) throws(LinearAlgebraError) {
  let n = matrix.rows
  let largest = try largestOfUpperTriangle(matrix, index)
  if n <= mostRowsOfQL {
    try decomposeByQL(matrix, index, largest, values, vectors)
  } else {
    try decomposeByLAPACK(matrix, index, values, vectors)
  }
}

/// The largest magnitude of an element on or above the diagonal. Throws if one is not finite.
@inline(__always)
func largestOfUpperTriangle<Scalar: BLASScalar>(
  _ matrix: MatrixView<Scalar>, _ index: Int
) throws(LinearAlgebraError) -> Scalar {
  let n = matrix.rows
  var largest: Scalar = 0
  for row in 0..<n {
    let source = matrix.base + row * matrix.rowStride
    for column in row..<n {
      if !source[column].isFinite {
        throw LinearAlgebraError(
          "symmetricEigen", matrix: index, .notFinite(row: row, column: column))
      }
      largest = max(largest, abs(source[column]))
    }
  }
  return largest
}

/// Tridiagonal form by LAPACK, then eigenvalues and eigenvectors by `tridiagonalQL`.
@inline(__always)
private func decomposeByQL<Scalar: BLASScalar>(
  _ matrix: MatrixView<Scalar>, _ index: Int, _ largest: Scalar,
  _ target: UnsafeMutablePointer<Scalar>, _ vectors: MutableMatrixView<Scalar>
) throws(LinearAlgebraError) {
  let n = matrix.rows
  // Columns are padded to whole cache lines of 64 bytes.
  let lanes = 64 / MemoryLayout<Scalar>.stride
  let stride = (n + lanes - 1) / lanes * lanes
  // A power of two, so that scaling is exact. For subnormal matrices the largest power is too small
  // to reach 1.
  let exponent = largest == 0 ? 0 : min(-largest.exponent, Scalar.greatestFiniteMagnitude.exponent)
  let scale = Scalar(sign: .plus, exponent: exponent, significand: 1)
  let workCount = n * stride + 2 * stride + 65 * n
  let scratch = BufferPool.allocate(byteCount: workCount * MemoryLayout<Scalar>.stride)
  let tridiagonal = BufferPool.allocate(byteCount: 2 * n * MemoryLayout<Double>.stride)
  defer {
    BufferPool.release(scratch)
    BufferPool.release(tridiagonal)
  }
  let a = scratch.base.bindMemory(to: Scalar.self, capacity: workCount)
  let (first, second) = (a + n * stride, a + n * stride + stride)
  a.update(repeating: 0, count: n * stride)
  // LAPACK reads the copied rows as columns, so the upper triangle becomes the lower one.
  for row in 0..<n {
    let source = matrix.base + row * matrix.rowStride
    for column in row..<n { a[row * stride + column] = source[column] * scale }
  }
  Scalar._tridiagonalize(n, a, stride, first, second, second + stride)
  let values = tridiagonal.base.bindMemory(to: Double.self, capacity: 2 * n)
  for row in 0..<n {
    values[row] = Double(first[row])
    if row + 1 < n { values[n + row] = Double(second[row]) }
  }
  let missing = tridiagonalQL(
    n, values, values + n, a, stride: stride, cosines: first, sines: second)
  if missing != nil { throw LinearAlgebraError("symmetricEigen", matrix: index, .notConverged) }
  writeSorted(n, values, scale: 1 / scale, a, stride, target, vectors)
}

/// Writes the eigenvalues, ascending and times `scale`, and the eigenvectors, which are the columns
/// of `z`, `stride` apart.
@inline(__always)
func writeSorted<Scalar: BLASScalar>(
  _ n: Int, _ values: UnsafePointer<Double>, scale: Scalar, _ z: UnsafePointer<Scalar>,
  _ stride: Int, _ target: UnsafeMutablePointer<Scalar>, _ vectors: MutableMatrixView<Scalar>?
) {
  withUnsafeTemporaryAllocation(of: Int.self, capacity: n) { order in
    for place in 0..<n {
      var slot = place
      while slot > 0, values[order[slot - 1]] > values[place] {
        order[slot] = order[slot - 1]
        slot -= 1
      }
      order[slot] = place
    }
    for (column, from) in order.enumerated() {
      target[column] = Scalar(values[from]) * scale
      guard let vectors else { continue }
      for row in 0..<n { vectors.base[row * vectors.rowStride + column] = z[from * stride + row] }
    }
  }
}

private func decomposeByLAPACK<Scalar: BLASScalar>(
  _ matrix: MatrixView<Scalar>, _ index: Int, _ target: UnsafeMutablePointer<Scalar>,
  _ vectors: MutableMatrixView<Scalar>
) throws(LinearAlgebraError) {
  let n = matrix.rows
  // Pool memory is aligned, so that LAPACK's loops do not depend on the alignment of the input.
  let workCount = 1 + 6 * n + max(2 * n * n, 64 * n)
  let integerCount = 3 + 5 * n
  let square = (n * n + 15) & ~15
  let valueCount = (n + 15) & ~15
  let scratch = BufferPool.allocate(
    byteCount: (square + valueCount + workCount) * MemoryLayout<Scalar>.stride)
  let integerScratch = BufferPool.allocate(byteCount: integerCount * MemoryLayout<Int32>.stride)
  defer {
    BufferPool.release(scratch)
    BufferPool.release(integerScratch)
  }
  let a = scratch.base.bindMemory(to: Scalar.self, capacity: square + valueCount + workCount)
  let values = a + square
  let integers = integerScratch.base.bindMemory(to: Int32.self, capacity: integerCount)

  // LAPACK reads the copied rows as columns, so the upper triangle becomes the lower one.
  for row in 0..<n {
    let source = matrix.base + row * matrix.rowStride
    for column in row..<n { a[row * n + column] = source[column] }
  }
  let status = Scalar._syevd(n, a, values, values + valueCount, workCount, integers, integerCount)
  if status != 0 {
    throw LinearAlgebraError("symmetricEigen", matrix: index, .notConverged, status: status)
  }
  target.update(from: values, count: n)
  copyTransposed(
    MatrixView(a, rows: n, columns: n), to: vectors.base, stride: vectors.rowStride)
}
