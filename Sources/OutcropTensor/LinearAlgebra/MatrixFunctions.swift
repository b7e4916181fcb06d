import OutcropBLAS
import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// The exponential of each matrix [..., n, n], by scaling and squaring (Higham 2005).
  ///
  /// Throws `LinearAlgebraError` for elements that are not finite and for overflow. Gradient: the
  /// upper right block of the exponential of [[Aᵀ, dY], [0, Aᵀ]] (Mathias 1996).
  public func matrixExponential() throws -> Tensor {
    try matrixFunction(.matrixExponential) { try $0.matrixExponential(into: $1) }
  }

  /// The power of each matrix [..., n, n] with an integer exponent: the identity for 0, powers of
  /// the inverse for negative exponents.
  ///
  /// Throws `LinearAlgebraError` for elements that are not finite, for a singular matrix with a
  /// negative exponent, and for overflow. Gradient: Σ (Aᵀ)ⁱ dY (Aᵀ)ʲ over i + j = exponent − 1,
  /// from the power of the block matrix [[Aᵀ, dY], [0, Aᵀ]].
  public func matrixPower(_ exponent: Int) throws -> Tensor {
    try matrixFunction(.matrixPower) { try $0.matrixPower(exponent, into: $1) }
  }

  private func matrixFunction(
    _ operation: TensorOperation,
    _ function:
      @escaping @Sendable (BatchedMatrixView<Scalar>, MutableBatchedMatrixView<Scalar>) throws ->
      Void
  ) throws -> Tensor {
    requireSquare(operation.rawValue)
    let a = matrices(operation.rawValue)
    let (count, n) = (a.shape[0], a.shape[1])
    let result = try Tensor.matrices(count, n, n) { try function(a.batchView, $0) }
    let shape = shape
    return .record(operation, inputs: [self], output: result.reshaped(shape)) { dy, sink in
      // The function of a block triangular matrix holds the derivative of the function.
      let transposed = a.transposed()
      let top = Tensor(concatenating: [transposed, dy.reshaped(a.shape)], axis: 2)
      let bottom = Tensor(concatenating: [.zeros(a.shape), transposed], axis: 2)
      let blocks = Tensor(concatenating: [top, bottom], axis: 1)
      let whole = Tensor.gradientMatrices(count, 2 * n, 2 * n) {
        try function(blocks.batchView, $0)
      }
      sink.add(
        0, whole.sliced(axis: 1, 0..<n).sliced(axis: 2, n..<(2 * n)).reshaped(shape))
    }
  }

  /// The Kronecker products [..., m p, n q] of matrices [..., m, n] and [..., p, q]: block (i, j)
  /// is element (i, j) of this matrix times the other. Leading axes broadcast.
  public func kronecker(_ other: Tensor) -> Tensor {
    requireMatrices("kronecker")
    other.requireMatrices("kronecker")
    let leading = broadcastLeading("kronecker", leadingAxes, other.leadingAxes)
    let (m, n) = (shape[rank - 2], shape[rank - 1])
    let (p, q) = (other.shape[other.rank - 2], other.shape[other.rank - 1])
    let product =
      reshaped(leadingAxes + [m, 1, n, 1]) * other.reshaped(other.leadingAxes + [1, p, 1, q])
    return product.reshaped(leading + [m * p, n * q])
  }
}
