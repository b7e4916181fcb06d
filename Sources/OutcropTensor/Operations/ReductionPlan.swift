import CKernels
import OutcropCore

/// A shape whose reduced axes are adjacent, [outer, size, inner], and its division into chunks.
///
/// Sums are computed in double precision, with the error of pairwise sums, over any axes: eight rows
/// are added as a tree, longer columns by halves, and then chunks by halves. The chunks depend only on
/// the shape.
struct ReductionPlan: Sendable {
  /// The reduced axes, ascending.
  let axes: [Int]
  let outer, size, inner: Int
  /// The order of axes in which the reduced ones are last; nil if the reduced axes are already adjacent.
  let order: [Int]?
  /// The shape with the reduced axes of size 1, and without them.
  let keptShape, removedShape: [Int]
  let shape: [Int]

  init(_ name: String, _ shape: [Int], _ axes: [Int]) {
    let rank = shape.count
    let normalized = Set(axes.map { $0 < 0 ? $0 + rank : $0 }).sorted()
    require(
      normalized.count == axes.count && normalized.allSatisfy { $0 >= 0 && $0 < rank },
      "\(name): axes \(axes) of the shape \(shape); expected different axes in \(-rank) ..< \(rank)"
    )
    self.axes = normalized
    self.shape = shape
    var (kept, removed) = (shape, [Int]())
    var isReduced = [Bool](repeating: false, count: rank)
    for axis in normalized {
      kept[axis] = 1
      isReduced[axis] = true
    }
    for axis in 0..<rank where !isReduced[axis] { removed.append(shape[axis]) }
    (keptShape, removedShape) = (kept, removed)
    size = normalized.map { shape[$0] }.product
    // Axes of size 1 may be between reduced axes.
    let (first, last) = (normalized.first ?? rank, normalized.last ?? rank - 1)
    if (first..<max(first, last)).allSatisfy({ isReduced[$0] || shape[$0] == 1 }) {
      outer = shape[..<first].product
      inner = last + 1 <= rank ? shape[(last + 1)...].product : 1
      order = nil
    } else {
      outer = removed.product
      inner = 1
      order = (0..<rank).filter { !isReduced[$0] } + normalized
    }
  }

  func resultShape(keepingAxes: Bool) -> [Int] { keepingAxes ? keptShape : removedShape }

  /// Calls `whole` with ranges of small blocks, or `part` for each chunk of large blocks. `part` gets the
  /// block, the number of the chunk among the block's chunks of rows, the rows and the columns.
  fileprivate func forChunks(
    whole: (Range<Int>) -> Void, part: (_ block: Int, _ index: Int, Range<Int>, Range<Int>) -> Void
  ) {
    if size * inner <= Self.chunk {
      ThreadPool.forRanges(outer, grain: max(1, Self.chunk / max(1, size * inner)), whole)
      return
    }
    let (columns, rows) = (columnChunk, rowChunk)
    let (tiles, parts) = ((inner + columns - 1) / columns, rowParts)
    ThreadPool.run(chunks: outer * tiles * parts) { index in
      let (block, rest) = (index / (tiles * parts), index % (tiles * parts))
      let (row, column) = (rest / tiles * rows, rest % tiles * columns)
      part(
        block, rest / tiles, row..<min(size, row + rows), column..<min(inner, column + columns))
    }
  }

  private static var chunk: Int { 1 << 16 }
  /// The number of columns in one chunk of a large block.
  private var columnChunk: Int { inner >= 2048 ? 1024 : inner }
  private var rowChunk: Int { max(128, Self.chunk / max(1, columnChunk) & ~127) }
  /// The number of chunks of a block's rows; 1 for small blocks.
  fileprivate var rowParts: Int {
    size * inner <= Self.chunk ? 1 : (size + rowChunk - 1) / rowChunk
  }
}

extension Tensor where Scalar: TensorScalar {
  /// The sums of `kind` over the plan's axes as [outer · inner] numbers in double precision, off the
  /// tape. `centers`, of the same count, are for squares.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func sums(
    _ plan: ReductionPlan, _ kind: oc_reduction = OC_SUM, centers: Tensor<Double>? = nil
  ) -> Tensor<Double> {
    let x = plan.order.map { reordered($0) } ?? self
    let reduce = Kernels<Scalar>.table.reduce
    let (size, inner) = (plan.size, plan.inner)
    let parts = plan.rowParts
    let code = Int32(kind.rawValue)
    let partials = Tensor<Double>(unsafeUninitialized: [plan.outer * parts * inner]) { target in
      if target.isEmpty { return }
      withExtendedLifetime((x, centers)) {
        plan.forChunks { blocks in
          reduce(
            code, x.base + blocks.lowerBound * size * inner,
            centers.map { $0.base + blocks.lowerBound * inner },
            target.baseAddress! + blocks.lowerBound * inner, Int64(blocks.count), Int64(size),
            Int64(inner), Int64(inner))
        } part: { block, index, rows, columns in
          reduce(
            code, x.base + (block * size + rows.lowerBound) * inner + columns.lowerBound,
            centers.map { $0.base + block * inner + columns.lowerBound },
            target.baseAddress! + (block * parts + index) * inner + columns.lowerBound, 1,
            Int64(rows.count), Int64(columns.count), Int64(inner))
        }
      }
    }
    if parts == 1 { return partials }
    let joined = ReductionPlan("sum", [plan.outer, parts, inner], [1])
    return partials.sums(joined, kind == OC_PRODUCT ? OC_PRODUCT : OC_SUM)
  }

  /// The largest (`sign` 1) or smallest (−1) elements over the plan's axes as [outer · inner]
  /// numbers, off the tape. No reduced axis may be empty.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func extremes(_ plan: ReductionPlan, sign: Int32) -> Tensor {
    let x = plan.order.map { reordered($0) } ?? self
    let extremes = Kernels<Scalar>.table.extremes
    let (size, inner) = (plan.size, plan.inner)
    let parts = plan.rowParts
    let partials = Tensor(unsafeUninitialized: [plan.outer * parts * inner]) { target in
      if target.isEmpty { return }
      withExtendedLifetime(x) {
        plan.forChunks { blocks in
          extremes(
            sign, x.base + blocks.lowerBound * size * inner,
            target.baseAddress! + blocks.lowerBound * inner, Int64(blocks.count), Int64(size),
            Int64(inner), Int64(inner))
        } part: { block, index, rows, columns in
          extremes(
            sign, x.base + (block * size + rows.lowerBound) * inner + columns.lowerBound,
            target.baseAddress! + (block * parts + index) * inner + columns.lowerBound, 1,
            Int64(rows.count), Int64(columns.count), Int64(inner))
        }
      }
    }
    if parts == 1 { return partials }
    return partials.extremes(ReductionPlan("max", [plan.outer, parts, inner], [1]), sign: sign)
  }

  /// The numbers of `sums`, each divided by `divisor` and then rounded.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func rounding(_ sums: Tensor<Double>, _ shape: [Int], dividedBy divisor: Double = 1)
    -> Tensor
  {
    Tensor(unsafeUninitialized: shape) { target in
      sums.withUnsafeBufferPointer { sums in
        for index in target.indices { target[index] = Scalar(sums[index] / divisor) }
      }
    }
  }
}
