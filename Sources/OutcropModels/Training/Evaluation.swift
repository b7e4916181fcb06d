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
  ///   - batchSize: examples in a batch; results on graphs don't depend on it beyond rounding.
  ///   - communicator: the ranks that share the batches; each gets the results of all. Results are the same bits
  ///     for any number of ranks.
  ///   - observers: receive the activations of every batch that this rank runs.
  ///   - progress: called after every batch with the finished and all batches of this rank.
  /// - Throws: `InputError` for a batch that the model cannot run on, and a batch size below 1;
  ///   `CommunicationError`.
  public init<Scalar>(
    of model: some GraphModel<Scalar>, on examples: some BatchSource, task: GraphDataset.Task,
    batchSize: Int = 128, communicator: any Communicator = SingleProcess(),
    observers: [any ActivationObserver] = [],
    progress: (_ done: Int, _ count: Int) -> Void = { _, _ in }
  ) throws {
    if batchSize < 1 {
      throw InputError(
        file: "evaluation", field: "batchSize", found: "\(batchSize)", expected: "at least 1")
    }
    /// The loss and the number of labels of each batch.
    var losses = [Double]()
    var (scores, labels) = ([Float](), [Float]())
    let count = examples.exampleCount
    let all = Array(0..<count)
    let starts = Array(stride(from: 0, to: count, by: batchSize))
    let share = communicator.share(of: starts.count)
    let requests = starts[share].map { start in
      (examples: all[start..<min(count, start + batchSize)], seed: UInt64(start))
    }
    let batches = BatchPrefetcher(examples, requests)
    var targetCount = 1
    for number in requests.indices {
      let batch = batches.batch()
      try model.check(batch, task: task, of: "evaluation, batch \(share.lowerBound + number + 1)")
      targetCount = batch.targetCount
      let (result, loss, count) = withoutGradients {
        let result = model(batch, .evaluation(observers: observers))
        let targets = Targets<Scalar>(batch, task: task)
        let loss = targets.labelCount > 0 ? targets.loss(result).scalar : 0
        return (result, loss, targets.labelCount)
      }
      losses += [Double(loss), Double(count)]
      scores += result.values.map { Float($0) }
      labels += batch.targets
      progress(number + 1, requests.count)
    }
    targetCount = try communicator.gather([targetCount]).reduce(1) { max($0, $1[0]) }
    losses = try communicator.gather(losses).flatMap { $0 }
    scores = try communicator.gather(scores).flatMap { $0 }
    labels = try communicator.gather(labels).flatMap { $0 }
    var (sum, labelCount) = (0.0, 0)
    for place in stride(from: 0, to: losses.count, by: 2) {
      sum += losses[place] * losses[place + 1]
      labelCount += Int(losses[place + 1])
    }
    loss = sum / Double(labelCount)
    self.labelCount = labelCount
    metric = Metric(
      task: task, scores: scores, labels: labels,
      targets: targetCount)
    self.scores = scores
  }
}
