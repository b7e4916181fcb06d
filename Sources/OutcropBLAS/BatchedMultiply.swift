import OutcropCore

/// Cᵢ ← alpha · op(Aᵢ) op(Bᵢ) + beta · Cᵢ for every matrix i of a batch, on all threads.
///
/// op(A) is [batch, m, k], op(B) is [batch, k, n], C is [batch, m, n]; sizes may be 0. A batch
/// stride of 0 in A or B uses one matrix for the whole batch. As for one product, C is not read
/// with `beta` 0, and A and B are not read with `alpha` or `k` 0. C must not overlap A or B. Shapes
/// that do not fit trap. Results do not depend on the number of threads.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func matrixMultiply<Scalar: BLASScalar>(
  _ a: BatchedMatrixView<Scalar>, _ transpositionA: Transposition,
  _ b: BatchedMatrixView<Scalar>, _ transpositionB: Transposition = .plain,
  alpha: Scalar = 1, beta: Scalar = 0, into c: MutableBatchedMatrixView<Scalar>
) {
  let batch = ProductBatch(
    a: a, transpositionA, b: b, transpositionB, c: c, alpha: alpha, beta: beta)
  batch.check()
  if let product = batch.asOneProduct {
    multiply(product)
  } else if c.count == 1, let withVector = VectorProduct(batch.product(0)) {
    withVector.run()
  } else if c.count > 0, c.rows > 0, c.columns > 0 {
    multiply(batch)
  }
}

private struct ProductBatch<Scalar: BLASScalar> {
  let a: BatchedMatrixView<Scalar>
  let transpositionA: Transposition
  let b: BatchedMatrixView<Scalar>
  let transpositionB: Transposition
  let c: MutableBatchedMatrixView<Scalar>
  let alpha: Scalar
  let beta: Scalar

  init(
    a: BatchedMatrixView<Scalar>, _ transpositionA: Transposition, b: BatchedMatrixView<Scalar>,
    _ transpositionB: Transposition, c: MutableBatchedMatrixView<Scalar>, alpha: Scalar,
    beta: Scalar
  ) {
    (self.a, self.transpositionA) = (a, transpositionA)
    (self.b, self.transpositionB) = (b, transpositionB)
    (self.c, self.alpha, self.beta) = (c, alpha, beta)
  }

  /// Product `index`. The index may be out of range when only the sizes are used.
  func product(_ index: Int) -> Product<Scalar> {
    Product(
      Operand(
        MatrixView(
          a.base + index * a.batchStride, rows: a.rows, columns: a.columns, rowStride: a.rowStride),
        transpositionA),
      Operand(
        MatrixView(
          b.base + index * b.batchStride, rows: b.rows, columns: b.columns, rowStride: b.rowStride),
        transpositionB), alpha, beta,
      MutableMatrixView(
        c.base + index * c.batchStride, rows: c.rows, columns: c.columns, rowStride: c.rowStride))
  }

  func check() {
    let first = product(0)
    var left: String {
      "[\(a.count), \(first.left.rows), \(first.left.columns)]\(transpositionA.mark)"
    }
    var right: String {
      "[\(b.count), \(first.right.rows), \(first.right.columns)]\(transpositionB.mark)"
    }
    require(
      a.count == c.count && b.count == c.count,
      "matrixMultiply: shapes \(left) and \(right) into \(c.shape); "
        + "expected the same number of matrices")
    checkProduct("matrixMultiply", left, right, c.shape, first)
  }

  /// One product of all rows of the batch, when all matrices have the same right factor.
  var asOneProduct: Product<Scalar>? {
    guard c.count > 1, transpositionA == .plain, b.batchStride == 0,
      a.batchStride == a.rows * a.rowStride, c.batchStride == c.rows * c.rowStride
    else { return nil }
    return Product(
      Operand(
        MatrixView(a.base, rows: a.count * a.rows, columns: a.columns, rowStride: a.rowStride),
        .plain),
      Operand(
        MatrixView(b.base, rows: b.rows, columns: b.columns, rowStride: b.rowStride),
        transpositionB), alpha, beta,
      MutableMatrixView(
        c.base, rows: c.count * c.rows, columns: c.columns, rowStride: c.rowStride))
  }
}

private func multiply<Scalar: BLASScalar>(_ batch: ProductBatch<Scalar>) {
  let first = batch.product(0)
  let work = productWork(first)
  if work >= largeProductWork {
    let plan = first.plan
    if plan.depthChunkCount > 1 || plan.copiesRight {
      for index in 0..<batch.c.count { multiply(batch.product(index)) }
    } else {
      let tiles = plan.tileCount
      ThreadPool.run(chunks: batch.c.count * tiles) { chunk in
        multiplyTile(batch.product(chunk / tiles), plan, chunk % tiles)
      }
    }
    return
  }
  let grain = max(1, groupWork(total: work * batch.c.count) / work)
  let streams = shouldStream(batch.c, depth: first.depth, beta: batch.beta)
  ThreadPool.forRanges(batch.c.count, grain: grain) { range in
    for index in range { multiplySmall(batch.product(index), streams: streams) }
  }
}

// MARK: - Many products at once

/// The least work of a product that is split into tiles; smaller products of a batch are not split.
let largeProductWork = 1 << 20

/// The cost of a product in multiply-adds, with an estimate for the call and the writes.
func productWork<Scalar>(_ product: Product<Scalar>) -> Int {
  let (m, n) = (product.target.rows, product.target.columns)
  return m * n * (product.depth + 1) + 256
}

/// The work of one chunk of small products.
func groupWork(total: Int) -> Int { min(max(total / 32, 1 << 16), 1 << 20) }

/// A whole product on the calling thread.
@inline(__always)
func multiplySmall<Scalar: BLASScalar>(_ product: Product<Scalar>, streams: Bool = false) {
  let (left, right, c) = (product.left, product.right, product.target)
  if c.rows == 0 || c.columns == 0 { return }
  if product.depth == 0 || product.alpha == 0 {
    scale(c, by: product.beta)
    return
  }
  smallMatrixMultiply(
    left.transposition == .transposed, right.transposition == .transposed, c.rows, c.columns,
    product.depth, product.alpha, left.view.base, left.view.rowStride, right.view.base,
    right.view.rowStride, product.beta, c.base, c.rowStride, streams: streams)
}
