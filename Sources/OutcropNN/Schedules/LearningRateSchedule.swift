import OutcropCore
import OutcropTensor

/// How the learning rate changes in training: a factor of the initial rate for each step.
///
/// The caller decides whether a step is a training step or an epoch; see `Scheduler`. Schedules can be
/// combined:
///
///     LinearWarmUp(steps: 100).then(CosineSchedule(steps: 900))
///     StepSchedule(every: 30) * LinearWarmUp(steps: 5)
public protocol LearningRateSchedule: Codable, Equatable, Sendable {
  /// The factor of the initial learning rate in step `step`, counted from 0.
  func factor(at step: Int) -> Double
  /// Receives a loss. Schedules that do not depend on losses ignore it.
  mutating func observe(loss: Double)
}

extension LearningRateSchedule {
  public mutating func observe(loss: Double) {}

  /// This schedule for `steps` steps, then `next` from its step 0, like `SequentialLR` of PyTorch.
  public func then<Next: LearningRateSchedule>(
    _ next: Next, after steps: Int
  ) -> ScheduleSequence<Self, Next> {
    ScheduleSequence(first: self, second: next, steps: steps)
  }

  /// Both schedules at once: their factors are multiplied.
  public static func * <Other: LearningRateSchedule>(
    first: Self, second: Other
  ) -> ScheduleProduct<Self, Other> {
    ScheduleProduct(first: first, second: second)
  }
}

/// A schedule with an end: later steps have the last factor.
public protocol FiniteSchedule: LearningRateSchedule {
  /// The number of steps after which the factor is constant.
  var stepCount: Int { get }
}

extension FiniteSchedule {
  /// This schedule until its end, then `next` from its step 0.
  public func then<Next: LearningRateSchedule>(_ next: Next) -> ScheduleSequence<Self, Next> {
    then(next, after: stepCount)
  }
}

/// One schedule after another.
public struct ScheduleSequence<First: LearningRateSchedule, Second: LearningRateSchedule>:
  LearningRateSchedule
{
  /// The schedule of the first `steps` steps.
  public internal(set) var first: First
  /// The schedule of all later steps, whose count starts at 0.
  public internal(set) var second: Second
  /// The number of steps of the first schedule.
  public let steps: Int

  public func factor(at step: Int) -> Double {
    step < steps ? first.factor(at: step) : second.factor(at: step - steps)
  }

  public mutating func observe(loss: Double) {
    first.observe(loss: loss)
    second.observe(loss: loss)
  }
}

extension ScheduleSequence: FiniteSchedule where Second: FiniteSchedule {
  public var stepCount: Int { steps + second.stepCount }
}

/// Two schedules at once.
public struct ScheduleProduct<First: LearningRateSchedule, Second: LearningRateSchedule>:
  LearningRateSchedule
{
  /// One factor.
  public internal(set) var first: First
  /// The other factor.
  public internal(set) var second: Second

  public func factor(at step: Int) -> Double {
    first.factor(at: step) * second.factor(at: step)
  }

  public mutating func observe(loss: Double) {
    first.observe(loss: loss)
    second.observe(loss: loss)
  }
}
