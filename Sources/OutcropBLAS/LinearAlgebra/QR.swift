import COpenBLAS
import OutcropCore

extension BatchedMatrixView where Scalar: BLASScalar {
  /// A = Q R for each matrix [m, n], by Householder reflections: Q has orthonormal columns, R is
  /// upper triangular.
  ///
  /// The target shapes choose the form: reduced with Q [m, min(m, n)] and R [min(m, n), n], or
  /// complete with Q [m, m] and R [m, n]. `q` may be nil if only R is needed. The signs of R's
  /// diagonal are arbitrary. Rank-deficient matrices also have factors. Throws `LinearAlgebraError`
  /// for elements that are not finite.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func qr(
    q: MutableBatchedMatrixView<Scalar>?, r: MutableBatchedMatrixView<Scalar>
  ) throws(LinearAlgebraError) {
    let (m, n) = (rows, columns)
    let rank = min(m, n)
    let width = r.rows == rank ? rank : m
    checkTarget("qr", r, count, width, n)
    if let q { checkTarget("qr", q, count, m, width) }
    LAPACK.checkSize("qr", shape, m, n)
    if m == 0 { return }
    if n == 0 {
      if let q { for index in 0..<count { setIdentity(q[index]) } }
      return
    }
    if try smallQR(q: q, r: r) { return }
    let isDouble = LAPACK.isDouble(Scalar.self)
    let stride = max(n, 1)
    let workCount = LAPACK.workCount(Scalar.self) { work in
      let status = oc_gelqf(isDouble, Int32(n), Int32(m), work, Int32(stride), work, work, -1)
      let first = work[0]
      _ = oc_orglq(
        isDouble, Int32(width), Int32(m), Int32(rank), work, Int32(width), work, work, -1)
      work[0] = max(work[0], first)
      return status
    }
    let side = max(n, width)
    try forMatrices(
      count, cost: 4 * m * n * rank,
      scratch: ScratchPieces<Scalar>.size(m * side, rank, workCount), of: Scalar.self
    ) { (index, pieces) throws(LinearAlgebraError) in
      let source = self[index]
      try checkFinite("qr", source, index)
      // LAPACK reads rows as columns: Aᵀ = L Qᵀ, whose factors are Rᵀ and Qᵀ.
      let (a, tau) = (pieces.take(m * side), pieces.take(rank))
      let work = pieces.take(workCount)
      copy(source, to: MutableMatrixView(a, rows: m, columns: n, rowStride: side))
      _ = oc_gelqf(
        isDouble, Int32(n), Int32(m), a, Int32(side), tau, work, Int32(workCount))
      let triangle = r[index]
      copy(MatrixView(a, rows: rank, columns: n, rowStride: side), to: triangleRows(triangle, rank))
      clearTriangle(triangle, above: false)
      for row in rank..<max(rank, triangle.rows) {
        (triangle.base + row * triangle.rowStride).update(repeating: 0, count: n)
      }
      guard let q else { return }
      _ = oc_orglq(
        isDouble, Int32(width), Int32(m), Int32(rank), a, Int32(side), tau, work, Int32(workCount))
      copy(MatrixView(a, rows: m, columns: width, rowStride: side), to: q[index])
    }
  }
}

private func triangleRows<Scalar>(
  _ view: MutableMatrixView<Scalar>, _ rows: Int
) -> MutableMatrixView<Scalar> {
  MutableMatrixView(view.base, rows: rows, columns: view.columns, rowStride: view.rowStride)
}
