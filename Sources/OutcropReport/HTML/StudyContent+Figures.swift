import OutcropStatistics

extension StudyContent {
  var batchMaximaFigure: String {
    let shown = subjects.filter { arm in
      arm.runs.contains { run in
        run.layers.contains { layer in
          medians.contains { layer[.edge($0)]?.batchMaxima.isEmpty == false }
        }
      }
    }
    guard !shown.isEmpty else { return "" }
    let caption =
      "<b>How to read it.</b> In each layer the batches are sorted by their largest ratio; the "
      + "line shows this ratio from the smallest (left) to the largest (right). Thick lines "
      + "exceed the threshold (dashed)"
      + (shown.contains(where: \.hasBase)
        ? "; the gray area is the range of the untrained layers." : ".")
      + " A line that rises only at the right end has MAs in few batches; a line that is over the "
      + "threshold throughout has MAs in every batch. Ratios over 10⁶ end in an arrow at the top."
    return figuresByMedian(shown, caption: caption) { run, base, median in
      [
        Figures.batchMaxima(
          of: run, base: base, threshold: results.threshold, kind: .edge(median))
      ]
    }
  }

  /// The arms with more than one edge type and massive activations.
  private var typed: [StudyResults.Arm] {
    arms.filter { arm in
      medians.contains { TypeShare.all(arm, by: $0).count > 1 && arm.hasMassive(.edge($0)) }
    }
  }

  var edgeTypeFigure: String {
    let caption =
      "<b>How to read it.</b> Each column is a layer, each cell the share of that layer’s MAs "
      + "that are on the edge type. Compare it with the first column, the type’s share of all "
      + "edges: if MAs did not depend on the type, every column would equal the first. Shares of few "
      + "MAs (bottom row) mean little."
    return figuresByMedian(typed, caption: caption) { run, _, median in
      run.massiveCount(.edge(median)) > 0 ? [Figures.edgeTypes(of: run, by: median)] : []
    }
  }

  var enrichment: String {
    let enriched = typed.filter { arm in
      arm.runs.contains { run in medians.contains { Self.hasEnrichment(run, $0) } }
    }
    guard !enriched.isEmpty else { return "" }
    let caption =
      "<b>Enrichment.</b> The type’s share of the edges with an MA over its share of all edges, "
      + "with a 95% interval that treats graphs, not edges, as independent. Right of the line: MAs "
      + "are more frequent on the type than on average. Left: they are less frequent. If an interval "
      + "crosses the line, there may be no difference. An arrow at the left end means zero. At the right: "
      + "the number of edges with MAs."
    return figuresByMedian(enriched, caption: caption) { run, _, median in
      Self.hasEnrichment(run, median) ? [Figures.enrichment(of: run, by: median)] : []
    } + parts.table(enrichmentTable(enriched), name: "enrichment")
  }

  /// The table of edge types, and the arms that have no massive activations.
  var edgeTypeTable: String {
    let without = medians.compactMap { median -> String? in
      let labels = arms.filter {
        TypeShare.all($0, by: median).count > 1 && !$0.hasMassive(.edge(median))
      }.map(\.label)
      guard !labels.isEmpty, !typed.isEmpty else { return nil }
      return
        "By the \(median.name) there are no massive activations to attribute to edge types in: "
        + labels.joined(separator: ", ") + "."
    }
    return (typed.isEmpty ? "" : parts.table(typeTable(typed), name: "edge-types"))
      + without.map { parts.paragraph($0, class: "note") }.joined()
  }

  private static func hasEnrichment(
    _ run: StudyResults.Run, _ median: MedianKind
  ) -> Bool {
    run.layers.contains { $0[.edge(median)]?.byEdgeType.contains { $0.enrichment != nil } == true }
  }

