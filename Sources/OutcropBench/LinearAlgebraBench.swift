import OutcropCore
import OutcropTensor

/// Factorizations and solutions of 4,096 small matrices at once.
func measureLinearAlgebra(_ effort: Effort) throws -> [Measurement] {
  try [8, 16, 32, 64].flatMap { size in
    let count = 4096
    var generator = RandomGenerator(seed: 12)
    let plain = Tensor<Double>.normal([count, size, size], using: &generator)
    let right = Tensor<Double>.normal([count, size, 1], using: &generator)
    // Positive definite, and far from singular.
    let definite =
      plain.matrixProduct(plain, transposingOther: true) / Double(size) + Tensor<Double>.eye(size)
    let operations: [(name: String, body: () throws -> Void)] = [
      ("solve", { _ = try definite.solve(right) }),
      ("cholesky", { _ = try definite.cholesky() }),
      ("qr", { _ = try plain.qr() }),
      ("svd", { _ = try plain.svd() }),
      ("eigh", { _ = try definite.eigh() }),
    ]
    return try operations.flatMap { operation in
      // One call shows an error before the time is measured.
      try operation.body()
      return sideBySide(
        .algebra, "\(operation.name): \(count) × [\(size), \(size)]",
        // An SVD of all matrices takes a second.
        effort.atMost(5), Cost(), [(outcropWay, { try? operation.body() })])
    }
  }
}
