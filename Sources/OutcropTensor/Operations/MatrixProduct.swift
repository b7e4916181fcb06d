import OutcropBLAS
import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// This tensor as a matrix: all axes but the last are rows, the last is columns.
  package var matrix: MatrixView<Scalar> {
    let (rows, columns) = rowsAndColumns
    return MatrixView(base, rows: rows, columns: columns)
  }

  /// The product of the matrices in the last two axes: [..., m, k] and [..., k, n] → [..., m, n].
  ///
  /// The leading axes broadcast as in NumPy: sizes are equal, or 1, or missing in front. A vector
  /// [k] is a matrix of one row on the left and of one column on the right, and the result does not have
  /// that axis. A factor that a whole batch shares is not copied. Traps for other shapes.
  ///
  /// - Parameters:
  ///   - other: the right factor.
  ///   - transposingSelf: reads this tensor's matrices [k, m] as their transposes, without a copy.
  ///     Traps for a vector.
  ///   - transposingOther: reads the other tensor's matrices [n, k] as their transposes.
  public func matrixProduct(
    _ other: Tensor, transposingSelf: Bool = false, transposingOther: Bool = false
  ) -> Tensor {
    let plan = ProductShapes(self.shape, other.shape, transposingSelf, transposingOther)
    let left = rank == 1 ? reshaped([1, count]) : self
    let right = other.rank == 1 ? other.reshaped([other.count, 1]) : other
    let (a, b) = (left.detached, right.detached)
    let (ta, tb): (Transposition, Transposition) = (
      transposingSelf ? .transposed : .plain, transposingOther ? .transposed : .plain
    )
    let y = Tensor(unsafeUninitialized: plan.full) {
      Self.multiplyBatches(a, ta, b, tb, 0, plan.full, $0)
    }
    let operation: TensorOperation =
      left.rank == 2 && right.rank == 2 ? .matrixProduct : .batchedProduct
    let result = Tensor.record(operation, inputs: [left, right], output: y) { dy, sink in
      // dA = dY Bᵀ and dB = Aᵀ dY, each transposed where its factor is read as its transpose.
      let (notA, notB): (Transposition, Transposition) = (
        transposingSelf ? .plain : .transposed, transposingOther ? .plain : .transposed
      )
      if transposingSelf {
        Self.addProduct(b, tb, dy, .transposed, to: 0, a.shape, sink)
      } else {
        Self.addProduct(dy, .plain, b, notB, to: 0, a.shape, sink)
      }
      if transposingOther {
        Self.addProduct(dy, .transposed, a, ta, to: 1, b.shape, sink)
      } else {
        Self.addProduct(a, notA, dy, .plain, to: 1, b.shape, sink)
      }
    }
    return result.reshapedIfNeeded(plan.result)
  }

  /// The same as `matrixProduct(_:transposingSelf:transposingOther:)`.
  public func matmul(_ other: Tensor) -> Tensor { matrixProduct(other) }

  private func reshapedIfNeeded(_ shape: [Int]) -> Tensor {
    self.shape == shape ? self : reshaped(shape)
  }

  /// Adds op(a) op(b) to the gradient of input `index` of `shape`, summed over the leading axes along
  /// which that input was broadcast.
  private static func addProduct(
    _ a: Tensor, _ transposeA: Transposition, _ b: Tensor, _ transposeB: Transposition,
    to index: Int, _ shape: [Int], _ sink: GradientSink<Scalar>
  ) {
    guard sink.wants(index) else { return }
    let leading = broadcastShape("matrixProduct", a.shape.dropLast(2), b.shape.dropLast(2))
    if shape.dropLast(2).product == leading.product {
      sink.accumulate(index, shape: shape) {
        multiplyBatches(a, transposeA, b, transposeB, $1, leading + shape.suffix(2), $0)
      }
    } else if shape.dropLast(2).product == 1, transposeA == .transposed, transposeB == .plain {
      // One matrix for the whole batch: Σ Aᵢᵀ Bᵢ is the product of all rows.
      let (x, z) = (
        a.expandedOffTape(to: leading + a.shape.suffix(2)),
        b.expandedOffTape(to: leading + b.shape.suffix(2))
      )
      sink.accumulate(index, shape: shape) { target, beta in
        withExtendedLifetime((x, z)) {
          matrixMultiply(
            x.matrix, .transposed, z.matrix, .plain, beta: beta,
            into: MutableMatrixView(
              target.baseAddress!, rows: shape[shape.count - 2], columns: shape[shape.count - 1]))
        }
      }
    } else {
      let full = leading + shape.suffix(2)
      let product = Tensor(unsafeUninitialized: full) {
        multiplyBatches(a, transposeA, b, transposeB, 0, full, $0)
      }
      sink.add(index, product.summed(to: shape))
    }
  }

  /// target ← beta · target + op(a) op(b) for matrices in the last two axes, whose leading axes
  /// broadcast; `shape` is that of `target`.
  private static func multiplyBatches(
    _ a: Tensor, _ transposeA: Transposition, _ b: Tensor, _ transposeB: Transposition,
    _ beta: Scalar, _ shape: [Int], _ target: UnsafeMutableBufferPointer<Scalar>
  ) {
    let batch = shape.dropLast(2).product
    let (x, z) = (
      a.repeatedUnlessUniform(shape.dropLast(2)), b.repeatedUnlessUniform(shape.dropLast(2))
    )
    withExtendedLifetime((x, z)) {
      matrixMultiply(
        x.matrices(batch), transposeA, z.matrices(batch), transposeB, beta: beta,
        into: MutableBatchedMatrixView(
          target.baseAddress!, count: batch, rows: shape[shape.count - 2],
          columns: shape[shape.count - 1]))
    }
  }

  /// target ← beta · target + op(a) op(b), where all axes but the last are rows; `shape` is that of
  /// `target`.
  package static func multiply(
    _ a: Tensor, _ transposeA: Transposition, _ b: Tensor, _ transposeB: Transposition,
    _ beta: Scalar, _ shape: [Int], _ target: UnsafeMutableBufferPointer<Scalar>
  ) {
    withExtendedLifetime((a, b)) {
      matrixMultiply(
        a.matrix, transposeA, b.matrix, transposeB, beta: beta,
        into: MutableMatrixView(
          target.baseAddress!, rows: shape.dropLast().product, columns: shape.last ?? 1))
    }
  }

  /// The matrices of the last two axes; a single one is repeated `count` times.
  private func matrices(_ count: Int) -> BatchedMatrixView<Scalar> {
    let (rows, columns) = (shape[rank - 2], shape[rank - 1])
    let isShared = shape.dropLast(2).product == 1 && count != 1
    return BatchedMatrixView(
      base, count: count, rows: rows, columns: columns, batchStride: isShared ? 0 : rows * columns)
  }

  /// This tensor with its leading axes broadcast to `leading`, unless the whole batch shares one
  /// matrix or no matrix is repeated.
  private func repeatedUnlessUniform(_ leading: ArraySlice<Int>) -> Tensor {
    let own = shape.dropLast(2)
    return own.product == 1 || own.product == leading.product
      ? self : expandedOffTape(to: leading + shape.suffix(2))
  }
}

