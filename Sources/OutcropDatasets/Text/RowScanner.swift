import Foundation
import OutcropCore

/// Rows of numbers from a text file, one row a line, fields separated by commas.
///
/// Lines end with LF or CRLF; blanks around fields are ignored. Blank lines are allowed only at the
/// end. The common form (at most one blank after a comma, plain decimal numbers) is parsed in one
/// pass over the bytes; `NumberParser` parses lines of any other form.
struct RowScanner {
  let file: String
  /// The number of fields of a row; 0 before the first row.
  private(set) var columns: Int
  /// The number of parsed lines.
  private var line = 0
  private var blankLine = 0

  /// Rows of `file` with the given number of columns; with 0, the first row determines it.
  init(_ file: String, columns: Int) {
    self.file = file
    self.columns = columns
  }

  /// Calls `body` with integers row after row, `columns`, and the 1-based line of the first row in
  /// the piece. Returns the number of rows. Throws `InputError`.
  mutating func integers(
    mayBeEmpty: Bool = false,
    _ body: (UnsafeBufferPointer<Int32>, Int, Int) throws -> Void
  ) throws -> Int {
    let file = file
    return try scan(
      mayBeEmpty, fastIntegerRows, careful: { try carefulRow(file, $0, $1, $2, into: $3) }, body)
  }

  /// Like `integers`, for finite numbers; a missing value is passed on as NaN.
  mutating func reals(
    mayBeEmpty: Bool = false, missing: MissingValues = .none,
    _ body: (UnsafeBufferPointer<Float>, Int, Int) throws -> Void
  ) throws -> Int {
    let file = file
    return try scan(
      mayBeEmpty,
      { fastRealRows(&$0, $1, columns: $2, $3, missing == .nanOrEmpty) },
      careful: { try carefulRow(file, $0, $1, $2, into: $3, missing) }, body)
  }

  private typealias Bytes = UnsafeBufferPointer<UInt8>

  /// `fast` parses whole rows while they have the common form, and returns the number of rows.
  /// `careful` parses one line and returns the number of its fields, or throws.
  private mutating func scan<Value: BitwiseCopyable>(
    _ mayBeEmpty: Bool,
    _ fast: (
      inout UnsafePointer<UInt8>, UnsafePointer<UInt8>, Int, UnsafeMutablePointer<Value>
    ) -> Int,
    careful: (Bytes, Int, Int, UnsafeMutablePointer<Value>) throws -> Int,
    _ body: (UnsafeBufferPointer<Value>, Int, Int) throws -> Void
  ) throws -> Int {
    let blocks = try TextBlocks(path: file)
    var scratch = UnsafeMutableBufferPointer<Value>(start: nil, count: 0)
    defer { free(scratch.baseAddress) }
    while let block = try blocks.next(line: line + 1, mayBeEmpty: mayBeEmpty) {
      // A field has a separator and, unless it is empty, at least one byte.
      if scratch.count <= block.count {
        free(scratch.baseAddress)
        let count = block.count + TextBlocks.padding
        scratch = UnsafeMutableBufferPointer(
          start: OutOfMemory.allocate(Value.self, count: count, for: "the values of a text"),
          count: count)
      }
      let values = scratch.baseAddress!
      var count = 0
      let first = line + 1
      func flush() throws {
        if count > 0 {
          try body(UnsafeBufferPointer(start: values, count: count), columns, first)
        }
      }
      var cursor = block.baseAddress!
      let end = cursor + block.count
      while cursor < end {
        if columns > 0, blankLine == 0 {
          let rows = fast(&cursor, end, columns, values + count)
          count += rows * columns
          line += rows
          if cursor == end { break }
        }
        let newline = memchr(cursor, 0x0A, end - cursor)!.assumingMemoryBound(to: UInt8.self)
        var length = UnsafePointer(newline) - cursor
        while length > 0, isBlank(cursor[length - 1]) { length -= 1 }
        let text = UnsafeBufferPointer(start: cursor, count: length)
        cursor = UnsafePointer(newline) + 1
        line += 1
        if length == 0 {
          if blankLine == 0 { blankLine = line }
          continue
        }
        if blankLine != 0 {
          try flush()
          throw InputError(
            file: file, line: blankLine, found: "a blank line between lines with data",
            expected: "data (only the end of the file may be blank)")
        }
        let found: Int
        do {
          found = try careful(text, line, columns, values + count)
        } catch {
          // The error of an earlier line takes precedence.
          try flush()
          throw error
        }
        if columns == 0 { columns = found }
        count += found
      }
      try flush()
    }
    return blankLine == 0 ? line : blankLine - 1
  }
}

/// Stores the integers of one line in `values`. Returns their number, which must be `columns`
/// unless that is 0.
private func carefulRow(
  _ file: String, _ text: UnsafeBufferPointer<UInt8>, _ line: Int, _ columns: Int,
  into values: UnsafeMutablePointer<Int32>
) throws -> Int {
  var parser = NumberParser(text)
  var found = 0
  repeat {
    guard columns == 0 || found < columns, let value = parser.nextInteger() else {
      throw wrongRow(file, text, line, columns, .integer)
    }
    values[found] = value
    found += 1
  } while !parser.isAtEnd
  if columns != 0, found != columns { throw wrongRow(file, text, line, columns, .integer) }
  return found
}

/// Stores the real numbers of one line in `values`, like the function for integers.
private func carefulRow(
  _ file: String, _ text: UnsafeBufferPointer<UInt8>, _ line: Int, _ columns: Int,
  into values: UnsafeMutablePointer<Float>, _ missing: MissingValues
) throws -> Int {
  var parser = NumberParser(text)
  var found = 0
  repeat {
    guard columns == 0 || found < columns,
      let value = missing == .nanOrEmpty ? parser.nextRealOrMissing() : parser.nextReal(),
      value.isFinite || (value.isNaN && missing != .none)
    else { throw wrongRow(file, text, line, columns, .finiteNumber) }
    values[found] = value
    found += 1
  } while !parser.isAtEnd
  if columns != 0, found != columns { throw wrongRow(file, text, line, columns, .finiteNumber) }
  return found
}

/// What a file's fields must be.
enum FieldKind: String {
  case integer, node
  case finiteNumber = "finite number"
}

/// The error for a line that does not have `columns` numbers; 0 for the first line. Its kind is `conversion` where
/// the fields must be integers: they may be other numbers.
func wrongRow(
  _ file: String, _ line: UnsafeBufferPointer<UInt8>, _ number: Int, _ columns: Int,
  _ kind: FieldKind
) -> InputError {
  let expected =
    switch columns {
    case 0: "\(kind.rawValue)s separated by commas"
    case 1: "one \(kind.rawValue)"
    default: "\(columns) \(kind.rawValue)s separated by commas"
    }
  return InputError(
    kind == .integer ? .conversion : .value, file: file, line: number, found: quoted(line),
    expected: expected)
}
