import COpenBLAS
import OutcropCore

// One large matrix is factored in blocks: LAPACK factors narrow panels, and matrix products on all threads
// do the rest of the work. The sizes of blocks are fixed, so results do not depend on the number of
// threads.

/// The smallest number of rows of a matrix that is factored in blocks.
private let leastLargeRows = 256

/// The columns of a panel.
private let panelWidth = 128

extension BatchedMatrixView {
  /// Whether the batch is one large square matrix.
  var isOneLarge: Bool { count == 1 && rows == columns && rows >= leastLargeRows }
}

extension MutableMatrixView where Scalar: BLASScalar {
  /// The block of the given rows and columns.
  fileprivate func block(_ rows: Range<Int>, _ columns: Range<Int>) -> MutableMatrixView {
    MutableMatrixView(
      base + rows.lowerBound * rowStride + columns.lowerBound, rows: rows.count,
      columns: columns.count, rowStride: rowStride)
  }

  /// LU factors of a large matrix [n, n] in place, in the form of `luFactors`. Returns the index of the
  /// first zero pivot, or nil.
  func factorLargeLU(_ pivots: UnsafeMutablePointer<Int32>) -> Int? {
    let n = rows
    for start in stride(from: 0, to: n, by: panelWidth) {
      let end = min(n, start + panelWidth)
      let (height, width) = (n - start, end - start)
      let panel = block(start..<n, start..<end)
      withScratch(of: Scalar.self, count: height * width) { a in
        copyTransposed(MatrixView(panel), to: a, stride: height)
        _ = oc_getrf(
          LAPACK.isDouble(Scalar.self), Int32(height), Int32(width), a, Int32(height),
          pivots + start)
        copyTransposed(
          MatrixView(a, rows: width, columns: height), to: panel.base, stride: rowStride)
      }
      for step in start..<end { pivots[step] += Int32(start) - 1 }
      for columns in [0..<start, end..<n] {
        ThreadPool.forRanges(columns.count, grain: 256) { range in
          let first = columns.lowerBound
          exchangeRows(
            block(0..<n, (first + range.lowerBound)..<(first + range.upperBound)), pivots,
            start..<end, reversed: false)
        }
      }
      if end == n { break }
      let corner = MatrixView(block(start..<end, start..<end))
      ThreadPool.forRanges(n - end, grain: 128) { range in
        solveTriangular(
          corner, upper: false, unit: true, .plain,
          block(start..<end, (end + range.lowerBound)..<(end + range.upperBound)))
      }
      matrixMultiply(
        MatrixView(block(end..<n, start..<end)), .plain, MatrixView(block(start..<end, end..<n)),
        alpha: -1, beta: 1, into: block(end..<n, end..<n))
    }
    return zeroPivot(MatrixView(self))
  }

  /// The lower Cholesky factor of a large matrix [n, n] in place; elements above the diagonal are unchanged.
  /// Returns LAPACK's status: the size of the first minor that is not positive definite, or 0.
  func factorLargeCholesky() -> Int {
    let n = rows
    let isDouble = LAPACK.isDouble(Scalar.self)
    for start in stride(from: 0, to: n, by: panelWidth) {
      let end = min(n, start + panelWidth)
      let corner = block(start..<end, start..<end)
      let status = oc_potrf(
        isDouble, CChar(UInt8(ascii: "U")), Int32(end - start), corner.base, Int32(rowStride))
      if status > 0 { return start + Int(status) }
      ThreadPool.forRanges(n - end, grain: 128) { range in
        let rest = block((end + range.lowerBound)..<(end + range.upperBound), start..<end)
        oc_trsm_right_transposed(
          isDouble, Int32(rest.rows), Int32(rest.columns), corner.base, Int32(rowStride),
          rest.base, Int32(rowStride))
      }
      for first in stride(from: end, to: n, by: 2 * panelWidth) {
        let next = min(n, first + 2 * panelWidth)
        matrixMultiply(
          MatrixView(block(first..<next, start..<end)), .plain,
          MatrixView(block(end..<next, start..<end)), .transposed, alpha: -1, beta: 1,
          into: block(first..<next, end..<next))
      }
    }
    return 0
  }
}

/// X ← (P L U)⁻¹ X on all threads.
func solveLarge<Scalar: BLASScalar>(
  _ factors: MatrixView<Scalar>, _ pivots: UnsafePointer<Int32>, _ x: MutableMatrixView<Scalar>
) {
  exchangeRows(x, pivots, 0..<factors.rows, reversed: false)
  ThreadPool.forRanges(x.columns, grain: 64) { range in
    let part = x.block(0..<x.rows, range)
    solveTriangular(factors, upper: false, unit: true, .plain, part)
    solveTriangular(factors, upper: true, unit: false, .plain, part)
  }
}
