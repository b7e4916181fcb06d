import OutcropStatistics

extension StudyContent {
  /// One table of the layers for each arm.
  func layerTables(_ kind: StudyResults.ActivationKind) -> String {
    guard arms.contains(where: { $0.has(kind) }) else { return "" }
    var html = kind == .edge ? legend : ""
    let subjects = subjects
    let isLong = subjects.count > 6
    for arm in subjects where arm.has(kind) {
      let table = layerTable(arm, kind: kind)
      html += isLong ? parts.details(arm.label, table) : table
    }
    for arm in arms where arm.kind == .base && arm.has(kind) && !subjects.contains(arm) {
      // The tables of trained runs contain its main numbers too.
      html += parts.details("The \(arm.label) model", layerTable(arm, kind: kind))
    }
    return html
  }

  private var legend: String {
    let hasSeveral = arms.contains { $0.runs.count > 1 }
    let bounds = results.runs.flatMap(\.layers).compactMap {
      $0.edge
    }.flatMap { edge in
      medians.compactMap { edge[$0]?.gammaFit?.kolmogorovSmirnov.errorBound }
    }
    let bound = bounds.max().flatMap { $0 > 0 ? NumberText.significant($0, digits: 2) : nil }
    return parts.paragraph(
      "An activation’s ratio is its magnitude over a median magnitude: the row median is the median of "
        + "its own row (one edge or node), the batch median is that of its whole batch. The two can "
        + "disagree. "
        + "An activation is massive (MA) if its ratio is over \(NumberText.ratio(results.threshold)); "
        + "“on edges” is the number of edges with at least one MA. Layers with MAs are set in bold. "
        + (hasSeveral ? "Numbers are means ± standard deviations over n seeds. " : "")
        + "KS is the Kolmogorov–Smirnov statistic of "
        + "y\u{A0}=\u{A0}−log₁₀(ratio): of the untrained and of this layer against the gamma "
        + "distribution fitted to that same layer, and of this layer against the fit of the "
        + "untrained one."
        + (bound.map { " KS is computed from a histogram and exact to within \($0)." } ?? "")
        + " Click a heading to sort.",
      class: "note")
  }

  private func layerTable(
    _ arm: StudyResults.Arm, kind: StudyResults.ActivationKind
  ) -> String {
    let name = "layers-\(kind == .edge ? "" : "nodes-")\(arm.label)"
    let count = arm.runs.count > 1 ? " (n = \(arm.runs.count))" : ""
    return parts.subheading(arm.label + count)
      + parts.table(Self.layers(arm, kind: kind, medians: medians), name: name)
      + arm.runs.map { medianNote(named(arm, $0), kind: kind, isAlone: arm.runs.count == 1) }
      .joined()
  }

  /// Medians that make ratios infinite or undefined, for each layer; empty if there are none.
  private func medianNote(
    _ run: StudyResults.Run, kind: StudyResults.ActivationKind, isAlone: Bool
  ) -> String {
    let texts = run.layers.flatMap { layer in
      medians.compactMap { median -> String? in
        guard let found = layer[.init(kind, by: median)],
          found.zeroMedians > 0 || found.nanMedians > 0 || found.infiniteCount > 0
        else { return nil }
        let unit = median == .row ? "row" : "batch"
        let counts = [
          (found.zeroMedians, unit, "median 0"), (found.nanMedians, unit, "median NaN"),
          (found.infiniteCount, "value", "an infinite ratio"),
          (found.overflowedRatios ?? 0, "value", Findings.tooLarge),
        ]
        let parts = counts.filter { $0.0 > 0 }.map {
          "\(Findings.count($0.0, $0.1)) with \($0.2)"
        }
        return "layer \(layer.index), \(median.name): " + parts.joined(separator: ", ")
      }
    }
    guard !texts.isEmpty else { return "" }
    return parts.paragraph(
      "Ratios that aren’t finite\(isAlone ? "" : " (\(run.label))"): "
        + "\(texts.joined(separator: "; ")).", class: "note")
  }

  static func layers(
    _ arm: StudyResults.Arm, kind: StudyResults.ActivationKind,
    medians: [MedianKind]
  ) -> DataTable {
    let layers = arm.layers(kind)
    let hasBase = arm.hasBase
    let kinds = medians.map { StudyResults.RatioKind(kind, by: $0) }
    let types = kind == .edge ? medians.first.map { TypeShare.all(arm, by: $0) } ?? [] : []
    let showsTypes =
      types.count > 1 && types.count <= 4 && kinds.contains { arm.hasMassive($0) }
    func has(_ test: (StudyResults.RatioStatistics) -> Bool) -> Bool {
      arm.runs.contains { run in
        run.layers.contains { layer in kinds.contains { layer[$0].map(test) ?? false } }
      }
    }
    let showsFits = has { $0.gammaFit != nil }
    let showsBaseTest = has { $0.againstBase != nil }
    var columns: [DataTable.Column] = [.init("Layer"), .init("Median", .text)]
    columns +=
      hasBase
      ? ["untrained", "this run"].map { .init($0, .spread, group: "Largest ratio") }
      : [.init("Largest ratio", .spread)]
    columns += ["number", kind == .edge ? "on edges" : "on nodes"].map {
      .init($0, .spread, group: "Massive activations")
    }
    if showsTypes {
      columns += types.map {
        .init($0.name, .spread, unit: "share", group: "Share of MAs by edge type")
      }
    }
    let fits = (showsFits && hasBase ? ["untrained"] : []) + (showsFits ? ["this run"] : [])
    columns += (fits + (showsBaseTest ? ["to untrained"] : [])).map {
      .init($0, .spread, group: "KS")
    }
    var table = DataTable(columns)
    for (kind, index) in kinds.flatMap({ kind in layers.map { (kind, $0) } }) {
      func spread(_ value: (StudyResults.RatioStatistics) -> Double?) -> Spread {
        arm.spread(layer: index, kind, value)
      }
      func before(_ value: (StudyResults.RatioStatistics) -> Double?) -> Spread {
        arm.baseSpread(layer: index, kind, value)
      }
      var row: [DataTable.Cell] = [.count(index), cell(kind.median)]
      if hasBase { row.append(.ratios(before(\.largestRatio))) }
      let massive = spread { Double($0.massiveCount) }
      if (massive.largest ?? 0) > 0 { table.strong.insert(table.rows.count) }
      row += [
        .ratios(spread(\.largestRatio)), .amounts(massive),
        .amounts(spread { Double($0.massiveRows) }),
      ]
      if showsTypes { row += types.map { type in .shares(spread { share($0, type.id) }) } }
      if showsFits {
        if hasBase { row.append(.statistics(before { $0.gammaFit?.kolmogorovSmirnov.statistic })) }
        row.append(.statistics(spread { $0.gammaFit?.kolmogorovSmirnov.statistic }))
      }
      if showsBaseTest { row.append(.statistics(spread { $0.againstBase?.statistic })) }
      table.rows.append(row)
    }
    return table
  }

