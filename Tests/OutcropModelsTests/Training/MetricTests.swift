import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropTensor
import Testing

@Suite("Metrics")
struct MetricTests {
  private func area(_ scores: [Float], _ labels: [Float], targets: Int = 1) -> Double {
    Metric(task: .binaryClassification, scores: scores, labels: labels, targets: targets).value
  }

  @Test("ROC-AUC is the mean over targets with both classes, of labels that are present")
  func targets() {
    // Target 0: 3 of 4 pairs in order. Target 1: one class only. Target 2: one pair, in order; two
    // labels are missing.
    let scores: [Float] = [1, 0, 5, 2, 0, 9, 3, 0, 6, 4, 0, 7]
    let labels: [Float] = [0, 1, 0, 1, 1, .nan, 0, 1, .nan, 1, 1, 1]
    #expect(area(scores, labels, targets: 3) == (0.75 + 1) / 2)
    #expect(area([1, 2], [1, 1]).isNaN)
    #expect(area([], []).isNaN)
  }

  @Test("Constant scores give one half, infinite ones a rank, NaN no result")
  func degenerate() {
    #expect(area([2, 2, 2, 2], [0, 1, 1, 0]) == 0.5)
    #expect(area([-.infinity, 0, .infinity], [0, 1, 1]) == 1)
    #expect(area([.nan, 0, 1], [0, 1, 1]).isNaN)
    #expect(area([.nan, .nan], [0, 1]).isNaN)
  }

  @Test("The mean absolute error leaves missing labels out")
  func regression() {
    let metric = Metric(
      task: .regression, scores: [1, 2, 3, 4], labels: [2, .nan, 3, 0], targets: 2)
    #expect(metric == Metric(task: .regression, scores: [1, 3, 4], labels: [2, 3, 0], targets: 1))
    #expect(metric.name == "MAE" && metric.value == 5.0 / 3)
  }

  @Test("Accuracy counts the largest score and leaves missing labels out")
  func accuracy() {
    let scores: [Float] = [0, 1, 0, 3, 2, 1, 0, 0, 1, -1, -2, -3]
    let task = GraphDataset.Task.classification(classCount: 3)
    #expect(
      Metric(task: task, scores: scores, labels: [1, 0, 2, 1], targets: 1).value == 0.75)
    #expect(
      Metric(task: task, scores: scores, labels: [1, .nan, 0, .nan], targets: 1).value == 0.5)
    #expect(Metric(task: task, scores: scores, labels: [], targets: 0).value.isNaN)
    // A score that is NaN is no hit and no miss.
    let undefined: [Float] = [.nan, .nan, .nan, 1, 0, 0]
    #expect(Metric(task: task, scores: undefined, labels: [0, 0], targets: 1).value.isNaN)
    #expect(Metric(task: task, scores: undefined, labels: [.nan, 0], targets: 1).value == 1)
  }
}

@Suite("Losses with missing labels")
struct TargetsTests {
  private func batch(_ labels: [Float], columns: Int) -> GraphBatch {
    let graphs = labels.count / columns
    return try! GraphBatch(
      nodeCounts: Array(repeating: 1, count: graphs), sources: [], destinations: [],
      targets: labels, targetCount: columns)
  }

  /// The loss of `labels` and of those alone that are present: loss and gradient must agree.
  private func compare(
    _ task: GraphDataset.Task, _ labels: [Float], columns: Int, scoreColumns: Int
  ) {
    var generator = RandomGenerator(seed: 8)
    let rows = labels.count / columns
    let scores = Tensor<Double>.normal([rows, scoreColumns], using: &generator).trackingGradients()
    let targets = Targets<Double>(batch(labels, columns: columns), task: task)
    let loss = targets.loss(scores)
    loss.backward()

    // A row for each label: for each graph of a classification, for each score of another task.
    let width = scoreColumns / columns
    let present = labels.indices.filter { !labels[$0].isNaN }
    #expect(targets.labelCount == present.count)
    let few = scores.detached.reshaped([labels.count, width])
      .gathered(rows: RowIndex(present.map { Int32($0) }, rowCount: labels.count))
      .trackingGradients()
    let expected = Targets<Double>(batch(present.map { labels[$0] }, columns: 1), task: task)
      .loss(few)
    expected.backward()
    #expect(abs(loss.scalar - expected.scalar) < 1e-14)
    var gradient = [Double](repeating: 0, count: scores.count)
    for (row, label) in present.enumerated() {
      for column in 0..<width {
        gradient[label * width + column] = few.gradient!.values[row * width + column]
      }
    }
    for (found, expected) in zip(scores.gradient!.values, gradient) {
      #expect(abs(found - expected) < 1e-15)
    }
  }

  @Test("are means over the labels that are present")
  func missing() {
    compare(.regression, [1, .nan, 3, .nan, .nan, -2], columns: 2, scoreColumns: 2)
    compare(.binaryClassification, [1, .nan, 0, .nan, .nan, 1], columns: 2, scoreColumns: 2)
    compare(.classification(classCount: 3), [2, .nan, 0, 1], columns: 1, scoreColumns: 3)
  }

  @Test("and the plain means when none is missing")
  func complete() {
    compare(.regression, [1, 0.5, 3, -2], columns: 2, scoreColumns: 2)
    compare(.binaryClassification, [1, 0, 0, 1], columns: 1, scoreColumns: 1)
    compare(.classification(classCount: 4), [2, 0, 3], columns: 1, scoreColumns: 4)
  }
}
