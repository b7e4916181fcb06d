import OutcropStatistics

/// The effects of training and of bias terms on massive activations, and whether the Kolmogorov–Smirnov
/// statistic follows massive activations.
extension Findings {
  /// Whether massive activations appear with training, by each median.
  static func appearance(
    _ arm: StudyResults.Arm, _ medians: [MedianKind]
  ) -> String? {
    byMedian(medians) { appearance(arm, .edge($0)) }
  }

  private static func appearance(
    _ arm: StudyResults.Arm, _ kind: StudyResults.RatioKind
  ) -> String? {
    let pairs = zip(arm.runs, arm.bases).compactMap { run, base in
      base.flatMap { base in
        run.has(kind) && base.has(kind) ? (run: run, base: base) : nil
      }
    }
    guard !pairs.isEmpty else { return nil }
    // Untrained files have no seed: one model can be compared with several.
    let files = arm.untrained.filter { $0.has(kind) }
    let isFiles = pairs.count == 1 && files.count > 1
    let untrained = isFiles ? files : pairs.map(\.base)
    let before = Spread(untrained.map { Double($0.massiveCount(kind)) })
    let after = Spread(pairs.map { Double($0.run.massiveCount(kind)) })
    let isOne = pairs.count == 1
    if (before.largest ?? 0) > 0 {
      let more = pairs.count { $0.run.massiveCount(kind) > $0.base.massiveCount(kind) }
      let models =
        isFiles
        ? "the \(untrained.count) untrained models already hold"
        : "the untrained model already holds"
      return
        "\(models) massive activations (\(before.text(NumberText.amount))); “\(arm.label)” holds "
        + "\(after.text(NumberText.amount))"
        + (isOne ? "" : ", more with \(more) of \(pairs.count) seeds")
    }
    let with = pairs.count { $0.run.massiveCount(kind) > 0 }
    if with > 0 {
      return "massive activations appear with training (\(arm.label))"
        + (isOne
          ? isFiles
            ? ": none of the \(untrained.count) untrained models holds any"
            : ": the untrained model holds none (one seed)"
          : " with \(with) of \(pairs.count) seeds; the untrained models hold none")
    }
    // The effect of a bias term is stated relative to plain training.
    guard arm.kind != .ebt, arm.kind != .adaptive else { return nil }
    func ratio(_ run: StudyResults.Run) -> Double? { run.peakLayer(kind)?[kind]?.largestRatio }
    let old = Spread(untrained.map(ratio))
    let new = Spread(pairs.map { ratio($0.run) })
    guard let from = old.mean, let to = new.mean else { return nil }
    let change = Spread(
      pairs.map { pair in ratio(pair.base).flatMap { old in ratio(pair.run).map { $0 - old } } })
    return "training (\(arm.label)) brings no massive activation; the largest ratio goes "
      + "\(to > from ? "up" : "down") from \(old.text(NumberText.ratio)) to "
      + new.text(NumberText.ratio)
      + Comparison.ending(Comparison.judgment(change, new, old))
  }

  /// Bias terms compared with plain training for the same seeds and epochs.
  static func biasEffects(
    _ arms: [StudyResults.Arm], medians: [MedianKind]
  ) -> [String] {
    guard let plain = arms.first(where: { $0.kind == .trained }) else { return [] }
    return arms.filter { $0.kind == .ebt || $0.kind == .adaptive }.map { arm in
      let pairs = Comparison.pairs(arm, plain)
      guard !pairs.isEmpty else {
        return "“\(arm.label)” and “\(plain.label)” have no seed with equal epochs in common: they "
          + "can’t be compared."
      }
      return biasEffect(arm, plain, pairs, medians)
    }
  }

