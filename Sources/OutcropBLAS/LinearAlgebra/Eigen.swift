import COpenBLAS
import OutcropCore

extension BatchedMatrixView where Scalar: BLASScalar {
  /// The eigenvalues of each matrix [n, n] and, unless the targets are nil, its right eigenvectors,
  /// as real and imaginary parts (LAPACK's xGEEV).
  ///
  /// Column j of the vectors belongs to value j; its 2-norm is 1 and its largest element is real.
  /// The values are not sorted, but the values of a conjugate pair are adjacent, with the positive
  /// imaginary part first. The vectors of a defective matrix are linearly dependent. For symmetric
  /// matrices use `symmetricEigen`. Throws `LinearAlgebraError` for elements that are not finite,
  /// and if the iteration does not converge.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func eigen(
    realValues: UnsafeMutablePointer<Scalar>, imaginaryValues: UnsafeMutablePointer<Scalar>,
    realVectors: MutableBatchedMatrixView<Scalar>? = nil,
    imaginaryVectors: MutableBatchedMatrixView<Scalar>? = nil
  ) throws(LinearAlgebraError) {
    let n = rows
    checkSquare("eigen", self)
    LAPACK.checkSize("eigen", shape, n)
    for case let target? in [realVectors, imaginaryVectors] {
      checkTarget("eigen", target, count, n, n)
    }
    if n == 0 { return }
    let isDouble = LAPACK.isDouble(Scalar.self)
    let hasVectors = realVectors != nil || imaginaryVectors != nil
    let job = CChar(UInt8(ascii: hasVectors ? "V" : "N"))
    let size = Int32(n)
    let workCount = LAPACK.workCount(Scalar.self) { work in
      oc_geev(isDouble, job, size, work, size, work, work, work, size, work, -1)
    }
    try forMatrices(
      count, cost: 25 * n * n * n, scratch: ScratchPieces<Scalar>.size(n * n, n * n, workCount),
      of: Scalar.self
    ) { (index, pieces) throws(LinearAlgebraError) in
      try checkFinite("eigen", self[index], index)
      let (a, v, work) = (pieces.take(n * n), pieces.take(n * n), pieces.take(workCount))
      copyTransposed(self[index], to: a, stride: n)
      let imaginary = imaginaryValues + index * n
      let status = oc_geev(
        isDouble, job, size, a, size, realValues + index * n, imaginary, v, size, work,
        Int32(workCount))
      if status != 0 {
        throw LinearAlgebraError("eigen", matrix: index, .notConverged, status: Int(status))
      }
      if let target = realVectors?[index] {
        unpackVectors(v, imaginary, target, imaginaryPart: false)
      }
      if let target = imaginaryVectors?[index] {
        unpackVectors(v, imaginary, target, imaginaryPart: true)
      }
    }
  }
}

/// Copies the real or imaginary part of LAPACK's packed vectors `v`, column-major: a conjugate pair has
/// its real part in its first column and its imaginary part in its second.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func unpackVectors<Scalar: BLASScalar>(
  _ v: UnsafePointer<Scalar>, _ imaginary: UnsafePointer<Scalar>,
  _ target: MutableMatrixView<Scalar>, imaginaryPart: Bool
) {
  let n = target.rows
  var column = 0
  while column < n {
    let isPair = imaginary[column] != 0
    for row in 0..<n {
      let line = target.base + row * target.rowStride
      if isPair {
        let part = v[(imaginaryPart ? column + 1 : column) * n + row]
        line[column] = part
        line[column + 1] = imaginaryPart ? -part : part
      } else {
        line[column] = imaginaryPart ? 0 : v[column * n + row]
      }
    }
    column += isPair ? 2 : 1
  }
}
