import Foundation
import OutcropCore

/// Reads the files of one table into columns.
///
/// A file begins with a line of names. Fields are separated by commas (or by tabs or semicolons, where the
/// first line has those and no comma) and may be in quotes, in which a quote is doubled; a field does not
/// extend over lines. Lines that begin with # before the names are skipped. Blank lines are allowed only at
/// the end. Where the separator is no comma, `0,5` without quotes is refused: it may be one number or two.
///
/// A column with words has the words as they are spelled: `007` and `7` are different. Since its first rows may be
/// numbers, whose spelling is not kept, files with such a column are read twice.
struct CSVTable {
  enum Cell {
    case identifier(IdentifierColumn)
    case value(MixedColumn)
    case skipped
  }

  let kind: Kind
  private let names: IdentifierNames
  private(set) var columns = TableColumns()
  private var header: [String] = []
  private var cells: [Cell] = []
  /// The bytes of a quoted field without its doubled quotes.
  private let unquoted = UnquotedText()
  private let staged = StagedCells()
  private var separator: UInt8
  private let statedSeparator: UInt8?
  /// The columns that the first reading has found to have words beside numbers.
  private var wordColumns: Set<String> = []
  /// Whether the last field was in quotes.
  private var isQuoted = false

  /// Reads the files in order; all have the same columns. `type` is a word for each file, which becomes a
  /// column `type`, or nil.
  ///
  /// Throws `InputError` with file and line.
  init(
    _ files: [String], _ kind: Kind, _ names: IdentifierNames, separator: UInt8? = nil,
    types: [String]? = nil
  ) throws {
    self.kind = kind
    self.names = names
    statedSeparator = separator
    self.separator = separator ?? comma
    try readAll(files, types)
    wordColumns = Set(columns.features.filter(\.hasLostSpellings).map(\.name))
    if wordColumns.isEmpty { return }
    (columns, cells) = (TableColumns(), [])
    try readAll(files, types)
  }

  private mutating func readAll(_ files: [String], _ types: [String]?) throws {
    let fileTypes = types.map { _ in MixedColumn("file_type") }
    for (index, file) in files.enumerated() {
      try read(file)
      if let type = types?[index], let fileTypes {
        var type = type
        try type.withUTF8 { text in
          while fileTypes.rowCount < columns.rowCount { try fileTypes.append(word: text) }
        }
      }
    }
    if let fileTypes { columns.features.insert(fileTypes, at: 0) }
  }

  private mutating func read(_ file: String) throws {
    let blocks = try TextBlocks(path: file)
    (line, blankLine) = (0, 0)
    var hasHeader = false
    while let block = try blocks.next(line: line + 1) {
      var place = block.baseAddress!
      let end = place + block.count
      if let null = memchr(place, 0, block.count) {
        let before = UnsafeRawPointer(null) - UnsafeRawPointer(place)
        throw InputError(
          file: file, line: line + 1 + block.prefix(before).count { $0 == lineFeed },
          found: "a NUL byte", expected: "text in UTF-8")
      }
      do {
        while !hasHeader, place < end {
          line += 1
          let next = self.end(ofLine: place, end)
          if place.pointee != UInt8(ascii: "#") {
            hasHeader = true
            try takeHeader(UnsafeBufferPointer(start: place, count: next - place), file)
            // A list of edges without names begins with an edge.
            if isHeaderless {
              line -= 1
              break
            }
          }
          place = next
        }
        if hasHeader { try takeRows(&place, end) }
      } catch let fault as CSVFault {
        throw InputError(
          file: file, line: line, field: fault.field, found: fault.found,
          expected: fault.expected)
      }
    }
    guard hasHeader else {
      throw InputError(
        file: file, line: 1, found: "no line with names", expected: "names of columns")
    }
    if columns.rowCount >= Int(Int32.max) {
      throw InputError(
        file: file, found: "\(columns.rowCount) rows", expected: "fewer than \(Int32.max)")
    }
  }

  /// The number of the line that is worked on, and of the first blank line, or 0.
  private var (line, blankLine) = (0, 0)
  private var isHeaderless = false

  /// Behind the LF of the line at `start`.
  private func end(
    ofLine start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
  ) -> UnsafePointer<UInt8> {
    UnsafePointer(memchr(start, 0x0A, end - start)!.assumingMemoryBound(to: UInt8.self)) + 1
  }

  /// Takes a line of blanks.
  @inline(__always)
  private func isBlankLine(_ place: inout UnsafePointer<UInt8>) -> Bool {
    if place.pointee > 0x20 { return false }
    var next = place
    while isBlank(next.pointee), next.pointee != separator { next += 1 }
    guard next.pointee == lineFeed else { return false }
    place = next + 1
    return true
  }

