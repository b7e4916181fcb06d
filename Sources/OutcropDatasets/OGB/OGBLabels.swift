import OutcropCore
import OutcropGraph

extension OGBDataset {
  /// The meaning of the labels of a graph, which OGB's files do not contain.
  public enum Labels: String, Sendable, CaseIterable {
    /// Determined from the labels themselves, see `read`.
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
    try checkNearlyBinary(targets, folder)
    guard targets.columns == 1, areClassNumbers(targets.values) else {
      return (.regression, nil, targetNote(targets))
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

/// Throws if nearly all labels are 0, 1 or missing: the few others are then probably damage and not
/// numbers to predict.
private func checkNearlyBinary(_ targets: RealFeatures, _ folder: OGBFolder) throws {
  func isBinary(_ label: Float) -> Bool { label == 0 || label == 1 }
  let known = targets.values.count { !$0.isNaN }
  let others = targets.values.count { !$0.isNaN && !isBinary($0) }
  guard others * 10 < known,
    let odd = targets.values.firstIndex(where: { !$0.isNaN && !isBinary($0) })
  else { return }
  // One column of integers may be classes of which two are common.
  if targets.columns == 1, targets.values.allSatisfy({ $0.isNaN || $0 == $0.rounded() }) { return }
  throw InputError(
    file: try folder.requiredFile("raw/graph-label"), line: odd / targets.columns + 1,
    found: "\(targets.values[odd])",
    expected: "0, 1 or a missing label, as all but \(others) of \(known) labels are",
    hint: "if the labels are numbers to predict, use the option labels: values")
}

/// A note about labels that are all, or nearly all, integers and are numbers to predict nevertheless.
private func targetNote(_ targets: RealFeatures) -> String? {
  if targets.columns == 1, targets.values.allSatisfy({ $0 == $0.rounded() }) {
    return "integer labels taken as numbers"
  }
  return numberNote("labels taken as numbers to predict", targets)
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
