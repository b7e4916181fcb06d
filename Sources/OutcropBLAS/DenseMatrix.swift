import OutcropCore

/// A row-major matrix that owns its elements.
public struct DenseMatrix<Scalar> {
  /// The elements in row-major order.
  public var elements: [Scalar]
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int

  /// A matrix of `elements` in row-major order. Traps unless their number is `rows` × `columns`.
  public init(_ elements: [Scalar], rows: Int, columns: Int) {
    require(
      rows >= 0 && columns >= 0 && elements.count == rows * columns,
      "DenseMatrix: \(elements.count) elements for a matrix [\(rows), \(columns)]")
    self.elements = elements
    self.rows = rows
    self.columns = columns
  }

  /// The element in row `row` and column `column`. Traps outside the matrix.
  @inlinable
  public subscript(row: Int, column: Int) -> Scalar {
    get {
      checkIndex(row, column)
      return elements[row * columns + column]
    }
    set {
      checkIndex(row, column)
      elements[row * columns + column] = newValue
    }
  }

  /// Calls `body` with a view that is valid only during the call.
  public func withView<Result, Failure: Error>(
    _ body: (MatrixView<Scalar>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // An empty array may have no address, but a view must have one.
    if elements.isEmpty {
      let nothing = UnsafeMutablePointer<Scalar>.allocate(capacity: 1)
      defer { nothing.deallocate() }
      return try body(MatrixView(nothing, rows: rows, columns: columns))
    }
    return try elements.withUnsafeBufferPointer { (buffer) throws(Failure) in
      try body(MatrixView(buffer.baseAddress!, rows: rows, columns: columns))
    }
  }

  @inlinable
  func checkIndex(_ row: Int, _ column: Int) {
    if row < 0 || row >= rows || column < 0 || column >= columns { trapOutside(row, column) }
  }

  @usableFromInline
  func trapOutside(_ row: Int, _ column: Int) -> Never {
    fatalError("DenseMatrix: element [\(row), \(column)] of a matrix [\(rows), \(columns)]")
  }
}

extension DenseMatrix: Equatable where Scalar: Equatable {}
extension DenseMatrix: Sendable where Scalar: Sendable {}
