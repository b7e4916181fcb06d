import Foundation
import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// Errors that stop training early.
public enum TrainingError: LocalizedError, Sendable, CustomStringConvertible {
  /// The loss of a step is NaN or infinite. The step was not taken, and the last checkpoint is unchanged.
  case nonFiniteLoss(epoch: Int, step: Int, loss: Double, checkpoint: String?)
  /// After the steps of an epoch, the validation loss or a tensor of the model is NaN or infinite. No
  /// checkpoint was written for it.
  case nonFiniteModel(epoch: Int, found: String, checkpoint: String?)
  /// The split has no graphs.
  case noGraphs(split: String)
  /// The split has no labels.
  case noLabels(split: String)

  /// The same as `description`.
  public var errorDescription: String? { description }

  public var description: String {
    switch self {
    case .nonFiniteLoss(let epoch, let step, let loss, let checkpoint):
      "training stopped: the loss is \(loss) in epoch \(epoch), step \(step)"
        + Self.advice(checkpoint)
    case .nonFiniteModel(let epoch, let found, let checkpoint):
      "training stopped: \(found) after the steps of epoch \(epoch)" + Self.advice(checkpoint)
    case .noGraphs(let split):
      "the \(split) split has no graphs; expected at least one"
    case .noLabels(let split):
      "the \(split) split has no labels; expected at least one"
    }
  }

  private static func advice(_ checkpoint: String?) -> String {
    "; "
      + (checkpoint.map { "the checkpoint of the last good epoch is intact: \($0)" }
        ?? "there is no checkpoint of an earlier epoch")
      + "; try a lower learning rate, and look for extreme values in the data"
  }
}

/// The reason why training finished.
public enum StopReason: String, Sendable, Codable {
  case epochs = "all epochs done"
  case learningRate = "the learning rate fell below its minimum"
}

/// Trains a model on graphs with Adam, a learning rate that is lowered on plateaus of the validation loss,
/// and a checkpoint after each epoch. Another optimizer, schedule and loss can be given.
///
/// The same configuration, data and initial parameters give the same bits, whatever the number of
/// threads; a run resumed from a checkpoint gives the bits of one that was never interrupted.
///
/// With `TrainingConfiguration.shardCount` above 1, the ranks of `communicator` share every batch and the
/// validation split, and results are the same bits for any number of ranks. Every rank makes the same trainer, with
/// the same data, and calls `run`; rank 0 writes the checkpoints. Observers of `run` see the shards of their rank; with
/// exact moments (`TrainingConfiguration.hasExactBatchMoments`) the shards of a batch in turn, part by part.
public final class Trainer<Model: GraphModel> {
  /// The type of the model's numbers.
  public typealias Scalar = Model.Scalar

  /// The model that is trained.
  public let model: Model
  /// The settings.
  public let configuration: TrainingConfiguration
  /// What is predicted.
  public let task: GraphDataset.Task
  /// The records of the finished epochs.
  public internal(set) var history: [EpochRecord] = []
  /// The path of the checkpoint that is written after each epoch; nil: none is written.
  public var checkpointPath: String?
  /// The checksum of the data (`ExampleDataset.checksum`). Checkpoints keep it so that a training is not
  /// resumed with other data by mistake; nil: it is neither kept nor compared.
  public var dataChecksum: String?
  /// The ranks that train together; by default this process alone.
  public var communicator: any Communicator = SingleProcess()
  /// The checkpoint that holds the last finished epoch.
  var lastCheckpoint: String?
  /// The optimizer of the parameters.
  public let optimizer: any Optimizer<Scalar>
  /// The configuration's schedule, used if no other was given.
  var schedule: PlateauSchedule
  /// The schedule that was given, which takes a step after each epoch; nil: `schedule` is used.
  let scheduler: Scheduler<Scalar>?
  private let clippingNorm: Double?
  private let ownLoss: Loss?
  /// The generator that draws the order of the graphs and, for each step, the seed of its dropout.
  var generator: RandomGenerator

  /// A loss of the scores of a batch, one number.
  public typealias Loss = (_ scores: Tensor<Scalar>, _ batch: GraphBatch) -> Tensor<Scalar>

