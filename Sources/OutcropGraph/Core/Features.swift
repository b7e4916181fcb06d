import OutcropCore

/// Categorical features of nodes or edges: one row of integers for each node or edge, row-major.
public struct IntegerFeatures: Sendable, Equatable {
  /// [rows × columns], row after row.
  public var values: [Int32]
  /// The number of integers in a row; at least 1.
  public var columns: Int

  /// The number of nodes or edges.
  public var rows: Int { values.count / columns }

  /// Features from row-major `values`. Traps unless their count is a multiple of `columns`.
  public init(values: [Int32], columns: Int = 1) {
    requireRows("IntegerFeatures", values.count, columns)
    self.values = values
    self.columns = columns
  }

  /// The value of one row in one column.
  public subscript(row: Int, column: Int) -> Int32 {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  /// The rows with the given numbers, in that order.
  public func rows(_ order: [Int32]) -> IntegerFeatures {
    IntegerFeatures(values: gatherRows(values, columns, order), columns: columns)
  }
}

/// Real-valued features of nodes or edges: one row of numbers for each node or edge, row-major.
public struct RealFeatures: Sendable, Equatable {
  /// [rows × columns], row after row.
  public var values: [Float]
  /// The number of values in a row; at least 1.
  public var columns: Int

  /// The number of nodes or edges.
  public var rows: Int { values.count / columns }

  /// Features from row-major `values`. Traps unless their count is a multiple of `columns`.
  public init(values: [Float], columns: Int = 1) {
    requireRows("RealFeatures", values.count, columns)
    self.values = values
    self.columns = columns
  }

  /// The value of one row in one column.
  public subscript(row: Int, column: Int) -> Float {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  /// The rows with the given numbers, in that order.
  public func rows(_ order: [Int32]) -> RealFeatures {
    RealFeatures(values: gatherRows(values, columns, order), columns: columns)
  }
}

private func requireRows(_ type: String, _ count: Int, _ columns: Int) {
  require(
    columns >= 1 && count % columns == 0,
    "\(type): found \(count) values for \(columns) columns, expected whole rows")
}

private func gatherRows<Value>(_ values: [Value], _ columns: Int, _ order: [Int32]) -> [Value] {
  if order.isEmpty { return [] }
  let rows = values.count / columns
  return [Value](unsafeUninitializedCapacity: order.count * columns) { result, count in
    for (position, row) in order.enumerated() {
      require(
        row >= 0 && Int(row) < rows,
        "rows: found row \(row), expected 0 ..< \(rows)")
      for column in 0..<columns {
        result.initializeElement(
          at: position * columns + column, to: values[Int(row) * columns + column])
      }
    }
    count = order.count * columns
  }
}
