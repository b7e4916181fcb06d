import OutcropBLAS
import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// A norm [...] of each matrix [..., m, n]. Throws `LinearAlgebraError` for elements that are not
  /// finite; errors of the 2-norm and the nuclear norm are those of `svd`. Gradients exist if the largest
  /// sum or singular value is unique, and for the nuclear norm if no singular value is 0; equal
  /// largest sums share the gradient.
  public func matrixNorm(_ kind: MatrixNorm = .frobenius) throws -> Tensor {
    let a = matrices("matrixNorm")
    let leading = leadingAxes
    if count == 0 { return norm(axes: [-2, -1]) }
    switch kind {
    case .two:
      return try singularValues().sliced(axis: -1, 0..<1).reshaped(leading)
    case .nuclear: return try singularValues().sum(axes: [-1])
    case .frobenius, .one, .infinity:
      // Checks the elements.
      let values = try a.batchView.norm(kind)
      if !isTracked { return Tensor(values, shape: leading) }
      switch kind {
      case .one: return abs().sum(axes: [-2]).max(axes: [-1])
      case .infinity: return abs().sum(axes: [-1]).max(axes: [-1])
      default: return norm(axes: [-2, -1])
      }
    }
  }

  /// The condition number [...] of each matrix [..., m, n] in the 2-norm: the largest over the
  /// smallest singular value, infinite for a singular matrix. Errors and gradient are those of
  /// `svd`; a tracked singular matrix throws.
  public func conditionNumber() throws -> Tensor {
    let a = matrices("conditionNumber")
    let k = Swift.min(a.shape[1], a.shape[2])
    if !isTracked || k == 0 {
      return Tensor(try a.batchView.conditionNumber(), shape: leadingAxes)
    }
    let s = try singularValues()
    for index in 0..<a.shape[0] where s.base[(index + 1) * k - 1] == 0 {
      throw LinearAlgebraError("conditionNumber", matrix: index, .singular(pivot: k - 1))
    }
    return (s.sliced(axis: -1, 0..<1) / s.sliced(axis: -1, (k - 1)..<k)).reshaped(leadingAxes)
  }

  /// The number of singular values above `tolerance` of each matrix [..., m, n], in row-major order
  /// over leading axes. The default of `tolerance` is the largest singular value times max(m, n) times the
  /// rounding unit. Errors are those of `svd`.
  public func matrixRank(tolerance: Scalar? = nil) throws -> [Int] {
    try matrices("matrixRank").batchView.rank(tolerance: tolerance)
  }

  /// The sum of the diagonal [...] of each matrix [..., m, n].
  public func trace() -> Tensor {
    let a = matrices("trace")
    let (count, m, n) = (a.shape[0], a.shape[1], a.shape[2])
    let (leading, shape) = (leadingAxes, shape)
    let result = Tensor(a.batchView.trace(), shape: leading)
    return .record(TensorOperation.trace, inputs: [self], output: result) { dy, sink in
      sink.accumulate(0, shape: shape) { target, beta in
        if beta == 0 { target.update(repeating: 0) }
        for index in 0..<count {
          for place in 0..<Swift.min(m, n) {
            target[(index * m + place) * n + place] += dy.base[index]
          }
        }
      }
    }
  }
}