  /// A trainer of a model.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - configuration: the settings.
  ///   - task: what the labels are.
  ///   - optimizer: changes the parameters; by default Adam with the configuration's learning rate and weight
  ///     decay. A given optimizer keeps its own settings.
  ///   - schedule: changes the learning rates after each epoch from the validation loss; by default the
  ///     configuration's plateau schedule. With a given schedule, the configuration's minimum of the learning
  ///     rate has no effect.
  ///   - norm: the largest norm of all gradients, see `Optimizer.clipGradients(toNorm:)`; by default there is
  ///     no limit.
  ///   - loss: the loss of a step, one number; by default that of the task. The validation loss is always
  ///     that of the task.
  public init(
    _ model: Model, configuration: TrainingConfiguration, task: GraphDataset.Task,
    optimizer: (any Optimizer<Scalar>)? = nil, schedule: (any LearningRateSchedule)? = nil,
    clippingNorm norm: Double? = nil, loss: Loss? = nil
  ) {
    self.model = model
    self.configuration = configuration
    self.task = task
    let optimizer =
      optimizer
      ?? Adam(
        model, learningRate: configuration.learningRate, weightDecay: configuration.weightDecay)
    self.optimizer = optimizer
    (clippingNorm, ownLoss) = (norm, loss)
    func scheduler(
      _ optimizer: some Optimizer<Scalar>, _ schedule: some LearningRateSchedule
    ) -> Scheduler<Scalar> {
      Scheduler(optimizer, schedule)
    }
    if let schedule {
      self.scheduler = scheduler(optimizer, schedule)
    } else {
      self.scheduler = nil
    }
    self.schedule = PlateauSchedule(
      patience: configuration.patience, factor: configuration.reduceFactor)
    generator = RandomGenerator(seed: configuration.seed)
  }

  /// Trains until the epochs are done or the learning rate is below its minimum.
  ///
  /// - Parameters:
  ///   - train: the graphs, or labeled nodes of a large graph, to learn from.
  ///   - validation: the graphs or nodes whose loss the schedule uses; if they have no labels, the schedule
  ///     uses the training loss.
  ///   - observers: receive every training batch's activations.
  ///   - hooks: act between epochs, after the model's own.
  ///   - progress: reports the run.
  /// - Throws: `InputError`, before anything is changed, for a configuration or examples that the model
  ///   cannot be trained with; of sampled nodes the first batch is checked before and every other one before
  ///   its step. `InputError` on every rank when the ranks differ in configuration, data or model, or are more
  ///   than the shards. `TrainingError`, with the last good checkpoint left as it was; what writing a checkpoint
  ///   throws; `CommunicationError`.
  @discardableResult
  public func run(
    train: some BatchSource, validation: some BatchSource,
    observers: [any ActivationObserver] = [], hooks: [any TrainingHook] = [],
    progress: (any TrainingProgress)? = nil
  ) throws -> StopReason {
    let hooks = model.trainingHooks + hooks
    try configuration.check()
    if train.exampleCount == 0 { throw TrainingError.noGraphs(split: "training") }
    try model.check(train, task: task, batchSize: configuration.batchSize, of: "training")
    try model.check(
      validation, task: task, batchSize: configuration.batchSize, of: "validation")
    try checkRanks()
    ProcessMemory.releaseFree()
    progress?.begin(done: history.count, epochs: configuration.epochs)
    while history.count < configuration.epochs {
      // A given schedule may begin or end with a rate of 0.
      if scheduler == nil, optimizer.learningRate < configuration.minimumLearningRate {
        return .learningRate
      }
      for hook in hooks { hook.epochBegins(history.count + 1) }
      let record = try epoch(train, validation, observers, hooks, progress)
      history.append(record)
      for hook in hooks { try hook.epochEnded(record) }
      if let checkpointPath {
        if communicator.isRoot { try saveCheckpoint(to: checkpointPath) }
        lastCheckpoint = checkpointPath
      }
      progress?.epoch(record, metric: Metric.name(for: task))
    }
    return .epochs
  }

