import Foundation
import OutcropCore
import OutcropGraph

/// The required number of lines of a file, and the reason.
struct RowCount {
  let count: Int
  /// The meaning of a line, such as `node of ZINC_train_graph_indicator.txt`.
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

/// A file of rows of integers with the same number of columns. With `mayBeEmpty`, an empty file is
/// a table without rows.
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

/// A file of rows of finite numbers with the same number of columns. With `mayBeMore` there may be more
/// rows than `rows` requires.
func readRealTable(
  _ file: String, rows: RowCount, missing: MissingValues = .none, mayBeEmpty: Bool = false,
  mayBeMore: Bool = false
) throws -> RealFeatures {
  var values: [Float] = []
  var scanner = RowScanner(file, columns: 0)
  let lines = try scanner.reals(
    mayBeEmpty: mayBeEmpty && rows.count == 0, missing: missing
  ) { part, columns, first in
    if !mayBeMore { try rows.check(first - 1 + part.count / columns, file) }
    reserve(&values, rows.count, columns, file)
    values.append(contentsOf: part)
  }
  try rows.checkEnd(lines, file)
  return RealFeatures(values: values, columns: max(1, scanner.columns))
}

/// The features in a file: integers if every field is an integer, otherwise finite numbers.
func readFeatures(
  _ file: String, rows: RowCount
) throws -> (types: IntegerFeatures?, attributes: RealFeatures?) {
  do {
    return (try readIntegerTable(file, rows: rows, mayBeEmpty: true), nil)
  } catch let error as InputError {
    // The row may contain real numbers; other errors would occur again in the second reading.
    guard error.kind == .conversion else { throw error }
    do {
      return (nil, try readRealTable(file, rows: rows, mayBeEmpty: true))
    } catch let other as InputError {
      // The error of the reading that got further is more specific.
      throw (error.line ?? 0) > (other.line ?? 0) ? error : other
    }
  }
}

/// Reserves memory for `rows` of `columns` values, but at most for as many as the file can contain.
private func reserve<Value>(_ values: inout [Value], _ rows: Int, _ columns: Int, _ file: String) {
  guard values.isEmpty else { return }
  let wanted = rows.multipliedReportingOverflow(by: columns)
  let most = largestValueCount(file)
  values.reserveCapacity(wanted.overflow ? most : min(wanted.partialValue, most))
  #if os(Linux)
    // Mapping a table of tens of megabytes page by page takes as long as parsing it, so large pages
    // are requested. The system may ignore the request.
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
