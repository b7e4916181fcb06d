import OutcropCore

/// C ← alpha · op(A) op(B) + beta · C on all threads.
///
/// op(A) is [m, k], op(B) is [k, n], C is [m, n]; sizes may be 0. With `k` or `alpha` 0 the
/// result is beta · C, and A and B are not read. With `beta` 0, C is not read, so it may be
/// uninitialized. C must not overlap A or B. Shapes that do not fit trap; the message has all of them.
///
/// How the work is split depends only on the sizes, so results do not depend on the number of threads.
/// Results may differ in the last bits from those of a single BLAS call.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func matrixMultiply<Scalar: BLASScalar>(
  _ a: MatrixView<Scalar>, _ transpositionA: Transposition,
  _ b: MatrixView<Scalar>, _ transpositionB: Transposition = .plain,
  alpha: Scalar = 1, beta: Scalar = 0, into c: MutableMatrixView<Scalar>
) {
  let product = Product(Operand(a, transpositionA), Operand(b, transpositionB), alpha, beta, c)
  checkProduct("matrixMultiply", product.left.shape, product.right.shape, c.shape, product)
  multiply(product)
}

/// The factors, scalars and target of one product.
struct Product<Scalar: BLASScalar> {
  var left: Operand<Scalar>
  var right: Operand<Scalar>
  let alpha: Scalar
  let beta: Scalar
  let target: MutableMatrixView<Scalar>

  @inline(__always)
  init(
    _ left: Operand<Scalar>, _ right: Operand<Scalar>, _ alpha: Scalar, _ beta: Scalar,
    _ target: MutableMatrixView<Scalar>
  ) {
    self.left = left
    self.right = right
    self.alpha = alpha
    self.beta = beta
    self.target = target
  }

  var depth: Int { left.columns }

  var plan: ProductPlan {
    ProductPlan(
      m: target.rows, n: target.columns, k: left.columns,
      transposesLeft: left.transposition == .transposed,
      transposesRight: right.transposition == .transposed)
  }
}

/// Traps unless the shapes are [m, k], [k, n] and [m, n] and all sizes fit BLAS's 32-bit integers.
/// The messages show `leftShape`, `rightShape` and `targetShape`.
@inline(__always)
func checkProduct<Scalar>(
  _ name: @autoclosure () -> String, _ leftShape: @autoclosure () -> String,
  _ rightShape: @autoclosure () -> String,
  _ targetShape: @autoclosure () -> String, _ product: Product<Scalar>
) {
  let (left, right, c) = (product.left, product.right, product.target)
  require(
    left.columns == right.rows && c.rows == left.rows && c.columns == right.columns,
    "\(name()): shapes \(leftShape()) and \(rightShape()) into \(targetShape()); "
      + "expected [m, k] and [k, n] into [m, n]")
  let largest = max(
    max(left.view.rows, left.view.rowStride), max(right.view.rows, right.view.rowStride),
    c.rowStride)
  require(
    largest <= Int(Int32.max),
    "\(name()): shapes \(leftShape()) and \(rightShape()) into \(targetShape()) with a size or row "
      + "stride of \(largest); expected at most \(Int32.max)")
}

/// Computes a product whose shapes were checked, on all threads.
func multiply<Scalar: BLASScalar>(_ product: Product<Scalar>) {
  let c = product.target
  if c.rows == 0 || c.columns == 0 { return }
  if product.depth == 0 || product.alpha == 0 {
    scale(c, by: product.beta)
    return
  }
  if let withVector = VectorProduct(product) {
    withVector.run()
    return
  }
  let plan = product.plan
  if plan.depthChunkCount > 1 {
    multiplyByDepth(product, plan)
  } else if plan.copiesRight {
    multiplyByPanels(product, plan)
  } else {
    multiplyByTiles(product, plan)
  }
}

private func multiplyByTiles<Scalar: BLASScalar>(_ product: Product<Scalar>, _ plan: ProductPlan) {
  ThreadPool.run(chunks: plan.tileCount) { tile in
    multiplyTile(product, plan, tile)
  }
}

/// Like `multiplyByTiles`, but first copies the right factor into contiguous panels, one for each
/// chunk of columns, in the order in which the product reads them.
private func multiplyByPanels<Scalar: BLASScalar>(_ product: Product<Scalar>, _ plan: ProductPlan) {
  let (left, c, k, width) = (product.left, product.target, plan.k, plan.columnChunk)
  withScratch(of: Scalar.self, count: k * width * plan.columnChunkCount) { panels in
    ThreadPool.run(chunks: plan.columnChunkCount) { panel in
      let start = panel * width
      copyColumns(
        of: product.right, start..<min(plan.n, start + width), into: panels + start * k,
        rowStride: width)
    }
    ThreadPool.run(chunks: plan.tileCount) { tile in
      let (rows, columns) = (plan.rows(tile), plan.columns(tile))
      Scalar._gemm(
        left.transposition == .transposed, false, rows.count, columns.count, k, product.alpha,
        left.pointer(rows.lowerBound, 0), left.view.rowStride, panels + columns.lowerBound * k,
        width, product.beta, c.base + rows.lowerBound * c.rowStride + columns.lowerBound,
        c.rowStride)
    }
  }
}