  private static func biasEffect(
    _ arm: StudyResults.Arm, _ plain: StudyResults.Arm,
    _ pairs: [(run: StudyResults.Run, reference: StudyResults.Run)],
    _ medians: [MedianKind]
  ) -> String {
    var text = "“\(arm.label)” against “\(plain.label)” at equal epochs ("
    text += pairs.count == 1 ? "one seed" : "\(pairs.count) seeds, paired"
    text += "): "
    var parts: [String] = []
    for kind in medians.map({ StudyResults.RatioKind.edge($0) })
    where arm.has(kind) && plain.has(kind) {
      let new = Spread(pairs.map { Double($0.run.massiveCount(kind)) })
      let old = Spread(pairs.map { Double($0.reference.massiveCount(kind)) })
      let fewer = pairs.count { $0.run.massiveCount(kind) < $0.reference.massiveCount(kind) }
      parts.append(
        "massive activations by the \(kind.median.name) \(new.text(NumberText.amount)) against "
          + old.text(NumberText.amount)
          + (pairs.count > 1 ? ", fewer with \(fewer) of \(pairs.count) seeds" : ""))
    }
    let change = Comparison.differences(pairs) { $0.testMetric?.value }
    if let mean = change.mean, let name = arm.first.testMetric?.name {
      let new = Spread(pairs.map { $0.run.testMetric?.value })
      let old = Spread(pairs.map { $0.reference.testMetric?.value })
      let judgment = Comparison.judgment(change, new, old)
      // With as many decimals as the scores.
      let digits = NumberText.decimals(
        for: new.deviation ?? 0,
        of: new.mean ?? mean)
      func number(_ value: Double) -> String { NumberText.fixed(value, digits: digits) }
      parts.append(
        "test \(name) \(new.score) against \(old.score), a difference of "
          + NumberText.signed(mean, number) + (change.deviation.map { " ± \(number($0))" } ?? "")
          + Comparison.quality(name, change, judgment: judgment)
          + (change.count > 1
            ? ", higher with \(change.values.count { $0 > 0 }) of \(change.count) seeds" : "")
          + Comparison.ending(judgment))
    }
    return text + parts.joined(separator: "; ") + "."
  }

  /// Whether the Kolmogorov–Smirnov statistic is higher in layers with massive activations.
  static func distances(
    _ runs: [StudyResults.Run], by median: MedianKind
  ) -> [String] {
    let own = distance(runs, median, name: "KS to a layer’s own gamma fit") {
      $0.gammaFit?.kolmogorovSmirnov.statistic
    }
    let base = distance(runs, median, name: "KS to the untrained layer’s fit") {
      $0.againstBase?.statistic
    }
    return [own, base].compactMap(\.self)
  }

  private static func distance(
    _ runs: [StudyResults.Run], _ median: MedianKind, name: String,
    _ value: (StudyResults.RatioStatistics) -> Double?
  ) -> String? {
    let found = runs.flatMap { run in
      run.layers.compactMap { layer in
        layer[.edge(median)].flatMap { edge in
          value(edge).flatMap { $0.isNaN ? nil : (run, layer.index, edge.massiveCount, $0) }
        }
      }
    }
    let with = found.filter { $0.2 > 0 }.map(\.3)
    let without = found.filter { $0.2 == 0 }.map(\.3)
    guard let part = Comparison.superiority(with, over: without),
      let highest = found.max(by: { $0.3 < $1.3 })
    else { return nil }
    let holds = highest.2 > 0 ? count(highest.2, "massive activation") : "none"
    let hasSeeds = runs.contains { $0.label == highest.0.label && $0.seed != highest.0.seed }
    let name =
      "By the \(median.name), \(name) is higher in a layer with massive activations than in one without in "
      + "\(NumberText.percent(part)) of all pairs (50% is chance; \(count(with.count, "layer")) with, "
      + "\(without.count) without, all runs together). "
    return name + "The highest, \(NumberText.fixed(highest.3, digits: 3)), is in layer "
      + "\(highest.1) of “\(highest.0.label)”"
      + (hasSeeds ? highest.0.seed.map { ", seed \($0)" } ?? "" : "") + ", which holds \(holds)."
  }

  /// The layer with the most massive activations in the course of training, and whether the statistic
  /// follows.
  static func course(
    _ arm: StudyResults.Arm, by median: MedianKind
  ) -> String? {
    let followed = arm.runs.filter { $0.followed.count > 1 }
    let carrying = followed.filter {
      $0.followed.contains { FollowedText.carrier($0, by: median) != nil }
    }
    guard let run = carrying.first else { return nil }
    var text = "In the course of training “\(arm.name(of: run))”, the layer with the most massive "
    text += "activations by the \(median.name), by epoch: "
    text += "\(FollowedText.carriers(run, by: median))."
    let layers = followed.flatMap { $0.followed.flatMap(\.layers) }.compactMap { $0[median] }
    let parts = [
      ("distance to its own fit", \StudyResults.FollowedRatios.distanceFromFit),
      ("distance to the untrained layer", \StudyResults.FollowedRatios.distanceFromBase),
    ].compactMap { name, path in
      Comparison.superiority(
        layers.filter { $0.massiveCount > 0 }.compactMap { $0[keyPath: path] },
        over: layers.filter { $0.massiveCount == 0 }.compactMap { $0[keyPath: path] }
      ).map { "\(NumberText.percent($0)) (\(name))" }
    }
    if !parts.isEmpty {
      text += " Of all pairs of a layer (in an epoch) with massive activations and one without, "
      text += "the one with them has the higher KS in \(list(parts)); 50% is chance."
    }
    return text
  }
}
