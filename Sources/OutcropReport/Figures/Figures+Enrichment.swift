import OutcropStatistics

extension Figures {
  /// The enrichment of edge types among edges with massive activations, by layer: a point with its
  /// interval on a logarithmic axis, and a line at 1, where massive activations do not depend on the
  /// type.
  ///
  /// Only the `layerLimit` layers with the most massive activations are drawn.
  public static func enrichment(
    of run: StudyResults.Run, by median: MedianKind, layerLimit: Int = 8
  ) -> SVGFigure {
    let layers = run.layers.filter {
      $0[.edge(median)]?.byEdgeType.contains { $0.enrichment != nil } == true
    }
    let chosen = layers.sorted {
      ($0[.edge(median)]?.massiveRows ?? 0) > ($1[.edge(median)]?.massiveRows ?? 0)
    }
    .prefix(layerLimit).sorted { $0.index < $1.index }
    var rows: [IntervalPlot.Row] = []
    var texts: [String] = []
    for layer in chosen {
      let types = (layer[.edge(median)]?.byEdgeType ?? []).filter { $0.enrichment != nil }
      let shown = types.sorted { $0.edges > $1.edges }.prefix(6)
      for (position, type) in shown.enumerated() {
        guard let estimate = type.enrichment else { continue }
        let massive = type.massiveEdges.map { Findings.count($0, "edge") } ?? ""
        rows.append(
          .init(
            label: type.name, note: massive,
            marks: [
              .init(
                value: estimate.value, lower: estimate.lower, upper: estimate.upper,
                style: FigureStyle.style(run))
            ], heading: position == 0 ? "layer \(layer.index)" : nil))
        texts.append("layer \(layer.index), \(type.name): \(IntervalText.text(estimate))")
      }
    }
    return IntervalPlot(
      title: "\(run.label): enrichment of edge types, \(median.name)",
      axis: .init(
        name: "share of edges with MAs / share of edges (log)", isLogarithmic: true,
        includes: [0.5, 2]),
      rows: rows, limit: .init(value: 1, name: "1: as by chance"),
      alternativeText: texts.isEmpty
        ? "By the \(median.name), no layer holds massive activations."
        : texts.joined(separator: "; ") + "."
    ).figure
  }
}
