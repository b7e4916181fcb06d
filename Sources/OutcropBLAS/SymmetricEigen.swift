import Foundation
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

/// Why a matrix has no eigendecomposition. `matrix` is its index in a batch, 0 for a single one.
public enum EigenError: LocalizedError, Equatable, Sendable, CustomStringConvertible {
  /// An element is infinite or not a number.
  case notFinite(matrix: Int, row: Int, column: Int)
  /// The iteration for an eigenvalue did not converge: `status` is the eigenvalue's number, or
  /// `info` of LAPACK's xSYEVD.
  case notConverged(matrix: Int, size: Int, status: Int)

  /// The same as `description`.
  public var errorDescription: String? { description }

  public var description: String {
    switch self {
    case .notFinite(let matrix, let row, let column):
      "symmetricEigen: matrix \(matrix) has an infinite or NaN element at "
        + "[\(row), \(column)]; expected finite numbers"
    case .notConverged(let matrix, let size, let status):
      "symmetricEigen: matrix \(matrix) [\(size), \(size)]: the iteration for the eigenvalues did not "
        + "converge (status \(status))"
    }
  }
}

/// The eigendecomposition of a symmetric matrix on the calling thread: by QL iteration on LAPACK's
/// tridiagonal form, or by LAPACK's divide and conquer (xSYEVD) above 128 rows.
///
/// Reads the diagonal and the elements above it; the elements below the diagonal are ignored.
/// Values and vectors are accurate to a small multiple of n times the rounding unit, relative to
/// the largest eigenvalue's magnitude. Throws when an element is not finite or the iteration
/// does not converge; traps when the matrix is not square.
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
/// Results have the same bits as `symmetricEigen` of each matrix, for any number of threads. Throws
/// the error of the first matrix that fails.
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
  // With more rows the size of LAPACK's work array, 1 + 6n + 2n², overflows its 32-bit integer.
  let mostRows = 32766
  require(
    matrix.rows == matrix.columns && matrix.rows <= mostRows,
    "\(name()): a matrix [\(matrix.rows), \(matrix.columns)]; expected a square one of at most "
      + "\(mostRows) rows")
}

/// The most rows for which the QL iteration of this library is faster than LAPACK's divide and
/// conquer.
private let mostRowsOfQL = 128

@inline(__always)
private func decompose<Scalar: BLASScalar>(
  _ matrix: MatrixView<Scalar>, _ index: Int
) throws(EigenError) -> SymmetricEigen<Scalar> {
  let n = matrix.rows
  var largest: Scalar = 0
  for row in 0..<n {
    let source = matrix.base + row * matrix.rowStride
    for column in row..<n {
      if !source[column].isFinite {
        throw .notFinite(matrix: index, row: row, column: column)
      }
      largest = max(largest, abs(source[column]))
    }
  }
  if n == 0 { return SymmetricEigen(values: [], vectors: DenseMatrix([], rows: 0, columns: 0)) }
  return try n <= mostRowsOfQL
    ? decomposeByQL(matrix, index, largest) : decomposeByLAPACK(matrix, index)
}

/// Tridiagonal form by LAPACK, then eigenvalues and eigenvectors by `tridiagonalQL`.
@inline(__always)
private func decomposeByQL<Scalar: BLASScalar>(
  _ matrix: MatrixView<Scalar>, _ index: Int, _ largest: Scalar
) throws(EigenError) -> SymmetricEigen<Scalar> {
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
  if let missing { throw .notConverged(matrix: index, size: n, status: missing + 1) }
  let order = (0..<n).sorted { values[$0] < values[$1] }
  let vectors = [Scalar](unsafeUninitializedCapacity: n * n) { target, count in
    for (column, from) in order.enumerated() {
      for row in 0..<n { target[row * n + column] = a[from * stride + row] }
    }
    count = n * n
  }
  return SymmetricEigen(
    values: order.map { Scalar(values[$0]) / scale },
    vectors: DenseMatrix(vectors, rows: n, columns: n))
}

private func decomposeByLAPACK<Scalar: BLASScalar>(
  _ matrix: MatrixView<Scalar>, _ index: Int
) throws(EigenError) -> SymmetricEigen<Scalar> {
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
  if status != 0 { throw .notConverged(matrix: index, size: n, status: status) }
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
