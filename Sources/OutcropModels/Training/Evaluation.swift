import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// A model's scores, loss and metric on a set of graphs.
public struct Evaluation: Sendable {
  /// The mean loss over all present labels; NaN if there are none.
  public let loss: Double
  /// The number of present labels.
  public let labelCount: Int
  /// The task's metric over all examples.
  public let metric: Metric
  /// [examples, outputs], in the order of the examples.
  public let scores: [Float]

  /// Runs `model` over `examples` (graphs, or labeled nodes) in evaluation mode, without a tape.
  ///
  /// - Parameters:
  ///   - model: the model to evaluate.
  ///   - examples: graphs or labeled nodes.
  ///   - task: what is predicted.
  ///   - batchSize: examples in a batch; results on graphs depend on it only in their rounding.
  ///   - observers: receive every batch's activations.
  ///   - progress: called after every batch with the number of finished batches and of all batches.
  /// - Throws: `InputError` for a batch that the model cannot run on, and for a batch size below 1.
  public init<Scalar>(
    of model: some GraphModel<Scalar>, on examples: some BatchSource, task: GraphDataset.Task,
    batchSize: Int = 128, observers: [any ActivationObserver] = [],
    progress: (_ done: Int, _ count: Int) -> Void = { _, _ in }
  ) throws {
    if batchSize < 1 {
      throw InputError(
        file: "evaluation", field: "batchSize", found: "\(batchSize)", expected: "at least 1")
    }
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
      try model.check(batch, task: task, of: "evaluation, batch \(number + 1)")
      targetCount = batch.targetCount
      let (result, loss, count) = withoutGradients {
        let result = model(batch, .evaluation(observers: observers))
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
