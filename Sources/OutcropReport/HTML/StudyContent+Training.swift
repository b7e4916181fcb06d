extension StudyContent {
  /// The largest ratios of layers in the course of training.
  func courseFigure(_ followed: [StudyResults.Arm]) -> String {
    figuresByMedian(
      followed,
      caption:
        "<b>How to read it.</b> One row per layer, one column per analyzed epoch; warm colors are "
        + "over the threshold, on the same scale for all models. The line under a row goes from the layer’s onset to "
        + "its end: the longest part of training in most of whose looks it holds massive activations. Below, on the "
        + "same axis: validation loss, the validation metric if it differs from the loss, and learning rate."
    ) { run, _, median in
      [
        Figures.course(
          of: run, by: median, threshold: results.threshold,
          comparable: followed.flatMap(\.runs))
      ].compactMap(\.self)
    }
  }

  /// Counts and distances in the course of training, and all numbers.
  func followedMaps(_ followed: [StudyResults.Arm]) -> String {
    guard !followed.isEmpty else { return "" }
    let caption =
      "<b>How to read it.</b> One row per layer, one column per analyzed epoch. Stronger colors are "
      + "larger values, on the same scale for all models. A red ring marks the layer with "
      + "the most MAs of the epoch; epochs without a ring have no MAs by that median. If KS followed "
      + "the MAs, the rings would be on the strongest cells of the KS maps."
    var html = figuresByMedian(followed, caption: caption) { run, _, median in
      Figures.Followed.allCases.filter { $0 != .largestRatio }.compactMap {
        Figures.followed(
          run, $0, by: median, threshold: results.threshold,
          comparable: followed.flatMap(\.runs))
      }
    }
    let strengths = followed.filter { Figures.biasStrength(of: $0.first) != nil }
    if !strengths.isEmpty {
      html += figures(
        strengths,
        caption: "The factor on each layer’s Explicit Bias Term after each epoch; the first layer "
          + "is dark, the last layer light. It starts at the configured value."
      ) { run, _ in [Figures.biasStrength(of: run)].compactMap(\.self) }
    }
    return html + parts.table(followedTable(followed), name: "followed")
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

  private var trainedRuns: [StudyResults.Run] { results.runs.filter { !$0.history.isEmpty } }

  var trainingFigure: String {
    let runs = trainedRuns
    guard !runs.isEmpty else { return "" }
    let metric = runs.compactMap(\.testMetric?.name).first ?? "metric"
    // More lines than colors cannot be distinguished.
    let drawn = runs.filter { run in arms.prefix(Self.lineLimit).contains { $0.label == run.label }
    }
    var panels = [Figures.losses(of: drawn)]
    if let panel = Figures.validationMetric(of: drawn, name: metric) { panels.append(panel) }
    let hasSeveral = arms.contains { $0.runs.count > 1 }
    return parts.figure(
      panels,
      caption: "Solid lines are the validation split, dashed lines the training split"
        + (hasSeveral
          ? "; one line per seed, all seeds of a model in one color."
          : ". Runs share seed and number of epochs. Single runs do not show how much results vary "
            + "from seed to seed."))
  }

  var trainingTable: String {
    let runs = trainedRuns
    guard !runs.isEmpty else { return "" }
    let metric = runs.compactMap(\.testMetric?.name).first ?? "metric"
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
      ? [parts.paragraph("Every training \(Self.ending(ended[0].reason)).", class: "note")]
      : ended.map {
        parts.paragraph("\($0.name): training \(Self.ending($0.reason)).", class: "note")
      }
    return parts.table(table, name: "training") + stops.joined()
  }

  /// The end of a sentence about training. The reasons are those of `StopReason`.
  private static func ending(_ reason: String) -> String {
    reason == "all epochs done" ? "ran all its epochs" : "ended because \(reason)"
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
