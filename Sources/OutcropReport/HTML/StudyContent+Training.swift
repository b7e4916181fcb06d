extension StudyContent {
  /// The statistics of layers in the course of training.
  var followedSection: String {
    let shown = arms.filter { arm in arm.runs.contains { !$0.followed.isEmpty } }
    guard !shown.isEmpty else { return "" }
    let caption =
      "<b>How to read it.</b> One row per layer, one column per analyzed epoch. Stronger colors are "
      + "larger values, on the same scale for all models. In all four maps a red ring marks the layer with "
      + "the most MAs of the epoch; epochs without a ring have no MAs by that median. If KS followed "
      + "the MAs, the rings would be on the strongest cells of the KS maps. The red tick in the scale of "
      + "the largest ratio is the "
      + "threshold, \(NumberText.ratio(results.threshold))."
    var html = parts.heading("In the course of training")
    html += figuresByMedian(shown, caption: caption) { run, _, median in
      Figures.Followed.allCases.compactMap {
        Figures.followed(
          run, $0, by: median, threshold: results.threshold, comparable: shown.flatMap(\.runs))
      }
    }
    let strengths = shown.filter { Figures.biasStrength(of: $0.first) != nil }
    if !strengths.isEmpty {
      html += parts.subheading("Strength of the bias term")
      html += figures(
        strengths,
        caption: "The factor on each layer’s Explicit Bias Term after each epoch; the first layer "
          + "is dark, the last layer light. It starts at the configured value."
      ) { run, _ in [Figures.biasStrength(of: run)].compactMap(\.self) }
    }
    return html + parts.details("All numbers", parts.table(followedTable(shown), name: "followed"))
  }

  private func followedTable(_ arms: [StudyResults.Arm]) -> DataTable {
    let metric = arms.compactMap(\.first.testMetric?.name).first ?? "metric"
    var table = DataTable([
      .init("Model", .text), .init("Epoch"), .init(metric), .init("Layer"), .init("Median", .text),
      .init("Largest ratio"), .init("MAs"), .init("Edges with MAs"), .init("KS to own fit"),
      .init("KS to untrained"), .init("Bias strength"),
    ])
    func number(_ value: Double?, _ format: (Double) -> String) -> DataTable.Cell {
      value.map { .number($0, format($0)) } ?? .empty
    }
    func fixed(_ value: Double) -> String { NumberText.fixed(value, digits: 3) }
    for arm in arms {
      for run in arm.runs {
        for epoch in run.followed {
          for (layer, median) in epoch.layers.flatMap({ layer in medians.map { (layer, $0) } }) {
            guard let found = layer[median] else { continue }
            table.rows.append([
              .text(arm.name(of: run)), .count(epoch.epoch),
              number(epoch.metric) { NumberText.significant($0) }, .count(layer.index),
              Self.cell(median), number(found.largestRatio, NumberText.ratio),
              .count(found.massiveCount), .count(found.massiveRows),
              number(found.distanceFromFit, fixed), number(found.distanceFromBase, fixed),
              number(layer.biasStrength, fixed),
            ])
          }
        }
      }
    }
    return table
  }

  var trainingSection: String {
    let runs = results.runs.filter { !$0.history.isEmpty }
    guard !runs.isEmpty else { return "" }
    let metric = runs.compactMap(\.testMetric?.name).first ?? "metric"
    // More lines than colors cannot be distinguished.
    let drawn = runs.filter { run in arms.prefix(Self.lineLimit).contains { $0.label == run.label }
    }
    var panels = [Figures.losses(of: drawn)]
    if let panel = Figures.validationMetric(of: drawn, name: metric) { panels.append(panel) }
    let table = DataTable(
      [
        .init("Model", .text), .init("n"), .init("Epochs"),
        .init("Time per epoch", .spread, unit: "s"), .init("Peak memory", .spread, unit: "MB"),
        .init("Parameters"), .init("Last training loss", .spread),
        .init("Best validation loss", .spread), .init("Test \(metric)", .spread),
      ],
      rows: arms.filter { $0.kind != .recorded }.map(trainingRow))
    let ended = arms.flatMap { arm in
      arm.runs.compactMap { run in run.stopReason.map { (name: arm.name(of: run), reason: $0) } }
    }
    // One sentence if all reasons are the same.
    let stops =
      Set(ended.map(\.reason)).count == 1
      ? [parts.paragraph("Every training ended: \(ended[0].reason).", class: "note")]
      : ended.map { parts.paragraph("\($0.name): training ended, \($0.reason).", class: "note") }
    let hasSeveral = arms.contains { $0.runs.count > 1 }
    return parts.heading("Training") + parts.table(table, name: "training") + stops.joined()
      + parts.figure(
        panels,
        caption: "Solid lines are the validation split, dashed lines the training split"
          + (hasSeveral
            ? "; one line per seed, all seeds of a model in one color."
            : ". Runs share seed and number of epochs. Single runs do not show how much results vary "
              + "from seed to seed."))
  }

  /// The largest number of arms in one line figure.
  static let lineLimit = 10

  private func trainingRow(_ arm: StudyResults.Arm) -> [DataTable.Cell] {
    let memory = arm.spread(\.peakMemoryMB)
    let time = arm.spread(\.secondsPerEpoch)
    let best = arm.spread { run in
      run.history.compactMap(\.validationLoss).filter { !$0.isNaN }.min()
    }
    return [
      .text(arm.label), .count(arm.runs.count), .count(arm.epochs),
      .spread(time, time.mean.map(NumberText.duration) ?? LayerText.none),
      .spread(memory, memory.mean.map(Self.memory) ?? LayerText.none),
      .count(arm.first.parameterCount),
      .scores(arm.spread { $0.history.last?.trainLoss }), .scores(best),
      .scores(arm.testMetric),
    ]
  }

  static func memory(_ megabytes: Double) -> String {
    megabytes < 1000
      ? "\(NumberText.fixed(megabytes, digits: 0)) MB"
      : "\(NumberText.fixed(megabytes / 1000, digits: 1)) GB"
  }
}
