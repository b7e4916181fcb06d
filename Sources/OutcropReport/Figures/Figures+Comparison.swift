import Foundation
import OutcropStatistics

extension Figures {
  /// Shares of edges and of massive activations on each type, for each model: a hollow mark for the type's
  /// share of all edges, a filled mark for its share of the massive activations.
  public static func ablation(
    of arms: [StudyResults.Arm], by median: MedianKind
  ) -> SVGFigure {
    var rows: [IntervalPlot.Row] = []
    var texts: [String] = []
    for (arm, style) in zip(arms, FigureStyle.styles(arms)) {
      for (position, share) in TypeShare.all(arm, by: median).prefix(8).enumerated() {
        let massive = share.massive.mean.map { 100 * $0 }
        let deviation = share.massive.deviation.map { 100 * $0 }
        var marks = [
          IntervalPlot.Mark(value: 100 * share.edges, style: "--c:var(--soft)", isReference: true)
        ]
        if let massive {
          marks.append(
            .init(
              value: massive, lower: deviation.map { massive - $0 },
              upper: deviation.map { massive + $0 }, style: style))
        }
        rows.append(
          .init(
            label: share.name, note: massive == nil ? "no MAs" : "", marks: marks,
            heading: position == 0 ? arm.label : nil))
        texts.append(
          "\(arm.label), \(share.name): \(NumberText.percent(share.edges)) of the edges, "
            + "\(share.massive.percent) of the MAs")
      }
    }
    return IntervalPlot(
      title: "Massive activations by edge type, \(median.name)",
      axis: .init(name: "share (percent)", includes: [0, 100]), rows: rows,
      legend: [
        .init(text: "share of edges", swatch: .ring, style: "--c:var(--soft)"),
        .init(text: "share of MAs (± sd)", swatch: .dot, style: "--c:var(--ink)"),
      ], alternativeText: texts.joined(separator: "; ") + "."
    ).figure
  }

  /// The largest ratio of each arm of several results, and the range of the untrained models' batch maxima.
  public static func largestRatios(
    _ groups: [(name: String, arms: [StudyResults.Arm])], threshold: Double?,
    by median: MedianKind
  ) -> SVGFigure {
    var rows: [IntervalPlot.Row] = []
    var texts: [String] = []
    for group in groups {
      let styles = FigureStyle.styles(group.arms)
      var isFirst = true
      for (arm, style) in zip(group.arms, styles) where arm.has(.edge(median)) {
        let maxima = arm.runs.flatMap {
          $0.layers.compactMap { $0[.edge(median)] }.flatMap(\.batchMaxima)
        }
        .filter { $0.isFinite && $0 > 0 }
        let ratios = arm.largestRatio(.edge(median))
        rows.append(
          .init(
            label: arm.label,
            note: "n = \(arm.runs.count)",
            marks: ratios.values.map { .init(value: $0, style: style) },
            range: maxima.min().flatMap { low in maxima.max().map { low...$0 } },
            heading: isFirst && !group.name.isEmpty ? group.name : nil))
        isFirst = false
        texts.append(
          "\(group.name.isEmpty ? "" : "\(group.name), ")\(arm.label): \(ratios.text(NumberText.ratio))"
        )
      }
    }
    return IntervalPlot(
      title: "Largest ratios, \(median.name)",
      axis: .init(name: "ratio (no unit; log scale)", isLogarithmic: true), rows: rows,
      limit: threshold.map { .init(value: $0, name: "ratio \(NumberText.ratio($0))") },
      legend: [
        .init(text: "largest ratio of a seed", swatch: .dot, style: "--c:var(--ink)"),
        .init(text: "batch maxima, all layers", swatch: .area, style: "--c:var(--gray)"),
      ], alternativeText: texts.joined(separator: "; ") + "."
    ).figure
  }
}

/// An edge type's share of an arm's massive activations by one median, and of the edges, over all layers.
struct TypeShare {
  var id: Int
  var name: String
  var edges: Double
  /// The share of massive activations, over the seeds that have any.
  var massive: Spread
  /// The share of edges with a massive entry over the share of edges, if known.
  var enrichment: Spread

  static func all(
    _ arm: StudyResults.Arm, by median: MedianKind
  ) -> [TypeShare] {
    let totals = arm.runs.map { EdgeTypeTotals($0, by: median) }
    var types: [(id: Int, name: String)] = []
    for type in totals.flatMap(\.types) where !types.contains(where: { $0.id == type.id }) {
      types.append((type.id, type.name))
    }
    return types.map { type in
      let own = totals.map { total in (total, total.types.first { $0.id == type.id }) }
      return TypeShare(
        id: type.id, name: type.name,
        edges: Spread(
          own.map { total, found in
            total.edges > 0 ? Double(found?.edges ?? 0) / Double(total.edges) : nil
          }
        ).mean ?? 0,
        massive: Spread(
          own.map { total, found in
            total.massive > 0 ? Double(found?.massive ?? 0) / Double(total.massive) : nil
          }),
        enrichment: Spread(
          own.map { total, found in
            guard let found, let massive = found.massiveEdges, let all = total.massiveEdges,
              all > 0, found.edges > 0
            else { return nil }
            return Double(massive) / Double(all) / (Double(found.edges) / Double(total.edges))
          }))
    }
  }
}
