import OutcropCore

/// A view of a row-major matrix in memory, which the view does not own.
///
/// Element (r, c) is at `base + r * rowStride + c`. The view is valid as long as its memory is.
/// Neither this nor concurrent writes to the memory are checked.
public struct MatrixView<Scalar>: @unchecked Sendable {
  /// The first element.
  public let base: UnsafePointer<Scalar>
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// Elements from one row to the next (the leading dimension), at least `columns`.
  public let rowStride: Int

  /// A view of `rows` × `columns` elements; `rowStride` defaults to `columns`.
  public init(_ base: UnsafePointer<Scalar>, rows: Int, columns: Int, rowStride: Int? = nil) {
    self.base = base
    self.rows = rows
    self.columns = columns
    self.rowStride = rowStride ?? columns
    checkStride(rows, columns, self.rowStride)
  }
}

/// A view of a row-major matrix for writing; otherwise like `MatrixView`.
public struct MutableMatrixView<Scalar>: @unchecked Sendable {
  /// The first element.
  public let base: UnsafeMutablePointer<Scalar>
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// Elements from one row to the next (the leading dimension), at least `columns`.
  public let rowStride: Int

  /// A view of `rows` × `columns` elements; `rowStride` defaults to `columns`.
  public init(
    _ base: UnsafeMutablePointer<Scalar>, rows: Int, columns: Int, rowStride: Int? = nil
  ) {
    self.base = base
    self.rows = rows
    self.columns = columns
    self.rowStride = rowStride ?? columns
    checkStride(rows, columns, self.rowStride)
  }
}

private func checkStride(_ rows: Int, _ columns: Int, _ rowStride: Int) {
  require(
    rows >= 0 && columns >= 0 && rowStride >= columns,
    "MatrixView: a matrix [\(rows), \(columns)] with row stride \(rowStride); "
      + "expected sizes of at least 0 and a stride of at least the columns")
}

/// Whether a product reads a matrix as it is stored or transposed.
public enum Transposition: Sendable {
  /// The matrix as it is stored.
  case plain
  /// The transpose of the stored matrix.
  case transposed
}

/// One factor of a product: a view and its transposition.
package struct Operand<Scalar> {
  let view: MatrixView<Scalar>
  let transposition: Transposition

  package init(_ view: MatrixView<Scalar>, _ transposition: Transposition) {
    self.view = view
    self.transposition = transposition
  }

  package var rows: Int { transposition == .plain ? view.rows : view.columns }
  package var columns: Int { transposition == .plain ? view.columns : view.rows }
  /// The shape after transposition.
  package var shape: String { "[\(rows), \(columns)]" + transposition.mark }

  /// The address of the element in row `row` and column `column` after transposition.
  func pointer(_ row: Int, _ column: Int) -> UnsafePointer<Scalar> {
    transposition == .plain
      ? view.base + row * view.rowStride + column
      : view.base + column * view.rowStride + row
  }
}

extension MutableMatrixView {
  var shape: String { "[\(rows), \(columns)]" }
}

extension Transposition {
  /// The text that a message appends to the shape of a transposed matrix.
  var mark: String { self == .plain ? "" : " (transposed)" }
}
