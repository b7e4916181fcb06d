import OutcropCore

/// Calls `body` for each matrix of a batch, in chunks of fixed size on all threads, with `scratch`
/// elements of memory aligned to 64 bytes. `cost` is the work for one matrix in multiply-adds.
/// Throws the error of the first matrix that fails.
@inline(__always)
func forMatrices<Scalar: BLASScalar>(
  _ count: Int, cost: Int, scratch: Int, of type: Scalar.Type,
  _ body: (Int, inout ScratchPieces<Scalar>) throws(LinearAlgebraError) -> Void
) throws(LinearAlgebraError) {
  let grain = max(1, (1 << 17) / (cost + 256))
  try forGroups(count, of: grain, scratch: scratch, type) {
    (range, pieces) throws(LinearAlgebraError) in
    let start = pieces
    for index in range {
      pieces = start
      try body(index, &pieces)
    }
  }
}

/// Like `forMatrices`, but for consecutive ranges of `size` matrices.
func forGroups<Scalar: BLASScalar>(
  _ count: Int, of size: Int, scratch: Int, _ type: Scalar.Type,
  _ body: (Range<Int>, inout ScratchPieces<Scalar>) throws(LinearAlgebraError) -> Void
) throws(LinearAlgebraError) {
  OpenBLAS.prepare
  let failure = Locked<LinearAlgebraError?>(nil)
  let chunks = (count + size - 1) / size
  ThreadPool.run(chunks: chunks, scratch: scratch + 16, of: type) { chunk, memory in
    var pieces = ScratchPieces(next: memory)
    let start = chunk * size
    do throws(LinearAlgebraError) {
      try body(start..<min(count, start + size), &pieces)
    } catch {
      failure.withLock { first in
        if first == nil || error.matrix < first!.matrix { first = error }
      }
    }
  }
  if let error = failure.withLock({ $0 }) { throw error }
}

/// Divides scratch memory into consecutive pieces, each aligned to 64 bytes.
struct ScratchPieces<Scalar> {
  var next: UnsafeMutablePointer<Scalar>

  /// The number of elements that pieces of the given sizes occupy.
  static func size(_ counts: Int...) -> Int { counts.reduce(0) { $0 + rounded($1) } }

  private static func rounded(_ count: Int) -> Int { (count + 15) & ~15 }

  mutating func take(_ count: Int) -> UnsafeMutablePointer<Scalar> {
    defer { next += Self.rounded(count) }
    return next
  }

  /// A piece for `count` integers of LAPACK, which occupies at most `count` elements.
  mutating func takeIntegers(_ count: Int) -> UnsafeMutablePointer<Int32> {
    UnsafeMutableRawPointer(take(count)).assumingMemoryBound(to: Int32.self)
  }
}

/// Sizes and options as LAPACK takes them.
enum LAPACK {
  /// 1 for `Double`, 0 for `Float`.
  static func isDouble<Scalar>(_: Scalar.Type) -> Int32 { Scalar.self == Double.self ? 1 : 0 }

  /// The size of the work memory that a function needs. `body` calls the function with the work pointer
  /// and a count of -1.
  static func workCount<Scalar: BLASScalar>(
    _ type: Scalar.Type, _ body: (UnsafeMutablePointer<Scalar>) -> Int32
  ) -> Int {
    OpenBLAS.prepare
    return withUnsafeTemporaryAllocation(of: Scalar.self, capacity: 16) { buffer in
      buffer.initialize(repeating: 0)
      _ = body(buffer.baseAddress!)
      // A float may have rounded the number down.
      let asked = Double(buffer[0])
      return Int(asked * (Scalar.self == Float.self ? 1 + 0x1p-22 : 1)) + 1
    }
  }

  /// Traps for matrices that are too large for LAPACK's 32-bit integers.
  static func checkSize(_ operation: String, _ shape: @autoclosure () -> String, _ sizes: Int...) {
    let (least, most) = (sizes.min()!, sizes.max()!)
    require(
      least <= 16384 && most <= Int(Int32.max) / 64,
      "\(operation): matrices \(shape()); expected at most 16384 rows or columns, and at most "
        + "\(Int(Int32.max) / 64) of the other")
  }
}

// MARK: - Copies and checks

