import OutcropGraph
import OutcropNN
import OutcropTensor

/// What a model does on a set of graphs.
public struct Evaluation: Sendable {
  /// The mean loss over all present labels; NaN without any.
  public let loss: Double
  /// The number of present labels.
  public let labelCount: Int
  public let metric: Metric
  /// [examples, outputs], in the order of the examples.
  public let scores: [Float]

  /// Runs `model` over `examples` (graphs, or labeled nodes) in evaluation mode, without a tape.
  ///
  /// - Parameters:
  ///   - batchSize: examples in a batch; results on graphs don't depend on it beyond rounding.
  ///   - observers: see every batch's activations.
  public init<Scalar>(
    of model: some GraphModel<Scalar>, on examples: some BatchSource, task: GraphDataset.Task,
    batchSize: Int = 128, observers: [any ActivationObserver] = [],
    progress: (_ done: Int, _ count: Int) -> Void = { _, _ in }
  ) {
    var (sum, labelCount) = (0.0, 0)
    var (scores, labels) = ([Float](), [Float]())
    let count = examples.exampleCount
    let all = Array(0..<count)
    let requests = stride(from: 0, to: count, by: batchSize).map { start in
      (examples: all[start..<min(count, start + batchSize)], seed: UInt64(start))
    }
    let batches = BatchPrefetcher(examples, requests)
    var targetCount = 1
    for number in requests.indices {
      let batch = batches.batch()
      targetCount = batch.targetCount
      let (result, loss, count) = withoutGradients {
        let result = model.run(batch, .evaluation(observers: observers))
        let targets = Targets<Scalar>(batch, task: task)
        let loss = targets.labelCount > 0 ? targets.loss(result).scalar : 0
        return (result, loss, targets.labelCount)
      }
      sum += Double(loss) * Double(count)
      labelCount += count
      scores += result.values.map { Float($0) }
      labels += batch.targets
      progress(number + 1, requests.count)
    }
    loss = sum / Double(labelCount)
    self.labelCount = labelCount
    metric = Metric(
      task: task, scores: scores, labels: labels,
      targets: targetCount)
    self.scores = scores
  }
}
