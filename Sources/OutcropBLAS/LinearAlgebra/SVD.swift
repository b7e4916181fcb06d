import COpenBLAS
import OutcropCore

extension BatchedMatrixView where Scalar: BLASScalar {
  /// A = U Σ Vᵀ for each matrix [m, n]: U and V have orthonormal columns, and the singular values
  /// are descending and at least 0.
  ///
  /// `values` is [count, min(m, n)]. The target shapes choose the form: thin with `u` [m, min(m,
  /// n)] and `vTransposed` [min(m, n), n], or full with [m, m] and [n, n]. Without them only the
  /// values are computed. Signs of pairs of vectors, and the choice of vectors for equal singular
  /// values, are arbitrary. Throws `LinearAlgebraError` for elements that are not finite, and if
  /// the iteration does not converge.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func svd(
    u: MutableBatchedMatrixView<Scalar>? = nil, values: UnsafeMutablePointer<Scalar>,
    vTransposed: MutableBatchedMatrixView<Scalar>? = nil
  ) throws(LinearAlgebraError) {
    try svd(u: u, values: values, vTransposed: vTransposed, operation: "svd")
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func svd(
    u: MutableBatchedMatrixView<Scalar>?, values: UnsafeMutablePointer<Scalar>,
    vTransposed: MutableBatchedMatrixView<Scalar>?, operation: String
  ) throws(LinearAlgebraError) {
    let (m, n) = (rows, columns)
    let rank = min(m, n)
    require(
      (u == nil) == (vTransposed == nil), "\(operation): expected targets for U and V, or for none")
    let isFull = u != nil && (u!.columns != rank || vTransposed!.rows != rank)
    if let u, let vTransposed {
      checkTarget(operation, u, count, m, isFull ? m : rank)
      checkTarget(operation, vTransposed, count, isFull ? n : rank, n)
    }
    LAPACK.checkSize(operation, shape, m, n)
    if rank == 0 {
      for index in 0..<count {
        if let u { setIdentity(u[index]) }
        if let vTransposed { setIdentity(vTransposed[index]) }
      }
      return
    }
    if !isFull, try smallSVD(u: u, values: values, vTransposed: vTransposed, operation) { return }
    let call = SVDCall<Scalar>(rows: m, columns: n, hasVectors: u != nil, isFull: isFull)
    try forMatrices(
      count, cost: 8 * m * n * rank, scratch: call.scratch, of: Scalar.self
    ) { (index, pieces) throws(LinearAlgebraError) in
      try call.decompose(
        self[index], index, u?[index], values + index * rank, vTransposed?[index], &pieces,
        operation)
    }
  }
}

/// LAPACK's singular value decomposition for matrices of one shape.
struct SVDCall<Scalar: BLASScalar> {
  let rows: Int
  let columns: Int
  let job: CChar
  let workCount: Int

  init(rows: Int, columns: Int, hasVectors: Bool, isFull: Bool) {
    (self.rows, self.columns) = (rows, columns)
    let job = CChar(UInt8(ascii: !hasVectors ? "N" : isFull ? "A" : "S"))
    self.job = job
    let isDouble = LAPACK.isDouble(Scalar.self)
    let (m, n) = (Int32(rows), Int32(columns))
    workCount = LAPACK.workCount(Scalar.self) { work in
      withUnsafeTemporaryAllocation(of: Int32.self, capacity: 1) { integers in
        let ldvt = hasVectors ? max(1, m) : 1
        let ldu = hasVectors ? max(1, n) : 1
        let status = oc_gesdd(
          isDouble, job, n, m, work, n, work, work, ldu, work, ldvt, work, -1,
          integers.baseAddress!)
        let first = work[0]
        _ = oc_gesvd(isDouble, job, n, m, work, n, work, work, ldu, work, ldvt, work, -1)
        work[0] = max(work[0], first)
        return status
      }
    }
  }

  var scratch: Int {
    ScratchPieces<Scalar>.size(rows * columns, workCount, 8 * min(rows, columns))
  }

  /// LAPACK reads rows as columns, so it decomposes Aᵀ = V Σ Uᵀ and writes V and Uᵀ, which are Vᵀ and U
  /// in row-major order. The method is divide and conquer (xGESDD) and, if that fails, QR iteration (xGESVD).
  @inline(__always)
  func decompose(
    _ matrix: MatrixView<Scalar>, _ index: Int, _ u: MutableMatrixView<Scalar>?,
    _ values: UnsafeMutablePointer<Scalar>, _ vTransposed: MutableMatrixView<Scalar>?,
    _ pieces: inout ScratchPieces<Scalar>, _ operation: String
  ) throws(LinearAlgebraError) {
    try checkFinite(operation, matrix, index)
    let (a, work) = (pieces.take(rows * columns), pieces.take(workCount))
    let integers = pieces.takeIntegers(8 * min(rows, columns))
    let copied = MutableMatrixView(a, rows: rows, columns: columns)
    let isDouble = LAPACK.isDouble(Scalar.self)
    let (m, n) = (Int32(rows), Int32(columns))
    // LAPACK does not write these if no vectors are requested.
    let (left, leftStride) = (vTransposed?.base ?? work, Int32(vTransposed?.rowStride ?? 1))
    let (right, rightStride) = (u?.base ?? work, Int32(u?.rowStride ?? 1))
    copy(matrix, to: copied)
    var status = oc_gesdd(
      isDouble, job, n, m, a, n, values, left, leftStride, right, rightStride, work,
      Int32(workCount), integers)
    if status > 0 {
      copy(matrix, to: copied)
      status = oc_gesvd(
        isDouble, job, n, m, a, n, values, left, leftStride, right, rightStride, work,
        Int32(workCount))
    }
    if status != 0 {
      throw LinearAlgebraError(operation, matrix: index, .notConverged, status: Int(status))
    }
  }
}