  private func epoch(
    _ train: some BatchSource, _ validation: some BatchSource,
    _ observers: [any ActivationObserver], _ hooks: [any TrainingHook],
    _ progress: (any TrainingProgress)?
  ) throws -> EpochRecord {
    let clock = ContinuousClock()
    let start = clock.now
    let number = history.count + 1
    let learningRate = optimizer.learningRate
    let order = generator.permutation(train.exampleCount)
    // Drawn for the whole epoch at once, since batches are made ahead of the steps.
    let starts = stride(from: 0, to: order.count, by: configuration.batchSize)
      .prefix(configuration.stepsPerEpoch ?? Int.max)
    let requests = starts.map { first in
      let examples = order[first..<min(order.count, first + configuration.batchSize)]
      return (examples: examples, seed: generator.next())
    }
    let shards = Shards(configuration, communicator)
    let steps = requests.map { shards.parts(of: $0.examples, seed: $0.seed) }
    let batches = BatchPrefetcher(
      train, steps.flatMap { parts in parts.map { (examples: $0.examples, seed: $0.seed) } })
    let gradients = ShardedGradients(optimizer.slots.map(\.parameter), shards)
    let statistics = ShardStatistics(model, shards)
    var (sum, labels) = (0.0, 0)
    for (step, parts) in steps.enumerated() {
      let all = observers + hooks.flatMap { $0.observers(step: step) }
      try gradients.begin()
      func nextBatch(_ part: Shards.Part) throws -> GraphBatch {
        let batch = batches.batch()
        let place =
          "training, epoch \(number), step \(step + 1)"
          + (shards.count > 1 ? ", shard \(part.number + 1)" : "")
        try model.check(batch, task: task, of: place)
        return batch
      }
      if shards.hasExactMoments {
        let content = try parts.map(nextBatch)
        let passes = ShardPasses(
          communicator: communicator, parameters: optimizer.slots.map(\.parameter),
          statistics: statistics)
        try passes.run(parts) { [self] index, exchange in
          pass(content[index], parts[index], all, gradients, exchange)
        }
      } else {
        for part in parts {
          let batch = try nextBatch(part)
          statistics.with(part.number) { pass(batch, part, all, gradients) }
        }
      }
      let losses = try gradients.combine()
      if let loss = losses.first(where: { !$0.loss.isFinite })?.loss {
        throw TrainingError.nonFiniteLoss(
          epoch: number, step: step + 1, loss: loss, checkpoint: lastCheckpoint)
      }
      if !losses.isEmpty {
        if let clippingNorm { optimizer.clipGradients(toNorm: clippingNorm) }
        optimizer.step()
      }
      for loss in losses {
        sum += loss.loss * Double(loss.labelCount)
        labels += loss.labelCount
      }
      progress?.batch(step + 1, of: requests.count, epoch: number)
    }
    if labels == 0 { throw TrainingError.noLabels(split: "training") }
    try statistics.merge(shards.representatives(ofBatches: requests.map(\.examples.count)))
    for hook in hooks { try hook.merge(over: communicator) }
    let trainLoss = sum / Double(labels)
    let stepSeconds = (clock.now - start) / .seconds(1)
    try checkModel(number)
    let evaluation = try evaluate(validation, number)
    if let scheduler {
      scheduler.step(loss: evaluation?.loss ?? trainLoss)
    } else {
      optimizer.learningRate = schedule.next(learningRate, after: evaluation?.loss ?? trainLoss)
    }
    return EpochRecord(
      epoch: number, learningRate: learningRate, trainLoss: trainLoss,
      validationLoss: evaluation?.loss,
      validationMetric: evaluation.flatMap { $0.metric.value.isNaN ? nil : $0.metric.value },
      seconds: (clock.now - start) / .seconds(1), steps: requests.count, stepSeconds: stepSeconds,
      peakMemoryMB: ProcessMemory.peakBytes.map { Double($0) / 0x1p20 })
  }

  /// Throws if the model has a value that is not finite.
  ///
  /// The last step can cause such values, and only the next loss would show them; a good checkpoint must not
  /// be replaced with such a model.
  private func checkModel(_ epoch: Int) throws {
    for entry in model.state {
      let values: [Scalar]
      switch entry.content {
      case .parameter(let parameter): values = parameter.value.values
      case .statistic(let statistic): values = statistic.value.values
      case .counter: continue
      }
      if let bad = values.first(where: { !$0.isFinite }) {
        throw TrainingError.nonFiniteModel(
          epoch: epoch, found: "`\(entry.name)` holds \(bad)", checkpoint: lastCheckpoint)
      }
    }
  }

  /// The evaluation on the validation set; nil without labels.
  private func evaluate(_ validation: some BatchSource, _ epoch: Int) throws -> Evaluation? {
    let evaluation = try Evaluation(
      of: model, on: validation, task: task, batchSize: configuration.batchSize,
      communicator: communicator)
    if evaluation.labelCount == 0 { return nil }
    guard evaluation.loss.isFinite else {
      throw TrainingError.nonFiniteModel(
        epoch: epoch, found: "the validation loss is \(evaluation.loss)",
        checkpoint: lastCheckpoint)
    }
    return evaluation
  }

  /// The passes of a step on one shard of its batch; none without labels. With a loss that is not finite, nothing
  /// is changed but running statistics.
  ///
  /// With an `exchange`, both are a matter of the whole batch: a shard without labels is part of the moments of the
  /// others, and gets a gradient through them.
  private func pass(
    _ batch: GraphBatch, _ part: Shards.Part, _ observers: [any ActivationObserver],
    _ gradients: ShardedGradients<Scalar>, _ exchange: (any ShardExchange)? = nil
  ) {
    func ofBatch(_ number: Double) -> [Double] {
      exchange?.gather([number]).map { $0[0] } ?? [number]
    }
    let targets = Targets<Scalar>(batch, task: task)
    if ofBatch(Double(targets.labelCount)).allSatisfy({ $0 == 0 }) { return }
    optimizer.zeroGradients()
    let context = ForwardContext(
      isTraining: true, generator: RandomGenerator(seed: part.seed), observers: observers)
    let scores = model(batch, context)
    let loss = targets.labelCount == 0 ? nil : ownLoss?(scores, batch) ?? targets.loss(scores)
    let value = loss.map { Double($0.scalar) } ?? 0
    if ofBatch(value).allSatisfy(\.isFinite) {
      let result = loss ?? scores
      let seed = loss == nil ? 0 : gradients.seed(labelCount: targets.labelCount)
      gradients.runBackward(
        result, seed: Tensor(repeating: seed, shape: result.shape), of: part.number,
        isSending: exchange == nil)
    }
    gradients.add(
      ShardedGradients.ShardLoss(loss: value, labelCount: targets.labelCount), of: part.number)
  }
}
