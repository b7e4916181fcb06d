import OutcropBLAS
import OutcropCore

// Linear algebra works on the last two axes; the axes before them are leading axes.

extension Tensor where Scalar: TensorScalar {
  /// The axes before the last two.
  var leadingAxes: [Int] { Array(shape.dropLast(2)) }

  /// This tensor off the tape as matrices [count, m, n], with `leading` axes broadcast.
  func matrices(_ operation: String, leading: [Int]? = nil) -> Tensor {
    requireMatrices(operation)
    let sizes = Array(shape.suffix(2))
    let full = leading.map { detached.broadcast(to: $0 + sizes) } ?? detached
    return full.reshaped([full.shape.dropLast(2).product] + sizes)
  }

  func requireMatrices(_ operation: String) {
    require(rank >= 2, "\(operation): the shape \(shape); expected [..., m, n]")
  }

  func requireSquare(_ operation: String) {
    require(
      rank >= 2 && shape[rank - 1] == shape[rank - 2],
      "\(operation): the shape \(shape); expected square matrices [..., n, n]")
  }

  /// A tensor [count, m, n] as a view, valid while the tensor is.
  var batchView: BatchedMatrixView<Scalar> {
    BatchedMatrixView(base, count: shape[0], rows: shape[1], columns: shape[2])
  }

  /// New matrices [count, rows, columns] that `body` writes.
  static func matrices(
    _ count: Int, _ rows: Int, _ columns: Int,
    _ body: (MutableBatchedMatrixView<Scalar>) throws -> Void
  ) throws -> Tensor {
    try Tensor(unsafeUninitialized: [count, rows, columns]) {
      try body(
        MutableBatchedMatrixView($0.baseAddress!, count: count, rows: rows, columns: columns))
    }
  }

  /// Like `matrices(_:_:_:_:)`, but for gradient rules, which cannot throw: if `body` throws because the
  /// gradient has no finite value, all elements are NaN.
  static func gradientMatrices(
    _ count: Int, _ rows: Int, _ columns: Int,
    _ body: (MutableBatchedMatrixView<Scalar>) throws -> Void
  ) -> Tensor {
    (try? matrices(count, rows, columns, body))
      ?? Tensor(repeating: .nan, shape: [count, rows, columns])
  }

  /// op(A) op(B) for matrices [count, m, n], off the tape.
  func times(
    _ other: Tensor, _ transposition: Transposition = .plain,
    _ otherTransposition: Transposition = .plain
  ) -> Tensor {
    let rows = shape[transposition == .plain ? 1 : 2]
    let columns = other.shape[otherTransposition == .plain ? 2 : 1]
    return Tensor(unsafeUninitialized: [shape[0], rows, columns]) {
      matrixMultiply(
        batchView, transposition, other.batchView, otherTransposition,
        into: MutableBatchedMatrixView(
          $0.baseAddress!, count: shape[0], rows: rows, columns: columns))
    }
  }

  /// (A + Aᵀ) / 2 for matrices [count, n, n].
  var symmetricPart: Tensor { (self + transposed()) * 0.5 }

  /// The named triangle of each matrix, the diagonal times `diagonal`, and zeros elsewhere.
  func triangle(_ triangle: MatrixTriangle, diagonal factor: Scalar = 1) -> Tensor {
    let (rows, columns) = (shape[rank - 2], shape[rank - 1])
    return Tensor(unsafeUninitialized: shape) { target in
      ThreadPool.forRanges(
        shape.dropLast().product, grain: Swift.max(1, elementGrain / Swift.max(1, columns))
      ) { range in
        for place in range {
          keepTriangle(
            base + place * columns, target.baseAddress! + place * columns, columns, place % rows,
            triangle == .lower, factor)
        }
      }
    }
  }

  /// Matrices [count, m, k] with column j of each multiplied by element j of its vector in `factors`
  /// [count, k].
  func scalingColumns(by factors: Tensor) -> Tensor {
    self * factors.reshaped([factors.shape[0], 1, factors.shape[1]])
  }

  /// Each row vector [count, k] as a diagonal matrix [count, k, k].
  func diagonalMatrices() -> Tensor {
    let (count, size) = (shape[0], shape[1])
    return Tensor(unsafeUninitialized: [count, size, size]) { target in
      target.update(repeating: 0)
      for place in 0..<(count * size) {
        target[place * size + place % size] = base[place]
      }
    }
  }

  /// `count` identity matrices.
  static func identities(_ count: Int, _ size: Int) -> Tensor {
    Tensor.ones([count, size]).diagonalMatrices()
  }
}

/// The leading axes of two operands after broadcasting. Traps if they do not broadcast.
func broadcastLeading(_ operation: String, _ a: [Int], _ b: [Int]) -> [Int] {
  let rank = max(a.count, b.count)
  let paddedA = Array(repeating: 1, count: rank - a.count) + a
  let paddedB = Array(repeating: 1, count: rank - b.count) + b
  return zip(paddedA, paddedB).map { sizeA, sizeB in
    require(
      sizeA == sizeB || sizeA == 1 || sizeB == 1,
      "\(operation): leading axes \(a) and \(b) do not broadcast; expected equal sizes or 1")
    return sizeA == 1 ? sizeB : sizeA
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func keepTriangle<Scalar: TensorScalar>(
  _ source: UnsafePointer<Scalar>, _ target: UnsafeMutablePointer<Scalar>, _ columns: Int,
  _ row: Int, _ isLower: Bool, _ factor: Scalar
) {
  for column in 0..<columns {
    let isInside = isLower ? column < row : column > row
    target[column] = column == row ? factor * source[column] : isInside ? source[column] : 0
  }
}
