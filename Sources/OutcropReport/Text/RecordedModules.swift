import OutcropStatistics

/// What was recorded of an arm without edge and node activations: outputs of modules.
struct RecordedModules {
  /// The modules' names, sorted.
  let names: [String]
  /// For each median the massive activations of all runs, layers and modules, and the largest ratio.
  let counts: [(median: MedianKind, massive: Int, largest: Double?)]

  /// nil if the arm has no outputs of modules, or edge or node activations beside them.
  init?(_ arm: StudyResults.Arm, _ medians: [MedianKind]) {
    let outputs = arm.runs.flatMap(\.layers).flatMap(\.modules)
    if outputs.isEmpty || arm.has(.edge) || arm.has(.node) { return nil }
    names = Set(outputs.map(\.key)).sorted()
    counts = medians.compactMap { median in
      let found = outputs.compactMap { $0.value[median] }
      if found.isEmpty { return nil }
      return (
        median, found.reduce(0) { $0 + $1.massiveCount }, found.compactMap(\.largestRatio).max()
      )
    }
  }

  /// `attention.K and attention.Q`.
  private var list: String {
    let rest = names.count - 4
    return Findings.list(names.prefix(4) + (rest > 0 ? ["\(rest) more"] : []))
  }

  /// What is massive among them, without a period.
  private var massive: String {
    let largest = counts.compactMap(\.largest).max()
      .map { " (the largest ratio is \(NumberText.ratio($0)))" }
    guard let largest else { return "no ratio is defined" }
    if counts.allSatisfy({ $0.massive == 0 }) {
      return "no massive activations by "
        + (counts.count > 1 ? "either median" : "the \(counts[0].median.name)") + largest
    }
    return Findings.list(
      counts.map { count in
        (count.massive == 0 ? "none" : Findings.count(count.massive, "massive activation"))
          + " by the \(count.median.name)"
      }) + largest
  }

  /// The one sentence of the results.
  var headline: String { "Only outputs of modules were recorded (\(list)): \(massive)." }

  /// What follows `opening`, such as “After 2 epochs”.
  func finding(_ opening: String) -> String {
    "\(opening), only outputs of modules were recorded (\(list)): \(massive)."
  }
}
