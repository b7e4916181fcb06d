import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropReport
import OutcropStatistics

/// Detection with a stated error rate in a study: further untrained models say how large ratios get without
/// training. Forward passes only.
public struct Calibration: Sendable, Equatable {
  /// Untrained models for each kind of model that is trained.
  public var seedCount = 16
  /// The probability that an untrained model is over a threshold in any layer.
  public var errorRate = 0.05
  /// The seed of the first untrained model; the others have the next ones.
  public var firstSeed: UInt64 = 1_000_000

  public init() {}

  /// Throws `InputError` for settings that no calibration can work with.
  public func check() throws {
    if !(ExtremeCalibration.leastSeedCount...100_000 ~= seedCount) {
      throw InputError(
        file: "calibration", field: "seedCount", found: "\(seedCount)",
        expected: "a number in \(ExtremeCalibration.leastSeedCount) ... 100000")
    }
    if !(errorRate > 0 && errorRate < 1) {
      throw InputError(
        file: "calibration", field: "errorRate", found: "\(errorRate)",
        expected: "a number between 0 and 1")
    }
  }
}

extension Study {
  /// The layers' summaries of a model's edge activations.
  struct Summarized {
    let arm: StudyArm
    let seed: UInt64
    let layers: [ActivationSummary]
  }

  /// The calibrations of every arm's kind of model, and what they say of the study's models.
  ///
  /// Untrained models have the configuration of the arm, such as an Explicit Bias Term before training.
  func calibrations(
    _ calibration: Calibration, _ model: some ModelArchitecture, _ summarized: [Summarized],
    on dataset: some ExampleDataset, note: (String) -> Void
  ) throws -> [StudyResults.Calibration] {
    var groups: [[StudyArm]] = []
    for arm in arms where arm.kind != .base {
      if let place = groups.firstIndex(where: { $0[0].model(model) == arm.model(model) }) {
        groups[place].append(arm)
      } else {
        groups.append([arm])
      }
    }
    var result: [StudyResults.Calibration] = []
    for group in groups {
      let title = "untrained, as “\(group[0].label)”"
      var untrained: [[ActivationSummary]] = []
      for number in 0..<calibration.seedCount {
        note("calibration, \(title): model \(number + 1) of \(calibration.seedCount)")
        untrained.append(
          try edgeSummaries(
            group[0].model(model), calibration.firstSeed &+ UInt64(number), dataset))
      }
      let tested = summarized.filter { one in group.contains(one.arm) }
        .map { (label: $0.arm.label, seed: Optional($0.seed), layers: $0.layers) }
      for median in detection.medians {
        do {
          result.append(
            try StudyResults.Calibration(
              untrained: untrained, median: median, label: title,
              errorRate: calibration.errorRate, tested: tested))
        } catch {
          throw InputError(
            file: "calibration", field: title, found: "\(error)",
            expected: "untrained models with the same layers and batches")
        }
      }
    }
    return result
  }

  private func edgeSummaries<Architecture: ModelArchitecture>(
    _ configuration: Architecture, _ seed: UInt64, _ dataset: some ExampleDataset
  ) throws -> [ActivationSummary] {
    let observer = SummaryObserver(kinds: [.edge], options: detection.summaryOptions)
    _ = try Evaluation(
      of: GraphNetwork<Float, Architecture>(configuration, seed: seed),
      on: dataset.examples(split), task: dataset.task, batchSize: training.batchSize,
      observers: [observer])
    return observer.summaries[.edge] ?? []
  }
}
