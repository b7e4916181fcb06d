import OutcropCore
import OutcropGraph

extension OGBDataset {
  /// The meaning of the labels of a graph, which OGB's files do not contain.
  public enum Labels: String, Sendable, CaseIterable {
    /// Found from the labels themselves, see `read`.
    case automatic
    /// One column of integers, each the class of a graph, such as the taxonomic group of ogbg-ppa.
    case classes
    /// Regression targets.
    case values
  }
}

/// The task and a note about it. Labels that are classes are replaced by class numbers.
func encodeLabels(
  _ flat: inout FlatGraphs, _ folder: OGBFolder, _ wish: OGBDataset.Labels
) throws -> (GraphDataset.Task, classValues: [Int]?, note: String?) {
  let targets = flat.targets
  switch wish {
  case .values: return (.regression, nil, nil)
  case .automatic:
    if targets.values.allSatisfy({ $0 == 0 || $0 == 1 || $0.isNaN }) {
      return (.binaryClassification, nil, nil)
    }
    guard targets.columns == 1, areClassNumbers(targets.values) else {
      let areIntegers = targets.columns == 1 && targets.values.allSatisfy { $0 == $0.rounded() }
      return (.regression, nil, areIntegers ? "integer labels taken as numbers" : nil)
    }
  case .classes: break
  }
  var tables = [LabelTable(values: targets, file: try folder.requiredFile("raw/graph-label"))]
  if targets.columns > 1 {
    throw InputError(
      file: tables[0].file, line: 1, found: "\(targets.columns) labels",
      expected: "one, the class of the graph")
  }
  let classes = try encodeClasses(&tables, values: nil)
  flat.targets = tables[0].values
  return (
    .classification(classCount: classes.count), classes, "labels taken as \(classes.count) classes"
  )
}

/// Whether the labels are integers 0 ... C − 1 that all occur, for C ≥ 3.
private func areClassNumbers(_ labels: [Float]) -> Bool {
  // At most as many classes as graphs, with numbers that a Float represents exactly.
  var occurs = [Bool](repeating: false, count: min(labels.count, 1 << 24))
  for label in labels {
    guard label >= 0, label < Float(occurs.count), label == label.rounded() else { return false }
    occurs[Int(label)] = true
  }
  let count = occurs.lastIndex(of: true).map { $0 + 1 } ?? 0
  return count >= 3 && occurs.prefix(count).allSatisfy { $0 }
}