  /// The totals over all layers, for each arm.
  private func typeTable(_ arms: [StudyResults.Arm]) -> DataTable {
    DataTable(
      [
        .init("Model", .text), .init("Median", .text), .init("Edge type", .text),
        .init("Share of edges", unit: "share"), .init("Share of MAs", .spread, unit: "share"),
        .init("Enrichment", .spread), .init("n with MAs"),
      ],
      rows: arms.flatMap { arm in medians.map { (arm, $0) } }.flatMap { arm, median in
        TypeShare.all(arm, by: median).map { share in
          [
            .text(arm.label), Self.cell(median), .text(share.name),
            .number(share.edges, NumberText.percent(share.edges)), .shares(share.massive),
            .spread(
              share.enrichment,
              share.enrichment.text { NumberText.significant($0, digits: 3) }),
            .count(share.massive.count),
          ]
        }
      })
  }

  private func enrichmentTable(_ arms: [StudyResults.Arm]) -> DataTable {
    var table = DataTable([
      .init("Model", .text), .init("Layer"), .init("Median", .text), .init("Edge type", .text),
      .init("Edges"),
      .init("Edges with MAs"), .init("Enrichment (95% interval)", .estimate),
    ])
    for arm in arms {
      for run in arm.runs {
        for (layer, median) in run.layers.flatMap({ layer in medians.map { (layer, $0) } }) {
          for type in layer[.edge(median)]?.byEdgeType ?? [] where type.enrichment != nil {
            table.rows.append([
              .text(arm.name(of: run)), .count(layer.index), Self.cell(median), .text(type.name),
              .count(type.edges), .count(type.massiveEdges), .interval(type.enrichment),
            ])
          }
        }
      }
    }
    return table
  }

  private var swept: [StudyResults.Arm] {
    arms.filter { arm in medians.contains { Sweep.thresholds(arm, $0).count > 1 } }
  }

  var sweepFigure: String {
    let swept = swept
    guard !swept.isEmpty else { return "" }
    let drawn = Array(swept.prefix(Self.lineLimit))
    let panels = medians.map {
      Figures.sweep(of: drawn, by: $0, threshold: results.threshold, layers: false)
    }
    let caption =
      "<b>How to read it.</b> The same activations, counted at other thresholds; the dashed line is "
      + "this report’s threshold. Lines are means over seeds, bands one standard deviation. If the count of "
      + "one model falls to zero just left of the line and that of another just right of it, the models "
      + "differ little."
      + (drawn.count < swept.count ? " The first \(drawn.count) models are drawn." : "")
    return parts.figure(panels, caption: caption)
  }

  /// Layers, shares by edge type and all numbers at other thresholds.
  var sweepTable: String {
    let swept = swept
    guard !swept.isEmpty else { return "" }
    let drawn = Array(swept.prefix(Self.lineLimit))
    var panels = medians.map {
      Figures.sweep(of: drawn, by: $0, threshold: results.threshold, layers: true)
    }
    panels += drawn.flatMap { arm in medians.map { (arm, $0) } }.filter { arm, median in
      EdgeTypeTotals(arm.first, by: median).types.count > 1
        && Sweep.thresholds(arm.first, median).contains {
          (Sweep.entries(arm.first, $0, median) ?? 0) > 0
        }
    }.map { arm, median in
      Figures.sweepShares(of: named(arm, arm.first), by: median, threshold: results.threshold)
    }
    var table = DataTable([
      .init("Model", .text), .init("Median", .text), .init("Threshold"), .init("MAs", .spread),
      .init("Layers with MAs", .spread),
    ])
    for (arm, median) in swept.flatMap({ arm in medians.map { (arm, $0) } }) {
      for value in Sweep.thresholds(arm, median) {
        table.rows.append([
          .text(arm.label), Self.cell(median), .number(value, NumberText.ratio(value)),
          .amounts(arm.spread { Sweep.entries($0, value, median) }),
          .amounts(arm.spread { Sweep.layers($0, value, median) }),
        ])
      }
    }
    return parts.figure(
      panels,
      caption:
        "Shares by edge type are those of the first seed; dotted lines are the types’ shares of all "
        + "edges. Shares of few MAs mean little.")
      + parts.table(table, name: "thresholds")
  }

