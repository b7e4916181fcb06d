import OutcropBLAS
import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// X with A X = B for matrices A [..., n, n] and B [..., n, k] by LU factors; leading axes
  /// broadcast. A B of one axis [n] is a vector, and the result then has the shape [..., n].
  ///
  /// Throws `LinearAlgebraError` for a singular matrix, elements that are not finite, and overflow;
  /// see `BatchedMatrixView.solve` for the accuracy. Gradient: dB = A⁻ᵀ dX, dA = −dB Xᵀ.
  public func solve(_ b: Tensor) throws -> Tensor {
    requireSquare("solve")
    let n = shape[rank - 1]
    let right = b.asRightSides("solve", rows: n)
    let leading = broadcastLeading("solve", leadingAxes, right.leadingAxes)
    let (a3, b3) = (matrices("solve", leading: leading), right.matrices("solve", leading: leading))
    let (count, k) = (a3.shape[0], b3.shape[2])
    let shapes = (a: shape, b: b.shape, fullA: leading + [n, n], fullB: leading + [n, k])
    let resultShape = b.rank == 1 ? leading + [n] : shapes.fullB
    if !(isTracked || b.isTracked) {
      return try Tensor.matrices(count, n, k) { try a3.batchView.solve(b3.batchView, into: $0) }
        .reshaped(resultShape)
    }
    // The forward and the backward pass use the same factors.
    let factors = try LUFactors(a3, "solve")
    let x = try Tensor.matrices(count, n, k) { try factors.solve(b3, .plain, into: $0) }
    return .record(
      TensorOperation.solve, inputs: [self, b], output: x.reshaped(resultShape)
    ) { dy, sink in
      let right = Tensor.gradientMatrices(count, n, k) {
        try factors.solve(dy.reshaped([count, n, k]), .transposed, into: $0)
      }
      sink.add(
        0, (-right.times(x, .plain, .transposed)).reshaped(shapes.fullA).summed(to: shapes.a))
      sink.add(1, right.reshaped(shapes.fullB).summedToRightSides(shapes.b))
    }
  }

  /// The inverse of each matrix [..., n, n]. To multiply by the inverse, prefer `solve`.
  ///
  /// Errors are those of `solve`. Gradient: dA = −A⁻ᵀ dY A⁻ᵀ.
  public func inverse() throws -> Tensor {
    requireSquare("inverse")
    let a = matrices("inverse")
    let n = a.shape[1]
    let result = try Tensor.matrices(a.shape[0], n, n) { try a.batchView.inverse(into: $0) }
    let shape = shape
    return .record(
      TensorOperation.inverse, inputs: [self], output: result.reshaped(shape)
    ) { dy, sink in
      let inner = result.times(dy.reshaped(result.shape), .transposed)
      sink.add(0, (-inner.times(result, .plain, .transposed)).reshaped(shape))
    }
  }

  /// X with op(T) X = B for triangular matrices T [..., n, n] and B [..., n, k] (or [n]); leading
  /// axes broadcast.
  ///
  /// Reads only the named triangle, before `transposition`; with `unitDiagonal` its diagonal is
  /// taken as 1. Throws `LinearAlgebraError` for a zero on the diagonal, elements that are not
  /// finite, and overflow. Gradient: dB = op(T)⁻ᵀ dX, d op(T) = −dB Xᵀ on the triangle.
  public func triangularSolve(
    _ b: Tensor, triangle: MatrixTriangle, transposition: Transposition = .plain,
    unitDiagonal: Bool = false
  ) throws -> Tensor {
    let name = "triangularSolve"
    requireSquare(name)
    let n = shape[rank - 1]
    let right = b.asRightSides(name, rows: n)
    let leading = broadcastLeading(name, leadingAxes, right.leadingAxes)
    let (a3, b3) = (matrices(name, leading: leading), right.matrices(name, leading: leading))
    let (count, k) = (a3.shape[0], b3.shape[2])
    let x = try Tensor.matrices(count, n, k) {
      try a3.batchView.triangularSolve(
        b3.batchView, triangle: triangle, transposition: transposition, unitDiagonal: unitDiagonal,
        into: $0)
    }
    let shapes = (a: shape, b: b.shape, fullA: leading + [n, n], fullB: leading + [n, k])
    let resultShape = b.rank == 1 ? leading + [n] : shapes.fullB
    return .record(
      TensorOperation.triangularSolve, inputs: [self, b], output: x.reshaped(resultShape)
    ) { dy, sink in
      let dy = dy.reshaped([count, n, k])
      let right = Tensor.gradientMatrices(count, n, k) {
        try a3.batchView.triangularSolve(
          dy.batchView, triangle: triangle,
          transposition: transposition == .plain ? .transposed : .plain,
          unitDiagonal: unitDiagonal, into: $0)
      }
      if sink.wants(0) {
        let product =
          transposition == .plain
          ? right.times(x, .plain, .transposed) : x.times(right, .plain, .transposed)
        let kept = (-product).triangle(triangle, diagonal: unitDiagonal ? 0 : 1)
        sink.add(0, kept.reshaped(shapes.fullA).summed(to: shapes.a))
      }
      sink.add(1, right.reshaped(shapes.fullB).summedToRightSides(shapes.b))
    }
  }

  /// Right sides as matrices: a vector [n] becomes [n, 1]. The result is off the tape.
  func asRightSides(_ operation: String, rows: Int) -> Tensor {
    let matrix = rank == 1 ? detached.reshaped([count, 1]) : detached
    require(
      rank >= 1 && matrix.shape[matrix.rank - 2] == rows,
      "\(operation): right sides of the shape \(shape); expected [..., \(rows), k] or [\(rows)]")
    return matrix
  }

  /// The sum over broadcast axes for a right side of `shape`, which may be a vector.
  func summedToRightSides(_ shape: [Int]) -> Tensor {
    shape.count == 1 ? summed(to: shape + [1]).reshaped(shape) : summed(to: shape)
  }
}

/// LU factors of matrices [count, n, n], kept for the gradient.
struct LUFactors<Scalar: TensorScalar>: Sendable {
  let factors: Tensor<Scalar>
  let pivots: [Int32]

  init(_ a: Tensor<Scalar>, _ operation: String) throws {
    let (m, n) = (a.shape[1], a.shape[2])
    var pivots = [Int32](repeating: 0, count: Swift.max(1, a.shape[0] * Swift.min(m, n)))
    factors = try Tensor.matrices(a.shape[0], m, n) { target in
      try pivots.withUnsafeMutableBufferPointer {
        try a.batchView.luFactors(into: target, pivots: $0.baseAddress!, operation: operation)
      }
    }
    self.pivots = pivots
  }

  func solve(
    _ b: Tensor<Scalar>, _ transposition: Transposition,
    into target: MutableBatchedMatrixView<Scalar>
  ) throws {
    try pivots.withUnsafeBufferPointer {
      try factors.batchView.luSolve($0.baseAddress!, transposition, b.batchView, into: target)
    }
  }
}
