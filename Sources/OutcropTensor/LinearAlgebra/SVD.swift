import OutcropBLAS
import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// A = U Σ Vᵀ for matrices [..., m, n]: U [..., m, k], the singular values `s` [..., k],
  /// descending, and Vᵀ [..., k, n] with k = min(m, n); with `full`, U [..., m, m] and Vᵀ [..., n,
  /// n].
  ///
  /// Throws `LinearAlgebraError` for elements that are not finite, and if the iteration does not
  /// converge. Signs of pairs of vectors are arbitrary. The gradient of the vectors exists only
  /// if all singular values differ and none is 0 (unless m = n); pairs of equal values
  /// contribute nothing to it, which is correct for functions that do not depend on the choice of the
  /// vectors. The gradient of the values exists if they differ. The full form of a matrix that
  /// is not square has no gradient. Source: Townsend (2016), Differentiating the singular value
  /// decomposition.
  public func svd(full: Bool = false) throws -> (u: Tensor, s: Tensor, vh: Tensor) {
    let a = matrices("svd")
    let (count, m, n) = (a.shape[0], a.shape[1], a.shape[2])
    let k = Swift.min(m, n)
    let (left, right) = full ? (m, n) : (k, k)
    var (u, v) = (Tensor.zeros([0]), Tensor.zeros([0]))
    let s = try Tensor(unsafeUninitialized: [count, k]) { values in
      u = try Tensor.matrices(count, m, left) { u in
        v = try Tensor.matrices(count, right, n) { v in
          try a.batchView.svd(u: u, values: values.baseAddress!, vTransposed: v)
        }
      }
    }
    let (leading, shape) = (leadingAxes, shape)
    let outputs = [
      u.reshaped(leading + [m, left]), s.reshaped(leading + [k]), v.reshaped(leading + [right, n]),
    ]
    if full, m != n {
      let kept = outputs.map { Tensor.recordWithoutGradient("svd", inputs: [self], output: $0) }
      return (kept[0], kept[1], kept[2])
    }
    let rule = SVDGradient(u: u, s: s, vh: v)
    let results = Tensor.record(
      TensorOperation.svd, inputs: [self], outputs: outputs
    ) { gradients, sink in
      sink.add(
        0,
        rule.gradient(
          du: gradients[0]?.reshaped(rule.u.shape), ds: gradients[1]?.reshaped(rule.s.shape),
          dvh: gradients[2]?.reshaped(rule.vh.shape)
        ).reshaped(shape))
    }
    return (results[0], results[1], results[2])
  }

  /// The singular values [..., min(m, n)] of matrices [..., m, n], descending. Errors and gradient
  /// are those of `svd`.
  public func singularValues() throws -> Tensor {
    if isTracked { return try svd().s }
    let a = matrices("svd")
    let k = Swift.min(a.shape[1], a.shape[2])
    return try Tensor(unsafeUninitialized: [a.shape[0], k]) {
      try a.batchView.svd(values: $0.baseAddress!)
    }.reshaped(leadingAxes + [k])
  }
}

private struct SVDGradient<Scalar: TensorScalar>: Sendable {
  let u: Tensor<Scalar>
  let s: Tensor<Scalar>
  let vh: Tensor<Scalar>

  /// U (J S + S K + dS) Vᵀ plus the parts of dU and dV outside of the spaces of U and V, where J
  /// and K are the antisymmetric parts of Uᵀ dU and Vᵀ dV over differences of squares.
  func gradient(du: Tensor<Scalar>?, ds: Tensor<Scalar>?, dvh: Tensor<Scalar>?) -> Tensor<Scalar> {
    let (count, k) = (s.shape[0], s.shape[1])
    var inner = Tensor<Scalar>.zeros([count, k, k])
    if let ds { inner = ds.diagonalMatrices() }
    let differences = inverseDifferences(s, ofSquares: true)
    let column = s.reshaped([count, k, 1])
    if let du {
      let x = u.times(du, .transposed) * differences
      inner = inner + (x + x.transposed()).scalingColumns(by: s)
    }
    if let dvh {
      let x = vh.times(dvh, .plain, .transposed) * differences
      inner = inner + (x + x.transposed()) * column
    }
    var result = u.times(inner).times(vh)
    let inverse = inverses(s)
    if let du, u.shape[1] > k {
      let outside = du - u.times(u.times(du, .transposed))
      result = result + outside.scalingColumns(by: inverse).times(vh)
    }
    if let dvh, vh.shape[2] > k {
      let outside = dvh - dvh.times(vh, .plain, .transposed).times(vh)
      result = result + u.scalingColumns(by: inverse).times(outside)
    }
    return result
  }
}

/// 1 / s, and 0 where s is zero up to rounding.
private func inverses<Scalar: TensorScalar>(_ s: Tensor<Scalar>) -> Tensor<Scalar> {
  let k = s.shape[1]
  return Tensor(unsafeUninitialized: s.shape) { target in
    for place in target.indices {
      let bound = s.base[place / k * k] * Scalar(k) * Scalar.ulpOfOne
      target[place] = s.base[place] > bound ? 1 / s.base[place] : 0
    }
  }
}

/// 1 / (x_j − x_i), or of their squares, for values [count, k]; 0 where they are equal up to
/// rounding.
func inverseDifferences<Scalar: TensorScalar>(
  _ x: Tensor<Scalar>, ofSquares: Bool
) -> Tensor<Scalar> {
  let (count, k) = (x.shape[0], x.shape[1])
  return Tensor(unsafeUninitialized: [count, k, k]) { target in
    for index in 0..<count {
      let values = x.base + index * k
      let largest = (0..<k).reduce(Scalar(0)) { Swift.max($0, Swift.abs(values[$1])) }
      let bound = largest * Scalar(k) * Scalar.ulpOfOne
      for i in 0..<k {
        for j in 0..<k {
          let gap = values[j] - values[i]
          let whole = ofSquares ? gap * (values[j] + values[i]) : gap
          target[(index * k + i) * k + j] = Swift.abs(gap) <= bound || whole == 0 ? 0 : 1 / whole
        }
      }
    }
  }
}
