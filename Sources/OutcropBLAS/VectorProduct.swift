import CKernels
import OutcropCore

/// A product with a vector, or of two vectors, for which general products are slow: they copy the matrix, which is
/// read only once here.
struct VectorProduct<Scalar: BLASScalar> {
  private enum Kind {
    /// y = A x
    case matrixVector
    /// y = xᵀ A
    case vectorMatrix
    /// Y = a xᵀ
    case outer
  }

  private let kind: Kind
  private let call: oc_vector_product

  /// nil for a product of two matrices, for a vector whose elements are not adjacent, for a long inner dimension with
  /// a small result, which is cut into partial products, and for an `alpha` of 0.
  init?(_ product: Product<Scalar>) {
    let (left, right, c) = (product.left, product.right, product.target)
    let (m, n, k) = (c.rows, c.columns, product.depth)
    if k == 0 || product.alpha == 0 { return nil }
    let matrix: Operand<Scalar>
    let vector: UnsafePointer<Scalar>
    if k == 1, min(m, n) > 1 {
      guard right.isContiguousVector else { return nil }
      (kind, matrix, vector) = (.outer, left, right.view.base)
    } else if n == 1, right.isContiguousVector {
      let isPlain = left.transposition == .plain
      // The sums of rows are written to adjacent elements.
      if !isPlain, m > 1, c.rowStride != 1 { return nil }
      (kind, matrix, vector) = (isPlain ? .matrixVector : .vectorMatrix, left, right.view.base)
    } else if m == 1, left.isContiguousVector {
      let isPlain = right.transposition == .plain
      (kind, matrix, vector) = (isPlain ? .vectorMatrix : .matrixVector, right, left.view.base)
    } else {
      return nil
    }
    let isOuter = kind == .outer
    if !isOuter, product.plan.depthChunkCount > 1 { return nil }
    call = oc_vector_product(
      rows: Int64(isOuter ? m : matrix.view.rows),
      columns: Int64(isOuter ? n : matrix.view.columns),
      alpha: Double(product.alpha), beta: Double(product.beta), a: matrix.view.base,
      a_row: Int64(isOuter && matrix.transposition == .transposed ? 1 : matrix.view.rowStride),
      x: vector, y: c.base, y_step: Int64(isOuter || n == 1 ? c.rowStride : 1))
  }

  /// Computes the product on all threads. How rows or columns are divided does not change the bits.
  func run() {
    let (rows, columns, size) = (Int(call.rows), Int(call.columns), MemoryLayout<Scalar>.stride)
    let table = (Scalar.self == Float.self ? oc_kernels_float() : oc_kernels_double()).pointee
    let grain = 1 << 15
    if kind == .vectorMatrix {
      let block = 64
      ThreadPool.forRanges((columns + block - 1) / block, grain: max(1, grain / (block * rows))) {
        range in
        var part = call
        let first = range.lowerBound * block
        part.a += first * size
        part.y += first * size
        part.columns = Int64(min(columns, range.upperBound * block) - first)
        table.vector_matrix(&part)
      }
      return
    }
    ThreadPool.forRanges(rows, grain: max(1, grain / columns)) { range in
      var part = call
      part.a += range.lowerBound * Int(call.a_row) * size
      part.y += range.lowerBound * Int(call.y_step) * size
      part.rows = Int64(range.count)
      if kind == .outer { table.outer_product(&part) } else { table.matrix_vector(&part) }
    }
  }
}

extension Operand {
  /// Whether the operand has one row or column, whose elements are adjacent.
  fileprivate var isContiguousVector: Bool {
    view.rows == 1 || (view.columns == 1 && view.rowStride == 1)
  }
}
