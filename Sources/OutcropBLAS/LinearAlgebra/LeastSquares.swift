import COpenBLAS
import OutcropCore

extension BatchedMatrixView where Scalar: BLASScalar {
  /// The X [n, k] with the smallest norm that minimizes ‖A X − B‖, for each A [m, n] and B [m, k], by the
  /// singular value decomposition (LAPACK's xGELSD), as in `numpy.linalg.lstsq`.
  ///
  /// A may have any shape and rank: singular values up to `rcond` times the largest count as zero. The
  /// default of `rcond` is max(m, n) times the rounding unit. Writes the ranks to `ranks` [count]
  /// and the singular values to `values` [count, min(m, n)], unless these are nil. Throws
  /// `LinearAlgebraError` for elements that are not finite, and if the iteration does not
  /// converge.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func leastSquares(
    _ b: BatchedMatrixView<Scalar>, rcond: Scalar? = nil,
    into x: MutableBatchedMatrixView<Scalar>, ranks: UnsafeMutablePointer<Int>? = nil,
    values: UnsafeMutablePointer<Scalar>? = nil
  ) throws(LinearAlgebraError) {
    let (m, n, k) = (rows, columns, b.columns)
    let (rank, height) = (min(m, n), max(m, n))
    require(
      count == b.count && m == b.rows,
      "leastSquares: matrices \(shape) and right sides \(b.shape); expected [count, m, n] and "
        + "[count, m, k]")
    checkTarget("leastSquares", x, count, n, k)
    LAPACK.checkSize("leastSquares", shape, m, n)
    LAPACK.checkSize("leastSquares", b.shape, k)
    if rank == 0 {
      for index in 0..<count {
        let target = x[index]
        for row in 0..<n {
          (target.base + row * target.rowStride).update(repeating: 0, count: k)
        }
      }
      ranks?.update(repeating: 0, count: count)
      return
    }
    // LAPACK needs a right side.
    let sides = max(1, k)
    let isDouble = LAPACK.isDouble(Scalar.self)
    let threshold = Double(rcond ?? Scalar(height) * Scalar.ulpOfOne)
    var integerCount = 0
    let workCount = LAPACK.workCount(Scalar.self) { work in
      withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2) { integers in
        integers.initialize(repeating: 0)
        let status = oc_gelsd(
          isDouble, Int32(m), Int32(n), Int32(sides), work, Int32(m), work, Int32(height), work,
          threshold, integers.baseAddress!, work, -1, integers.baseAddress! + 1)
        integerCount = Int(integers[1])
        return status
      }
    }
    let scratch = ScratchPieces<Scalar>.size(
      m * n, height * sides, rank, workCount, integerCount + 1)
    try forMatrices(count, cost: 8 * m * n * rank, scratch: scratch, of: Scalar.self) {
      (index, pieces) throws(LinearAlgebraError) in
      try checkFinite("leastSquares", self[index], index)
      try checkFinite("leastSquares", b[index], index)
      let (a, right) = (pieces.take(m * n), pieces.take(height * sides))
      let (sigma, work) = (pieces.take(rank), pieces.take(workCount))
      let integers = pieces.takeIntegers(integerCount + 1)
      copyTransposed(self[index], to: a, stride: m)
      right.update(repeating: 0, count: height * sides)
      copyTransposed(b[index], to: right, stride: height)
      let status = oc_gelsd(
        isDouble, Int32(m), Int32(n), Int32(sides), a, Int32(m), right, Int32(height), sigma,
        threshold, integers, work, Int32(workCount), integers + 1)
      if status != 0 {
        throw LinearAlgebraError("leastSquares", matrix: index, .notConverged, status: Int(status))
      }
      ranks?[index] = Int(integers[0])
      values?.advanced(by: index * rank).update(from: sigma, count: rank)
      copyTransposed(
        MatrixView(right, rows: k, columns: n, rowStride: height), to: x[index].base,
        stride: x.rowStride)
      try checkResult("leastSquares", x[index], index)
    }
  }
}
