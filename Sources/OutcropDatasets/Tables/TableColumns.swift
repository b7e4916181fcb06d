import OutcropCore

/// What the values of a column are.
public enum ColumnUse: String, Sendable, CaseIterable {
  /// Categories.
  case types
  /// Real attributes.
  case numbers
  /// Not read.
  case ignore
}

/// The rows of one table of a data set: nodes, edges or graphs.
struct TableColumns {
  /// Rows that come from one place: row r is in line `line + (r - firstRow) * step`.
  struct Place {
    var firstRow: Int
    var file: String
    var line: Int
    var step: Int
  }

  var rowCount = 0
  /// The graph of each row; nil where the table does not say.
  var graphs: IdentifierColumn?
  /// The row's own name (a node, a graph) or the source of an edge.
  var names: IdentifierColumn?
  /// The destination of an edge.
  var destinations: IdentifierColumn?
  /// Features, in the order of the table.
  var features: [MixedColumn] = []
  /// Labels, in the order of the table.
  var labels: [MixedColumn] = []
  /// `train_mask`, `val_mask`, `test_mask`.
  var masks: [MixedColumn?] = [nil, nil, nil]
  /// A column of the words train, val and test.
  var split: MixedColumn?
  /// Names of columns that are not used.
  var unused: [String] = []
  var places: [Place] = []

  /// File and line of a row.
  func place(of row: Int) -> (file: String, line: Int) {
    let place = places.last { $0.firstRow <= row } ?? places[0]
    return (place.file, place.line + (row - place.firstRow) * place.step)
  }

  /// An error about one row.
  func error(_ row: Int, field: String? = nil, found: String, expected: String) -> InputError {
    let (file, line) = place(of: row)
    return InputError(file: file, line: line, field: field, found: found, expected: expected)
  }
}
