extension StudyContent {
  /// One table per arm: what each layer holds.
  func layerTables(_ kind: StudyResults.ActivationKind) -> String {
    guard arms.contains(where: { $0.has(kind) }) else { return "" }
    var html = kind == .edge ? parts.heading("Layer by layer") + legend : ""
    let subjects = subjects
    let isLong = subjects.count > 6
    for arm in subjects where arm.has(kind) {
      let table = layerTable(arm, kind: kind)
      html += isLong ? parts.details(arm.label, table) : table
    }
    for arm in arms where arm.kind == .base && arm.has(kind) && !subjects.contains(arm) {
      // Its essentials stand beside those of the trained runs.
      html += parts.details("The \(arm.label) model", layerTable(arm, kind: kind))
    }
    return html
  }

  private var legend: String {
    let median =
      switch results.median {
      case .edge: "the median magnitude of its own row"
      case .batch: "the median magnitude of its batch"
      }
    let hasSeveral = arms.contains { $0.runs.count > 1 }
    let bounds = results.runs.flatMap(\.layers).compactMap {
      $0.edge?.gammaFit?.kolmogorovSmirnov.errorBound
    }
    let bound = bounds.max().flatMap { $0 > 0 ? NumberText.significant($0, digits: 2) : nil }
    return parts.paragraph(
      "An activation’s ratio is its magnitude over \(median). It is massive (MA) when the ratio "
        + "is over \(NumberText.ratio(results.threshold)); “on edges” counts the edges that have "
        + "at least one. Layers with MAs are set in bold. "
        + (hasSeveral ? "Numbers are means ± standard deviations over n seeds. " : "")
        + "KS is the Kolmogorov–Smirnov statistic of "
        + "y\u{A0}=\u{A0}−log₁₀(ratio): of the untrained and of this layer against the gamma "
        + "distribution fitted to that same layer, and of this layer against the fit of the "
        + "untrained one."
        + (bound.map { " KS is computed from a histogram and exact to within \($0)." } ?? "")
        + " A click on a heading sorts.",
      class: "note")
  }

  private func layerTable(
    _ arm: StudyResults.Arm, kind: StudyResults.ActivationKind
  ) -> String {
    let name = "layers-\(kind == .edge ? "" : "nodes-")\(arm.label)"
    let count = arm.runs.count > 1 ? " (n = \(arm.runs.count))" : ""
    return parts.subheading(arm.label + count)
      + parts.table(Self.layers(arm, kind: kind), name: name)
      + arm.runs.map { medianNote(named(arm, $0), kind: kind, isAlone: arm.runs.count == 1) }
      .joined()
  }

  /// Rows whose ratios are infinite or undefined, layer by layer; nothing when there are none.
  private func medianNote(
    _ run: StudyResults.Run, kind: StudyResults.ActivationKind, isAlone: Bool
  ) -> String {
    let texts = run.layers.compactMap { layer -> String? in
      guard let found = layer[kind], found.zeroMedianRows > 0 || found.nanMedianRows > 0 else {
        return nil
      }
      let counts = [
        (found.zeroMedianRows, "row", "median 0"), (found.nanMedianRows, "row", "median NaN"),
        (found.infiniteCount, "value", "an infinite ratio"),
      ]
      let parts = counts.filter { $0.0 > 0 }.map {
        "\(Summary.count($0.0, $0.1)) with \($0.2)"
      }
      return "layer \(layer.index): " + parts.joined(separator: ", ")
    }
    guard !texts.isEmpty else { return "" }
    return parts.paragraph(
      "Ratios that aren’t finite\(isAlone ? "" : " (\(run.label))"): "
        + "\(texts.joined(separator: "; ")).", class: "note")
  }

