import OutcropCore

extension BatchedMatrixView where Scalar: BLASScalar {
  /// The Moore–Penrose inverse [n, m] of each matrix [m, n], by the singular value decomposition.
  /// Singular values up to `rcond` times the largest count as zero. The default of `rcond` is max(m, n)
  /// times the rounding unit. Errors are those of `svd`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func pseudoInverse(
    rcond: Scalar? = nil, into target: MutableBatchedMatrixView<Scalar>
  ) throws(LinearAlgebraError) {
    let (m, n, rank) = (rows, columns, min(rows, columns))
    checkTarget("pseudoInverse", target, count, n, m)
    let threshold = rcond ?? Scalar(max(m, n)) * Scalar.ulpOfOne
    if rank == 0 { return }
    let sizes = [count * m * rank, count * rank, count * rank * n]
    let memory = BufferPool.allocate(byteCount: sizes.reduce(0, +) * MemoryLayout<Scalar>.stride)
    defer { BufferPool.release(memory) }
    let base = memory.base.bindMemory(to: Scalar.self, capacity: sizes.reduce(0, +))
    let u = MutableBatchedMatrixView(base, count: count, rows: m, columns: rank)
    let values = base + sizes[0]
    let v = MutableBatchedMatrixView(values + sizes[1], count: count, rows: rank, columns: n)
    try svd(u: u, values: values, vTransposed: v, operation: "pseudoInverse")
    ThreadPool.forRanges(count, grain: max(1, (1 << 14) / (rank * n))) { range in
      for index in range {
        let sigma = values + index * rank
        for row in 0..<rank {
          let factor = sigma[row] > threshold * sigma[0] ? 1 / sigma[row] : 0
          let line = v.base + (index * rank + row) * n
          for column in 0..<n { line[column] *= factor }
        }
      }
    }
    matrixMultiply(
      BatchedMatrixView(v), .transposed, BatchedMatrixView(u), .transposed, into: target)
    for index in 0..<count { try checkResult("pseudoInverse", target[index], index) }
  }

  /// The number of singular values of each matrix above `tolerance`. The default of `tolerance` is the
  /// largest singular value times max(m, n) times the rounding unit. Errors are those of `svd`.
  public func rank(tolerance: Scalar? = nil) throws(LinearAlgebraError) -> [Int] {
    let size = min(rows, columns)
    let scale = Scalar(max(rows, columns)) * Scalar.ulpOfOne
    return try singularValues("rank") { values in
      let bound = tolerance ?? (size == 0 ? 0 : values[0] * scale)
      return values.count { $0 > bound }
    }
  }

  /// The results of `body` for the singular values of each matrix.
  func singularValues<Result>(
    _ operation: String, _ body: (UnsafeBufferPointer<Scalar>) -> Result
  ) throws(LinearAlgebraError) -> [Result] {
    let size = min(rows, columns)
    let memory = BufferPool.allocate(byteCount: count * size * MemoryLayout<Scalar>.stride)
    defer { BufferPool.release(memory) }
    let values = memory.base.bindMemory(to: Scalar.self, capacity: count * size)
    try svd(u: nil, values: values, vTransposed: nil, operation: operation)
    return (0..<count).map {
      body(UnsafeBufferPointer(start: values + $0 * size, count: size))
    }
  }
}
