extension ReportPage {
  /// One table per run: what each layer holds.
  func layerTables(_ kind: ActivationKind) -> String {
    let runs = results.runs.filter { $0.has(kind) }
    guard !runs.isEmpty else { return "" }
    var html = kind == .edge ? "<h2>Layer by layer</h2>" : ""
    if kind == .edge { html += legend }
    for run in runs {
      let layers = run.layers.filter { $0[kind] != nil }
      html += "<h3>\(Markup.escape(run.label))</h3>"
      html += table(layerTable(layers, run: run, kind: kind)) {
        (layers[$0][kind]?.massiveCount ?? 0) > 0
      }
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
        + "is over \(NumberText.ratio(results.threshold)). Layers with MAs are set in bold. KS is "
        + "the Kolmogorov–Smirnov statistic of y = −log₁₀(ratio) against the gamma distribution "
        + "fitted to the layer itself, and against the one fitted to the untrained layer.",
      class: "note")
  }

  private func layerTable(
    _ layers: [StudyResults.Layer], run: StudyResults.Run, kind: ActivationKind
  ) -> TextTable {
    let reference = run.kind == .base ? nil : base
    let types = kind == .edge ? EdgeTypeTotals(run).types : []
    let showsTypes = types.count > 1 && types.count <= 4 && run.massiveCount(kind) > 0
    let showsMedians = layers.contains {
      ($0[kind]?.zeroMedianRows ?? 0) > 0 || ($0[kind]?.nanMedianRows ?? 0) > 0
    }
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
    add("Massive activations", ["number", kind == .edge ? "edges with one" : "nodes with one"])
    if showsTypes { add("Share of MAs by edge type", types.map(\.name)) }
    if showsFits || showsBaseTest {
      let fits = showsFits ? [reference == nil ? "own fit" : "own fit: untrained → this"] : []
      add("KS", fits + (showsBaseTest ? ["to untrained fit"] : []))
    }
    if showsMedians { add("Rows with median", ["0", "NaN"]) }

    let rows = layers.compactMap { layer -> [String]? in
      guard let found = layer[kind] else { return nil }
      let before = reference?.layers.first { $0.index == layer.index }?[kind]
      var row = ["\(layer.index)"]
      if reference != nil { row.append(LayerText.largest(before)) }
      row += [
        LayerText.largest(found), NumberText.grouped(found.massiveCount),
        found.massiveRows == 0
          ? "0"
          : "\(NumberText.grouped(found.massiveRows)) "
            + "(\(NumberText.percent(found.massiveRowShare)))",
      ]
      if showsTypes {
        let total = found.byEdgeType.reduce(0) { $0 + $1.massive }
        row += types.map { type in
          let count = found.byEdgeType.first { $0.id == type.id }?.massive ?? 0
          return total == 0 ? LayerText.none : NumberText.percent(Double(count) / Double(total))
        }
      }
      if showsFits {
        row.append(LayerText.statistics(found, base: before, showBase: reference != nil))
      }
      if showsBaseTest { row.append(LayerText.statistic(found.againstBase)) }
      if showsMedians {
        row += [found.zeroMedianRows, found.nanMedianRows].map(NumberText.grouped)
      }
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