/// The shapes of a product of matrices.
private struct ProductShapes {
  /// The result as matrices, and with the axes of vectors removed.
  let full, result: [Int]

  init(_ left: [Int], _ right: [Int], _ transposesLeft: Bool, _ transposesRight: Bool) {
    let a = left.count == 1 ? [1] + left : left
    let b = right.count == 1 ? right + [1] : right
    let isVector = (left.count == 1 && transposesLeft) || (right.count == 1 && transposesRight)
    func sizes(_ shape: [Int], _ transposes: Bool) -> (rows: Int, columns: Int) {
      if shape.count < 2 { return (-1, -2) }
      let (rows, columns) = (shape[shape.count - 2], shape[shape.count - 1])
      return transposes ? (columns, rows) : (rows, columns)
    }
    let (m, k) = sizes(a, transposesLeft)
    let (depth, n) = sizes(b, transposesRight)
    require(
      !isVector && k == depth && canBroadcast(a.dropLast(2), b.dropLast(2)),
      "matrixProduct: shapes \(left)\(transposesLeft ? " (transposed)" : "") and "
        + "\(right)\(transposesRight ? " (transposed)" : ""); expected [..., m, k] and [..., k, n] "
        + "with leading axes that are equal, 1 or missing, or vectors [k]")
    let leading = broadcastShape("matrixProduct", a.dropLast(2), b.dropLast(2))
    full = leading + [m, n]
    result = leading + (left.count == 1 ? [] : [m]) + (right.count == 1 ? [] : [n])
  }
}

private func canBroadcast(_ a: ArraySlice<Int>, _ b: ArraySlice<Int>) -> Bool {
  zip(a.reversed(), b.reversed()).allSatisfy { $0 == $1 || $0 == 1 || $1 == 1 }
}

/// The shape to which two shapes broadcast.
func broadcastShape(_ name: String, _ a: some Collection<Int>, _ b: some Collection<Int>) -> [Int] {
  let rank = max(a.count, b.count)
  let x = Array(repeating: 1, count: rank - a.count) + a
  let y = Array(repeating: 1, count: rank - b.count) + b
  return zip(x, y).map { sizeA, sizeB in
    require(
      sizeA == sizeB || sizeA == 1 || sizeB == 1,
      "\(name): shapes \(Array(a)) and \(Array(b)) do not broadcast; expected equal sizes or 1")
    return sizeA == 1 ? sizeB : sizeA
  }
}
