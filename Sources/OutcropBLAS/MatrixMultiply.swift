/// C ← alpha · op(A) op(B) + beta · C on all threads.
///
/// op(A) is [m, k], op(B) is [k, n], C is [m, n]. With `beta` 0, C is not read, so it may be
/// uninitialised. C must not overlap A or B. Traps with both shapes when they do not fit.
///
/// The work is cut by sizes alone: results do not depend on the number of threads. They may differ in
/// the last bits from one call into BLAS.
public func matrixMultiply<Scalar: BLASScalar>(
  _ a: MatrixView<Scalar>, _ transpositionA: Transposition = .none,
  _ b: MatrixView<Scalar>, _ transpositionB: Transposition = .none,
  alpha: Scalar = 1, beta: Scalar = 0, into c: MutableMatrixView<Scalar>
) {
  let left = Operand(a, transpositionA)
  let right = Operand(b, transpositionB)
  checkProduct("matrixMultiply", left, right, c)
  let plan = ProductPlan(m: c.rows, n: c.columns, k: left.columns)
  if plan.depthChunk < left.columns {
    multiplyByDepth(left, right, alpha, beta, c, plan.depthChunk)
    return
  }
  let rowChunks = plan.rowChunkCount
  ThreadPool.run(chunks: rowChunks * plan.columnChunkCount) { chunk in
    let rows = plan.rowRange(chunk % rowChunks)
    let columns = plan.columnRange(chunk / rowChunks)
    multiplySerial(
      left, right, alpha, beta, c, rows: rows, columns: columns, depth: 0..<left.columns)
  }
}

func checkProduct<Scalar>(
  _ name: String, _ left: Operand<Scalar>, _ right: Operand<Scalar>, _ c: MutableMatrixView<Scalar>
) {
  require(
    left.columns == right.rows && c.rows == left.rows && c.columns == right.columns,
    "\(name): shapes \(left.shape) and \(right.shape) into [\(c.rows), \(c.columns)]; "
      + "expected [m, k] and [k, n] into [m, n]")
}

/// One block of a product on the calling thread.
func multiplySerial<Scalar: BLASScalar>(
  _ left: Operand<Scalar>, _ right: Operand<Scalar>, _ alpha: Scalar, _ beta: Scalar,
  _ c: MutableMatrixView<Scalar>, rows: Range<Int>, columns: Range<Int>, depth: Range<Int>
) {
  if rows.isEmpty || columns.isEmpty { return }
  let target = c.base + rows.lowerBound * c.rowStride + columns.lowerBound
  Scalar.gemm(
    left.transposition == .transposed, right.transposition == .transposed,
    rows.count, columns.count, depth.count, alpha,
    left.pointer(rows.lowerBound, depth.lowerBound), max(1, left.view.rowStride),
    right.pointer(depth.lowerBound, columns.lowerBound), max(1, right.view.rowStride),
    beta, target, c.rowStride)
}

/// A long and thin product (a weight's gradient): partial products over fixed pieces of the inner
/// dimension, added in order.
private func multiplyByDepth<Scalar: BLASScalar>(
  _ left: Operand<Scalar>, _ right: Operand<Scalar>, _ alpha: Scalar, _ beta: Scalar,
  _ c: MutableMatrixView<Scalar>, _ depthChunk: Int
) {
  let depth = left.columns
  let (m, n) = (c.rows, c.columns)
  let chunks = (depth + depthChunk - 1) / depthChunk
  let buffer = BufferPool.allocate(byteCount: chunks * m * n * MemoryLayout<Scalar>.stride)
  defer { BufferPool.release(buffer) }
  let partial = buffer.base.bindMemory(to: Scalar.self, capacity: chunks * m * n)
  ThreadPool.run(chunks: chunks) { chunk in
    let range = chunk * depthChunk..<min(depth, (chunk + 1) * depthChunk)
    let target = MutableMatrixView(partial + chunk * m * n, rows: m, columns: n)
    multiplySerial(left, right, alpha, 0, target, rows: 0..<m, columns: 0..<n, depth: range)
  }
  for row in 0..<m {
    let target = c.base + row * c.rowStride
    for column in 0..<n {
      var sum = partial[row * n + column]
      for chunk in 1..<chunks { sum += partial[chunk * m * n + row * n + column] }
      target[column] = beta == 0 ? sum : beta * target[column] + sum
    }
  }
}

/// How a product is cut: chosen from its sizes alone.
struct ProductPlan {
  let m: Int
  let n: Int
  let rowChunk: Int
  let columnChunk: Int
  let depthChunk: Int

  /// Multiply-adds of one chunk: some tens of microseconds, long against starting a chunk.
  static let chunkWork = 1 << 21

  init(m: Int, n: Int, k: Int) {
    self.m = m
    self.n = n
    if m * n <= 1 << 15, k >= 1024, k >= 4 * max(m, n) {
      // At most 512 deep, because each piece is summed in one go by BLAS.
      depthChunk = min(512, max(128, Self.chunkWork / max(1, m * n)))
      rowChunk = max(1, m)
      columnChunk = max(1, n)
      return
    }
    depthChunk = max(1, k)
    let area = max(1, Self.chunkWork / max(1, k))
    if m >= n {
      columnChunk = max(1, min(n, 512))
      rowChunk = max(64, (area / columnChunk + 15) & ~15)
    } else {
      rowChunk = max(1, min(m, 512))
      columnChunk = max(64, (area / rowChunk + 15) & ~15)
    }
  }

  var rowChunkCount: Int { max(1, (m + rowChunk - 1) / rowChunk) }
  var columnChunkCount: Int { max(1, (n + columnChunk - 1) / columnChunk) }
  func rowRange(_ chunk: Int) -> Range<Int> { chunk * rowChunk..<min(m, (chunk + 1) * rowChunk) }
  func columnRange(_ chunk: Int) -> Range<Int> {
    chunk * columnChunk..<min(n, (chunk + 1) * columnChunk)
  }
}
