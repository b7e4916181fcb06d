import OutcropCore

// Each function calls the batched function of the same name for one matrix. The batched functions
// document accuracy and errors.

extension DenseMatrix where Scalar: BLASScalar {
  /// X with A X = B, by LU factors. Throws for a singular matrix.
  public func solve(_ b: DenseMatrix) throws(LinearAlgebraError) -> DenseMatrix {
    try applied(b, columns, b.columns) { (a, b, x) throws(LinearAlgebraError) in
      try a.solve(b, into: x)
    }
  }

  /// x with A x = b for a vector b.
  public func solve(_ b: [Scalar]) throws(LinearAlgebraError) -> [Scalar] {
    try solve(DenseMatrix(b, rows: b.count, columns: 1)).elements
  }

  /// X with op(T) X = B for the named triangle of this matrix.
  public func triangularSolve(
    _ b: DenseMatrix, triangle: MatrixTriangle, transposition: Transposition = .plain,
    unitDiagonal: Bool = false
  ) throws(LinearAlgebraError) -> DenseMatrix {
    try applied(b, columns, b.columns) { (a, b, x) throws(LinearAlgebraError) in
      try a.triangularSolve(
        b, triangle: triangle, transposition: transposition, unitDiagonal: unitDiagonal, into: x)
    }
  }

  /// The inverse of a square matrix.
  public func inverse() throws(LinearAlgebraError) -> DenseMatrix {
    try mapped(rows, rows) { (a, target) throws(LinearAlgebraError) in
      try a.inverse(into: target)
    }
  }

  /// The determinant of a square matrix.
  public func determinant() throws(LinearAlgebraError) -> Scalar {
    var result: Scalar = 0
    try withBatch { a throws(LinearAlgebraError) in try a.determinant(into: &result) }
    return result
  }

  /// The sign of the determinant and the logarithm of its magnitude; 0 and −∞ for a singular
  /// matrix.
  public func logDeterminant() throws(LinearAlgebraError) -> (sign: Scalar, logarithm: Scalar) {
    var (sign, logarithm): (Scalar, Scalar) = (0, 0)
    try withBatch { a throws(LinearAlgebraError) in
      try a.logDeterminant(signs: &sign, logarithms: &logarithm)
    }
    return (sign, logarithm)
  }

  /// A = P L U with a permutation matrix P [m, m], L [m, min(m, n)] with ones on its diagonal, and
  /// U [min(m, n), n].
  public func lu() throws(LinearAlgebraError) -> (p: DenseMatrix, l: DenseMatrix, u: DenseMatrix) {
    let rank = Swift.min(rows, columns)
    var pivots = [Int32](repeating: 0, count: Swift.max(1, rank))
    let factors = try mapped(rows, columns) { (a, target) throws(LinearAlgebraError) in
      try pivots.withUnsafeMutableBufferPointer { (pivots) throws(LinearAlgebraError) in
        try a.luFactors(into: target, pivots: pivots.baseAddress!)
      }
    }
    var (p, l) = (DenseMatrix(zeros: rows, rows), DenseMatrix(zeros: rows, rank))
    var u = DenseMatrix(zeros: rank, columns)
    for (to, from) in rowOrder(fromExchanges: pivots, rank, rows: rows).enumerated() {
      p[from, to] = 1
    }
    for row in 0..<rows {
      for column in 0..<columns where row > column { l[row, column] = factors[row, column] }
      if row >= rank { continue }
      l[row, row] = 1
      for column in row..<columns { u[row, column] = factors[row, column] }
    }
    return (p, l, u)
  }

  /// The lower triangular L with A = L Lᵀ for a symmetric positive definite matrix.
  public func cholesky() throws(LinearAlgebraError) -> DenseMatrix {
    try mapped(rows, rows) { (a, target) throws(LinearAlgebraError) in
      try a.cholesky(into: target)
    }
  }

  /// X with L Lᵀ X = B, where this matrix is the factor L that `cholesky` returned.
  public func choleskySolve(_ b: DenseMatrix) throws(LinearAlgebraError) -> DenseMatrix {
    try applied(b, columns, b.columns) { (a, b, x) throws(LinearAlgebraError) in
      try a.choleskySolve(b, into: x)
    }
  }

