import Foundation
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTensor

/// A model's prediction for one graph: numbers, or probabilities of labels or classes.
struct Prediction {
  let values: [Double]

  /// The predictions of `graphs`, run as one batch in evaluation mode.
  static func all<Scalar>(
    _ model: some GraphModel<Scalar>, _ graphs: [Graph], _ task: GraphDataset.Task
  ) -> [Prediction] {
    if graphs.isEmpty { return [] }
    let scores = withoutGradients { model(GraphBatch(graphs), .evaluation()).values }
    let width = scores.count / graphs.count
    return graphs.indices.map { graph in
      Prediction(scores[graph * width..<(graph + 1) * width].map { Double($0) }, task)
    }
  }

  init(_ scores: [Double], _ task: GraphDataset.Task) {
    switch task {
    case .regression: values = scores
    case .binaryClassification: values = scores.map { 1 / (1 + exp(-$0)) }
    case .classification:
      let largest = scores.max() ?? 0
      let powers = scores.map { exp($0 - largest) }
      let sum = powers.reduce(0, +)
      values = powers.map { $0 / sum }
    }
  }

  init(values: [Double]) { self.values = values }

  /// The class with the largest probability, the first of several; nil if a probability is NaN.
  private var likeliest: Int? {
    values.contains { $0.isNaN } ? nil : values.indices.max { values[$0] < values[$1] }
  }

  /// The four differences between this prediction on a graph and the prediction `other` on a part of the
  /// graph. `targets` are the graph's labels, NaN for a missing one.
  func compared(
    with other: Prediction, targets: [Float], _ task: GraphDataset.Task
  ) -> PredictionChange {
    var change = PredictionChange()
    switch task {
    case .regression:
      for (index, (p, q)) in zip(values, other.values).enumerated() {
        let y = Double(targets[index])
        change.change.add(abs(q - p))
        if !y.isNaN { change.truthChange.add(abs(abs(q - y) - abs(p - y))) }
      }
    case .binaryClassification:
      for (index, (p, q)) in zip(values, other.values).enumerated() {
        let differs: Double = p.isNaN || q.isNaN ? .nan : (p > 0.5) != (q > 0.5) ? 1 : 0
        change.labels.add(differs)
        change.change.add(abs(q - p))
        if !targets[index].isNaN {
          // With two labels, a changed prediction also changes between right and wrong.
          change.correctness.add(differs)
          change.truthChange.add(abs(q - p))
        }
      }
    case .classification:
      guard let p = likeliest, let q = other.likeliest else {
        change.labels.add(.nan)
        change.change.add(.nan)
        if !targets[0].isNaN {
          change.correctness.add(.nan)
          change.truthChange.add(.nan)
        }
        return change
      }
      change.labels.add(p != q ? 1 : 0)
      change.change.add(abs(other.values[p] - values[p]))
      if !targets[0].isNaN {
        let y = Int(targets[0])
        change.correctness.add((p == y) != (q == y) ? 1 : 0)
        change.truthChange.add(abs(other.values[y] - values[y]))
      }
    }
    return change
  }
}

/// Sums over the predictions of one graph.
struct PredictionChange {
  struct Sum {
    var sum = 0.0
    var count = 0
    var omitted = 0

    mutating func add(_ value: Double) {
      if value.isNaN { omitted += 1 } else { (sum, count) = (sum + value, count + 1) }
    }

    mutating func merge(_ other: Sum) {
      sum += other.sum
      count += other.count
      omitted += other.omitted
    }
  }
  var labels = Sum()
  var correctness = Sum()
  var change = Sum()
  var truthChange = Sum()
}
