import Foundation
import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropReport
import OutcropStatistics

/// Changes of a model's score and predictions from given scores to others, with intervals.
struct InterventionEffects {
  /// [examples, outputs] The unchanged model's scores.
  let clean: [Float]
  /// [examples, targets], NaN where missing.
  let labels: [Float]
  let task: GraphDataset.Task
  let outputs: Int
  let targets: Int

  var exampleCount: Int { outputs > 0 ? clean.count / outputs : 0 }

  /// 1 where a larger metric is worse, −1 where it is better.
  var worse: Double { task == .regression ? 1 : -1 }

  var metric: StudyResults.Metric {
    let metric = Metric(task: task, scores: clean, labels: labels, targets: targets)
    return StudyResults.Metric(name: metric.name, value: metric.value)
  }

  func metricChange(_ changed: [Float]) -> Double {
    metric(changed, labels) - metric(clean, labels)
  }

  private func metric(_ scores: [Float], _ labels: [Float]) -> Double {
    Metric(task: task, scores: scores, labels: labels, targets: targets).value
  }

  /// The mean absolute change of a prediction; NaN where a prediction is.
  func predictionChange(_ changed: [Float]) -> Double {
    let changes = predictionChanges(changed)
    return changes.reduce(0, +) / Double(changes.count)
  }

  /// The mean absolute change of each example's predictions.
  private func predictionChanges(_ changed: [Float]) -> [Double] {
    (0..<exampleCount).map { example in
      let range = example * outputs..<(example + 1) * outputs
      // Most examples are unchanged, and need no prediction.
      if clean[range].elementsEqual(changed[range]) { return 0 }
      func values(_ scores: [Float]) -> [Double] {
        Prediction(scores[range].map { Double($0) }, task).values
      }
      return zip(values(clean), values(changed)).reduce(0) { $0 + abs($1.1 - $1.0) }
        / Double(outputs)
    }
  }

  /// Percentile intervals of 95% by resampling.
  struct Intervals {
    var metric: ConfidenceInterval?
    var prediction: ConfidenceInterval?
  }

  /// The intervals of the mean changes over `models`, which have one effect each: models are drawn with
  /// replacement where there are several, and examples within each. nil for less than two examples, and where
  /// a resample has no change that is a number.
  func intervals(
    _ models: [(effects: InterventionEffects, changed: [Float])], resamples: Int, seed: UInt64
  ) -> Intervals {
    if resamples == 0 || models.contains(where: { $0.effects.exampleCount < 2 }) {
      return Intervals()
    }
    let tables = models.map { ResampledChanges($0.effects, $0.changed) }
    let drawn = Locked(
      [(metric: Double, prediction: Double)](
        repeating: (0, 0), count: resamples))
    ThreadPool.run(chunks: resamples) { resample in
      var generator = RandomGenerator(seed: seed, stream: mixed(UInt64(resample)))
      var sum = (metric: 0.0, prediction: 0.0)
      for number in tables.indices {
        let model = tables.count == 1 ? number : generator.below(tables.count)
        let found = tables[model].draw(&generator)
        sum.metric += found.metric
        sum.prediction += found.prediction
      }
      let mean = (sum.metric / Double(tables.count), sum.prediction / Double(tables.count))
      drawn.withLock { $0[resample] = mean }
    }
    let values = drawn.withLock { $0 }
    return Intervals(
      metric: Self.interval(values.map(\.metric)),
      prediction: Self.interval(values.map(\.prediction)))
  }

  private static func interval(_ values: [Double]) -> ConfidenceInterval? {
    if values.contains(where: \.isNaN) { return nil }
    let sorted = values.sorted()
    guard let lower = sorted.sortedQuantile(0.025), let upper = sorted.sortedQuantile(0.975) else {
      return nil
    }
    return ConfidenceInterval(lower: lower, upper: upper, level: 0.95, method: .graphBootstrap)
  }

