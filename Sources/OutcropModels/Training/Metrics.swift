import OutcropGraph

/// The value of a task's metric over a whole split.
public struct Metric: Sendable, Equatable {
  /// `MAE`, `ROC-AUC` or `accuracy`.
  public let name: String
  /// The value; NaN if the metric is undefined.
  public let value: Double

  /// The metric's name for a task.
  public static func name(for task: GraphDataset.Task) -> String {
    switch task {
    case .regression: "MAE"
    case .binaryClassification: "ROC-AUC"
    case .classification: "accuracy"
    }
  }

  /// The metric of scores [graphs, outputs] against labels [graphs, targets] (NaN: missing).
  ///
  /// - Regression: the mean absolute error.
  /// - Binary labels: the mean over targets of the area under the ROC curve. Targets without both classes are
  ///   left out; the value is NaN if no target has both, or if a score is NaN.
  /// - Classes: the share of graphs whose largest score is that of the label; NaN if a score is NaN.
  ///
  /// Missing labels are not counted; without any label the value is NaN.
  public init(task: GraphDataset.Task, scores: [Float], labels: [Float], targets: Int) {
    name = Self.name(for: task)
    switch task {
    case .regression:
      let errors = zip(scores, labels).filter { !$1.isNaN }.map { Double(($0 - $1).magnitude) }
      value = errors.reduce(0, +) / Double(errors.count)
    case .binaryClassification:
      let areas = (0..<targets).compactMap { target in
        let column = stride(from: target, to: labels.count, by: targets)
        return areaUnderROC(
          column.map { (score: scores[$0], label: labels[$0]) }.filter { !$0.label.isNaN })
      }
      value = areas.reduce(0, +) / Double(areas.count)
    case .classification(let classCount):
      let present = labels.indices.filter { !labels[$0].isNaN }
      func row(_ graph: Int) -> ArraySlice<Float> {
        scores[graph * classCount..<(graph + 1) * classCount]
      }
      if present.contains(where: { row($0).contains(where: \.isNaN) }) {
        value = .nan
        return
      }
      let hits = present.count { graph in
        let row = row(graph)
        return row.indices.max { row[$0] < row[$1] }.map { $0 - row.startIndex }
          == Int(labels[graph])
      }
      value = Double(hits) / Double(present.count)
    }
  }
}

/// The area under the ROC curve, from ranks: a pair with equal scores counts as half ordered.
///
/// nil without both classes; NaN if a score is NaN, which has no rank.
package func areaUnderROC(_ pairs: [(score: Float, label: Float)]) -> Double? {
  let positives = pairs.count { $0.label > 0.5 }
  let negatives = pairs.count - positives
  guard positives > 0, negatives > 0 else { return nil }
  if pairs.contains(where: { $0.score.isNaN }) { return .nan }
  let sorted = pairs.sorted { $0.score < $1.score }
  var rankSum = 0.0
  var start = 0
  while start < sorted.count {
    var end = start
    while end < sorted.count, sorted[end].score == sorted[start].score { end += 1 }
    let rank = Double(start + end + 1) / 2
    rankSum += rank * Double(sorted[start..<end].count { $0.label > 0.5 })
    start = end
  }
  let (p, n) = (Double(positives), Double(negatives))
  return (rankSum - p * (p + 1) / 2) / (p * n)
}
