import OutcropCore
import OutcropGraph

/// Comparisons of what `dataset.json` states with the rows of the data set's other files. Every reader calls these
/// functions, which throw for a contradiction: neither side can be trusted then.
extension DatasetMetadata {
  /// The rows that have features.
  enum Rows: String {
    case nodes, edges

    var vocabularies: String { self == .nodes ? "nodeVocabularies" : "edgeVocabularies" }
    fileprivate var typeCount: String { self == .nodes ? "nodeTypeCount" : "edgeTypeCount" }
    fileprivate var attributeColumns: String {
      self == .nodes ? "nodeAttributeColumns" : "edgeAttributeColumns"
    }
  }

  /// The file of a folder.
  static func file(in folder: String) -> String { "\(folder)/\(fileName)" }

  /// The number of columns of types, where no row shows it; nil where the description does not state it.
  func typeColumns(of rows: Rows) -> Int? {
    (rows == .nodes ? nodeVocabularies : edgeVocabularies)?.count
  }

  /// The vocabulary of each column of types. Without rows, which cannot contradict, nil unless the description states
  /// as many columns.
  ///
  /// - Parameters:
  ///   - rows: nodes or edges.
  ///   - columns: columns of types that the rows have; 0 without types.
  ///   - count: the number of rows.
  ///   - folder: the folder of the description, for errors.
  func vocabularies(
    of rows: Rows, columns: Int, count: Int, folder: String
  ) throws -> [Int]? {
    let file = Self.file(in: folder)
    let typeCount = rows == .nodes ? nodeTypeCount : edgeTypeCount
    if let stated = rows == .nodes ? nodeVocabularies : edgeVocabularies {
      if stated.count == columns {
        try checkVocabularies(stated, rows: count, file: file, field: rows.vocabularies)
        return stated
      }
      if count == 0 { return nil }
      throw InputError(
        file: file, field: rows.vocabularies,
        found: "\(stated.count) vocabular\(stated.count == 1 ? "y" : "ies")",
        expected: "\(columns), the columns of types that the \(rows) have")
    }
    if columns == 0 || typeCount == 0 {
      if count == 0 || columns == typeCount { return nil }
      throw InputError(
        file: file, field: rows.typeCount, found: "\(typeCount)",
        expected: columns == 0
          ? "0, since the \(rows) have no types"
          : "the number of types, since the \(rows) have \(columns) column\(columns == 1 ? "" : "s") of types"
      )
    }
    let stated = Array(repeating: typeCount, count: columns)
    try checkVocabularies(stated, rows: count, file: file, field: rows.typeCount)
    return stated
  }

  /// What the values of a column of types must be, for the error about another one.
  static func expected(_ vocabulary: Int, of rows: Rows) -> String {
    (vocabulary == 0 ? "no type" : "0 ... \(vocabulary - 1)")
      + ", the types of the \(rows) that \(fileName) states"
  }

  /// Throws unless the rows have the columns of attributes that are stated, if any are.
  func checkAttributes(of rows: Rows, columns: Int, count: Int, folder: String) throws {
    let stated = rows == .nodes ? nodeAttributeColumns : edgeAttributeColumns
    guard let stated, count > 0, stated != columns else { return }
    throw InputError(
      file: Self.file(in: folder), field: rows.attributeColumns, found: "\(stated)",
      expected: "\(columns), the columns of attributes that the \(rows) have")
  }

  /// Throws if labels of graphs in `columns` columns cannot have the meaning that is stated.
  func checkLabels(ofGraphs columns: Int, folder: String) throws {
    if let classNames {
      throw InputError(
        file: Self.file(in: folder), field: "classNames",
        found: "\(classNames.count) name\(classNames.count == 1 ? "" : "s")",
        expected: "none: the classes of graphs are in “classValues”")
    }
    try checkClasses(columns: columns, folder: folder)
  }

  /// Throws if classes are stated and there is not one column of labels.
  func checkClasses(columns: Int, folder: String) throws {
    for (field, classes) in [
      ("classValues", classValues?.count), ("classNames", classNames?.count),
    ] {
      guard let classes, columns > 1 else { continue }
      throw InputError(
        file: Self.file(in: folder), field: field, found: "\(classes) classes",
        expected: "none: the rows have \(columns) labels each, and classes are one")
    }
  }
}
