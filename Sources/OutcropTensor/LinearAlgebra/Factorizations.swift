import OutcropBLAS
import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// A = P L U for matrices [..., m, n] by Gaussian elimination with partial pivoting: a
  /// permutation matrix P [..., m, m], L [..., m, k] with ones on its diagonal and U [..., k, n], k
  /// = min(m, n).
  ///
  /// Throws `LinearAlgebraError` for elements that are not finite. Only square invertible matrices
  /// have a gradient; a tracked singular matrix throws. Gradient: dA = P L⁻ᵀ (tril(Lᵀ dL, −1) +
  /// triu(dU Uᵀ)) U⁻ᵀ.
  public func lu() throws -> (p: Tensor, l: Tensor, u: Tensor) {
    let a = matrices("lu")
    let (count, m, n) = (a.shape[0], a.shape[1], a.shape[2])
    let k = Swift.min(m, n)
    let leading = leadingAxes
    let factors = try LUFactors(a, "lu")
    let p = Tensor(unsafeUninitialized: [count, m, m]) { target in
      target.update(repeating: 0)
      factors.pivots.withUnsafeBufferPointer { pivots in
        for index in 0..<count {
          let order = rowOrder(
            fromExchanges: pivots.baseAddress! + index * k, k, rows: m)
          for (to, from) in order.enumerated() { target[(index * m + from) * m + to] = 1 }
        }
      }
    }
    let lower = factors.factors.leftColumns(k).triangle(.lower, diagonal: 0)
    let l =
      lower
      + Tensor(unsafeUninitialized: [m, k]) { target in
        for place in target.indices { target[place] = place / k == place % k ? 1 : 0 }
      }
    let u = factors.factors.topRows(k).triangle(.upper)
    let permutations = p.reshaped(leading + [m, m])
    let outputs = [l.reshaped(leading + [m, k]), u.reshaped(leading + [k, n])]
    guard m == n else {
      let kept = outputs.map { Tensor.recordWithoutGradient("lu", inputs: [self], output: $0) }
      return (permutations, kept[0], kept[1])
    }
    if isTracked { try requireInvertible("lu", u) }
    let shape = shape
    let results = Tensor.record(
      TensorOperation.lu, inputs: [self], outputs: outputs
    ) { gradients, sink in
      var inner = Tensor.zeros([count, n, n])
      if let dl = gradients[0] {
        inner =
          inner + l.times(dl.reshaped(l.shape), .transposed).triangle(.lower, diagonal: 0)
      }
      if let du = gradients[1] {
        inner = inner + du.reshaped(u.shape).times(u, .plain, .transposed).triangle(.upper)
      }
      // Y = L⁻ᵀ inner, then Y U⁻ᵀ = (U⁻¹ Yᵀ)ᵀ.
      let y = Tensor.gradientMatrices(count, n, n) {
        try l.batchView.triangularSolve(
          inner.batchView, triangle: .lower, transposition: .transposed, unitDiagonal: true,
          into: $0)
      }
      let right = y.transposed()
      let z = Tensor.gradientMatrices(count, n, n) {
        try u.batchView.triangularSolve(right.batchView, triangle: .upper, into: $0)
      }
      sink.add(0, p.times(z, .plain, .transposed).reshaped(shape))
    }
    return (permutations, results[0], results[1])
  }

  /// A = Q R for matrices [..., m, n] with orthonormal columns of Q and an upper triangular R: Q
  /// [..., m, k] and R [..., k, n] with k = min(m, n), or k = m for the complete form.
  ///
  /// The signs of R's diagonal are arbitrary. Throws `LinearAlgebraError` for elements that are not
  /// finite. The gradient exists where the first min(m, n) columns are linearly independent; a
  /// tracked matrix whose R has a zero on the diagonal throws. The complete form of a matrix with
  /// more rows than columns has no gradient. With M = R dRᵀ − dQᵀ Q and its lower triangle
  /// mirrored: dA = (dQ + Q M) R⁻ᵀ (Seeger et al. 2017).
  public func qr(complete: Bool = false) throws -> (q: Tensor, r: Tensor) {
    let a = matrices("qr")
    let (count, m, n) = (a.shape[0], a.shape[1], a.shape[2])
    let k = complete ? m : Swift.min(m, n)
    var r = Tensor.zeros([0, k, n])
    let q = try Tensor.matrices(count, m, k) { q in
      r = try Tensor.matrices(count, k, n) { try a.batchView.qr(q: q, r: $0) }
    }
    let (leading, shape, triangle) = (leadingAxes, shape, r)
    let outputs = [q.reshaped(leading + [m, k]), r.reshaped(leading + [k, n])]
    if k > n {
      let kept = outputs.map { Tensor.recordWithoutGradient("qr", inputs: [self], output: $0) }
      return (kept[0], kept[1])
    }
    if isTracked { try requireInvertible("qr", r) }
    let results = Tensor.record(
      TensorOperation.qr, inputs: [self], outputs: outputs
    ) { gradients, sink in
      var dq = gradients[0]?.reshaped([count, m, k]) ?? .zeros([count, m, k])
      let dr = gradients[1]?.reshaped([count, k, n]) ?? .zeros([count, k, n])
      // A wide matrix is [X Y] = Q [U V]: X has the factors Q and U, and Y = Q V.
      let u = triangle.leftColumns(k)
      let du = dr.leftColumns(k)
      var rest: Tensor?
      if n > k {
        let dv = dr.rightColumns(from: k)
        dq = dq + a.rightColumns(from: k).times(dv, .plain, .transposed)
        rest = q.times(dv)
      }
      let inner = u.times(du, .plain, .transposed) - dq.times(q, .transposed)
      let mirrored = inner.triangle(.lower) + inner.triangle(.lower, diagonal: 0).transposed()
      let right = (dq + q.times(mirrored)).transposed()
      let dx = Tensor.gradientMatrices(count, k, m) {
        try u.batchView.triangularSolve(right.batchView, triangle: .upper, into: $0)
      }.transposed()
      sink.add(
        0, (rest.map { Tensor(concatenating: [dx, $0], axis: 2) } ?? dx).reshaped(shape))
    }
    return (results[0], results[1])
  }

  private func leftColumns(_ count: Int) -> Tensor {
    count == shape[2] ? self : sliced(axis: 2, 0..<count)
  }

  private func rightColumns(from start: Int) -> Tensor { sliced(axis: 2, start..<shape[2]) }

  private func topRows(_ count: Int) -> Tensor {
    count == shape[1] ? self : sliced(axis: 1, 0..<count)
  }
}

/// Throws if a triangular factor of the matrices [count, k, n] has a zero on its diagonal.
private func requireInvertible<Scalar: TensorScalar>(
  _ operation: String, _ factors: Tensor<Scalar>
) throws {
  let (rows, columns) = (factors.shape[1], factors.shape[2])
  for index in 0..<factors.shape[0] {
    for place in 0..<rows
    where factors.base[(index * rows + place) * columns + place] == 0 {
      throw LinearAlgebraError(operation, matrix: index, .singular(pivot: place))
    }
  }
}
