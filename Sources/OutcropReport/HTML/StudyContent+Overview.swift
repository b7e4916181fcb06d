import OutcropStatistics

extension StudyContent {
  /// One row per arm.
  var overviewTable: String {
    let arms = arms.filter { $0.has(.edge) || $0.has(.node) || $0.testMetric.count > 0 }
    guard !arms.isEmpty else { return "" }
    let kind: StudyResults.ActivationKind = arms.contains { $0.has(.edge) } ? .edge : .node
    let table = Self.overview(arms, kind: kind, medians: medians)
    let hasSeveral = arms.contains { $0.runs.count > 1 }
    return parts.table(table, name: "overview")
      + parts.paragraph(
        (hasSeveral
          ? "Mean ± standard deviation over n seeds. "
          : "One run each: the variation from seed to seed is unknown. ")
          + (arms.contains { $0.has(kind) }
            ? "MAs are massive activations, ratios over \(NumberText.ratio(results.threshold)), of "
              + (kind == .edge ? "edges" : "nodes") + ", all layers together, "
              + "by each median. Lines with MAs are set in bold." : ""),
        class: "note")
  }

  /// Comparisons of arms with plain training. In a grid, plain training is several models.
  var differencesTable: String {
    guard results.experiment != .sweep,
      let differences = Self.differences(arms, medians: medians)
    else { return "" }
    return parts.table(differences, name: "differences")
      + parts.paragraph(
        "Differences pair runs of the same seed and number of epochs. “Within the seed-to-seed "
          + "spread” means: at most the larger of the two standard deviations.",
        class: "note")
  }

  static func overview(
    _ arms: [StudyResults.Arm], kind: StudyResults.ActivationKind,
    medians: [MedianKind]
  ) -> DataTable {
    let metric = arms.compactMap(\.first.testMetric?.name).first
    let hasLayers = arms.contains { $0.has(kind) }
    var columns: [DataTable.Column] = [
      .init("Model", .text), .init("n"), .init("Epochs"),
    ]
    if let metric { columns.append(.init("Test \(metric)", .spread)) }
    if hasLayers {
      columns += [
        .init("Median", .text), .init("MAs", .spread), .init("Layers with MAs", .spread),
        .init(kind == .edge ? "Edges with MAs" : "Nodes with MAs", .spread, unit: "share"),
        .init("Largest ratio", .spread),
      ]
    }
    var table = DataTable(columns)
    for arm in arms {
      var row: [DataTable.Cell] = [
        .text(arm.label), .count(arm.runs.count), .count(arm.epochs),
      ]
      if metric != nil { row.append(.scores(arm.testMetric)) }
      guard hasLayers else {
        table.rows.append(row)
        continue
      }
      for ratios in medians.map({ StudyResults.RatioKind(kind, by: $0) }) {
        if arm.hasMassive(ratios) { table.strong.insert(table.rows.count) }
        table.rows.append(
          row + [
            cell(ratios.median), .amounts(arm.massive(ratios)),
            .amounts(arm.massiveLayers(ratios)),
            .shares(arm.spread { massiveRowShare($0, ratios) }),
            .ratios(arm.largestRatio(ratios)),
          ])
      }
    }
    return table
  }

  /// The share of rows, over all layers, that contain a massive activation.
  static func massiveRowShare(
    _ run: StudyResults.Run, _ kind: StudyResults.RatioKind
  ) -> Double? {
    let layers = run.layers.filter { $0[kind] != nil }
    let rows = layers.reduce(0) { $0 + ($1[kind.activations]?.rows ?? 0) }
    let massive = layers.reduce(0) { $0 + ($1[kind]?.massiveRows ?? 0) }
    return rows > 0 ? Double(massive) / Double(rows) : nil
  }

  /// Comparisons of arms with a bias term with the plain arm; nil if there are no pairs.
  ///
  /// - Parameter name: the name of the model and data, if one table contains several.
  static func differences(
    _ arms: [StudyResults.Arm], medians: [MedianKind], name: String? = nil
  ) -> DataTable? {
    guard let plain = arms.first(where: { $0.kind == .trained }) else { return nil }
    let metric = plain.first.testMetric?.name
    let title = name == nil ? "Test \(metric ?? "metric")" : "Test metric"
    let hasLayers = name != nil || plain.has(.edge)
    func score(_ run: StudyResults.Run) -> Double? { run.testMetric?.value }
    var table = DataTable(
      [.init("Model", .text), .init("n")]
        + (hasLayers ? [.init("Median", .text), .init("MAs", .spread, group: "Difference")] : [])
        + [.init(title, .spread, group: "Difference")]
        + (hasLayers ? [.init("MAs", .text, group: "Judgment")] : [])
        + [.init(title, .text, group: "Judgment")])
    for arm in arms where arm.kind == .ebt || arm.kind == .adaptive {
      let pairs = Comparison.pairs(arm, plain)
      guard !pairs.isEmpty else { continue }
      func judgment(_ value: (StudyResults.Run) -> Double?) -> String {
        Comparison.judgment(
          Comparison.differences(pairs, value), Spread(pairs.map { value($0.run) }),
          Spread(pairs.map { value($0.reference) }))
      }
      let scores = Comparison.differences(pairs, score)
      let verdict = judgment(score)
      let quality = Comparison.quality(metric ?? "", scores, judgment: verdict)
      let start: [DataTable.Cell] = [
        .text((name.map { "\($0): " } ?? "") + "\(arm.label) − \(plain.label)"),
        .count(pairs.count),
      ]
      guard hasLayers else {
        table.rows.append(start + [.scores(scores), .text(verdict + quality)])
        continue
      }
      for kind in medians.map({ StudyResults.RatioKind.edge($0) }) {
        func massive(_ run: StudyResults.Run) -> Double? {
          run.has(kind) ? Double(run.massiveCount(kind)) : nil
        }
        table.rows.append(
          start + [
            cell(kind.median), .amounts(Comparison.differences(pairs, massive)), .scores(scores),
            .text(judgment(massive)), .text(verdict + quality),
          ])
      }
    }
    return table.rows.isEmpty ? nil : table
  }
}