  /// x with L Lᵀ x = b for a vector b.
  public func choleskySolve(_ b: [Scalar]) throws(LinearAlgebraError) -> [Scalar] {
    try choleskySolve(DenseMatrix(b, rows: b.count, columns: 1)).elements
  }

  /// (L Lᵀ)⁻¹, where this matrix is the factor L that `cholesky` returned.
  public func choleskyInverse() throws(LinearAlgebraError) -> DenseMatrix {
    try mapped(rows, rows) { (a, target) throws(LinearAlgebraError) in
      try a.choleskyInverse(into: target)
    }
  }

  /// A = Q R with orthonormal columns of Q and an upper triangular R: Q [m, k] and R [k, n] with k
  /// = min(m, n), or k = m for the complete form.
  public func qr(complete: Bool = false) throws(LinearAlgebraError) -> (
    q: DenseMatrix, r: DenseMatrix
  ) {
    let width = complete ? rows : Swift.min(rows, columns)
    var q = DenseMatrix(zeros: rows, width)
    let r = try mapped(width, columns) { (a, r) throws(LinearAlgebraError) in
      try q.withMutableView { q throws(LinearAlgebraError) in
        try a.qr(q: MutableBatchedMatrixView(q), r: r)
      }
    }
    return (q, r)
  }

  /// A = U Σ Vᵀ with descending singular values `s`: U [m, k] and Vᵀ [k, n] with k = min(m, n), or
  /// with `full` both are square.
  public func svd(
    full: Bool = false
  ) throws(LinearAlgebraError) -> (u: DenseMatrix, s: [Scalar], vh: DenseMatrix) {
    let rank = Swift.min(rows, columns)
    var u = DenseMatrix(zeros: rows, full ? rows : rank)
    var values = [Scalar](repeating: 0, count: rank)
    let v = try mapped(full ? columns : rank, columns) { (a, v) throws(LinearAlgebraError) in
      try u.withMutableView { u throws(LinearAlgebraError) in
        try a.svd(u: MutableBatchedMatrixView(u), values: &values, vTransposed: v)
      }
    }
    return (u, values, v)
  }

  /// The singular values, descending.
  public func singularValues() throws(LinearAlgebraError) -> [Scalar] {
    var values = [Scalar](repeating: 0, count: Swift.min(rows, columns))
    try withBatch { a throws(LinearAlgebraError) in try a.svd(values: &values) }
    return values
  }

  /// The eigenvalues, ascending, and orthonormal eigenvectors of a symmetric matrix; reads the
  /// diagonal and the elements above it.
  public func symmetricEigen() throws(LinearAlgebraError) -> SymmetricEigen<Scalar> {
    try withView { view throws(LinearAlgebraError) in try OutcropBLAS.symmetricEigen(view) }
  }

  /// The eigenvalues and right eigenvectors of a square matrix as real and imaginary parts.
  public func eigen() throws(LinearAlgebraError) -> (
    realValues: [Scalar], imaginaryValues: [Scalar], realVectors: DenseMatrix,
    imaginaryVectors: DenseMatrix
  ) {
    var real = [Scalar](repeating: 0, count: rows)
    var imaginary = real
    var vectors = DenseMatrix(zeros: rows, rows)
    let others = try mapped(rows, rows) { (a, others) throws(LinearAlgebraError) in
      try vectors.withMutableView { vectors throws(LinearAlgebraError) in
        try a.eigen(
          realValues: &real, imaginaryValues: &imaginary,
          realVectors: MutableBatchedMatrixView(vectors), imaginaryVectors: others)
      }
    }
    return (real, imaginary, vectors, others)
  }

  /// The least-squares solution of A X = B with the smallest norm, and the rank and singular values of A.
  public func leastSquares(
    _ b: DenseMatrix, rcond: Scalar? = nil
  ) throws(LinearAlgebraError) -> (solution: DenseMatrix, rank: Int, singularValues: [Scalar]) {
    var rank = 0
    var values = [Scalar](repeating: 0, count: Swift.min(rows, columns))
    let x = try applied(b, columns, b.columns) { (a, b, x) throws(LinearAlgebraError) in
      try a.leastSquares(b, rcond: rcond, into: x, ranks: &rank, values: &values)
    }
    return (x, rank, values)
  }

