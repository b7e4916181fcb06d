/// How many lines a file must have, and why.
struct RowCount {
  let count: Int
  /// What each line belongs to, such as `node of ZINC_train_graph_indicator.txt`.
  let unit: String

  func check(_ line: Int, _ file: String) throws {
    if line > count {
      throw DatasetError(
        file: file, line: line, found: "more than \(count) lines",
        expected: "\(count) lines, one for each \(unit)")
    }
  }

  func checkEnd(_ lines: Int, _ file: String) throws {
    if lines < count {
      throw DatasetError(
        file: file, line: lines + 1, found: "the end after \(lines) lines",
        expected: "\(count) lines, one for each \(unit)")
    }
  }
}

/// A file of rows of integers: as many columns in each as in the first.
func readIntegerTable(_ file: String, rows: RowCount) throws -> IntegerFeatures {
  var values: [Int32] = []
  values.reserveCapacity(rows.count)
  var columns = 0
  let lines = try forEachLine(of: file) { line, number in
    try rows.check(number, file)
    var parser = NumberParser(line)
    var found = 0
    repeat {
      guard let value = parser.nextInteger() else {
        throw wrongRow(file, line, number, columns, "integer")
      }
      values.append(value)
      found += 1
    } while !parser.isAtEnd
    if number == 1 { columns = found }
    if found != columns { throw wrongRow(file, line, number, columns, "integer") }
  }
  try rows.checkEnd(lines, file)
  return IntegerFeatures(values: values, columns: max(1, columns))
}

/// A file of rows of finite numbers: as many columns in each as in the first. `nan` stands for a
/// missing value where `allowMissing`.
func readRealTable(
  _ file: String, rows: RowCount, allowMissing: Bool = false
) throws -> RealFeatures {
  var values: [Float] = []
  values.reserveCapacity(rows.count)
  var columns = 0
  let lines = try forEachLine(of: file) { line, number in
    try rows.check(number, file)
    var parser = NumberParser(line)
    var found = 0
    repeat {
      guard let value = parser.nextReal(), value.isFinite || (allowMissing && value.isNaN) else {
        throw wrongRow(file, line, number, columns, "finite number")
      }
      values.append(value)
      found += 1
    } while !parser.isAtEnd
    if number == 1 { columns = found }
    if found != columns { throw wrongRow(file, line, number, columns, "finite number") }
  }
  try rows.checkEnd(lines, file)
  return RealFeatures(values: values, columns: max(1, columns))
}

/// The error for a line that isn't `columns` numbers; 0 columns when the first line sets them.
func wrongRow(
  _ file: String, _ line: UnsafeBufferPointer<UInt8>, _ number: Int, _ columns: Int, _ kind: String
) -> DatasetError {
  let expected =
    switch columns {
    case 0: "\(kind)s separated by commas"
    case 1: "one \(kind)"
    default: "\(columns) \(kind)s separated by commas"
    }
  return DatasetError(file: file, line: number, found: quoted(line), expected: expected)
}
