import OutcropCore

/// Equally sized row-major matrices at equal distances in memory that somebody else owns.
///
/// Element (r, c) of matrix i is at `base + i * batchStride + r * rowStride + c`. Matrices may
/// interleave (heads side by side in each row), and a `batchStride` of 0 is one matrix `count`
/// times.
public struct BatchedMatrixView<Scalar>: @unchecked Sendable {
  public let base: UnsafePointer<Scalar>
  /// How many matrices.
  public let count: Int
  /// Elements from one matrix to the next.
  public let batchStride: Int
  public let rows: Int
  public let columns: Int
  /// Elements from one row to the next (the leading dimension), at least `columns`.
  public let rowStride: Int

  /// A view of `count` matrices [rows, columns]; `rowStride` defaults to `columns` and
  /// `batchStride` to `rows * rowStride`: one matrix after the other.
  public init(
    _ base: UnsafePointer<Scalar>, count: Int, rows: Int, columns: Int, rowStride: Int? = nil,
    batchStride: Int? = nil
  ) {
    self.base = base
    self.count = count
    self.rows = rows
    self.columns = columns
    self.rowStride = rowStride ?? columns
    self.batchStride = batchStride ?? rows * self.rowStride
    require(
      count >= 0 && rows >= 0 && columns >= 0 && self.rowStride >= columns && self.batchStride >= 0,
      "BatchedMatrixView: matrices [\(count), \(rows), \(columns)] with row stride "
        + "\(self.rowStride) and batch stride \(self.batchStride); "
        + "expected sizes and strides of at least 0 and a row stride of at least the columns")
  }

  /// `matrix`, `count` times.
  public init(repeating matrix: MatrixView<Scalar>, count: Int) {
    self.init(
      matrix.base, count: count, rows: matrix.rows, columns: matrix.columns,
      rowStride: matrix.rowStride, batchStride: 0)
  }

  /// Matrix `index`.
  public subscript(index: Int) -> MatrixView<Scalar> {
    require(
      index >= 0 && index < count,
      "BatchedMatrixView: index \(index) of matrices \(shape); expected 0 ..< \(count)")
    return MatrixView(
      base + index * batchStride, rows: rows, columns: columns, rowStride: rowStride)
  }

  var shape: String { "[\(count), \(rows), \(columns)]" }
}

/// Batched matrices that can be written to; otherwise like `BatchedMatrixView`, but no two matrices
/// may share an element: each lies after the one before, or they lie side by side within the row
/// stride.
public struct MutableBatchedMatrixView<Scalar>: @unchecked Sendable {
  public let base: UnsafeMutablePointer<Scalar>
  /// How many matrices.
  public let count: Int
  /// Elements from one matrix to the next.
  public let batchStride: Int
  public let rows: Int
  public let columns: Int
  /// Elements from one row to the next (the leading dimension), at least `columns`.
  public let rowStride: Int

  /// A view of `count` matrices [rows, columns]; `rowStride` defaults to `columns` and
  /// `batchStride` to `rows * rowStride`: one matrix after the other.
  public init(
    _ base: UnsafeMutablePointer<Scalar>, count: Int, rows: Int, columns: Int,
    rowStride: Int? = nil, batchStride: Int? = nil
  ) {
    self.base = base
    self.count = count
    self.rows = rows
    self.columns = columns
    self.rowStride = rowStride ?? columns
    self.batchStride = batchStride ?? rows * self.rowStride
    require(
      count >= 0 && rows >= 0 && columns >= 0 && self.rowStride >= columns && isDisjoint,
      "MutableBatchedMatrixView: matrices [\(count), \(rows), \(columns)] with row stride "
        + "\(self.rowStride) and batch stride \(self.batchStride); "
        + "expected sizes of at least 0, a row stride of at least the columns and no shared elements"
    )
  }

  private var isDisjoint: Bool {
    if count <= 1 || rows == 0 || columns == 0 { return batchStride >= 0 }
    let follows = batchStride >= (rows - 1) * rowStride + columns
    let interleaves =
      batchStride >= columns && (rows == 1 || (count - 1) * batchStride + columns <= rowStride)
    return follows || interleaves
  }

  /// Matrix `index`.
  public subscript(index: Int) -> MutableMatrixView<Scalar> {
    require(
      index >= 0 && index < count,
      "MutableBatchedMatrixView: index \(index) of matrices \(shape); expected 0 ..< \(count)")
    return MutableMatrixView(
      base + index * batchStride, rows: rows, columns: columns, rowStride: rowStride)
  }

  var shape: String { "[\(count), \(rows), \(columns)]" }
}
