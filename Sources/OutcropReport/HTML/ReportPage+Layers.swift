extension ReportPage {
  /// One table per run: what each layer holds.
  func layerTables(_ kind: StudyResults.ActivationKind) -> String {
    let runs = results.runs.filter { $0.has(kind) }
    guard !runs.isEmpty else { return "" }
    var html = kind == .edge ? "<h2>Layer by layer</h2>" : ""
    if kind == .edge { html += legend }
    for run in subjects where run.has(kind) { html += layerTable(run, kind: kind) }
    if let base, base.has(kind), !subjects.contains(base) {
      // Its essentials stand beside those of the trained runs.
      html += "<details><summary>The \(Markup.escape(base.label)) model</summary>"
      html += layerTable(base, kind: kind) + "</details>"
    }
    return html
  }

  private var legend: String {
    let median =
      switch results.median {
      case .edge: "the median magnitude of its own row"
      case .batch: "the median magnitude of its batch"
      }
    return paragraph(
      "An activation’s ratio is its magnitude over \(median). It is massive (MA) when the ratio "
        + "is over \(NumberText.ratio(results.threshold)); “on edges” counts the edges that have "
        + "at least one. Layers with MAs are set in bold. KS is the Kolmogorov–Smirnov statistic of "
        + "y\u{A0}=\u{A0}−log₁₀(ratio): of the untrained and of this run’s layer against the gamma "
        + "distribution fitted to that same layer, and of this run’s layer against the fit of the "
        + "untrained one.",
      class: "note")
  }

  private func layerTable(_ run: StudyResults.Run, kind: StudyResults.ActivationKind) -> String {
    let layers = run.layers.filter { $0[kind] != nil }
    return "<h3>\(Markup.escape(run.label))</h3>"
      + table(layerTable(layers, run: run, kind: kind)) {
        (layers[$0][kind]?.massiveCount ?? 0) > 0
      } + medianNote(layers, kind: kind)
  }

  /// Rows whose ratios are infinite or undefined, layer by layer; nothing when there are none.
  private func medianNote(_ layers: [StudyResults.Layer], kind: StudyResults.ActivationKind)
    -> String
  {
    let texts = layers.compactMap { layer -> String? in
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
    return paragraph("Ratios that aren’t finite: \(texts.joined(separator: "; ")).", class: "note")
  }

  private func layerTable(
    _ layers: [StudyResults.Layer], run: StudyResults.Run, kind: StudyResults.ActivationKind
  ) -> TextTable {
    let reference = run.kind == .base ? nil : base
    let types = kind == .edge ? EdgeTypeTotals(run).types : []
    let showsTypes = types.count > 1 && types.count <= 4 && run.massiveCount(kind) > 0
    let showsFits = layers.contains { $0[kind]?.gammaFit != nil }
    let showsBaseTest = layers.contains { $0[kind]?.againstBase != nil }
    var columns: [TextTable.Column] = [.init("Layer", .left)]
    func add(_ group: String, _ titles: [String]) {
      columns += titles.map {
        var column = TextTable.Column($0)
        column.group = group
        return column
      }
    }
    add("Largest ratio", reference == nil ? [""] : ["untrained", "this run"])
    add("Massive activations", ["number", kind == .edge ? "on edges" : "on nodes"])
    if showsTypes { add("Share of MAs by edge type", types.map(\.name)) }
    if showsFits || showsBaseTest {
      let fits = showsFits ? (reference == nil ? [""] : ["untrained", "this run"]) : []
      add("KS", fits + (showsBaseTest ? ["to untrained"] : []))
    }

    let rows = layers.compactMap { layer -> [String]? in
      guard let found = layer[kind] else { return nil }
      let before = reference?.layers.first { $0.index == layer.index }?[kind]
      var row = ["\(layer.index)"]
      if reference != nil { row.append(LayerText.largest(before)) }
      row += [
        LayerText.largest(found), NumberText.grouped(found.massiveCount),
        NumberText.grouped(found.massiveRows),
      ]
      if showsTypes {
        let total = found.byEdgeType.reduce(0) { $0 + $1.massive }
        row += types.map { type in
          let count = found.byEdgeType.first { $0.id == type.id }?.massive ?? 0
          return total == 0 ? LayerText.none : NumberText.percent(Double(count) / Double(total))
        }
      }
      if showsFits {
        if reference != nil {
          row.append(LayerText.statistic(before?.gammaFit?.kolmogorovSmirnov))
        }
        row.append(LayerText.statistic(found.gammaFit?.kolmogorovSmirnov))
      }
      if showsBaseTest { row.append(LayerText.statistic(found.againstBase)) }
      return row
    }
    return TextTable(columns: columns, rows: rows)
  }

  /// Node activations, folded away: they seldom are massive.
  var nodeSection: String {
    let runs = results.runs.filter { $0.has(.node) }
    guard !runs.isEmpty else { return "" }
    let hasEdges = results.runs.contains { $0.has(.edge) }
    let total = runs.reduce(0) { $0 + $1.massiveCount(.node) }
    let intro = paragraph(
      total == 0
        ? "No node activation of any run is massive."
        : "\(NumberText.grouped(total)) node activations are massive, all runs together.")
    let shown = subjects.filter { $0.has(.node) }.map {
      Figures.batchMaxima(
        of: $0, base: base, threshold: results.threshold, kind: .node)
    }
    let content =
      layerTables(.node)
      + figure(
        shown,
        caption: "Largest node ratio of each batch, drawn like the figure for edges.")
    return "<h2>Node activations</h2>" + intro
      + (hasEdges
        ? "<details><summary>Tables and figure</summary>\(content)</details>" : content)
  }
}
