import OutcropCore

/// A row-major matrix in memory that somebody else owns.
///
/// Element (r, c) is at `base + r * rowStride + c`. A view is valid as long as its memory is.
public struct MatrixView<Scalar>: @unchecked Sendable {
  public let base: UnsafePointer<Scalar>
  public let rows: Int
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

/// A row-major matrix that can be written to; otherwise like `MatrixView`.
public struct MutableMatrixView<Scalar>: @unchecked Sendable {
  public let base: UnsafeMutablePointer<Scalar>
  public let rows: Int
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
  case none
  case transposed
}

/// A matrix as one side of a product: the view and how it is read.
package struct Operand<Scalar> {
  let view: MatrixView<Scalar>
  let transposition: Transposition

  package init(_ view: MatrixView<Scalar>, _ transposition: Transposition) {
    self.view = view
    self.transposition = transposition
  }

  package var rows: Int { transposition == .none ? view.rows : view.columns }
  package var columns: Int { transposition == .none ? view.columns : view.rows }
  /// The shape as it is read.
  package var shape: String { "[\(rows), \(columns)]" + transposition.mark }

  /// The first element of the part that starts at row `row` and column `column`, as it is read.
  func pointer(_ row: Int, _ column: Int) -> UnsafePointer<Scalar> {
    transposition == .none
      ? view.base + row * view.rowStride + column
      : view.base + column * view.rowStride + row
  }
}

extension MutableMatrixView {
  var shape: String { "[\(rows), \(columns)]" }
}

extension Transposition {
  /// What a message adds to a shape that is read transposed.
  var mark: String { self == .none ? "" : " (transposed)" }
}