  /// The changes of one model on examples drawn with replacement.
  private struct ResampledChanges {
    let effects: InterventionEffects
    let changed: [Float]
    let predictions: [Double]
    /// Of each example: the sums of its absolute errors without and with the change, and its labels. Regression
    /// needs nothing else.
    var errors: [(clean: Double, changed: Double, count: Double)] = []

    init(_ effects: InterventionEffects, _ changed: [Float]) {
      (self.effects, self.changed) = (effects, changed)
      predictions = effects.predictionChanges(changed)
      guard effects.task == .regression else { return }
      errors = (0..<effects.exampleCount).map { example in
        var sum = (clean: 0.0, changed: 0.0, count: 0.0)
        for index in example * effects.targets..<(example + 1) * effects.targets
        where !effects.labels[index].isNaN {
          sum.clean += Double((effects.clean[index] - effects.labels[index]).magnitude)
          sum.changed += Double((changed[index] - effects.labels[index]).magnitude)
          sum.count += 1
        }
        return sum
      }
    }

    func draw(_ generator: inout RandomGenerator) -> (metric: Double, prediction: Double) {
      let count = predictions.count
      let examples = (0..<count).map { _ in generator.below(count) }
      let prediction = examples.reduce(0) { $0 + predictions[$1] } / Double(count)
      if effects.task == .regression {
        var (difference, labels) = (0.0, 0.0)
        for example in examples {
          difference += errors[example].changed - errors[example].clean
          labels += errors[example].count
        }
        return (difference / labels, prediction)
      }
      func gathered(_ values: [Float], _ width: Int) -> [Float] {
        examples.flatMap { values[$0 * width..<($0 + 1) * width] }
      }
      let labels = gathered(effects.labels, effects.targets)
      return (
        effects.metric(gathered(changed, effects.outputs), labels)
          - effects.metric(gathered(effects.clean, effects.outputs), labels), prediction
      )
    }
  }
}

extension Intervention {
  /// Means over the seeds of models with the same label that have massive entries: for each label with several
  /// seeds, median, kind and layer.
  func overSeeds(_ measured: [MeasuredIntervention]) -> [StudyResults.Intervention] {
    var groups: [[MeasuredIntervention]] = []
    for one in measured where one.result.entries > 0 {
      let place = groups.firstIndex { group in
        let (a, b) = (group[0].result, one.result)
        return a.label == b.label && a.median == b.median && a.kind == b.kind && a.layer == b.layer
      }
      if let place { groups[place].append(one) } else { groups.append([one]) }
    }
    return groups.filter { $0.count > 1 }.map { group in
      let results = group.map(\.result)
      let intervals = group[0].effects.intervals(
        group.map { ($0.effects, $0.changed) }, resamples: resamples, seed: seed)
      func mean(_ value: (StudyResults.Intervention) -> Double) -> Double {
        results.reduce(0) { $0 + value($1) } / Double(results.count)
      }
      func most(
        _ verdict: (StudyResults.Intervention) -> StudyResults.InterventionVerdict
      ) -> StudyResults.InterventionVerdict {
        let all = results.map(verdict)
        if all.contains(.undefined) { return .undefined }
        return 2 * all.count { $0 == .loadBearing } > all.count ? .loadBearing : .idle
      }
      return StudyResults.Intervention(
        label: results[0].label, seeds: results.count, median: results[0].median,
        kind: results[0].kind, layer: results[0].layer,
        entries: results.reduce(0) { $0 + $1.entries },
        examples: results.reduce(0) { $0 + $1.examples },
        metric: StudyResults.Metric(
          name: results[0].metric.name, value: mean { $0.metric.value }),
        metricChange: StudyResults.Estimate(
          value: mean { $0.metricChange?.value ?? .nan }, lower: intervals.metric?.lower,
          upper: intervals.metric?.upper),
        predictionChange: StudyResults.Estimate(
          value: mean { $0.predictionChange?.value ?? .nan }, lower: intervals.prediction?.lower,
          upper: intervals.prediction?.upper), verdict: most(\.verdict),
        metricVerdict: most(\.metricVerdict),
        loadBearingSeeds: results.count { $0.verdict == .loadBearing })
    }
  }
}
