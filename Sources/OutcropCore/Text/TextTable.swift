/// A table of plain text for a terminal, or the content of a table in the report.
public struct TextTable: Sendable, Equatable {
  /// The alignment of a column's cells.
  public enum Alignment: Sendable {
    /// For text.
    case left
    /// For numbers.
    case right
  }

  /// The header of a column.
  public struct Column: Sendable, Equatable {
    /// Text of the header row.
    public var title: String
    /// The alignment of the column's cells and title.
    public var alignment: Alignment
    /// A heading that neighboring columns of the same group share; shown only in the report.
    package var group = ""

    /// Creates a column, by default for numbers.
    public init(_ title: String, _ alignment: Alignment = .right) {
      self.title = title
      self.alignment = alignment
    }
  }

  /// The columns from left to right.
  public var columns: [Column]
  /// Cells row by row. A row may be shorter than the header; its other cells are empty.
  public var rows: [[String]]

  /// Creates a table, by default without rows.
  public init(columns: [Column], rows: [[String]] = []) {
    self.columns = columns
    self.rows = rows
  }

  /// Creates a table whose first row is its header: the first column to the left, the others to the right. Rows may
  /// be longer than the header.
  package init(_ rows: [[String]]) {
    let header = rows.first ?? []
    columns = (0..<(rows.map(\.count).max() ?? 0)).map { index in
      Column(index < header.count ? header[index] : "", index == 0 ? .left : .right)
    }
    self.rows = Array(rows.dropFirst())
  }

  /// The table with aligned columns, a rule under the header, and a line break after each line.
  ///
  /// Control characters in cells become blanks, so that a name cannot move the cursor. Columns
  /// are as wide as their widest cell; nothing is cut off.
  public var text: String { lines.joined(separator: "\n") + "\n" }

  /// The lines of `text`.
  package var lines: [String] {
    let cells = ([columns.map(\.title)] + rows).map { row in
      columns.indices.map { $0 < row.count ? Self.printable(row[$0]) : "" }
    }
    let widths = columns.indices.map { column in
      cells.map { Self.displayWidth($0[column]) }.max() ?? 0
    }
    var lines = cells.map { row in line(row, widths: widths) }
    lines.insert(widths.map { String(repeating: "─", count: $0) }.joined(separator: "  "), at: 1)
    return lines
  }

  private func line(_ row: [String], widths: [Int]) -> String {
    var line = columns.indices.map { column in
      let padding = String(
        repeating: " ", count: widths[column] - Self.displayWidth(row[column]))
      return columns[column].alignment == .left ? row[column] + padding : padding + row[column]
    }.joined(separator: "  ")
    while line.last == " " { line.removeLast() }
    return line
  }

  /// The text without characters that control a terminal.
  package static func printable(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { scalar in
          switch scalar.properties.generalCategory {
          case .control, .format, .lineSeparator, .paragraphSeparator: " "
          default: scalar
          }
        }))
  }

  /// The number of terminal columns of the text; East Asian wide characters and emoji take two.
  package static func displayWidth(_ text: String) -> Int {
    text.reduce(0) { width, character in
      guard let value = character.unicodeScalars.first?.value else { return width }
      let isWide =
        switch value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
          0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
          true
        default: false
        }
      return width + (isWide ? 2 : 1)
    }
  }
}
