/// The columns of attributes by name, in the order in which the names first occur.
final class AttributeColumns {
  private var columns: [MixedColumn] = []
  private var numbers: [String: Int] = [:]
  private var dropped: Set<String> = []
  /// Where the next name is expected.
  private var next = 0

  /// A row begins.
  func begin() { next = 0 }

  /// The column of a name; nil for one that is not used.
  func column(_ name: String) -> MixedColumn? {
    if next < columns.count, columns[next].name == name {
      next += 1
      return dropped.isEmpty || !dropped.contains(name) ? columns[next - 1] : nil
    }
    if let number = numbers[name] {
      next = number + 1
      return dropped.contains(name) ? nil : columns[number]
    }
    numbers[name] = columns.count
    columns.append(MixedColumn(name))
    next = columns.count
    return columns[columns.count - 1]
  }

  /// Leaves a column out whose values are of another kind.
  func drop(_ name: String) { dropped.insert(name) }

  /// The names of the columns that were left out.
  var droppedNames: [String] { columns.map(\.name).filter(dropped.contains) }

  /// The columns, all of `rows` rows.
  func finished(_ rows: Int) -> [MixedColumn] {
    let used = columns.filter { !dropped.contains($0.name) }
    for column in used { column.fill(to: rows) }
    return used
  }
}
