/// The eigenvalues and eigenvectors of a real symmetric matrix [n, n].
public struct SymmetricEigen<Scalar> {
  /// The n eigenvalues, ascending.
  public let values: [Scalar]
  /// Orthonormal eigenvectors: `vectors[r, c]` is entry r of the vector of `values[c]`.
  ///
  /// A vector's sign, and the choice of vectors within an eigenspace of more than one dimension,
  /// are LAPACK's and may differ between its builds.
  public let vectors: DenseMatrix<Scalar>
}

extension SymmetricEigen: Sendable where Scalar: Sendable {}
extension SymmetricEigen: Equatable where Scalar: Equatable {}

/// Why a matrix has no eigendecomposition. `matrix` is its index in a batch, 0 for a single one.
public enum EigenError: Error, Equatable, Sendable, CustomStringConvertible {
  /// An element is infinite or not a number.
  case notFinite(matrix: Int, row: Int, column: Int)
  /// LAPACK did not find all eigenvalues; `status` is its answer (`info` of xSYEVD).
  case notConverged(matrix: Int, size: Int, status: Int)

  public var description: String {
    switch self {
    case .notFinite(let matrix, let row, let column):
      "symmetricEigen: matrix \(matrix) has an infinite or NaN element at "
        + "[\(row), \(column)]; expected finite numbers"
    case .notConverged(let matrix, let size, let status):
      "symmetricEigen: matrix \(matrix) [\(size), \(size)]: LAPACK's syevd did not converge "
        + "(info \(status))"
    }
  }
}

/// The eigendecomposition of a symmetric matrix by LAPACK's divide and conquer (xSYEVD), on the
/// calling thread.
///
/// Reads the diagonal and what is above it; the elements below are taken to mirror them, unseen.
/// Values and vectors are accurate to a small multiple of n times the rounding unit, relative to
/// the largest eigenvalue's magnitude. Throws when an element is not finite or LAPACK does not
/// converge; traps when the matrix is not square.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func symmetricEigen<Scalar: BLASScalar>(
  _ matrix: MatrixView<Scalar>
) throws(EigenError) -> SymmetricEigen<Scalar> {
  checkSquare("symmetricEigen", matrix)
  return try decompose(matrix, 0)
}

/// The eigendecompositions of symmetric matrices of any sizes, one per matrix, on all threads.
///
/// The same as `symmetricEigen` of each, bit for bit and for any number of threads. Throws the
/// error of the first matrix that has one.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func symmetricEigen<Scalar: BLASScalar>(
  batch matrices: [MatrixView<Scalar>]
) throws(EigenError) -> [SymmetricEigen<Scalar>] {
  for (index, matrix) in matrices.enumerated() {
    checkSquare("symmetricEigen, matrix \(index)", matrix)
  }
  var results = [Result<SymmetricEigen<Scalar>, EigenError>?](
    repeating: nil, count: matrices.count)
  results.withUnsafeMutableBufferPointer { buffer in
    nonisolated(unsafe) let slots = buffer
    ThreadPool.run(chunks: matrices.count) { index in
      do throws(EigenError) {
        slots[index] = .success(try decompose(matrices[index], index))
      } catch {
        slots[index] = .failure(error)
      }
    }
  }
  var decompositions: [SymmetricEigen<Scalar>] = []
  decompositions.reserveCapacity(matrices.count)
  for result in results { decompositions.append(try result!.get()) }
  return decompositions
}

@inline(__always)
private func checkSquare<Scalar>(_ name: @autoclosure () -> String, _ matrix: MatrixView<Scalar>) {
  // With more rows LAPACK's 32-bit count of its working memory, 1 + 6n + 2n², overflows.
  let mostRows = 32766
  require(
    matrix.rows == matrix.columns && matrix.rows <= mostRows,
    "\(name()): a matrix [\(matrix.rows), \(matrix.columns)]; expected a square one of at most "
      + "\(mostRows) rows")
}

private func decompose<Scalar: BLASScalar>(
  _ matrix: MatrixView<Scalar>, _ index: Int
) throws(EigenError) -> SymmetricEigen<Scalar> {
  let n = matrix.rows
  // Pool memory is aligned, so that LAPACK's loops take the same course wherever the input lies.
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

  // Read as columns, the copied rows are the matrix's mirror image: above is below.
  for row in 0..<n {
    let source = matrix.base + row * matrix.rowStride
    for column in row..<n {
      if !source[column].isFinite {
        throw .notFinite(matrix: index, row: row, column: column)
      }
      a[row * n + column] = source[column]
    }
  }
  if n > 0 {
    let status = Scalar.syevd(
      n, a, values, values + valueCount, workCount, integers, integerCount)
    if status != 0 { throw .notConverged(matrix: index, size: n, status: status) }
  }
  let vectors = [Scalar](unsafeUninitializedCapacity: n * n) { target, count in
    for row in 0..<n {
      for column in 0..<n { target[row * n + column] = a[column * n + row] }
    }
    count = n * n
  }
  return SymmetricEigen(
    values: Array(UnsafeBufferPointer(start: values, count: n)),
    vectors: DenseMatrix(vectors, rows: n, columns: n))
}