  /// A type's share of a layer's massive activations; nil if there are none.
  private static func share(_ found: StudyResults.RatioStatistics, _ type: Int) -> Double? {
    let total = found.byEdgeType.reduce(0) { $0 + $1.massive }
    guard total > 0 else { return nil }
    return Double(found.byEdgeType.first { $0.id == type }?.massive ?? 0) / Double(total)
  }

  /// The verdicts on each layer, and their reasons.
  var verdicts: String {
    let shown = arms.filter { arm in
      arm.runs.contains { run in
        run.layers.contains { layer in medians.contains { layer[.edge($0)]?.verdict != nil } }
      }
    }
    guard !shown.isEmpty else { return "" }
    var html = parts.paragraph(
      "Massive: ratios over \(NumberText.ratio(results.threshold)) were found, infinite ones included. "
        + "Changed: no such ratios, but the distribution of the ratios differs from the untrained model’s. None: neither "
        + "was found. "
        + "Undefined: no ratio is defined. Each layer has a verdict by each median.",
      class: "note")
    for arm in shown {
      let content =
        parts.table(Self.verdicts(arm, medians), name: "verdicts-\(arm.label)")
        + parts.details("Reasons\(Self.seed(arm))", reasons(arm))
      html +=
        arm.kind == .base || shown.count > 6
        ? parts.details(arm.label.capitalizedFirst, content)
        : parts.subheading(arm.label) + content
    }
    return html
  }

  private static func verdicts(
    _ arm: StudyResults.Arm, _ medians: [MedianKind]
  ) -> DataTable {
    let isAlone = arm.runs.count == 1
    var table = DataTable(
      [.init("Layer"), .init("Median", .text), .init("Verdict\(seed(arm))", .text)]
        + (isAlone ? [] : [.init("All seeds", .text)]))
    for (index, median) in arm.layers(.edge).flatMap({ index in medians.map { (index, $0) } }) {
      let verdicts = arm.runs.compactMap { $0.layer(index)?[.edge(median)]?.verdict }
      let first = arm.first.layer(index)?[.edge(median)]?.verdict
      let counts = StudyResults.Verdict.Outcome.allCases.compactMap { outcome -> String? in
        let count = verdicts.count { $0.outcome == outcome }
        return count > 0 ? "\(count) \(outcome.rawValue)" : nil
      }
      if first?.outcome == .massive { table.strong.insert(table.rows.count) }
      table.rows.append(
        [.count(index), cell(median), .text(first?.outcome.rawValue ?? LayerText.none)]
          + (isAlone ? [] : [.text(counts.joined(separator: ", "))]))
    }
    return table
  }

  /// The seed whose reasons are shown, if there are several.
  private static func seed(_ arm: StudyResults.Arm) -> String {
    arm.runs.count == 1 ? "" : arm.first.seed.map { " (seed \($0))" } ?? ""
  }

  /// Sentences are easier to read at the page's width than in a column of a table.
  private func reasons(_ arm: StudyResults.Arm) -> String {
    arm.layers(.edge).flatMap { index in medians.map { (index, $0) } }.map { index, median in
      let reasons = arm.first.layer(index)?[.edge(median)]?.verdict?.reasons ?? []
      return parts.paragraph(
        "Layer \(index), \(median.name): " + reasons.joined(separator: " "), class: "note")
    }.joined()
  }

  /// Node activations, which are seldom massive.
  var nodes: String {
    let with = arms.filter { $0.has(.node) }
    guard !with.isEmpty else { return "" }
    let totals = medians.map { median in
      let total = with.flatMap(\.runs).reduce(0) { $0 + $1.massiveCount(.node(median)) }
      if total == 0 { return "By the \(median.name), no node activation is massive in any run." }
      return "By the \(median.name), \(Findings.count(total, "node activation")) "
        + (total == 1 ? "is" : "are") + " massive in all runs together."
    }
    return parts.paragraph(totals.joined(separator: " ")) + layerTables(.node)
      + figuresByMedian(
        subjects.filter { $0.has(.node) },
        caption: "The largest node ratio of each batch, drawn like the figure for edges."
      ) { run, base, median in
        [
          Figures.batchMaxima(
            of: run, base: base, threshold: results.threshold, kind: .node(median))
        ]
      }
  }
}
