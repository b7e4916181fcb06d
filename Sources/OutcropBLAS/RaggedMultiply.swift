import OutcropCore

/// The matrices of one product C ← alpha · op(A) op(B) + beta · C in a list of products of
/// different sizes, for `matrixMultiply(_:_:_:alpha:beta:)`.
public struct RaggedProduct<Scalar>: Sendable {
  /// The left factor, as stored.
  public let a: MatrixView<Scalar>
  /// The right factor, as stored.
  public let b: MatrixView<Scalar>
  /// The result [m, n].
  public let c: MutableMatrixView<Scalar>

  /// The product of `a` and `b` into `c`.
  public init(_ a: MatrixView<Scalar>, _ b: MatrixView<Scalar>, into c: MutableMatrixView<Scalar>) {
    self.a = a
    self.b = b
    self.c = c
  }
}

/// C ← alpha · op(A) op(B) + beta · C for products of different sizes, on all threads.
///
/// In each product op(A) is [m, k], op(B) is [k, n] and C is [m, n]; the sizes may differ between
/// products, and may be 0. As for one product, no C is read with `beta` 0, and no A or B is read with
/// `alpha` or `k` 0. No C may overlap another C or any A or B (not checked). Shapes that do not fit trap
/// with the product's index. Results do not depend on the number of threads.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func matrixMultiply<Scalar: BLASScalar>(
  _ products: [RaggedProduct<Scalar>],
  _ transpositionA: Transposition = .plain, _ transpositionB: Transposition = .plain,
  alpha: Scalar = 1, beta: Scalar = 0
) {
  multiplyRagged(products.count, largest: largeProductWork) { index in
    let product = Product(
      Operand(products[index].a, transpositionA), Operand(products[index].b, transpositionB),
      alpha, beta, products[index].c)
    return product
  }
}

/// Splits the products into chunks of about equal work: consecutive small products share a chunk, and
/// a large product is split into tiles, one chunk each.
private func multiplyRagged<Scalar: BLASScalar>(
  _ count: Int, largest: Int, _ product: (Int) -> Product<Scalar>
) {
  var works: [Int] = []
  works.reserveCapacity(count)
  var total = 0
  for index in 0..<count {
    let one = product(index)
    checkProduct(
      "matrixMultiply, product \(index)", one.left.shape, one.right.shape, one.target.shape,
      one)
    let work = productWork(one)
    works.append(work)
    if work < largest { total += work }
  }
  var chunks: [RaggedChunk] = []
  var whole: [Int] = []
  var start = 0
  var sum = 0
  let limit = groupWork(total: total)
  for index in 0..<count {
    if works[index] >= largest {
      if start < index { chunks.append(.products(start..<index)) }
      (start, sum) = (index + 1, 0)
      let plan = product(index).plan
      if plan.depthChunkCount > 1 || plan.copiesRight {
        whole.append(index)
      } else {
        for tile in 0..<plan.tileCount {
          chunks.append(.tile(index, plan, tile))
        }
      }
    } else {
      sum += works[index]
      if sum >= limit {
        chunks.append(.products(start..<index + 1))
        (start, sum) = (index + 1, 0)
      }
    }
  }
  if start < count { chunks.append(.products(start..<count)) }
  ThreadPool.run(chunks: chunks.count) { chunk in
    switch chunks[chunk] {
    case .products(let range):
      for index in range { multiplySmall(product(index)) }
    case .tile(let index, let plan, let tile):
      multiplyTile(product(index), plan, tile)
    }
  }
  for index in whole { multiply(product(index)) }
}

private enum RaggedChunk {
  case products(Range<Int>)
  case tile(Int, ProductPlan, Int)
}