  /// The least-squares solution for a vector b.
  public func leastSquares(
    _ b: [Scalar], rcond: Scalar? = nil
  ) throws(LinearAlgebraError) -> (solution: [Scalar], rank: Int, singularValues: [Scalar]) {
    let result = try leastSquares(DenseMatrix(b, rows: b.count, columns: 1), rcond: rcond)
    return (result.solution.elements, result.rank, result.singularValues)
  }

  /// The Moore–Penrose inverse.
  public func pseudoInverse(rcond: Scalar? = nil) throws(LinearAlgebraError) -> DenseMatrix {
    try mapped(columns, rows) { (a, target) throws(LinearAlgebraError) in
      try a.pseudoInverse(rcond: rcond, into: target)
    }
  }

  /// The number of singular values above `tolerance`.
  public func rank(tolerance: Scalar? = nil) throws(LinearAlgebraError) -> Int {
    try withBatch { a throws(LinearAlgebraError) in try a.rank(tolerance: tolerance)[0] }
  }

  /// A norm of the matrix.
  public func norm(_ kind: MatrixNorm = .frobenius) throws(LinearAlgebraError) -> Scalar {
    try withBatch { a throws(LinearAlgebraError) in try a.norm(kind)[0] }
  }

  /// The condition number.
  public func conditionNumber(_ kind: MatrixNorm = .two) throws(LinearAlgebraError) -> Scalar {
    try withBatch { a throws(LinearAlgebraError) in try a.conditionNumber(kind)[0] }
  }

  /// The exponential of a square matrix.
  public func matrixExponential() throws(LinearAlgebraError) -> DenseMatrix {
    try mapped(rows, rows) { (a, target) throws(LinearAlgebraError) in
      try a.matrixExponential(into: target)
    }
  }

  /// The power of a square matrix.
  public func matrixPower(_ exponent: Int) throws(LinearAlgebraError) -> DenseMatrix {
    try mapped(rows, rows) { (a, target) throws(LinearAlgebraError) in
      try a.matrixPower(exponent, into: target)
    }
  }

  /// The Kronecker product.
  public func kronecker(_ other: DenseMatrix) -> DenseMatrix {
    withBatch { a in
      other.withBatch { b in
        DenseMatrix(unsafeUninitialized: rows * other.rows, columns * other.columns) {
          a.kronecker(b, into: MutableBatchedMatrixView($0))
        }
      }
    }
  }

  /// The sum of the diagonal.
  public func trace() -> Scalar { withBatch { $0.trace()[0] } }

  // MARK: - One matrix as a batch

  private func withBatch<Result, Failure: Error>(
    _ body: (BatchedMatrixView<Scalar>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withView { view throws(Failure) in
      try body(BatchedMatrixView(repeating: view, count: 1))
    }
  }

  /// A result [rows, columns] that `body` writes.
  private func mapped(
    _ rows: Int, _ columns: Int,
    _ body: (BatchedMatrixView<Scalar>, MutableBatchedMatrixView<Scalar>)
      throws(LinearAlgebraError) -> Void
  ) throws(LinearAlgebraError) -> DenseMatrix {
    try withBatch { a throws(LinearAlgebraError) in
      try DenseMatrix(unsafeUninitialized: rows, columns) { target throws(LinearAlgebraError) in
        try body(a, MutableBatchedMatrixView(target))
      }
    }
  }

  /// A result [rows, columns] that `body` writes from this matrix and another.
  private func applied(
    _ b: DenseMatrix, _ rows: Int, _ columns: Int,
    _ body: (
      BatchedMatrixView<Scalar>, BatchedMatrixView<Scalar>, MutableBatchedMatrixView<Scalar>
    ) throws(LinearAlgebraError) -> Void
  ) throws(LinearAlgebraError) -> DenseMatrix {
    try b.withBatch { b throws(LinearAlgebraError) in
      try mapped(rows, columns) { (a, target) throws(LinearAlgebraError) in try body(a, b, target) }
    }
  }
}

extension MutableBatchedMatrixView {
  /// One matrix.
  init(_ view: MutableMatrixView<Scalar>) {
    self.init(
      view.base, count: 1, rows: view.rows, columns: view.columns, rowStride: view.rowStride)
  }
}
