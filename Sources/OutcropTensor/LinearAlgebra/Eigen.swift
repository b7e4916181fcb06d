import OutcropBLAS
import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// The eigenvalues [..., n], ascending, and orthonormal eigenvectors [..., n, n] of symmetric
  /// matrices [..., n, n]: column j belongs to value j.
  ///
  /// Reads the diagonal and the elements above it. Throws `LinearAlgebraError` for elements that
  /// are not finite, and if the iteration does not converge. The gradient is that of symmetric
  /// matrices, divided evenly between both triangles. The gradient of the vectors exists only if
  /// all values differ; pairs of equal values contribute nothing to it, which is correct for
  /// functions that do not depend on the choice of the vectors. With F_ij = 1 / (λ_j − λ_i): dA = V
  /// (diag(dλ) + F ∘ Vᵀ dV) Vᵀ (Giles 2008).
  public func symmetricEigen() throws -> (values: Tensor, vectors: Tensor) {
    requireSquare("symmetricEigen")
    let a = matrices("symmetricEigen")
    let (count, n) = (a.shape[0], a.shape[1])
    var v = Tensor.zeros([0])
    let values = try Tensor(unsafeUninitialized: [count, n]) { values in
      v = try Tensor.matrices(count, n, n) {
        try a.batchView.symmetricEigen(values: values.baseAddress!, vectors: $0)
      }
    }
    let (vectors, shape) = (v, shape)
    let results = Tensor.record(
      TensorOperation.symmetricEigen, inputs: [self],
      outputs: [values.reshaped(leadingAxes + [n]), vectors.reshaped(shape)]
    ) { gradients, sink in
      var inner = Tensor.zeros([count, n, n])
      if let dl = gradients[0] { inner = dl.reshaped([count, n]).diagonalMatrices() }
      if let dv = gradients[1] {
        inner =
          inner
          + vectors.times(dv.reshaped(vectors.shape), .transposed)
          * inverseDifferences(values, ofSquares: false)
      }
      sink.add(
        0,
        vectors.times(inner).times(vectors, .plain, .transposed).symmetricPart.reshaped(shape))
    }
    return (results[0], results[1])
  }

  /// The same as `symmetricEigen`, under its name in NumPy and PyTorch.
  public func eigh() throws -> (values: Tensor, vectors: Tensor) { try symmetricEigen() }

  /// The eigenvalues [..., n] and right eigenvectors [..., n, n] of square matrices, as real and
  /// imaginary parts; column j belongs to value j. The values are not sorted.
  ///
  /// Throws `LinearAlgebraError` for elements that are not finite, and if the iteration does not
  /// converge. Differentiating the results traps: this operation has no gradient.
  public func eigen() throws -> (
    realValues: Tensor, imaginaryValues: Tensor, realVectors: Tensor, imaginaryVectors: Tensor
  ) {
    requireSquare("eigen")
    let a = matrices("eigen")
    let (count, n) = (a.shape[0], a.shape[1])
    var (imaginary, vr, vi) = (Tensor.zeros([0]), Tensor.zeros([0]), Tensor.zeros([0]))
    let real = try Tensor(unsafeUninitialized: [count, n]) { real in
      imaginary = try Tensor(unsafeUninitialized: [count, n]) { imaginary in
        vr = try Tensor.matrices(count, n, n) { vr in
          vi = try Tensor.matrices(count, n, n) { vi in
            try a.batchView.eigen(
              realValues: real.baseAddress!, imaginaryValues: imaginary.baseAddress!,
              realVectors: vr, imaginaryVectors: vi)
          }
        }
      }
    }
    let leading = leadingAxes
    let outputs = [real, imaginary, vr, vi].map { output in
      Tensor.recordWithoutGradient(
        "eigen", inputs: [self],
        output: output.reshaped(leading + Array(output.shape.dropFirst())))
    }
    return (outputs[0], outputs[1], outputs[2], outputs[3])
  }
}
