import OutcropBLAS
import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// The determinants [...] of matrices [..., n, n]; 1 for n = 0. A determinant beyond the range of
  /// the element type is infinite or zero; `logDeterminant` does not have this limit.
  ///
  /// Throws `LinearAlgebraError` for elements that are not finite. Gradient: the cofactors, det(A)
  /// A⁻ᵀ; for a batch with a singular matrix they are computed from singular values.
  public func determinant() throws -> Tensor {
    requireSquare("determinant")
    let a = matrices("determinant")
    let count = a.shape[0]
    let result = try Tensor(unsafeUninitialized: [count]) {
      try a.batchView.determinant(into: $0.baseAddress!)
    }
    let (leading, shape) = (leadingAxes, shape)
    if !isTracked { return result.reshaped(leading) }
    let cofactors = try a.cofactors(result)
    return .record(
      TensorOperation.determinant, inputs: [self], output: result.reshaped(leading)
    ) { dy, sink in
      sink.add(0, (cofactors * dy.reshaped([count, 1, 1])).reshaped(shape))
    }
  }

  /// The sign of the determinants [...] and the logarithm of their magnitudes [...] for matrices
  /// [..., n, n].
  ///
  /// A singular matrix has the sign 0 and the logarithm −∞. Throws `LinearAlgebraError` for
  /// elements that are not finite, and for a tracked singular matrix, which has no gradient.
  /// Gradient of the logarithm: A⁻ᵀ; the sign is constant and not tracked.
  public func logDeterminant() throws -> (sign: Tensor, logarithm: Tensor) {
    requireSquare("logDeterminant")
    let a = matrices("logDeterminant")
    let (count, n) = (a.shape[0], a.shape[1])
    var signs = Tensor.zeros([0])
    let logarithms = try Tensor(unsafeUninitialized: [count]) { logarithms in
      signs = try Tensor(unsafeUninitialized: [count]) {
        try a.batchView.logDeterminant(
          signs: $0.baseAddress!, logarithms: logarithms.baseAddress!)
      }
    }
    let (leading, shape) = (leadingAxes, shape)
    let sign = signs.reshaped(leading)
    if !isTracked { return (sign, logarithms.reshaped(leading)) }
    let inverse: Tensor
    do {
      inverse = try Tensor.matrices(count, n, n) { try a.batchView.inverse(into: $0) }
    } catch let error as LinearAlgebraError {
      throw LinearAlgebraError(
        "logDeterminant", matrix: error.matrix, error.problem, status: error.status)
    }
    return (
      sign,
      .record(
        TensorOperation.logDeterminant, inputs: [self], output: logarithms.reshaped(leading)
      ) { dy, sink in
        sink.add(0, (inverse.transposed() * dy.reshaped([count, 1, 1])).reshaped(shape))
      }
    )
  }

  /// The cofactor matrices of matrices [count, n, n] with the given determinants.
  private func cofactors(_ determinants: Tensor) throws -> Tensor {
    let (count, n) = (shape[0], shape[1])
    if let inverse = try? Tensor.matrices(count, n, n, { try batchView.inverse(into: $0) }),
      try isWellConditioned(inverse), determinants.values.allSatisfy({ $0.isFinite && $0 != 0 })
    {
      return inverse.transposed() * determinants.reshaped([count, 1, 1])
    }
    // cof(A) = det(U) det(V) U cof(Σ) Vᵀ, and element i of cof(Σ) is the product of the other
    // values.
    let (u, s, vh) = try svd()
    let signs = try (u.determinant() * vh.determinant()).reshaped([count, 1, 1])
    let products = Tensor(unsafeUninitialized: [count, n]) { target in
      for place in target.indices {
        let first = place / n * n
        target[place] = (first..<(first + n)).reduce(1) { $1 == place ? $0 : $0 * s.base[$1] }
      }
    }
    return u.scalingColumns(by: products).times(vh) * signs
  }
  /// Whether at least half of the digits of each inverse of these matrices are correct.
  private func isWellConditioned(_ inverse: Tensor) throws -> Bool {
    let (norms, others) = (try batchView.norm(.one), try inverse.batchView.norm(.one))
    let bound = 1 / Scalar.ulpOfOne.squareRoot()
    return zip(norms, others).allSatisfy { $0 * $1 < bound }
  }
}
