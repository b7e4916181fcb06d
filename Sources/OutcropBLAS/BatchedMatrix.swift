import OutcropCore

/// A view of row-major matrices of equal size at equal distances in memory, which the view does not
/// own.
///
/// Element (r, c) of matrix i is at `base + i * batchStride + r * rowStride + c`. Matrices may
/// interleave (attention heads side by side in each row). With a `batchStride` of 0 the same matrix
/// is repeated `count` times. The view is valid as long as its memory is. Neither this nor concurrent
/// writes to the memory are checked.
public struct BatchedMatrixView<Scalar>: @unchecked Sendable {
  /// The first element of the first matrix.
  public let base: UnsafePointer<Scalar>
  /// The number of matrices.
  public let count: Int
  /// Elements from one matrix to the next.
  public let batchStride: Int
  /// The number of rows of each matrix.
  public let rows: Int
  /// The number of columns of each matrix.
  public let columns: Int
  /// Elements from one row to the next (the leading dimension), at least `columns`.
  public let rowStride: Int

  /// A view of `count` matrices [rows, columns]; `rowStride` defaults to `columns` and
  /// `batchStride` to `rows * rowStride`, so that each matrix follows the previous one.
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

  /// `matrix` repeated `count` times.
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

/// A view of batched matrices for writing; otherwise like `BatchedMatrixView`. No two matrices may
/// share an element: each matrix follows the previous one, or the matrices lie side by side within
/// the row stride.
public struct MutableBatchedMatrixView<Scalar>: @unchecked Sendable {
  /// The first element of the first matrix.
  public let base: UnsafeMutablePointer<Scalar>
  /// The number of matrices.
  public let count: Int
  /// Elements from one matrix to the next.
  public let batchStride: Int
  /// The number of rows of each matrix.
  public let rows: Int
  /// The number of columns of each matrix.
  public let columns: Int
  /// Elements from one row to the next (the leading dimension), at least `columns`.
  public let rowStride: Int

  /// A view of `count` matrices [rows, columns]; `rowStride` defaults to `columns` and
  /// `batchStride` to `rows * rowStride`, so that each matrix follows the previous one.
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
