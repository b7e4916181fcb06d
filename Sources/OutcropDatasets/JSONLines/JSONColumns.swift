import OutcropGraph

/// Features of one field, collected from lines of JSON: integers until the first real number, then
/// real numbers.
struct JSONFeatures {
  /// The field's name.
  let field: String
  private(set) var integers: [Int32] = []
  private(set) var reals: [Float] = []
  private(set) var isReal: Bool
  /// The number of values of a row; 0 before the first row.
  private(set) var columns = 0
  /// The numbers that are not written as integers, and the line of the first, where integers are types.
  private(set) var nonIntegers = (count: 0, line: 0)
  /// Whether graphs have the field; nil before the first graph.
  private(set) var isPresent: Bool?

  /// `isReal` for a field in which integers are real numbers.
  init(_ field: String, isReal: Bool = false) {
    self.field = field
    self.isReal = isReal
  }

  /// Records whether a graph has the field. Throws if other graphs differ.
  mutating func note(present: Bool) throws {
    if let isPresent, isPresent != present {
      throw JSONFault(
        found: present ? "“\(field)”" : "no “\(field)”",
        expected: isPresent
          ? "the field in every line, as in the first line" : "none, as in the first line")
    }
    isPresent = present
  }

  /// Parses `[[…], …]`, or `[…]` for rows of one value. Returns the number of rows.
  mutating func take(_ cursor: inout JSONCursor, line: Int) throws -> Int {
    let before = nonIntegers.count
    defer { if before == 0, nonIntegers.count > 0 { nonIntegers.line = line } }
    try cursor.need(.openBracket)
    if cursor.take(.closeBracket) { return 0 }
    var rows = 0
    guard cursor.peek() == UInt8.openBracket else {
      try setColumns(1)
      repeat {
        try takeValue(&cursor)
        rows += 1
      } while cursor.take(.comma)
      try cursor.need(.closeBracket)
      return rows
    }
    repeat {
      try cursor.need(.openBracket)
      var found = 0
      repeat {
        try takeValue(&cursor)
        found += 1
      } while cursor.take(.comma)
      try cursor.need(.closeBracket)
      try setColumns(found)
      rows += 1
    } while cursor.take(.comma)
    try cursor.need(.closeBracket)
    return rows
  }

  private mutating func setColumns(_ found: Int) throws {
    if columns == 0 { columns = found }
    if found != columns {
      throw JSONFault(
        found: "a row of \(found) values", expected: "\(columns), as in the first row")
    }
  }

  @inline(__always)
  private mutating func takeValue(_ cursor: inout JSONCursor) throws {
    if !isReal {
      _ = cursor.peek()
      if let value = cursor.integer() {
        integers.append(value)
        return
      }
    }
    try takeOther(&cursor)
  }

  @inline(never)
  private mutating func takeOther(_ cursor: inout JSONCursor) throws {
    let before = cursor
    switch try cursor.number() {
    case .integer(let value):
      if isReal { reals.append(Float(value)) } else { integers.append(value) }
    case .real(let value, let isInteger):
      guard value.isFinite, !isInteger || isReal else {
        throw before.fault(isInteger ? "an integer of 32 bits" : "a finite number")
      }
      becomeReal()
      reals.append(value)
      nonIntegers.count += 1
    }
  }

  /// The number of values.
  var count: Int { isReal ? reals.count : integers.count }

  /// Converts the values to real numbers.
  mutating func becomeReal() {
    if isReal { return }
    isReal = true
    reals = integers.map { Float($0) }
    integers = []
  }

  /// The values as integers, nil for real ones; `columns` if no row shows it.
  func types(columns wanted: Int?) -> IntegerFeatures? {
    isReal || isPresent != true
      ? nil
      : IntegerFeatures(values: integers, columns: max(1, columns > 0 ? columns : wanted ?? 1))
  }

  /// The values as real numbers, nil for integers.
  func attributes(columns wanted: Int?) -> RealFeatures? {
    isReal && isPresent == true
      ? RealFeatures(values: reals, columns: max(1, columns > 0 ? columns : wanted ?? 1)) : nil
  }
}

/// The labels that are collected from lines of JSON.
struct JSONLabels {
  /// Row after row; NaN where missing.
  var values: [Float] = []
  /// The labels of a graph; 0 before the first.
  private(set) var columns = 0
  /// Whether every label is written as an integer.
  private(set) var areIntegers = true
  /// The labels that are not written as integers, and the line of the first.
  private(set) var nonIntegers = (count: 0, line: 0)

  /// Parses `[…]`, `[[…]]` or a single number.
  mutating func take(_ cursor: inout JSONCursor, line: Int) throws {
    let before = nonIntegers.count
    defer { if before == 0, nonIntegers.count > 0 { nonIntegers.line = line } }
    var found = 0
    if cursor.take(.openBracket) {
      let nested = cursor.take(.openBracket)
      if cursor.peek() != UInt8.closeBracket {
        repeat {
          try takeValue(&cursor)
          found += 1
        } while cursor.take(.comma)
      }
      try cursor.need(.closeBracket)
      if nested, !cursor.take(.closeBracket) {
        throw cursor.fault("“]”: one row of labels for a graph")
      }
    } else {
      try takeValue(&cursor)
      found = 1
    }
    if columns == 0 { columns = found }
    if found != columns || found == 0 {
      throw JSONFault(
        found: "\(found) labels",
        expected: columns == 0 ? "at least one" : "\(columns), as in the first line")
    }
  }

  private mutating func takeValue(_ cursor: inout JSONCursor) throws {
    if cursor.take(word: "null") || cursor.take(word: "NaN") {
      values.append(.nan)
      return
    }
    let before = cursor
    switch try cursor.number() {
    case .integer(let value): values.append(Float(value))
    case .real(let value, let isInteger):
      guard value.isFinite else { throw before.fault("a finite number or null") }
      if !isInteger {
        areIntegers = false
        nonIntegers.count += 1
      }
      values.append(value)
    }
  }
}