/// Throws if an element is infinite or NaN.
func checkFinite<Scalar: BLASScalar>(
  _ operation: String, _ matrix: MatrixView<Scalar>, _ index: Int
) throws(LinearAlgebraError) {
  if let (row, column) = firstNotFinite(matrix) {
    throw LinearAlgebraError(operation, matrix: index, .notFinite(row: row, column: column))
  }
}

/// Throws if an element of a result is infinite or NaN.
func checkResult<Scalar: BLASScalar>(
  _ operation: String, _ matrix: MutableMatrixView<Scalar>, _ index: Int
) throws(LinearAlgebraError) {
  if firstNotFinite(MatrixView(matrix)) != nil {
    throw LinearAlgebraError(operation, matrix: index, .overflow)
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
func firstNotFinite<Scalar: BLASScalar>(_ matrix: MatrixView<Scalar>) -> (Int, Int)? {
  for row in 0..<matrix.rows {
    let source = matrix.base + row * matrix.rowStride
    // x · 0 is NaN for infinite and NaN elements. Four sums, so that additions run in parallel.
    var (s0, s1, s2, s3): (Scalar, Scalar, Scalar, Scalar) = (0, 0, 0, 0)
    var column = 0
    while column + 4 <= matrix.columns {
      s0 += source[column] * 0
      s1 += source[column + 1] * 0
      s2 += source[column + 2] * 0
      s3 += source[column + 3] * 0
      column += 4
    }
    while column < matrix.columns {
      s0 += source[column] * 0
      column += 1
    }
    let isFinite = s0 + s1 + s2 + s3 == 0
    if !isFinite {
      return (row, (0..<matrix.columns).first { !source[$0].isFinite }!)
    }
  }
  return nil
}

/// target ← source.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
func copy<Scalar: BLASScalar>(
  _ source: MatrixView<Scalar>, to target: MutableMatrixView<Scalar>
) {
  for row in 0..<source.rows {
    (target.base + row * target.rowStride)
      .update(from: source.base + row * source.rowStride, count: source.columns)
  }
}

/// target ← sourceᵀ, with rows of `target` `stride` apart.
func copyTransposed<Scalar: BLASScalar>(
  _ source: MatrixView<Scalar>, to target: UnsafeMutablePointer<Scalar>, stride: Int
) {
  copyColumns(of: Operand(source, .transposed), 0..<source.rows, into: target, rowStride: stride)
}

/// target ← the identity.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
func setIdentity<Scalar: BLASScalar>(_ target: MutableMatrixView<Scalar>) {
  for row in 0..<target.rows {
    let line = target.base + row * target.rowStride
    line.update(repeating: 0, count: target.columns)
    if row < target.columns { line[row] = 1 }
  }
}

/// Sets the elements above the diagonal (or below it) to zero.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
func clearTriangle<Scalar: BLASScalar>(_ target: MutableMatrixView<Scalar>, above: Bool) {
  for row in 0..<target.rows {
    let line = target.base + row * target.rowStride
    if above {
      for column in min(row + 1, target.columns)..<target.columns { line[column] = 0 }
    } else {
      for column in 0..<min(row, target.columns) { line[column] = 0 }
    }
  }
}

extension MatrixView {
  /// The same memory for reading.
  init(_ view: MutableMatrixView<Scalar>) {
    self.init(view.base, rows: view.rows, columns: view.columns, rowStride: view.rowStride)
  }
}

extension BatchedMatrixView {
  /// The same memory for reading.
  package init(_ view: MutableBatchedMatrixView<Scalar>) {
    self.init(
      view.base, count: view.count, rows: view.rows, columns: view.columns,
      rowStride: view.rowStride, batchStride: view.batchStride)
  }
}

/// Traps unless the matrices are square, naming the operation.
func checkSquare<Scalar>(_ operation: String, _ matrices: BatchedMatrixView<Scalar>) {
  require(
    matrices.rows == matrices.columns,
    "\(operation): matrices \(matrices.shape); expected square ones")
}

/// Traps unless `target` holds `count` matrices [rows, columns].
func checkTarget<Scalar>(
  _ operation: String, _ target: MutableBatchedMatrixView<Scalar>, _ count: Int, _ rows: Int,
  _ columns: Int
) {
  require(
    target.count == count && target.rows == rows && target.columns == columns,
    "\(operation): a target \(target.shape); expected [\(count), \(rows), \(columns)]")
}