  // MARK: Names of columns

  private mutating func takeHeader(_ text: UnsafeBufferPointer<UInt8>, _ file: String) throws {
    if statedSeparator == nil {
      separator =
        [comma, UInt8(ascii: "\t"), UInt8(ascii: ";")].first { text.contains($0) } ?? comma
    }
    var found: [String] = []
    var place = text.baseAddress!
    while true {
      let (name, isLast) = try field(&place)
      found.append(String(decoding: name, as: UTF8.self))
      if isLast { break }
    }
    isHeaderless = false
    let roles = found.map { kind.role(of: $0) }
    if kind == .edges, !roles.contains(.name), !roles.contains(.destination), found.count >= 2,
      found[0...1].allSatisfy({ Int64($0) != nil })
    {
      isHeaderless = true
      found = ["source", "target"] + found.indices.dropFirst(2).map { "column_\($0)" }
    }
    if cells.isEmpty {
      header = found
      try makeCells()
    } else if found != header {
      throw CSVFault(
        "the columns \(list(found))", "\(list(header)), as in the first file")
    }
    columns.places.append(
      .init(
        firstRow: columns.rowCount, file: file, line: isHeaderless ? line : line + 1, step: 1))
  }

  private func list(_ names: [String]) -> String {
    names.prefix(12).map { quoted($0) }.joined(separator: ", ") + (names.count > 12 ? ", …" : "")
  }

  private mutating func makeCells() throws {
    var seen: Set<String> = []
    for name in header {
      let role = kind.role(of: name)
      if role != .skipped, !seen.insert(name).inserted {
        throw CSVFault("the column \(quoted(name)) twice", "every name once")
      }
      func identifier(_ path: WritableKeyPath<TableColumns, IdentifierColumn?>) throws {
        if columns[keyPath: path] != nil {
          throw CSVFault(
            "\(quoted(name)) beside another column of the same meaning", "one of them")
        }
        let column = IdentifierColumn(names)
        columns[keyPath: path] = column
        cells.append(.identifier(column))
      }
      switch role {
      case .graph: try identifier(kind == .graphs ? \.names : \.graphs)
      case .name: try identifier(\.names)
      case .destination: try identifier(\.destinations)
      case .value:
        let column = MixedColumn(name, hasWordsOnly: wordColumns.contains(name))
        columns.features.append(column)
        cells.append(.value(column))
      case .skipped: cells.append(.skipped)
      }
    }
    if kind == .edges, columns.names == nil || columns.destinations == nil {
      throw CSVFault(
        "the columns \(list(header))",
        "src_id and dst_id, or source and target, among the names of the columns")
    }
  }

  // MARK: Rows

  /// Takes the rows before `end`.
  ///
  /// Fields of the usual form (plain numbers without quotes and blanks) are parsed in one pass over the bytes
  /// into memory of their column, which takes them over after some rows. A row with another field is
  /// finished field by field.
  private mutating func takeRows(
    _ place: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
  ) throws {
    let (count, last) = (cells.count, cells.count - 1)
    let separator = separator
    while place < end {
      for (index, cell) in cells.enumerated() { staged.setRole(index, cell) }
      let roles = staged.cells
      let first = line
      var (rows, index) = (0, 0)
      rows: while place < end, rows < StagedCells.rowCount, blankLine == 0, place.pointee > 0x20 {
        index = 0
        while index < count {
          let stop = index == last ? lineFeed : separator
          switch roles[index].role {
          case .identifier:
            guard let value = fastIdentifier(&place, stop) else { break rows }
            roles[index].identifiers[rows] = value
          case .integer:
            guard let value = fastInteger(&place, stop) else { break rows }
            roles[index].integers[rows] = value
          case .real:
            var next = place
            guard let value = fastReal(&next) else { break rows }
            if stop == lineFeed, next.pointee == carriageReturn { next += 1 }
            guard next.pointee == stop else { break rows }
            roles[index].reals[rows] = value
            place = next + 1
          case .other:
            line = first + rows + 1
            try take(&place, index)
          }
          index += 1
        }
        rows += 1
      }
      let taken = index == count ? 0 : index
      for (index, cell) in cells.enumerated() {
        staged.flush(index, cell, rows + (index < taken ? 1 : 0))
      }
      line = first + rows
      columns.rowCount += rows
      if place < end, taken > 0 || rows < StagedCells.rowCount {
        try finishRow(&place, from: taken)
      }
    }
  }

