extension Figures {
  /// Rank correlations of edges' largest ratios with other measures: a point with an interval for each
  /// measure.
  ///
  /// - Parameters:
  ///   - attributions: the correlations to draw.
  ///   - layers: whether to draw the correlations of single layers instead of those over all layers.
  public static func correlations(
    of attributions: [StudyResults.Attribution], layers: Bool = false
  ) -> SVGFigure {
    var rows: [IntervalPlot.Row] = []
    var texts: [String] = []
    for one in attributions {
      let shown = one.correlations.filter { ($0.layer != nil) == layers }
      for (position, found) in shown.enumerated() {
        let name = found.measure + (found.layer.map { ", layer \($0)" } ?? "")
        rows.append(
          .init(
            label: name,
            marks: [
              .init(
                value: found.coefficient.value, lower: found.coefficient.lower,
                upper: found.coefficient.upper, style: "--c:var(--blue)")
            ],
            heading: position == 0 && attributions.count > 1 ? AttributionText.name(one) : nil))
        texts.append("\(name): \(IntervalText.text(found.coefficient))")
      }
    }
    return IntervalPlot(
      title: "Rank correlation of an edge’s largest ratio, row median",
      axis: .init(name: "Spearman’s ρ (no unit)", includes: [-0.2, 0.2]), rows: rows,
      limit: .init(value: 0, name: "0: unrelated"),
      alternativeText: texts.joined(separator: "; ") + "."
    ).figure
  }

  /// The change of predictions without the edges that each measure picks (fid+), or with only these edges
  /// (fid−), against the share of picked edges. Random edges have a band of one standard deviation.
  public static func fidelity(
    of attribution: StudyResults.Attribution, removed isRemoved: Bool
  ) -> SVGFigure {
    let colors = ["--blue", "--red", "--green", "--pink", "--gold"]
    var groups: [(name: String, isReversed: Bool)] = []
    for found in attribution.fidelities
    where !groups.contains(where: { $0.name == found.measure && $0.isReversed == found.isReversed })
    {
      groups.append((found.measure, found.isReversed))
    }
    var names: [String] = []
    for group in groups where group.name != "random" && !names.contains(group.name) {
      names.append(group.name)
    }
    let series = groups.map { group -> LineChart.Series in
      let points = attribution.fidelities.filter {
        $0.measure == group.name && $0.isReversed == group.isReversed
      }.sorted { $0.fraction < $1.fraction }.map {
        LineChart.Series.Point(
          100 * $0.fraction, isRemoved ? $0.removed : $0.kept,
          deviation: isRemoved ? $0.removedDeviation : $0.keptDeviation)
      }
      let isRandom = group.name == "random"
      let color =
        names.firstIndex(of: group.name).map { colors[$0 % colors.count] } ?? "--gray"
      return .init(
        label: group.name + (group.isReversed ? ", low" : ""), points: points,
        look: isRandom ? "thick dots" : group.isReversed ? "dash" : "thick",
        style: "--c:var(\(isRandom ? "--gray" : color))", hasBand: isRandom, hasDots: !isRandom)
    }
    let texts = series.map { one in
      let last = one.points.last
      return "\(one.label): "
        + (last.map {
          "\(NumberText.significant($0.y, digits: 3)) at \(NumberText.percent($0.x / 100))"
        } ?? "none")
    }
    return LineChart(
      title: isRemoved ? "Change without the picked edges" : "Change with the picked edges alone",
      x: .init(name: "share of each graph’s edges picked (percent)", includes: [0]),
      y: .init(
        name: "change, fid\(isRemoved ? "+" : "−") (share of predictions, or target units)",
        includes: [0]),
      series: series, alternativeText: texts.joined(separator: "; ") + "."
    ).figure
  }
}

/// The name of an attribution's model.
enum AttributionText {
  static func name(_ attribution: StudyResults.Attribution) -> String {
    attribution.label + (attribution.seed.map { ", seed \($0)" } ?? "")
  }
}
