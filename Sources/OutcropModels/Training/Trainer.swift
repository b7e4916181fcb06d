import Foundation
import OutcropBLAS
import OutcropGraph
import OutcropTensor

/// Why training ended before its time.
public enum TrainingError: Error, Sendable, CustomStringConvertible {
  /// The loss of a step is NaN or infinite. The step was not taken, and the last checkpoint is as it was.
  case nonFiniteLoss(epoch: Int, step: Int, loss: Double, checkpoint: String?)
  /// The validation loss after an epoch is NaN or infinite. The epoch is not in the history, and the
  /// last checkpoint is as it was.
  case nonFiniteValidationLoss(epoch: Int, loss: Double, checkpoint: String?)
  case noGraphs(split: String)

  public var description: String {
    switch self {
    case .nonFiniteLoss(let epoch, let step, let loss, let checkpoint):
      "training stopped: the loss is \(loss) in epoch \(epoch), step \(step); "
        + Self.advice(checkpoint)
    case .nonFiniteValidationLoss(let epoch, let loss, let checkpoint):
      "training stopped: the validation loss is \(loss) after epoch \(epoch); "
        + Self.advice(checkpoint)
    case .noGraphs(let split):
      "training stopped: the \(split) split has no graphs with labels; expected at least one"
    }
  }

  private static func advice(_ checkpoint: String?) -> String {
    (checkpoint.map { "the checkpoint of the epoch before is intact: \($0)" }
      ?? "there is no checkpoint")
      + "; try a lower learning rate, and look for extreme values in the data"
  }
}

/// Why training ended as it should.
public enum StopReason: String, Sendable, Codable {
  case epochs = "all epochs done"
  case learningRate = "the learning rate fell below its minimum"
}

/// Trains a model on graphs: Adam, a learning rate halved on plateaus of the validation loss, a
/// checkpoint after each epoch.
///
/// The same configuration, data and initial parameters give the same bits, whatever the number of
/// threads; a run that goes on from a checkpoint gives the bits of one that was never interrupted.
public final class Trainer<Model: GraphModel> {
  public typealias Scalar = Model.Scalar

  public let model: Model
  public let configuration: TrainingConfiguration
  public let task: GraphDataset.Task
  /// The finished epochs.
  public internal(set) var history: [EpochRecord] = []
  /// Where to write a checkpoint after each epoch.
  public var checkpointPath: String?
  let optimizer: Adam<Scalar>
  var schedule: PlateauSchedule
  /// Draws the order of the graphs and, for each step, the seed of its dropout.
  var generator: RandomGenerator

  public init(_ model: Model, _ configuration: TrainingConfiguration, task: GraphDataset.Task) {
    self.model = model
    self.configuration = configuration
    self.task = task
    optimizer = Adam(
      model, learningRate: configuration.learningRate, weightDecay: configuration.weightDecay)
    schedule = PlateauSchedule(
      patience: configuration.patience, factor: configuration.reduceFactor)
    generator = RandomGenerator(seed: configuration.seed)
  }

  /// Trains until the epochs are done or the learning rate is below its minimum.
  ///
  /// - Parameters:
  ///   - train: the graphs to learn from.
  ///   - validation: the graphs whose loss drives the schedule; without any label, the training loss
  ///     does.
  ///   - observers: see every training batch's activations.
  ///   - progress: follows the run.
  /// - Throws: `TrainingError`; what writing a checkpoint throws.
  @discardableResult
  public func run(
    train: [Graph], validation: [Graph], observers: [any ActivationObserver] = [],
    progress: (any TrainingProgress)? = nil
  ) throws -> StopReason {
    if !hasLabels(train) { throw TrainingError.noGraphs(split: "training") }
    progress?.begin(done: history.count, epochs: configuration.epochs)
    while history.count < configuration.epochs {
      if optimizer.learningRate < configuration.minimumLearningRate { return .learningRate }
      let record = try epoch(train, validation, observers, progress)
      history.append(record)
      if let checkpointPath { try saveCheckpoint(to: checkpointPath) }
      progress?.epoch(record, metric: Metric.name(for: task))
    }
    return .epochs
  }

  private func hasLabels(_ graphs: [Graph]) -> Bool {
    graphs.contains { $0.targets.contains { !$0.isNaN } }
  }

  private func epoch(
    _ train: [Graph], _ validation: [Graph], _ observers: [any ActivationObserver],
    _ progress: (any TrainingProgress)?
  ) throws -> EpochRecord {
    let clock = ContinuousClock()
    let start = clock.now
    let number = history.count + 1
    let learningRate = optimizer.learningRate
    let order = generator.permutation(train.count)
    let starts = Array(stride(from: 0, to: train.count, by: configuration.batchSize))
    var (sum, labels) = (0.0, 0)
    for (step, first) in starts.enumerated() {
      let batch = GraphBatch(
        order[first..<min(train.count, first + configuration.batchSize)].map { train[$0] })
      let targets = Targets<Scalar>(batch, task: task)
      if targets.labelCount > 0 {
        let loss = Double(self.step(batch, targets, observers))
        guard loss.isFinite else {
          throw TrainingError.nonFiniteLoss(
            epoch: number, step: step + 1, loss: loss,
            checkpoint: history.isEmpty ? nil : checkpointPath)
        }
        sum += loss * Double(targets.labelCount)
        labels += targets.labelCount
      }
      progress?.batch(step + 1, of: starts.count, epoch: number)
    }
    let trainLoss = sum / Double(labels)
    let evaluation =
      hasLabels(validation)
      ? Evaluation(of: model, on: validation, task: task, batchSize: configuration.batchSize) : nil
    if let loss = evaluation?.loss, !loss.isFinite {
      throw TrainingError.nonFiniteValidationLoss(
        epoch: number, loss: loss, checkpoint: history.isEmpty ? nil : checkpointPath)
    }
    optimizer.learningRate = schedule.next(learningRate, after: evaluation?.loss ?? trainLoss)
    return EpochRecord(
      epoch: number, learningRate: learningRate, trainLoss: trainLoss,
      validationLoss: evaluation?.loss, validationMetric: evaluation?.metric.value,
      seconds: (clock.now - start) / .seconds(1),
      peakMemoryMB: ProcessMemory.peakBytes.map { Double($0) / 0x1p20 })
  }

  /// One step on a batch; returns its loss. With a loss that is not finite, nothing is changed but
  /// running statistics.
  private func step(
    _ batch: GraphBatch, _ targets: Targets<Scalar>, _ observers: [any ActivationObserver]
  ) -> Scalar {
    model.zeroGradients()
    let context = ForwardContext(
      isTraining: true, generator: RandomGenerator(seed: generator.next()), observers: observers)
    let loss = targets.loss(model(batch, context))
    guard loss.scalar.isFinite else { return loss.scalar }
    loss.backward()
    optimizer.step()
    return loss.scalar
  }
}