  var distribution: String {
    let shown = arms.filter { arm in
      arm.runs.contains { run in
        run.layers.contains { layer in medians.contains { layer[.edge($0)]?.histogram != nil } }
      }
    }
    guard !shown.isEmpty, let first = shownLayer(shown) else { return "" }
    let caption =
      "<b>How to read it.</b> y = −log₁₀(ratio): large activations are at the left, and activations "
      + "left of the dashed line are massive. The axis of counts is logarithmic, so that a single "
      + "activation is visible. The line is the gamma distribution fitted to all values. "
      + "<b>Caution:</b> a high KS has been interpreted as a sign of MAs, but it measures any deviation "
      + "from the gamma distribution, also in the middle, where there are no MAs; layers "
      + "without a single MA can have the highest KS. Count the MAs; don’t trust KS alone. "
      + pValueNote
    func panels(_ layer: Int, _ runs: [StudyResults.Run]) -> [SVGFigure] {
      medians.flatMap {
        Figures.histograms(
          of: runs, layer: layer, threshold: results.threshold, kind: .edge($0))
      }
    }
    let runs = shown.map { named($0, $0.first) }
    let others = Set(shown.flatMap { $0.layers(.edge) }).subtracting([first]).sorted()
    var html = parts.paragraph(
      "Layer \(first), the layer with the largest ratio by the \(shownMedian.name)"
        + (subjects.first.map { $0.kind == .base ? "" : " after training" } ?? "") + ".")
    html += parts.figure(panels(first, runs), caption: caption)
    let seeds = shown.flatMap { arm in arm.runs.dropFirst().map { named(arm, $0) } }
    if !seeds.isEmpty {
      html += parts.details(
        "The other seeds",
        parts.figure(panels(first, seeds), caption: "Layer \(first).", isDetail: true))
    }
    if !others.isEmpty {
      var rest = others.prefix(Self.detailedLayers).map {
        parts.figure(panels($0, runs), caption: "Layer \($0).", isDetail: true)
      }
      if others.count > Self.detailedLayers {
        rest.append(parts.paragraph("Further layers are in results.json.", class: "note"))
      }
      html += parts.details("The other layers", rest.joined())
    }
    return html
  }

  /// A note on the p-values.
  private var pValueNote: String {
    let methods = Set(
      results.runs.flatMap(\.layers).compactMap {
        $0.edge
      }.flatMap { edge in
        medians.compactMap { edge[$0]?.gammaFit?.kolmogorovSmirnov.method }
      })
    return methods.contains(.bootstrap)
      ? "Its p-values are from a parametric bootstrap: samples of the fitted distribution are fitted again. "
        + "With millions of values, any small misfit makes the p-values tiny."
      : "Its p-values assume that the distribution was specified in advance, which makes them too large. For "
        + "samples of this size they are near zero for any fit."
  }

  /// The largest number of further layers that are drawn, which limits the size of the page.
  private static var detailedLayers: Int { 32 }

  /// The median whose largest ratio selects the layer that is shown first: the median with more massive
  /// activations, or the row median if the numbers are equal.
  private var shownMedian: MedianKind {
    let run = (subjects.first ?? arms.first)?.first
    func massive(_ median: MedianKind) -> Int {
      run?.massiveCount(.edge(median)) ?? 0
    }
    let first = medians.first ?? .row
    return medians.dropFirst().reduce(first) { massive($1) > massive($0) ? $1 : $0 }
  }

  /// The layer with the largest ratio in the first subject that has a histogram.
  private func shownLayer(_ shown: [StudyResults.Arm]) -> Int? {
    let subject = subjects.first { subject in shown.contains(subject) } ?? shown.first
    return subject?.first.peakLayer(.edge(shownMedian))?.index
      ?? subject?.first.layers.first?.index
  }
}
