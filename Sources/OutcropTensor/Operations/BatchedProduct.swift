import OutcropBLAS
import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// `matrixProduct` of checked shapes with leading axes.
  func batchedProduct(_ other: Tensor) -> Tensor {
    let (a, b) = (detached, other.detached)
    var resultShape = shape
    resultShape[rank - 1] = other.shape[rank - 1]
    let result = Tensor(unsafeUninitialized: resultShape) {
      Self.multiplyBatches(a, .plain, b, .plain, 0, resultShape, $0)
    }
    return .record(TensorOperation.batchedProduct, inputs: [self, other], output: result) {
      dy, sink in
      sink.accumulate(0, shape: a.shape) {
        Self.multiplyBatches(dy, .plain, b, .transposed, $1, a.shape, $0)
      }
      sink.accumulate(1, shape: b.shape) {
        Self.multiplyBatches(a, .transposed, dy, .plain, $1, b.shape, $0)
      }
    }
  }

  private static func multiplyBatches(
    _ a: Tensor, _ transposeA: Transposition, _ b: Tensor, _ transposeB: Transposition,
    _ beta: Scalar, _ shape: [Int], _ target: UnsafeMutableBufferPointer<Scalar>
  ) {
    func view(_ tensor: Tensor) -> BatchedMatrixView<Scalar> {
      let sizes = tensor.shape.suffix(2)
      let (rows, columns) = (sizes.first!, sizes.last!)
      return BatchedMatrixView(
        tensor.base, count: tensor.shape.dropLast(2).product, rows: rows, columns: columns)
    }
    withExtendedLifetime((a, b)) {
      matrixMultiply(
        view(a), transposeA, view(b), transposeB, beta: beta,
        into: MutableBatchedMatrixView(
          target.baseAddress!, count: shape.dropLast(2).product,
          rows: shape[shape.count - 2], columns: shape[shape.count - 1]))
    }
  }
}
