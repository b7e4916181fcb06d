import OutcropBLAS
import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// The Moore–Penrose inverse [..., n, m] of matrices [..., m, n]. Singular values up to `rcond`
  /// times the largest count as zero; the default of `rcond` is max(m, n) times the rounding unit.
  ///
  /// Errors are those of `svd`. The gradient exists if the rank is constant near the matrix (Golub and
  /// Pereyra 1973); for a rank-deficient matrix it is the derivative along matrices of the same rank.
  public func pseudoInverse(rcond: Scalar? = nil) throws -> Tensor {
    let a = matrices("pseudoInverse")
    let (m, n) = (a.shape[1], a.shape[2])
    let p = try Tensor.matrices(a.shape[0], n, m) {
      try a.batchView.pseudoInverse(rcond: rcond, into: $0)
    }
    let shape = shape
    return .record(
      TensorOperation.pseudoInverse, inputs: [self], output: p.reshaped(leadingAxes + [n, m])
    ) { dy, sink in
      sink.add(0, pseudoInverseGradient(a, p, dy.reshaped(p.shape)).reshaped(shape))
    }
  }

  /// The X [..., n, k] with the smallest norm that minimizes ‖A X − B‖, for matrices A [..., m, n] and B
  /// [..., m, k], or [m]; leading axes broadcast.
  ///
  /// A may have any rank: singular values up to `rcond` times the largest count as zero, as in
  /// `numpy.linalg.lstsq`. `DenseMatrix.leastSquares` also returns the rank and the singular values.
  /// Throws `LinearAlgebraError` for elements that are not finite, and if the iteration does not
  /// converge. The gradient is that of X = A⁺ B. It exists if A has full rank; otherwise it is the
  /// derivative along matrices of the same rank.
  public func leastSquares(_ b: Tensor, rcond: Scalar? = nil) throws -> Tensor {
    let name = "leastSquares"
    requireMatrices(name)
    let (m, n) = (shape[rank - 2], shape[rank - 1])
    let right = b.asRightSides(name, rows: m)
    let leading = broadcastLeading(name, leadingAxes, right.leadingAxes)
    let (a3, b3) = (matrices(name, leading: leading), right.matrices(name, leading: leading))
    let (count, k) = (a3.shape[0], b3.shape[2])
    let x = try Tensor.matrices(count, n, k) {
      try a3.batchView.leastSquares(b3.batchView, rcond: rcond, into: $0)
    }
    let shapes = (a: shape, b: b.shape, fullA: leading + [m, n], fullB: leading + [m, k])
    let result = x.reshaped(b.rank == 1 ? leading + [n] : leading + [n, k])
    if !(isTracked || b.isTracked) { return result }
    let p = try Tensor.matrices(count, n, m) {
      try a3.batchView.pseudoInverse(rcond: rcond, into: $0)
    }
    return .record(TensorOperation.leastSquares, inputs: [self, b], output: result) { dy, sink in
      let dy = dy.reshaped([count, n, k])
      if sink.wants(0) {
        let dp = dy.times(b3, .plain, .transposed)
        let da = pseudoInverseGradient(a3, p, dp)
        sink.add(0, da.reshaped(shapes.fullA).summed(to: shapes.a))
      }
      sink.add(1, p.times(dy, .transposed).reshaped(shapes.fullB).summedToRightSides(shapes.b))
    }
  }
}

/// −Pᵀ G Pᵀ + Pᵀ P Gᵀ (1 − P A) + (1 − A P) Gᵀ P Pᵀ for the pseudo-inverses P of A and their
/// gradients G.
private func pseudoInverseGradient<Scalar: TensorScalar>(
  _ a: Tensor<Scalar>, _ p: Tensor<Scalar>, _ g: Tensor<Scalar>
) -> Tensor<Scalar> {
  var result = -p.times(g, .transposed).times(p, .plain, .transposed)
  let gt = g.transposed()
  if a.shape[2] > 0, a.shape[1] > 0 {
    let left = p.times(p, .transposed).times(gt)
    result = result + left - left.times(p).times(a)
    let right = gt.times(p).times(p, .plain, .transposed)
    result = result + right - a.times(p).times(right)
  }
  return result
}
