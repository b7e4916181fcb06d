import OutcropBLAS
import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// This tensor as a matrix: all axes but the last are rows, the last is columns.
  package var matrix: MatrixView<Scalar> {
    let (rows, columns) = rowsAndColumns
    return MatrixView(base, rows: rows, columns: columns)
  }

  /// The matrix product of [m, k] and [k, n], or the products of the matrices in [..., m, k] and
  /// [..., k, n] with the same leading axes. Traps for other shapes.
  public func matrixProduct(_ other: Tensor) -> Tensor {
    require(
      rank >= 2 && rank == other.rank && shape.dropLast(2) == other.shape.dropLast(2)
        && shape[rank - 1] == other.shape[rank - 2],
      "matrixProduct: shapes \(shape) and \(other.shape); expected [..., m, k] and [..., k, n]")
    if rank > 2 { return batchedProduct(other) }
    let (a, b) = (detached, other.detached)
    let result = Self.product(a, .plain, b, .plain)
    return .record(TensorOperation.matrixProduct, inputs: [self, other], output: result) {
      dy, sink in
      sink.accumulate(0, shape: a.shape) {
        Self.multiply(dy, .plain, b, .transposed, $1, a.shape, $0)
      }
      sink.accumulate(1, shape: b.shape) {
        Self.multiply(a, .transposed, dy, .plain, $1, b.shape, $0)
      }
    }
  }

  private static func product(
    _ a: Tensor, _ transposeA: Transposition, _ b: Tensor, _ transposeB: Transposition
  ) -> Tensor {
    let shape = [
      transposeA == .plain ? a.shape[0] : a.shape[1],
      transposeB == .plain ? b.shape[1] : b.shape[0],
    ]
    return Tensor(unsafeUninitialized: shape) {
      multiply(a, transposeA, b, transposeB, 0, shape, $0)
    }
  }

  /// target ← beta · target + op(a) op(b) for matrices; `shape` is that of `target`.
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
