/// Comparisons of numbers from several seeds, in words that claim no more than the numbers support.
enum Comparison {
  /// The fraction of pairs in which a value of `first` is over a value of `second`, with ties counted
  /// half: 0.5 if neither tends to be larger. nil if either is empty.
  static func superiority(_ first: [Double], over second: [Double]) -> Double? {
    let first = first.filter { !$0.isNaN }
    let second = second.filter { !$0.isNaN }
    guard !first.isEmpty, !second.isEmpty else { return nil }
    var sum = 0.0
    for one in first {
      for other in second { sum += one > other ? 1 : one == other ? 0.5 : 0 }
    }
    return sum / (Double(first.count) * Double(second.count))
  }

  /// Pairs of runs of two arms with the same seed and the same number of epochs.
  static func pairs(
    _ arm: StudyResults.Arm, _ reference: StudyResults.Arm
  ) -> [(run: StudyResults.Run, reference: StudyResults.Run)] {
    arm.runs.compactMap { run in
      reference.runs.first { $0.seed == run.seed && $0.epochs == run.epochs }.map { (run, $0) }
    }
  }

  /// The differences of a number over the pairs in which both runs have it.
  static func differences(
    _ pairs: [(run: StudyResults.Run, reference: StudyResults.Run)],
    _ value: (StudyResults.Run) -> Double?
  ) -> Spread {
    Spread(
      pairs.map { pair in
        value(pair.run).flatMap { one in
          value(pair.reference).map { one - $0 }
        }
      })
  }

  static let within = "within the seed-to-seed spread"
  static let oneSeed = "with one seed, the part of chance is unknown"

  /// An assessment at the end of a sentence, with its comma; one that is a clause follows a semicolon.
  static func ending(_ judgment: String) -> String {
    (judgment == oneSeed ? "; " : ", ") + judgment
  }

  /// An assessment of a mean difference, given the variation of the values from seed to seed.
  static func judgment(_ difference: Spread, _ first: Spread, _ second: Spread) -> String {
    guard let mean = difference.mean else { return "unknown" }
    guard difference.count > 1,
      let spread = [first.deviation, second.deviation].compactMap({ $0 }).max()
    else { return oneSeed }
    if mean == 0, spread == 0 { return "no difference" }
    return abs(mean) <= spread
      ? within : "more than the seed-to-seed spread"
  }

  /// Whether larger values of a score are better; nil for unknown scores.
  static func isMoreBetter(_ metric: String) -> Bool? {
    switch metric.lowercased() {
    case "mae", "mse", "rmse", "loss": false
    case "roc-auc", "auc", "accuracy", "ap", "f1": true
    default: nil
    }
  }

  /// ` (worse)`, ` (better)`, or nothing, in particular if the difference is within the spread.
  static func quality(_ metric: String, _ difference: Spread, judgment: String) -> String {
    guard let isMoreBetter = isMoreBetter(metric), let difference = difference.mean,
      difference != 0, judgment != within
    else { return "" }
    return (difference > 0) == isMoreBetter ? " (better)" : " (worse)"
  }
}