  static func layers(_ arm: StudyResults.Arm, kind: StudyResults.ActivationKind) -> DataTable {
    let layers = arm.layers(kind)
    let hasBase = arm.hasBase
    let types = kind == .edge ? TypeShare.all(arm) : []
    let showsTypes =
      types.count > 1 && types.count <= 4 && (arm.massive(kind).largest ?? 0) > 0
    func has(_ test: (StudyResults.Activations) -> Bool) -> Bool {
      arm.runs.contains { $0.layers.contains { $0[kind].map(test) ?? false } }
    }
    let showsFits = has { $0.gammaFit != nil }
    let showsBaseTest = has { $0.againstBase != nil }
    var columns: [DataTable.Column] = [.init("Layer")]
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
    for (position, index) in layers.enumerated() {
      func spread(_ value: (StudyResults.Activations) -> Double?) -> Spread {
        arm.spread(layer: index, kind, value)
      }
      func before(_ value: (StudyResults.Activations) -> Double?) -> Spread {
        arm.baseSpread(layer: index, kind, value)
      }
      var row: [DataTable.Cell] = [.count(index)]
      if hasBase { row.append(.ratios(before(\.largestRatio))) }
      let massive = spread { Double($0.massiveCount) }
      if (massive.largest ?? 0) > 0 { table.strong.insert(position) }
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

  /// A type's part of a layer's massive activations; nil without any.
  private static func share(_ found: StudyResults.Activations, _ type: Int) -> Double? {
    let total = found.byEdgeType.reduce(0) { $0 + $1.massive }
    guard total > 0 else { return nil }
    return Double(found.byEdgeType.first { $0.id == type }?.massive ?? 0) / Double(total)
  }

  /// What is said of each layer, and why.
  var verdictSection: String {
    let shown = arms.filter { arm in
      arm.runs.contains { $0.layers.contains { $0.edge?.verdict != nil } }
    }
    guard !shown.isEmpty else { return "" }
    var html = parts.heading("Verdict on each layer")
    html += parts.paragraph(
      "Massive: finite ratios over \(NumberText.ratio(results.threshold)) were found. Changed: none, "
        + "but the distribution of the ratios is not the untrained model’s. None: neither was found. "
        + "Undefined: there is no finite ratio.", class: "note")
    for arm in shown {
      let content =
        parts.table(Self.verdicts(arm), name: "verdicts-\(arm.label)")
        + parts.details("Reasons\(Self.seed(arm))", reasons(arm))
      html +=
        arm.kind == .base || shown.count > 6
        ? parts.details(arm.label.capitalizedFirst, content)
        : parts.subheading(arm.label) + content
    }
    return html
  }

  private static func verdicts(_ arm: StudyResults.Arm) -> DataTable {
    let isAlone = arm.runs.count == 1
    var table = DataTable(
      [.init("Layer"), .init("Verdict\(seed(arm))", .text)]
        + (isAlone ? [] : [.init("All seeds", .text)]))
    for index in arm.layers(.edge) {
      let verdicts = arm.runs.compactMap { $0.layer(index)?.edge?.verdict }
      let first = arm.first.layer(index)?.edge?.verdict
      let counts = StudyResults.Verdict.Outcome.allCases.compactMap { outcome -> String? in
        let count = verdicts.count { $0.outcome == outcome }
        return count > 0 ? "\(count) \(outcome.rawValue)" : nil
      }
      if first?.outcome == .massive { table.strong.insert(table.rows.count) }
      table.rows.append(
        [.count(index), .text(first?.outcome.rawValue ?? LayerText.none)]
          + (isAlone ? [] : [.text(counts.joined(separator: ", "))]))
    }
    return table
  }

  /// Whose verdict is told in full, where there are several.
  private static func seed(_ arm: StudyResults.Arm) -> String {
    arm.runs.count == 1 ? "" : arm.first.seed.map { " (seed \($0))" } ?? ""
  }

  /// Sentences read better in lines of the page's width than in a table's column.
  private func reasons(_ arm: StudyResults.Arm) -> String {
    arm.layers(.edge).map { index in
      let reasons = arm.first.layer(index)?.edge?.verdict?.reasons ?? []
      return parts.paragraph(
        "Layer \(index): " + reasons.joined(separator: " "), class: "note")
    }.joined()
  }

  /// Node activations, folded away: they seldom are massive.
  var nodeSection: String {
    let with = arms.filter { $0.has(.node) }
    guard !with.isEmpty else { return "" }
    let total = with.flatMap(\.runs).reduce(0) { $0 + $1.massiveCount(.node) }
    let intro = parts.paragraph(
      total == 0
        ? "No node activation of any run is massive."
        : "\(NumberText.grouped(total)) node activations are massive, all runs together.")
    let content =
      layerTables(.node)
      + figures(
        subjects.filter { $0.has(.node) },
        caption: "Largest node ratio of each batch, drawn like the figure for edges."
      ) { _, run, base in
        [
          Figures.batchMaxima(
            of: run, base: base, threshold: results.threshold, kind: .node)
        ]
      }
    return parts.heading("Node activations") + intro
      + (arms.contains { $0.has(.edge) } ? parts.details("Tables and figure", content) : content)
  }
}
