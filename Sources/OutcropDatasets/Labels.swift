import OutcropCore
import OutcropGraph

/// The labels of graphs from one file, one row on each line.
struct LabelTable {
  var values: RealFeatures
  let file: String

  /// Throws unless every label is 0, 1 or missing.
  func checkBinary() throws {
    let odd = values.values.firstIndex { !$0.isNaN && $0 != 0 && $0 != 1 }
    if let odd {
      throw InputError(
        file: file, line: odd / values.columns + 1, found: "\(values.values[odd])",
        expected: "0, 1 or nan in a file with several labels for each graph")
    }
  }
}

/// Replaces the labels in one column by class numbers 0, 1, … in ascending order. Returns the value
/// of each class: `values` if given, which must contain every label, otherwise the labels that
/// occur.
func encodeClasses(_ tables: inout [LabelTable], values: [Int]?) throws -> [Int] {
  for table in tables {
    let labels = table.values.values
    // Above 2²⁴ a Float does not represent all integers.
    if let odd = labels.firstIndex(where: { !(abs($0) < 0x1p24) || $0 != $0.rounded() }) {
      throw InputError(
        file: table.file, line: odd / table.values.columns + 1, found: "\(labels[odd])",
        expected: "an integer, the graph's class")
    }
  }
  let classes = values ?? Set(tables.flatMap { $0.values.values.map { Int($0) } }).sorted()
  let numbers = Dictionary(
    classes.enumerated().map { ($1, Float($0)) }, uniquingKeysWith: { first, _ in first })
  for index in tables.indices {
    let table = tables[index]
    tables[index].values.values = try table.values.values.enumerated().map { place, label in
      if let number = numbers[Int(label)] { return number }
      throw InputError(
        file: table.file, line: place / table.values.columns + 1, found: "class \(Int(label))",
        expected: "one of \(classes.prefix(20).map(String.init).joined(separator: ", "))")
    }
  }
  return classes
}
