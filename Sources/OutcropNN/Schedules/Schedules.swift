import Foundation
import OutcropCore

/// The same learning rate in every step.
public struct ConstantSchedule: LearningRateSchedule {
  /// The factor of every step.
  public let factor: Double

  /// A constant factor.
  public init(_ factor: Double = 1) { self.factor = factor }

  public func factor(at step: Int) -> Double { factor }
}

/// The learning rate is multiplied by `decay` every `interval` steps (PyTorch's `StepLR`).
public struct StepSchedule: LearningRateSchedule {
  /// The number of steps between reductions.
  public let interval: Int
  /// The factor of one reduction.
  public let decay: Double

  /// Traps unless `interval` is positive.
  public init(every interval: Int, decay: Double = 0.1) {
    require(interval > 0, "StepSchedule: found an interval of \(interval), expected at least 1")
    (self.interval, self.decay) = (interval, decay)
  }

  public func factor(at step: Int) -> Double { pow(decay, Double(step / interval)) }
}

/// The learning rate is multiplied by `decay` at each milestone (PyTorch's `MultiStepLR`).
public struct MultiStepSchedule: LearningRateSchedule {
  /// The steps at which the factor is reduced.
  public let milestones: [Int]
  /// The factor of one reduction.
  public let decay: Double

  /// A schedule with these milestones.
  public init(milestones: [Int], decay: Double = 0.1) {
    (self.milestones, self.decay) = (milestones, decay)
  }

  public func factor(at step: Int) -> Double {
    pow(decay, Double(milestones.count { $0 <= step }))
  }
}

/// The learning rate is multiplied by `decay` in every step (PyTorch's `ExponentialLR`).
public struct ExponentialSchedule: LearningRateSchedule {
  /// The factor from one step to the next.
  public let decay: Double

  /// A schedule with this decay.
  public init(decay: Double) { self.decay = decay }

  public func factor(at step: Int) -> Double { pow(decay, Double(step)) }
}

/// Half a cosine from 1 to `minimum` within `steps` steps (Loshchilov & Hutter 2017, PyTorch's
/// `CosineAnnealingLR`); after that the factor stays at `minimum`, whereas PyTorch's rises again.
public struct CosineSchedule: FiniteSchedule {
  /// The number of steps from 1 to `minimum`.
  public let stepCount: Int
  /// The last factor.
  public let minimum: Double

  /// Traps unless `steps` is positive.
  public init(steps: Int, minimum: Double = 0) {
    require(steps > 0, "CosineSchedule: found \(steps) steps, expected at least 1")
    (stepCount, self.minimum) = (steps, minimum)
  }

  public func factor(at step: Int) -> Double {
    cosine(from: 1, to: minimum, Double(min(step, stepCount)) / Double(stepCount))
  }
}

/// A straight line from `start` to `end` within `steps` steps (PyTorch's `LinearLR`); `end` after that.
public struct LinearWarmUp: FiniteSchedule {
  /// The number of steps from `start` to `end`.
  public let stepCount: Int
  /// The factor of step 0.
  public let start: Double
  /// The factor from step `stepCount` on.
  public let end: Double

  /// Traps for a negative number of steps.
  public init(steps: Int, from start: Double = 1.0 / 3, to end: Double = 1) {
    require(steps >= 0, "LinearWarmUp: found \(steps) steps, expected at least 0")
    (stepCount, self.start, self.end) = (steps, start, end)
  }

  public func factor(at step: Int) -> Double {
    step >= stepCount ? end : start + (end - start) * Double(step) / Double(stepCount)
  }
}

/// One cycle (Smith & Topin 2018): half a cosine up from 1/`startDivisor` to 1, and one down to
/// 1/(`startDivisor` · `endDivisor`), like PyTorch's `OneCycleLR` with two phases. The initial learning
/// rate is the largest rate. Momentum is not changed (`cycle_momentum=False`).
public struct OneCycleSchedule: FiniteSchedule {
  /// The number of steps; the last one has the smallest factor.
  public let stepCount: Int
  /// The share of the steps in which the rate rises.
  public let rise: Double
  /// The first factor is 1/`startDivisor`.
  public let startDivisor: Double
  /// The last factor is the first over `endDivisor`.
  public let endDivisor: Double

  /// Traps unless `steps` is positive and `rise` in 0 ... 1.
  public init(
    steps: Int, rise: Double = 0.3, startDivisor: Double = 25, endDivisor: Double = 1e4
  ) {
    require(
      steps > 0 && (0...1).contains(rise),
      "OneCycleSchedule: found \(steps) steps and a rise of \(rise), expected at least 1 and 0 ... 1"
    )
    (stepCount, self.rise) = (steps, rise)
    (self.startDivisor, self.endDivisor) = (startDivisor, endDivisor)
  }

  public func factor(at step: Int) -> Double {
    let (first, last) = (1 / startDivisor, 1 / startDivisor / endDivisor)
    let step = Double(min(step, stepCount - 1))
    let top = rise * Double(stepCount) - 1
    if step <= top { return cosine(from: first, to: 1, top == 0 ? 0 : step / top) }
    let rest = Double(stepCount - 1) - top
    return cosine(from: 1, to: last, rest == 0 ? 1 : (step - top) / rest)
  }
}

/// Half a cosine between two values; `share` is 0 ... 1.
private func cosine(from start: Double, to end: Double, _ share: Double) -> Double {
  end + (start - end) / 2 * (1 + cos(.pi * share))
}
