import Foundation
import OutcropCore
import OutcropGraph

/// How many lines a file must have, and why.
struct RowCount {
  let count: Int
  /// What each line belongs to, such as `node of ZINC_train_graph_indicator.txt`.
  let unit: String

  func check(_ line: Int, _ file: String) throws {
    if line > count {
      throw InputError(
        file: file, line: count + 1, found: "more than \(count) lines",
        expected: "\(count) lines, one for each \(unit)")
    }
  }

  func checkEnd(_ lines: Int, _ file: String) throws {
    if lines < count {
      throw InputError(
        file: file, line: lines + 1, found: "the end after \(lines) lines",
        expected: "\(count) lines, one for each \(unit)")
    }
  }
}

/// A file of rows of integers: as many columns in each as in the first. A file without a byte is
/// accepted for no rows if `mayBeEmpty`.
func readIntegerTable(
  _ file: String, rows: RowCount, mayBeEmpty: Bool = false
) throws -> IntegerFeatures {
  var values: [Int32] = []
  var scanner = RowScanner(file, columns: 0)
  let lines = try scanner.integers(mayBeEmpty: mayBeEmpty && rows.count == 0) {
    part, columns, first in
    try rows.check(first - 1 + part.count / columns, file)
    reserve(&values, rows.count, columns, file)
    values.append(contentsOf: part)
  }
  try rows.checkEnd(lines, file)
  return IntegerFeatures(values: values, columns: max(1, scanner.columns))
}

/// Which values of a table of real numbers may be missing.
enum MissingValues {
  /// Every value is a finite number.
  case none
  /// `nan` is a missing value.
  case nan
  /// `nan` and an empty field are missing values.
  case nanOrEmpty
}

/// A file of rows of finite numbers: as many columns in each as in the first.
func readRealTable(
  _ file: String, rows: RowCount, missing: MissingValues = .none, mayBeEmpty: Bool = false
) throws -> RealFeatures {
  var values: [Float] = []
  var scanner = RowScanner(file, columns: 0)
  let lines = try scanner.reals(
    mayBeEmpty: mayBeEmpty && rows.count == 0, missing: missing
  ) { part, columns, first in
    try rows.check(first - 1 + part.count / columns, file)
    reserve(&values, rows.count, columns, file)
    values.append(contentsOf: part)
  }
  try rows.checkEnd(lines, file)
  return RealFeatures(values: values, columns: max(1, scanner.columns))
}

/// The features in a file: integers where every field is one, else finite numbers.
func readFeatures(
  _ file: String, rows: RowCount
) throws -> (types: IntegerFeatures?, attributes: RealFeatures?) {
  do {
    return (try readIntegerTable(file, rows: rows, mayBeEmpty: true), nil)
  } catch let error as InputError {
    // A row of real numbers is no row of integers; other faults are found again.
    guard error.expected.contains("integer") else { throw error }
    do {
      return (nil, try readRealTable(file, rows: rows, mayBeEmpty: true))
    } catch let other as InputError {
      // The reading that got further says more.
      throw (error.line ?? 0) > (other.line ?? 0) ? error : other
    }
  }
}

/// Room for `rows` of `columns` values, but no more than the file's text can hold.
private func reserve<Value>(_ values: inout [Value], _ rows: Int, _ columns: Int, _ file: String) {
  guard values.isEmpty else { return }
  let wanted = rows.multipliedReportingOverflow(by: columns)
  let most = largestValueCount(file)
  values.reserveCapacity(wanted.overflow ? most : min(wanted.partialValue, most))
  #if os(Linux)
    // A table of tens of megabytes takes as long to be mapped page by page as to be parsed; large
    // pages are a wish that the system may ignore.
    values.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let page = 1 << 21
      let start = (Int(bitPattern: base) + page - 1) & ~(page - 1)
      let end = Int(bitPattern: base + wanted.partialValue) & ~(page - 1)
      if !wanted.overflow, wanted.partialValue <= most, end > start {
        madvise(UnsafeMutableRawPointer(bitPattern: start), end - start, MADV_HUGEPAGE)
      }
    }
  #endif
}
