import Foundation
import OutcropCore

/// A table of numbers in full precision, for the page and for a CSV file.
package struct DataTable {
  /// The content of a cell, and its displayed text.
  enum Cell {
    case text(String)
    /// If nil, it is omitted from files and sorted last.
    case number(Double?, String)
    case spread(Spread, String)
    case estimate(StudyResults.Estimate?, String)
    /// Several numbers in one cell, sorted by the first.
    case empty

    var text: String {
      switch self {
      case .text(let text), .number(_, let text), .spread(_, let text), .estimate(_, let text): text
      case .empty: LayerText.none
      }
    }

    /// The number by which rows are sorted; nil for texts.
    var key: Double? {
      switch self {
      case .text, .empty: nil
      case .number(let value, _): value
      case .spread(let spread, _): spread.mean
      case .estimate(let estimate, _): estimate?.value
      }
    }
  }

  /// The header of a column. The unit of its numbers is `unit`.
  struct Column {
    enum Content { case text, number, spread, estimate }
    var title: String
    var group = ""
    var unit = ""
    var content = Content.number

    init(_ title: String, _ content: Content = .number, unit: String = "", group: String = "") {
      self.title = title
      self.content = content
      self.unit = unit
      self.group = group
    }

    var isText: Bool { content == .text }
  }

  var columns: [Column]
  var rows: [[Cell]] = []
  /// Rows that are highlighted.
  var strong: Set<Int> = []

  init(_ columns: [Column], rows: [[Cell]] = []) {
    self.columns = columns
    self.rows = rows
  }

  /// The table in the format of RFC 4180: a line of headings, then the rows, each terminated by CR LF. Means
  /// have additional columns for the standard deviation and the number of values, estimates for the ends of
  /// the interval. Numbers have all digits; `inf`, `-inf` and `nan` represent numbers that aren't finite.
  var csv: String {
    let heads = columns.flatMap { column -> [String] in
      let name = [column.group, column.title].filter { !$0.isEmpty }.joined(separator: ": ")
      let unit = column.unit.isEmpty ? "" : " [\(column.unit)]"
      switch column.content {
      case .text, .number: return [name + unit]
      case .spread:
        return ["\(name), mean\(unit)", "\(name), standard deviation\(unit)", "\(name), n"]
      case .estimate:
        return ["\(name)\(unit)", "\(name), lower 95%\(unit)", "\(name), upper 95%\(unit)"]
      }
    }
    let lines = rows.map { row in
      columns.indices.flatMap { Self.fields(row[$0], columns[$0].content) }
    }
    return ([heads] + lines)
      .map { $0.map(Self.quoted).joined(separator: ",") + "\r\n" }.joined()
  }

  private static func fields(_ cell: Cell, _ content: Column.Content) -> [String] {
    let width = content == .spread || content == .estimate ? 3 : 1
    let fields: [String] =
      switch cell {
      case .text(let text): [text]
      case .number(let value, _): [number(value)]
      case .spread(let spread, _):
        [number(spread.mean), number(spread.deviation), "\(spread.count)"]
      case .estimate(let estimate, _):
        [number(estimate?.value), number(estimate?.lower), number(estimate?.upper)]
      case .empty: [""]
      }
    return (fields + [String](repeating: "", count: width)).prefix(width).map { $0 }
  }

  /// A number for sorting, in few characters.
  static func short(_ value: Double?) -> String {
    let all = number(value)
    return all.count > 10 ? String(format: "%.6g", value ?? 0) : all
  }

  /// A number with all digits; integers have no fraction.
  package static func number(_ value: Double?) -> String {
    guard let value else { return "" }
    if value.isNaN { return "nan" }
    if value.isInfinite { return value > 0 ? "inf" : "-inf" }
    return value == value.rounded() && abs(value) < 0x1p53 ? "\(Int64(value))" : "\(value)"
  }

  /// A field of a CSV file, in quotes where it needs them.
  package static func quoted(_ field: String) -> String {
    let isPlain = !field.unicodeScalars.contains { "\",\r\n".unicodeScalars.contains($0) }
    return isPlain ? field : "\"" + field.replacing("\"", with: "\"\"") + "\""
  }
}

extension DataTable.Cell {
  /// An integer.
  static func count(_ value: Int) -> Self { .number(Double(value), NumberText.grouped(value)) }

  static func count(_ value: Int?) -> Self { value.map { .count($0) } ?? .empty }

  /// Means of integers, or of ratios.
  static func amounts(_ spread: Spread) -> Self { .spread(spread, spread.text(NumberText.amount)) }

  static func ratios(_ spread: Spread) -> Self { .spread(spread, spread.text(NumberText.ratio)) }

  static func scores(_ spread: Spread) -> Self { .spread(spread, spread.score) }

  static func shares(_ spread: Spread) -> Self { .spread(spread, spread.percent) }

  static func statistics(_ spread: Spread) -> Self {
    func fixed(_ value: Double) -> String { NumberText.fixed(value, digits: 3) }
    guard let mean = spread.mean else { return .empty }
    return .spread(spread, fixed(mean) + (spread.deviation.map { " ± \(fixed($0))" } ?? ""))
  }

  /// A value with its interval.
  static func interval(_ estimate: StudyResults.Estimate?, digits: Int = 3) -> Self {
    .estimate(estimate, estimate.map { IntervalText.text($0, digits: digits) } ?? LayerText.none)
  }
}

/// Texts for estimates.
enum IntervalText {
  /// `1.23 (1.10 to 1.35)`, or only the value.
  static func text(_ estimate: StudyResults.Estimate, digits: Int = 3) -> String {
    let size =
      [estimate.value, estimate.lower ?? 0, estimate.upper ?? 0]
      .filter(\.isFinite).map(abs).max() ?? 0
    let isUsual = size >= 1e-6 && size < 1e7
    // The same number of decimals for all three.
    let decimals = isUsual ? max(0, digits - 1 - Int(floor(log10(size)))) : 0
    func number(_ value: Double) -> String {
      isUsual && value.isFinite
        ? NumberText.fixed(value, digits: decimals)
        : NumberText.significant(value, digits: digits)
    }
    guard let lower = estimate.lower, let upper = estimate.upper else {
      return number(estimate.value)
    }
    return "\(number(estimate.value)) (\(number(lower)) to \(number(upper)))"
  }
}
