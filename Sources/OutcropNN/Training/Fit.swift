import Foundation
import OutcropCore
import OutcropTensor

/// The result of one epoch of `fit`.
public struct FitEpoch: Codable, Equatable, Sendable {
  /// The number of the epoch, from 1.
  public var epoch: Int
  /// The mean of the losses of its steps.
  public var loss: Double
  /// The result of the validation after the epoch; nil without validation.
  public var validation: Double?
  /// The learning rate of its last step.
  public var learningRate: Double
}

/// The progress of `fit`.
public struct FitProgress: Sendable {
  /// The number of the epoch, from 1.
  public let epoch: Int
  /// The number of epochs.
  public let epochs: Int
  /// The number of steps done in the epoch.
  public let step: Int
  /// The number of steps in an epoch.
  public let steps: Int
  /// The mean of the epoch's losses so far.
  public let loss: Double
  /// The seconds since the start.
  public let seconds: Double
  /// The estimated seconds that remain, at the current speed.
  public let secondsLeft: Double
  /// The result of the validation; nil except at the end of an epoch.
  public let validation: Double?

  /// Prints a line at the end of each epoch.
  public static func print(_ progress: FitProgress) {
    guard progress.step == progress.steps else { return }
    Swift.print(progress.line)
  }

  /// `epoch 3/20: loss 0.1234, validation 0.98, 1.2 s, 6.8 s left`
  public var line: String {
    func short(_ value: Double) -> String { String(format: "%.4g", value) }
    return "epoch \(epoch)/\(epochs): loss \(short(loss))"
      + (validation.map { ", validation \(short($0))" } ?? "")
      + String(format: ", %.1f s, %.1f s left", seconds, secondsLeft)
  }
}

/// The error with which `fit` stops early.
public struct FitError: LocalizedError, CustomStringConvertible, Equatable, Sendable {
  /// The epoch, from 1.
  public let epoch: Int
  /// The step in the epoch, from 1.
  public let step: Int
  /// The loss, which is NaN or infinite.
  public let loss: Double

  /// The whole message.
  public var description: String {
    "fit stopped: the loss is \(loss) in epoch \(epoch), step \(step), which was not taken; try a lower "
      + "learning rate or clipping, and look for extreme values in the data"
  }
  /// The same as `description`.
  public var errorDescription: String? { description }

  public static func == (a: FitError, b: FitError) -> Bool {
    (a.epoch, a.step) == (b.epoch, b.step)
      && (a.loss == b.loss || a.loss.isNaN && b.loss.isNaN)
  }
}

/// When `fit` advances the learning rate schedule.
public enum ScheduleInterval: Sendable {
  /// After every step.
  case step
  /// After every epoch. The schedule gets the result of the validation as the loss; without validation, the
  /// mean loss.
  case epoch
}

extension Module {
  /// Trains the module: in each epoch it draws a random order, and for each batch it computes the loss, runs
  /// the tape backward, clips the gradients, and lets the optimizer change the parameters.
  ///
  ///     try model.fit(
  ///       TensorExamples(inputs: x, targets: y), epochs: 20, batchSize: 64, optimizer: optimizer,
  ///       using: &generator, progress: FitProgress.print
  ///     ) { batch in
  ///       model(batch.inputs).meanSquaredError(targets: batch.targets)
  ///     }
  ///
  /// The same start gives the same bits for any number of threads. The module is in training mode for steps
  /// and in evaluation mode for the validation and afterward.
  ///
  /// - Parameters:
  ///   - examples: the training examples.
  ///   - epochs: the number of passes over the examples.
  ///   - batchSize: the number of examples in a step; the last step of an epoch may have fewer.
  ///   - optimizer: changes the parameters.
  ///   - scheduler: changes the optimizer's learning rates.
  ///   - interval: whether the scheduler advances after each step or after each epoch.
  ///   - norm: the limit of the norm of all gradients, see `Optimizer.clipGradients(toNorm:)`.
  ///   - average: an average of the parameters, updated after each step.
  ///   - generator: draws the orders.
  ///   - validation: called after each epoch, without recording gradients.
  ///   - progress: called after each step, and once more after the validation.
  ///   - loss: the loss of a batch, one number.
  /// - Returns: the results of all epochs.
  /// - Throws: `FitError` for a loss that is not finite, and errors of the closures.
  @discardableResult
  public func fit<Source: ExampleSource>(
    _ examples: Source, epochs: Int, batchSize: Int = 32, optimizer: any Optimizer<Scalar>,
    scheduler: Scheduler<Scalar>? = nil, scheduling interval: ScheduleInterval = .step,
    clippingNorm norm: Double? = nil, average: ParameterAverage<Scalar>? = nil,
    using generator: inout RandomGenerator, validation: (() throws -> Double)? = nil,
    progress: ((FitProgress) -> Void)? = nil, loss: (Source.Batch) throws -> Tensor<Scalar>
  ) throws -> [FitEpoch] {
    let clock = ContinuousClock()
    let start = clock.now
    let modes = modules.compactMap { $0.module as? any ModeSensitive }
    func setTraining(_ isTraining: Bool) { for mode in modes { mode.isTraining = isTraining } }
    defer { setTraining(false) }
    var history: [FitEpoch] = []
    for epoch in stride(from: 1, through: epochs, by: 1) {
      let batches = examples.batches(size: batchSize, shuffledBy: &generator)
      var (sum, step, rate) = (0.0, 0, optimizer.learningRate)
      func report(_ validation: Double?) {
        let seconds = (clock.now - start) / .seconds(1)
        let done = Double((epoch - 1) * batches.count + step)
        let left = done == 0 ? .nan : seconds * (Double(epochs * batches.count) / done - 1)
        progress?(
          FitProgress(
            epoch: epoch, epochs: epochs, step: step, steps: batches.count,
            loss: sum / Double(max(1, step)), seconds: seconds, secondsLeft: left,
            validation: validation))
      }
      setTraining(true)
      for batch in batches {
        optimizer.zeroGradients()
        let value = try loss(batch)
        guard value.scalar.isFinite else {
          throw FitError(epoch: epoch, step: step + 1, loss: Double(value.scalar))
        }
        value.backward()
        if let norm { optimizer.clipGradients(toNorm: norm) }
        rate = optimizer.learningRate
        optimizer.step()
        average?.update()
        if interval == .step { scheduler?.step(loss: Double(value.scalar)) }
        sum += Double(value.scalar)
        step += 1
        if step < batches.count { report(nil) }
      }
      setTraining(false)
      let result = try validation.map { validation in try withoutGradients { try validation() } }
      if interval == .epoch { scheduler?.step(loss: result ?? sum / Double(max(1, step))) }
      report(result)
      history.append(
        FitEpoch(
          epoch: epoch, loss: sum / Double(max(1, step)), validation: result, learningRate: rate))
    }
    return history
  }
}
