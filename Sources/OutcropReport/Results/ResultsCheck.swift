import OutcropCore

/// The check of numbers in results that were read from a file: what a count, an epoch and a threshold can be. The
/// report can then add counts without overflow.
package struct ResultsCheck {
  /// No count is larger, as in summaries of activations.
  private static let largestCount = 1 << 53
  /// The counts of one file have no larger sum, so that those of a hundred files fit 64 bits.
  private static let largestSum = 1 << 56

  private let file: String
  /// The line that is checked, in a file with results on each line.
  package var line: Int?
  private var sum = 0

  /// A check of the results in `file`, a name for errors.
  package init(file: String) { self.file = file }

  // MARK: - Values

  private func error(_ field: String, _ found: String, _ expected: String) -> InputError {
    InputError(file: file, line: line, field: field, found: found, expected: expected)
  }

  private mutating func count(
    _ value: Int?, _ field: @autoclosure () -> String, from least: Int = 0
  ) throws {
    guard let value else { return }
    guard (least...Self.largestCount).contains(value) else {
      throw error(
        field(), "\(value)", "a whole number from \(least) to \(Self.largestCount)")
    }
    sum += value
    if sum > Self.largestSum {
      throw error(
        field(), "\(value)",
        "a number with which the counts of the file have a sum of at most \(Self.largestSum)")
    }
  }

  private mutating func counts(_ place: String, _ values: KeyValuePairs<String, Int?>) throws {
    for (name, value) in values { try count(value, "\(place).\(name)") }
  }

  private mutating func counts(_ place: @autoclosure () -> String, _ values: [Int]) throws {
    for (index, value) in values.enumerated() { try count(value, "\(place())[\(index)]") }
  }

  private func threshold(_ value: Double, _ field: @autoclosure () -> String) throws {
    if !StudyResults.isThreshold(value) {
      throw error(field(), "\(value)", StudyResults.expectedThreshold)
    }
  }

  // MARK: - Results

  /// Throws `InputError` for the first number that is out of range, with its field.
  mutating func check(_ results: StudyResults) throws {
    try threshold(results.threshold, "threshold")
    try counts(
      "machine", ["cores": results.machine.cores, "threads": results.machine.threads])
    if let data = results.dataset {
      try counts("dataset", ["nodes": data.nodes, "edges": data.edges])
      for (index, split) in data.splits.enumerated() {
        try count(split.graphs, "dataset.splits[\(index)].graphs")
      }
    }
    try count(results.model?.parameterCount, "model.parameterCount")
    for (index, run) in results.runs.enumerated() { try check(run, at: "runs[\(index)]") }
    for (index, attack) in results.attacks.enumerated() {
      try counts(
        "attacks[\(index)]", ["steps": attack.steps, "examples": attack.examples])
    }
    for (index, found) in results.attributions.enumerated() {
      let place = "attributions[\(index)]"
      try counts(place, ["graphs": found.graphs, "edges": found.edges])
      for (number, correlation) in found.correlations.enumerated() {
        try count(correlation.layer, "\(place).correlations[\(number)].layer")
      }
      for (number, drawing) in found.drawings.enumerated() {
        try threshold(drawing.threshold, "\(place).drawings[\(number)].threshold")
      }
    }
    for (index, found) in (results.interventions ?? []).enumerated() {
      let place = "interventions[\(index)]"
      try counts(
        place,
        [
          "seeds": found.seeds, "layer": found.layer, "entries": found.entries,
          "examples": found.examples, "loadBearingSeeds": found.loadBearingSeeds,
        ])
      for (number, control) in found.controls.enumerated() {
        try count(control.entries, "\(place).controls[\(number)].entries")
      }
    }
    for (index, found) in (results.calibrations ?? []).enumerated() {
      let place = "calibrations[\(index)]"
      try counts(place, ["seeds": found.seeds, "graphs": found.graphs])
      for (number, layer) in found.layers.enumerated() {
        try count(layer.index, "\(place).layers[\(number)].index")
      }
      for (number, test) in found.tests.enumerated() {
        for (position, layer) in test.layers.enumerated() {
          try counts(
            "\(place).tests[\(number)].layers[\(position)]",
            ["index": layer.index, "entriesOver": layer.entriesOver])
        }
      }
    }
    for (index, found) in (results.dynamics ?? []).enumerated() {
      let place = "dynamics[\(index)]"
      try counts(
        place, ["layer": found.layer, "runs": found.runs, "lasting": found.lasting])
      for (number, span) in found.spans.enumerated() {
        try counts(
          "\(place).spans[\(number)]",
          [
            "onset": span.onset, "end": span.end, "looks": span.looks,
            "massiveLooks": span.massiveLooks,
          ])
      }
      for (name, spread) in [("onset", found.onset), ("end", found.end)] {
        try counts(
          "\(place).\(name)", ["smallest": spread?.smallest, "largest": spread?.largest])
      }
    }
    for (index, model) in (results.unfinished ?? []).enumerated() {
      try counts("unfinished[\(index)]", ["epochs": model.epochs, "reached": model.reached])
    }
    for (index, found) in (results.distributions ?? []).enumerated() {
      let place = "distributions[\(index)]"
      try counts(
        place,
        [
          "layer": found.layer, "fittedGraphs": found.fittedGraphs,
          "heldOutGraphs": found.heldOutGraphs,
        ])
      for (number, family) in found.families.enumerated() {
        try count(family.outside, "\(place).families[\(number)].outside")
      }
    }
  }

  /// Throws `InputError` for the first number of a run that is out of range. `place` is the run's field.
  package mutating func check(_ run: StudyResults.Run, at place: String) throws {
    try counts(place, ["epochs": run.epochs, "parameterCount": run.parameterCount])
    for (index, epoch) in run.history.enumerated() {
      try count(epoch.epoch, "\(place).history[\(index)].epoch", from: 1)
    }
    for (index, look) in run.followed.enumerated() {
      try count(look.epoch, "\(place).followed[\(index)].epoch")
      for (number, layer) in look.layers.enumerated() {
        let place = "\(place).followed[\(index)].layers[\(number)]"
        try count(layer.index, "\(place).index")
        for (name, found) in [
          ("rowMedian", layer.rowMedian), ("batchMedian", layer.batchMedian),
        ] {
          try counts(
            "\(place).\(name)",
            ["massiveCount": found?.massiveCount, "massiveRows": found?.massiveRows])
        }
      }
    }
    for (index, layer) in run.layers.enumerated() {
      let place = "\(place).layers[\(index)]"
      try count(layer.index, "\(place).index")
      let modules = layer.modules.sorted { $0.key < $1.key }.map { ("modules.\($0)", $1) }
      for (name, found) in [("edge", layer.edge), ("node", layer.node)] + modules {
        if let found { try check(found, at: "\(place).\(name)") }
      }
    }
  }

  private mutating func check(_ found: StudyResults.Activations, at place: String) throws {
    try counts(
      place,
      [
        "rows": found.rows, "width": found.width, "infiniteValues": found.infiniteValues,
        "nanValues": found.nanValues,
      ])
    for (name, ratios) in [("rowMedian", found.rowMedian), ("batchMedian", found.batchMedian)] {
      if let ratios { try check(ratios, at: "\(place).\(name)") }
    }
  }

  private mutating func check(_ found: StudyResults.RatioStatistics, at place: String) throws {
    try counts(
      place,
      [
        "massiveCount": found.massiveCount, "infiniteCount": found.infiniteCount,
        "massiveRows": found.massiveRows, "zeroMedians": found.zeroMedians,
        "nanMedians": found.nanMedians, "zeroMedianRatios": found.zeroMedianRatios,
        "overflowedRatios": found.overflowedRatios, "gammaFit.values": found.gammaFit?.values,
      ])
    for (index, type) in found.byEdgeType.enumerated() {
      try counts(
        "\(place).byEdgeType[\(index)]",
        ["massive": type.massive, "edges": type.edges, "massiveEdges": type.massiveEdges])
    }
    if let histogram = found.histogram {
      try counts(
        "\(place).histogram", ["below": histogram.below, "above": histogram.above])
      try counts("\(place).histogram.counts", histogram.counts)
    }
    for (index, level) in found.sweep.enumerated() {
      let place = "\(place).sweep[\(index)]"
      try threshold(level.threshold, "\(place).threshold")
      try counts(place, ["entries": level.entries, "rows": level.rows])
      try counts("\(place).byEdgeType", level.byEdgeType)
    }
    guard let channels = found.channels else { return }
    for (index, value) in channels.thresholds.enumerated() {
      try threshold(value, "\(place).channels.thresholds[\(index)]")
    }
    for (index, type) in channels.types.enumerated() {
      let place = "\(place).channels.types[\(index)]"
      try count(type.edges, "\(place).edges")
      for (level, over) in type.over.enumerated() {
        try counts("\(place).over[\(level)]", over)
      }
    }
  }
}

extension StudyResults {
  /// Whether ratios, which are numbers of single precision, can be compared with `value`.
  package static func isThreshold(_ value: Double) -> Bool {
    Float(value) > 0 && Float(value).isFinite
  }

  /// What `isThreshold` accepts.
  package static let expectedThreshold = "a number above 1e-45 and below 3.4e38"
}
