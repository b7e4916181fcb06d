import OutcropBLAS
import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// The lower triangular L with A = L Lᵀ for symmetric positive definite matrices A [..., n, n].
  ///
  /// Reads the diagonal and the elements below it. Throws `LinearAlgebraError` for a matrix that is
  /// not positive definite and for elements that are not finite. The gradient is that of symmetric
  /// matrices, divided evenly between both triangles: with P = Lᵀ dL, its lower triangle with half
  /// the diagonal, dA is the symmetric part of L⁻ᵀ P L⁻¹ (Murray 2016, Differentiation of the
  /// Cholesky decomposition).
  public func cholesky() throws -> Tensor {
    requireSquare("cholesky")
    let a = matrices("cholesky")
    let (count, n) = (a.shape[0], a.shape[1])
    let l = try Tensor.matrices(count, n, n) { try a.batchView.cholesky(into: $0) }
    let shape = shape
    return .record(TensorOperation.cholesky, inputs: [self], output: l.reshaped(shape)) {
      dy, sink in
      let p = l.times(dy.reshaped(l.shape), .transposed).triangle(.lower, diagonal: 0.5)
      func solved(_ right: Tensor) -> Tensor {
        .gradientMatrices(count, n, n) {
          try l.batchView.triangularSolve(
            right.batchView, triangle: .lower, transposition: .transposed, into: $0)
        }
      }
      sink.add(0, solved(solved(p).transposed()).symmetricPart.reshaped(shape))
    }
  }

  /// X with L Lᵀ X = B, where this tensor is the factor L [..., n, n] that `cholesky` returned, and
  /// B is [..., n, k] or [n]. Errors and gradients are those of `triangularSolve`.
  public func choleskySolve(_ b: Tensor) throws -> Tensor {
    let isVector = b.rank == 1
    let right = isVector ? b.reshaped([b.count, 1]) : b
    let x = try triangularSolve(
      triangularSolve(right, triangle: .lower), triangle: .lower, transposition: .transposed)
    return isVector ? x.reshaped(Array(x.shape.dropLast())) : x
  }

  /// (L Lᵀ)⁻¹, where this tensor is the factor L that `cholesky` returned. Errors and gradients are
  /// those of `triangularSolve`.
  public func choleskyInverse() throws -> Tensor {
    requireSquare("choleskyInverse")
    let n = shape[rank - 1]
    if isTracked { return try choleskySolve(Tensor.identities(1, n).reshaped([n, n])) }
    let l = matrices("choleskyInverse")
    return try Tensor.matrices(l.shape[0], n, n) { try l.batchView.choleskyInverse(into: $0) }
      .reshaped(shape)
  }
}