  /// Takes the rest of a row, from a field on, or a blank line.
  private mutating func finishRow(_ place: inout UnsafePointer<UInt8>, from first: Int) throws {
    line += 1
    if first == 0, isBlankLine(&place) {
      if blankLine == 0 { blankLine = line }
      return
    }
    if blankLine != 0 {
      line = blankLine
      throw CSVFault(
        "a blank line between lines with data", "data (only the end of the file may be blank)")
    }
    for index in first..<cells.count { try take(&place, index) }
    columns.rowCount += 1
  }

  /// Takes the field of one column.
  private mutating func take(_ place: inout UnsafePointer<UInt8>, _ index: Int) throws {
    let (text, isLast) = try field(&place)
    if isLast != (index == cells.count - 1) {
      throw CSVFault(
        isLast
          ? "\(index + 1) field\(index == 0 ? "" : "s")" : "more than \(cells.count) fields",
        "\(cells.count), one for each column")
    }
    switch cells[index] {
    case .skipped: return
    case .identifier(let column):
      if text.isEmpty {
        throw CSVFault("no name", "the name or number of a node or graph", header[index])
      }
      column.append(text: text)
    case .value(let column):
      do {
        try append(text, to: column)
      } catch let fault as ColumnFault {
        throw CSVFault(fault.found, fault.expected, header[index])
      }
    }
  }

  /// Appends a value of any form.
  private func append(_ text: UnsafeBufferPointer<UInt8>, to column: MixedColumn) throws {
    if column.hasWordsOnly || column.kind == .words {
      return isMissingValue(text) ? column.appendMissing() : try column.append(word: text)
    }
    if !isQuoted, separator != comma, mayBeDecimalComma(text) {
      throw ColumnFault(
        found: quoted(text),
        expected: "a decimal point, or quotes around a list of two numbers,")
    }
    if column.width > 1, try column.append(vector: text) { return }
    if isMissingValue(text) { return column.appendMissing() }
    if let integer = smallInteger(text) { return try column.append(integer) }
    if let number = parsedNumber(text) {
      if number.isInteger { return try column.append(Int32(number.value)) }
      return try column.append(number.value)
    }
    if try column.append(vector: text) { return }
    try column.append(word: text)
  }

  /// The text of the field at `place`, without quotes and blanks around it, and whether it is the line's
  /// last; valid until the next call. Moves `place` behind the separator or the line end. The byte behind
  /// the text is none of a number.
  private mutating func field(
    _ place: inout UnsafePointer<UInt8>
  ) throws -> (text: UnsafeBufferPointer<UInt8>, isLast: Bool) {
    var start = place
    while isBlank(start.pointee), start.pointee != separator { start += 1 }
    isQuoted = start.pointee == quote
    if isQuoted { return try quotedField(start + 1, &place) }
    var end = start
    while end.pointee != separator, end.pointee != lineFeed { end += 1 }
    let isLast = end.pointee == lineFeed
    place = end + 1
    while end > start, isBlank(end[-1]) { end -= 1 }
    return (UnsafeBufferPointer(start: start, count: end - start), isLast)
  }

  private mutating func quotedField(
    _ start: UnsafePointer<UInt8>, _ place: inout UnsafePointer<UInt8>
  ) throws -> (text: UnsafeBufferPointer<UInt8>, isLast: Bool) {
    var end = start
    var isDoubled = false
    while true {
      while end.pointee != quote, end.pointee != lineFeed { end += 1 }
      if end.pointee == lineFeed {
        throw CSVFault("a quote that does not close on its line", "“\"” at the end of the field")
      }
      if end[1] != quote { break }
      isDoubled = true
      end += 2
    }
    var next = end + 1
    while isBlank(next.pointee), next.pointee != separator { next += 1 }
    guard next.pointee == separator || next.pointee == lineFeed else {
      throw CSVFault("text behind a closing quote", "a separator or the end of the line")
    }
    place = next + 1
    var text = UnsafeBufferPointer(start: start, count: end - start)
    if isDoubled {
      text = unquoted(text)
    } else {
      var (first, last) = (start, end)
      while first < last, isBlank(first.pointee) { first += 1 }
      while last > first, isBlank(last[-1]) { last -= 1 }
      text = UnsafeBufferPointer(start: first, count: last - first)
    }
    return (text, next.pointee == lineFeed)
  }
}

/// An error in a line, before file and line are known.
private struct CSVFault: Error {
  let found, expected: String
  let field: String?

  init(_ found: String, _ expected: String, _ field: String? = nil) {
    (self.found, self.expected, self.field) = (found, expected, field)
  }
}

private let comma = UInt8(ascii: ",")
private let quote = UInt8(ascii: "\"")
private let lineFeed: UInt8 = 0x0A
private let carriageReturn: UInt8 = 0x0D
