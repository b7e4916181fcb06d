import OutcropBLAS
import OutcropCore

extension Tensor {
  /// This tensor as a matrix of all axes but the last by the last.
  package var matrix: MatrixView<Scalar> {
    let (rows, columns) = rowsAndColumns
    return MatrixView(base, rows: rows, columns: columns)
  }

  /// The matrix product of [m, k] and [k, n].
  public func matrixProduct(_ other: Tensor) -> Tensor {
    require(
      rank == 2 && other.rank == 2 && shape[1] == other.shape[0],
      "matrixProduct: shapes \(shape) and \(other.shape); expected [m, k] and [k, n]")
    let (a, b) = (detached, other.detached)
    let result = Self.product(a, .none, b, .none)
    return .record(TensorOperation.matrixProduct, inputs: [self, other], output: result) {
      dy, sink in
      sink.accumulate(0, shape: a.shape) {
        Self.multiply(dy, .none, b, .transposed, $1, a.shape, $0)
      }
      sink.accumulate(1, shape: b.shape) {
        Self.multiply(a, .transposed, dy, .none, $1, b.shape, $0)
      }
    }
  }

  private static func product(
    _ a: Tensor, _ transposeA: Transposition, _ b: Tensor, _ transposeB: Transposition
  ) -> Tensor {
    let shape = [
      transposeA == .none ? a.shape[0] : a.shape[1], transposeB == .none ? b.shape[1] : b.shape[0],
    ]
    return Tensor(shape: shape) { multiply(a, transposeA, b, transposeB, 0, shape, $0) }
  }

  /// target ← beta · target + op(a) op(b), for matrices.
  package static func multiply(
    _ a: Tensor, _ transposeA: Transposition, _ b: Tensor, _ transposeB: Transposition,
    _ beta: Scalar, _ shape: [Int], _ target: UnsafeMutableBufferPointer<Scalar>
  ) {
    withExtendedLifetime((a, b)) {
      matrixMultiply(
        a.matrix, transposeA, b.matrix, transposeB, beta: beta,
        into: MutableMatrixView(
          target.baseAddress!, rows: shape.dropLast().product, columns: shape.last ?? 1))
    }
  }
}
