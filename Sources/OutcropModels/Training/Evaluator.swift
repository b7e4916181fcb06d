import OutcropGraph
import OutcropTensor

/// What a model does on a set of graphs.
public struct Evaluation: Sendable {
  /// The mean loss over all present labels; NaN without any.
  public let loss: Double
  /// The number of present labels.
  public let labelCount: Int
  public let metric: Metric
  /// [graphs, outputs], in the order of the graphs.
  public let scores: [Float]

  /// Runs `model` over `graphs` in evaluation mode, without a tape.
  ///
  /// - Parameters:
  ///   - batchSize: graphs in a batch; results don't depend on it beyond rounding.
  ///   - observers: see every batch's activations.
  public init<Scalar>(
    of model: some GraphModel<Scalar>, on graphs: [Graph], task: GraphDataset.Task,
    batchSize: Int = 128, observers: [any ActivationObserver] = [],
    progress: (_ done: Int, _ count: Int) -> Void = { _, _ in }
  ) {
    var (sum, labelCount) = (0.0, 0)
    var (scores, labels) = ([Float](), [Float]())
    let starts = Array(stride(from: 0, to: graphs.count, by: batchSize))
    for (number, start) in starts.enumerated() {
      let batch = GraphBatch(graphs[start..<min(graphs.count, start + batchSize)])
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
      progress(number + 1, starts.count)
    }
    loss = sum / Double(labelCount)
    self.labelCount = labelCount
    metric = Metric(
      task: task, scores: scores, labels: labels,
      targets: graphs.isEmpty ? 1 : labels.count / graphs.count)
    self.scores = scores
  }
}
