import Foundation
import OutcropCore
import OutcropTensor

/// Sets an optimizer's learning rates by a schedule.
///
///     let scheduler = Scheduler(optimizer, LinearWarmUp(steps: 100).then(CosineSchedule(steps: 900)))
///     …
///     optimizer.step()
///     scheduler.step()
///
/// The initial learning rates of the groups are multiplied by the schedule's factor. Creating the scheduler
/// applies the factor of step 0.
public final class Scheduler<Scalar: TensorScalar> {
  /// The schedule.
  public private(set) var schedule: any LearningRateSchedule
  /// The number of steps done.
  public private(set) var stepCount = 0
  /// The learning rates of the optimizer's groups that the schedule changes.
  public private(set) var initialLearningRates: [Double]
  private let groups: [ParameterGroup<Scalar>]

  /// A scheduler for the groups of `optimizer`. Sets the learning rates of step 0.
  public init(_ optimizer: some Optimizer<Scalar>, _ schedule: some LearningRateSchedule) {
    self.schedule = schedule
    groups = optimizer.groups
    initialLearningRates = groups.map(\.learningRate)
    apply()
  }

  /// Ends a step: the learning rates become those of the next one. Schedules that depend on the loss, such as
  /// `PlateauSchedule`, need it; others ignore it.
  public func step(loss: Double? = nil) {
    stepCount += 1
    if let loss { schedule.observe(loss: loss) }
    apply()
  }

  private func apply() {
    let factor = schedule.factor(at: stepCount)
    for (group, rate) in zip(groups, initialLearningRates) { group.learningRate = rate * factor }
  }

  package func state() throws -> SchedulerState {
    SchedulerState(
      steps: stepCount, learningRates: initialLearningRates, schedule: try schedule.json())
  }

  /// The stored schedule, which must be of the same kind.
  package func schedule(
    in state: SchedulerState, file: String
  ) throws -> any LearningRateSchedule {
    guard state.learningRates.count == groups.count else {
      throw InputError(
        file: file, field: "schedule", found: "\(state.learningRates.count) learning rates",
        expected: "\(groups.count), one for each group of the optimizer")
    }
    return try schedule.decoded(state.schedule, file: file)
  }

  package func restore(_ state: SchedulerState, _ schedule: any LearningRateSchedule) {
    (stepCount, initialLearningRates) = (state.steps, state.learningRates)
    self.schedule = schedule
    apply()
  }
}

/// The state of a scheduler in a checkpoint.
package struct SchedulerState: Codable {
  var steps: Int
  var learningRates: [Double]
  /// The schedule as JSON.
  var schedule: String
}

extension LearningRateSchedule {
  fileprivate func json() throws -> String {
    String(decoding: try JSON.encode(self), as: UTF8.self)
  }

  /// A schedule of the same type.
  fileprivate func decoded(_ json: String, file: String) throws -> any LearningRateSchedule {
    try JSON.decode(Self.self, from: Data(json.utf8), file: "\(file), schedule")
  }
}
