import Foundation

/// Turns the labels in `splits` into class numbers where they are classes: one column of
/// `graph_labels` that isn't `areBinary`.
func encodeTargets(
  _ splits: inout [TUSplit], _ suffix: String, areBinary: Bool
) throws -> (GraphDataset.Task, classValues: [Int]?) {
  if suffix != "graph_labels" { return (.regression, nil) }
  if areBinary || splits[0].targets.columns > 1 {
    for split in splits {
      let values = split.targets.values
      if let odd = values.firstIndex(where: { !$0.isNaN && $0 != 0 && $0 != 1 }) {
        throw DatasetError(
          file: split.targetFile, line: odd / split.targets.columns + 1, found: "\(values[odd])",
          expected: "0, 1 or nan in a file of several labels")
      }
    }
    return (.binaryClassification, nil)
  }
  for split in splits {
    let values = split.targets.values
    // Beyond 2²⁴ a Float no longer tells neighbouring integers apart.
    if let odd = values.firstIndex(where: { !(abs($0) < 0x1p24) || $0 != $0.rounded() }) {
      throw DatasetError(
        file: split.targetFile, line: odd + 1, found: "\(values[odd])",
        expected: "an integer, the graph's class")
    }
  }
  let classes = Set(splits.flatMap { $0.targets.values.map { Int($0) } }).sorted()
  let numbers = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, Float($0)) })
  for split in splits.indices {
    splits[split].targets.values = splits[split].targets.values.map { numbers[Int($0)]! }
  }
  return (.classification(classCount: classes.count), classes)
}

/// The vocabulary of node or edge types over all splits. Checks it against `vocabulary` where
/// given, numbers the types anew where they don't lend themselves to be row numbers of a table.
func encodeTypes(
  _ splits: inout [TUSplit], _ types: WritableKeyPath<TUSplit, IntegerFeatures?>, file: String,
  vocabulary: Int?
) throws -> Int {
  if splits[0][keyPath: types] == nil { return 0 }
  if let vocabulary {
    for split in splits {
      guard let features = split[keyPath: types] else { continue }
      if let odd = features.values.firstIndex(where: { $0 < 0 || Int($0) >= vocabulary }) {
        throw DatasetError(
          file: split.folder.file(file) ?? split.folder.path, line: odd / features.columns + 1,
          found: "\(features.values[odd])", expected: "0 ... \(vocabulary - 1)")
      }
    }
    return vocabulary
  }
  var smallest = Int32.max
  var largest = Int32.min
  for split in splits {
    for value in split[keyPath: types]?.values ?? [] {
      smallest = min(smallest, value)
      largest = max(largest, value)
    }
  }
  if smallest > largest { return 0 }
  if smallest >= 0, largest <= 65535 { return Int(largest) + 1 }
  let values = Set(splits.flatMap { $0[keyPath: types]?.values ?? [] }).sorted()
  let numbers = Dictionary(uniqueKeysWithValues: values.enumerated().map { ($1, Int32($0)) })
  for split in splits.indices {
    guard let features = splits[split][keyPath: types] else { continue }
    splits[split][keyPath: types] = IntegerFeatures(
      values: features.values.map { numbers[$0]! }, columns: features.columns)
  }
  return values.count
}

extension TUDataset.Options {
  /// Fills what is still open from the folder's own description.
  mutating func adopt(_ metadata: DatasetMetadata?) {
    guard let metadata else { return }
    nodeTypeCount = nodeTypeCount ?? (metadata.nodeTypeCount > 0 ? metadata.nodeTypeCount : nil)
    edgeTypeCount = edgeTypeCount ?? (metadata.edgeTypeCount > 0 ? metadata.edgeTypeCount : nil)
    edgeTypeNames = edgeTypeNames ?? metadata.edgeTypeNames
  }

  /// Fills what is still open with what is published about well-known data sets.
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