/// Block `tile` of a product, over the whole inner dimension, on the calling thread.
func multiplyTile<Scalar: BLASScalar>(
  _ product: Product<Scalar>, _ plan: ProductPlan, _ tile: Int
) {
  let (c, rows, columns) = (product.target, plan.rows(tile), plan.columns(tile))
  multiplyBlock(
    product, plan, rows, columns, 0..<product.depth, product.beta,
    c.base + rows.lowerBound * c.rowStride + columns.lowerBound, c.rowStride)
}

private func multiplyBlock<Scalar: BLASScalar>(
  _ product: Product<Scalar>, _ plan: ProductPlan, _ rows: Range<Int>, _ columns: Range<Int>,
  _ depth: Range<Int>, _ beta: Scalar, _ target: UnsafeMutablePointer<Scalar>, _ targetStride: Int
) {
  let (left, right) = (product.left, product.right)
  let (a, b) = (
    left.pointer(rows.lowerBound, depth.lowerBound),
    right.pointer(depth.lowerBound, columns.lowerBound)
  )
  cachedMatrixMultiply(
    left.transposition == .transposed, right.transposition == .transposed, rows.count,
    columns.count, depth.count, product.alpha, a, left.view.rowStride, b, right.view.rowStride,
    beta, target, targetStride, usesKernel: plan.usesKernel)
}

/// Computes a product with a long inner dimension and a small result: partial products over fixed ranges
/// of the inner dimension are added in order.
private func multiplyByDepth<Scalar: BLASScalar>(_ product: Product<Scalar>, _ plan: ProductPlan) {
  let (c, beta) = (product.target, product.beta)
  let (m, n, depthChunks) = (plan.m, plan.n, plan.depthChunkCount)
  withScratch(of: Scalar.self, count: depthChunks * m * n) { partial in
    ThreadPool.run(chunks: plan.tileCount * depthChunks) { chunk in
      let (depthChunk, tile) = (chunk / plan.tileCount, chunk % plan.tileCount)
      let (rows, columns) = (plan.rows(tile), plan.columns(tile))
      let target = partial + (depthChunk * m + rows.lowerBound) * n + columns.lowerBound
      multiplyBlock(product, plan, rows, columns, plan.depth(depthChunk), 0, target, n)
    }
    ThreadPool.forRanges(m, grain: 16) { rows in
      for row in rows {
        let target = c.base + row * c.rowStride
        let first = partial + row * n
        if beta == 0 {
          for column in 0..<n { target[column] = first[column] }
        } else {
          for column in 0..<n { target[column] = beta * target[column] + first[column] }
        }
        for depthChunk in 1..<depthChunks {
          let addend = partial + (depthChunk * m + row) * n
          for column in 0..<n { target[column] += addend[column] }
        }
      }
    }
  }
}

/// C ← beta · C. With `beta` 0, C is not read.
func scale<Scalar: BLASScalar>(_ c: MutableMatrixView<Scalar>, by beta: Scalar) {
  if beta == 1 { return }
  for row in 0..<c.rows {
    let target = c.base + row * c.rowStride
    for column in 0..<c.columns { target[column] = beta == 0 ? 0 : beta * target[column] }
  }
}

/// Copies columns `range` of an operand (after its transposition) into a row-major matrix. A
/// transposed operand is copied four stored rows at a time, so that four adjacent elements are
/// written together.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
package func copyColumns<Scalar: BLASScalar>(
  of operand: Operand<Scalar>, _ range: Range<Int>, into copy: UnsafeMutablePointer<Scalar>,
  rowStride: Int
) {
  let (rows, columns, stride) = (operand.rows, range.count, operand.view.rowStride)
  let source = operand.pointer(0, range.lowerBound)
  if operand.transposition == .plain {
    for row in 0..<rows {
      (copy + row * rowStride).update(from: source + row * stride, count: columns)
    }
    return
  }
  var column = 0
  while column + 4 <= columns {
    let s0 = source + column * stride
    let (s1, s2, s3) = (s0 + stride, s0 + 2 * stride, s0 + 3 * stride)
    var target = copy + column
    for row in 0..<rows {
      target[0] = s0[row]
      target[1] = s1[row]
      target[2] = s2[row]
      target[3] = s3[row]
      target += rowStride
    }
    column += 4
  }
  while column < columns {
    for row in 0..<rows { copy[row * rowStride + column] = source[column * stride + row] }
    column += 1
  }
}
