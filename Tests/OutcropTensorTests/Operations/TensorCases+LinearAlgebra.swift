import OutcropBLAS
import OutcropTensor
import OutcropTestSupport

/// Square matrices whose pivots, eigenvalues and singular values are apart: `x` with 3, 6, 9, …
/// added to the diagonal.
private func spread<S: TensorScalar>(_ x: Tensor<S>) -> Tensor<S> {
  let (rows, columns) = (x.shape[x.rank - 2], x.shape[x.rank - 1])
  return x
    + Tensor(unsafeUninitialized: [rows, columns]) { target in
      for place in target.indices {
        let (row, column) = (place / columns, place % columns)
        target[place] = row == column ? S(3 * (row + 1)) : 0
      }
    }
}

/// Symmetric positive definite matrices.
private func definite<S: TensorScalar>(_ x: Tensor<S>) -> Tensor<S> {
  spread(x.matrixProduct(x.transposed()))
}

func linearAlgebraCases<S: TensorScalar>() -> [OperationCase<S>] {
  typealias O = TensorOperation
  let square = [
    [[3, 3]], [[1, 1]], [[0, 0]], [[2, 3, 3]], [[1, 2, 2, 2]], [[0, 2, 2]], [[5, 4, 4]],
  ]
  let anyShape = square + [[[4, 2]], [[2, 4]], [[2, 3, 1]], [[1, 3]], [[5, 2, 3]]]
  let large = [[[300, 5, 5]], [[9, 70, 70]]]
  let pairs = [
    [[3, 3], [3, 2]], [[1, 1], [1, 1]], [[0, 0], [0, 2]], [[2, 3, 3], [3, 2]],
    [[3, 3], [2, 3, 2]], [[2, 1, 2, 2], [3, 2, 1]], [[3, 3], [3]], [[2, 3, 3], [3]],
    [[0, 2, 2], [2, 1]], [[5, 3, 3], [5, 3, 2]], [[3, 3], [3, 0]],
  ]
  let largePairs = [[[300, 5, 5], [300, 5, 2]], [[9, 70, 70], [70, 3]]]
  func mapped(
    _ operation: O, note: String = "", _ shapes: [[[Int]]],
    _ apply: @escaping @Sendable (Tensor<S>) throws -> [Tensor<S>]
  ) -> OperationCase<S> {
    OperationCase(operation, note, shapes: shapes, large: large) { inputs -> [Tensor<S>] in
      try! apply(inputs[0])
    }
  }
  var cases: [OperationCase<S>] = [
    OperationCase(O.solve, shapes: pairs, large: largePairs) {
      try! spread($0[0]).solve($0[1])
    },
    mapped(.inverse, square) { [try spread($0).inverse()] },
    mapped(.cholesky, square) { [try definite($0).cholesky()] },
    mapped(.cholesky, note: "solve and inverse", square) { x in
      let l = try definite(x).cholesky()
      return [try l.choleskySolve(x), try l.choleskyInverse()]
    },
    mapped(.lu, square) { x in
      let (p, l, u) = try spread(x).lu()
      return [l, u, p.matrixProduct(l)]
    },
    // What does not depend on the signs of the vectors.
    mapped(.qr, anyShape) { x in
      let (q, r) = try spread(x).qr()
      return [q * q, r * r, q.matrixProduct(r.tanh().abs() * r)]
    },
    mapped(.svd, anyShape) { x in
      let (u, s, vh) = try spread(x).svd()
      let row = s.reshaped(Array(s.shape.dropLast()) + [1, s.shape.last!])
      return [s, u * u, vh * vh, (u * row.tanh()).matrixProduct(vh)]
    },
    mapped(.svd, note: "values", anyShape) { [try spread($0).singularValues()] },
    mapped(.svd, note: "square, full", square) { [try spread($0).svd(full: true).s] },
    mapped(.symmetricEigen, square) { x in
      let (values, v) = try definite(x).symmetricEigen()
      let row = values.reshaped(Array(values.shape.dropLast()) + [1, values.shape.last!])
      return [values, v * v, (v * row.tanh()).matrixProduct(v.transposed())]
    },
    mapped(.determinant, square) { [try ($0 * 0.3).determinant()] },
    mapped(.determinant, note: "singular", [[[3, 1]], [[2, 3, 2]], [[1, 1]], [[0, 3, 1]]]) { x in
      [try x.matrixProduct(x.transposed()).determinant() + x.sum()]
    },
    mapped(.logDeterminant, square) { [try spread($0).logDeterminant().logarithm] },
    mapped(.pseudoInverse, anyShape) { [try spread($0).pseudoInverse()] },
    OperationCase(
      O.leastSquares,
      shapes: pairs + [
        [[4, 2], [4, 3]], [[2, 4], [2, 3]], [[2, 5, 2], [5]], [[5, 2], [3, 5, 1]],
      ],
      large: largePairs
    ) { try! spread($0[0]).leastSquares($0[1]) },
    mapped(.norm, anyShape + [[[4]], [[]]]) { [$0.norm()] },
    mapped(.norm, note: "axes", [[[3, 4]], [[2, 3, 2]], [[1, 2]], [[0, 3]]]) {
      [$0.norm(axes: [-1]), $0.norm(axes: [0], keepingAxes: true)]
    },
    mapped(.norm, note: "of matrices", anyShape) { x in
      let y = spread(x)
      return [y.norm()] + [try y.matrixNorm(), try y.matrixNorm(.one), try y.matrixNorm(.infinity)]
        + [try y.matrixNorm(.two), try y.matrixNorm(.nuclear)]
    },
    mapped(.svd, note: "condition number", [[[3, 3]], [[2, 4, 2]], [[1, 1]]]) {
      [try spread($0).conditionNumber()]
    },
    mapped(.trace, anyShape) { [$0.trace()] },
    mapped(.matrixExponential, square) { [try ($0 * 0.5).matrixExponential()] },
  ]
  for exponent in [-2, 0, 1, 5] {
    cases.append(
      mapped(.matrixPower, note: "exponent \(exponent)", square) {
        [try (spread($0) * 0.2).matrixPower(exponent)]
      })
  }
  for (triangle, transposition, unit) in [
    (MatrixTriangle.lower, Transposition.plain, false), (.upper, .plain, true),
    (.lower, .transposed, true), (.upper, .transposed, false),
  ] {
    cases.append(
      OperationCase(
        O.triangularSolve, "\(triangle), \(transposition), unit \(unit)", shapes: pairs,
        large: [[[300, 5, 5], [300, 5, 2]], [[9, 10, 10], [10, 3]]]
      ) {
        try! (spread($0[0]) * 0.5).triangularSolve(
          $0[1], triangle: triangle, transposition: transposition, unitDiagonal: unit)
      })
  }
  cases.append(
    OperationCase(
      O.multiply, "Kronecker product",
      shapes: [
        [[2, 3], [3, 2]], [[1, 1], [1, 1]], [[0, 2], [2, 2]], [[2, 2, 1], [1, 3]],
        [[2, 1, 2, 2], [3, 2, 1]],
      ], large: [[[60, 50], [7, 6]]]
    ) { $0[0].kronecker($0[1]) })
  return cases
}
