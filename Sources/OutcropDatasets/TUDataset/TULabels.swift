import Foundation
import OutcropCore
import OutcropGraph

/// Replaces the labels in `splits` by class numbers if they are classes: one column of
/// `graph_labels` that is not binary.
func encodeTargets(
  _ splits: inout [TUSplit], _ suffix: String, _ metadata: DatasetMetadata?
) throws -> (GraphDataset.Task, classValues: [Int]?) {
  if suffix != "graph_labels" { return (.regression, nil) }
  var tables = splits.map { LabelTable(values: $0.targets, file: $0.targetFile) }
  if metadata?.hasBinaryLabels ?? false || splits[0].targets.columns > 1 {
    try tables.forEach { try $0.checkBinary() }
    return (.binaryClassification, nil)
  }
  let classes = try encodeClasses(&tables, values: metadata?.classValues)
  for split in splits.indices { splits[split].targets = tables[split].values }
  return (.classification(classCount: classes.count), classes)
}

/// The vocabulary of node or edge types over all splits. Checks the types against `vocabulary` if
/// given, and renumbers types that cannot be row numbers of a table. `stated` are the vocabularies of
/// `dataset.json`, which take precedence.
func encodeTypes(
  _ splits: inout [TUSplit], _ types: WritableKeyPath<TUSplit, IntegerFeatures?>, file: String,
  vocabulary: Int?, stated: [Int]?
) throws -> (count: Int, byColumn: [Int]?) {
  guard let columns = splits[0][keyPath: types]?.columns else { return (0, nil) }
  if let vocabularies = stated ?? vocabulary.map({ Array(repeating: $0, count: columns) }) {
    for split in splits {
      guard let features = split[keyPath: types] else { continue }
      if let (row, column) = features.firstOutside(vocabularies) {
        throw InputError(
          file: split.folder.file(file) ?? split.folder.path, line: row + 1,
          found: "\(features[row, column])",
          expected: stated == nil
            ? "0 ... \(vocabularies[column] - 1)"
            : DatasetMetadata.expected(
              vocabularies[column], of: file == "node_labels" ? .nodes : .edges))
      }
    }
    return (vocabularies.max() ?? 0, vocabularies)
  }
  var smallest = Int32.max
  var largest = Int32.min
  for split in splits {
    for value in split[keyPath: types]?.values ?? [] {
      smallest = min(smallest, value)
      largest = max(largest, value)
    }
  }
  if smallest > largest { return (0, nil) }
  if smallest >= 0, largest <= 65535 { return (Int(largest) + 1, nil) }
  let values = Set(splits.flatMap { $0[keyPath: types]?.values ?? [] }).sorted()
  let numbers = Dictionary(uniqueKeysWithValues: values.enumerated().map { ($1, Int32($0)) })
  for split in splits.indices {
    guard let features = splits[split][keyPath: types] else { continue }
    splits[split][keyPath: types] = IntegerFeatures(
      values: features.values.map { numbers[$0]! }, columns: features.columns)
  }
  return (values.count, nil)
}

extension DatasetMetadata {
  /// The stated vocabularies of `types`, compared with those of all splits.
  func vocabularies(
    _ rows: Rows, _ types: (TUSplit) -> IntegerFeatures?, of splits: [TUSplit], _ folder: String
  ) throws -> [Int]? {
    try vocabularies(
      of: rows, columns: types(splits[0])?.columns ?? 0, count: TUSplit.count(rows, of: splits),
      folder: folder)
  }

  /// Throws unless the splits have the attributes that are stated.
  func checkAttributes(of splits: [TUSplit], _ folder: String) throws {
    for (rows, columns) in [
      (Rows.nodes, splits[0].nodeAttributes?.columns), (.edges, splits[0].edgeAttributes?.columns),
    ] {
      try checkAttributes(
        of: rows, columns: columns ?? 0, count: TUSplit.count(rows, of: splits), folder: folder)
    }
  }

  /// Throws if the labels of the file with the ending `suffix` cannot have the meaning that is stated.
  func checkLabels(of splits: [TUSplit], _ suffix: String, _ folder: String) throws {
    try checkLabels(ofGraphs: splits[0].targets.columns, folder: folder)
    if suffix == "graph_labels" || !(hasBinaryLabels || classValues != nil) { return }
    throw InputError(
      file: Self.file(in: folder), field: hasBinaryLabels ? "hasBinaryLabels" : "classValues",
      found: hasBinaryLabels ? "yes/no labels" : "classes",
      expected: "neither, since the labels are the numbers of \(suffix)")
  }
}

extension TUSplit {
  fileprivate static func count(_ rows: DatasetMetadata.Rows, of splits: [TUSplit]) -> Int {
    splits.reduce(0) {
      $0 + (rows == .nodes ? Int($1.nodeOffsets.last ?? 0) : $1.sources.count)
    }
  }
}

extension TUDataset.Options {
  /// Sets missing options from the published properties of well-known data sets.
  mutating func adoptPublished(_ name: String) {
    switch name.uppercased() {
    case let name where name == "ZINC" || name.hasPrefix("ZINC_"):
      nodeTypeCount = nodeTypeCount ?? ZINCEncoding.nodeTypeCount
      edgeTypeCount = edgeTypeCount ?? ZINCEncoding.edgeTypeNames.count
      edgeTypeNames = edgeTypeNames ?? ZINCEncoding.edgeTypeNames
    case "MUTAG":
      edgeTypeNames = edgeTypeNames ?? ["aromatic", "single", "double", "triple"]
    default: break
    }
  }
}
