import OutcropStatistics

extension Figures {
  /// The number of massive activations over all layers against the threshold, one line per arm: the mean over
  /// its seeds, with a band of one standard deviation. Both axes are logarithmic; zero is drawn below the
  /// smallest value.
  ///
  /// - Parameters:
  ///   - arms: the arms to compare.
  ///   - median: the median that ratios are taken over.
  ///   - threshold: the ratio above which an activation is massive.
  ///   - isLayers: whether to count layers with massive activations instead.
  public static func sweep(
    of arms: [StudyResults.Arm], by median: MedianKind, threshold: Double,
    layers isLayers: Bool = false
  ) -> SVGFigure {
    let name = isLayers ? "layers with MAs" : "MAs"
    let series = zip(arms, FigureStyle.styles(arms)).map { arm, style in
      LineChart.Series(
        label: arm.label,
        points: Sweep.thresholds(arm, median).map { value in
          let spread = arm.spread { run in
            isLayers ? Sweep.layers(run, value, median) : Sweep.entries(run, value, median)
          }
          return .init(value, spread.mean ?? .nan, deviation: spread.deviation)
        }, style: style, hasBand: true)
    }.filter { !$0.points.isEmpty }
    let texts = series.map { one in
      let ends = [one.points.first, one.points.last].compactMap { $0 }.map {
        "\(NumberText.amount($0.y)) over \(NumberText.ratio($0.x))"
      }
      return "\(one.label): \(ends.joined(separator: ", "))"
    }
    return LineChart(
      title: "\(isLayers ? "Layers with MAs" : "MAs") at other thresholds, \(median.name)",
      x: .init(name: "threshold (ratio, no unit; log scale)", isLogarithmic: true),
      y: .init(
        name: isLayers ? "\(name) (number)" : "\(name), all layers (number; log scale)",
        isLogarithmic: !isLayers, includes: isLayers ? [0] : [], showsZero: true),
      series: series, xLimit: .init(value: threshold, name: "this report"),
      alternativeText: texts.joined(separator: "; ") + "."
    ).figure
  }

  /// The share of massive activations on each edge type against the threshold, over all layers of a run.
  /// Dotted lines are the types' shares of all edges.
  public static func sweepShares(
    of run: StudyResults.Run, by median: MedianKind, threshold: Double
  ) -> SVGFigure {
    let totals = EdgeTypeTotals(run, by: median)
    // The types with the most, in the order of the data, so that a type has the same color for all models.
    let most = Set(totals.types.sorted { $0.massive > $1.massive }.prefix(6).map(\.id))
    let types = totals.types.filter { most.contains($0.id) }
    let colors = ["--blue", "--red", "--green", "--pink", "--gold", "--gray"]
    var series: [LineChart.Series] = []
    for (type, color) in zip(types, colors) {
      let points = Sweep.thresholds(run, median).compactMap { value -> LineChart.Series.Point? in
        Sweep.share(run, type.id, value, median).map { .init(value, 100 * $0) }
      }
      guard !points.isEmpty else { continue }
      let style = "--c:var(\(color))"
      let edges = 100 * Double(type.edges) / Double(max(1, totals.edges))
      series.append(
        .init(
          points: Sweep.thresholds(run, median).map { .init($0, edges) }, look: "dots", style: style
        ))
      series.append(.init(label: type.name, points: points, style: style, hasDots: true))
    }
    let texts = series.filter { !$0.label.isEmpty }.map { one in
      "\(one.label): "
        + one.points.map {
          "\(NumberText.percent($0.y / 100)) over \(NumberText.ratio($0.x))"
        }.joined(separator: ", ")
    }
    return LineChart(
      title: "\(run.label): types over thresholds, \(median.name)",
      x: .init(name: "threshold (ratio, no unit; log scale)", isLogarithmic: true),
      y: .init(name: "share of the MAs (percent)", includes: [0, 100]), series: series,
      legend: [
        .init(text: "of the MAs", swatch: .line("thick"), style: "--c:var(--soft)"),
        .init(text: "of all edges", swatch: .line("dots"), style: "--c:var(--soft)"),
      ], xLimit: .init(value: threshold, name: "this report"),
      alternativeText: texts.isEmpty
        ? "No MAs at any threshold." : texts.joined(separator: "; ") + "."
    ).figure
  }
}

/// Sums of ``StudyResults/RatioStatistics/sweep`` over the layers of a run, of edge activations.
enum Sweep {
  private static func sweeps(
    _ run: StudyResults.Run, _ median: MedianKind
  ) -> [StudyResults.RatioStatistics] {
    run.layers.compactMap { $0[.edge(median)] }
  }

  /// The thresholds for which all layers have counts.
  static func thresholds(
    _ run: StudyResults.Run, _ median: MedianKind
  ) -> [Double] {
    let all = sweeps(run, median).map { Set($0.sweep.map(\.threshold)) }
    guard let first = all.first else { return [] }
    return all.dropFirst().reduce(first) { $0.intersection($1) }.filter { $0 > 0 }.sorted()
  }

  static func thresholds(
    _ arm: StudyResults.Arm, _ median: MedianKind
  ) -> [Double] {
    Set(arm.runs.flatMap { thresholds($0, median) }).sorted()
  }

  private static func counts(
    _ run: StudyResults.Run, _ threshold: Double, _ median: MedianKind
  ) -> [StudyResults.ThresholdCount] {
    sweeps(run, median).compactMap { found in
      found.sweep.first { $0.threshold == threshold }
    }
  }

  static func entries(
    _ run: StudyResults.Run, _ threshold: Double, _ median: MedianKind
  ) -> Double? {
    let counts = counts(run, threshold, median)
    return counts.isEmpty ? nil : Double(counts.reduce(0) { $0 + $1.entries })
  }

  static func layers(
    _ run: StudyResults.Run, _ threshold: Double, _ median: MedianKind
  ) -> Double? {
    let counts = counts(run, threshold, median)
    return counts.isEmpty ? nil : Double(counts.count { $0.entries > 0 })
  }

  /// A type's share of the entries over a threshold; nil without such entries.
  static func share(
    _ run: StudyResults.Run, _ type: Int, _ threshold: Double, _ median: MedianKind
  ) -> Double? {
    var (own, all) = (0, 0)
    for found in sweeps(run, median) {
      guard let count = found.sweep.first(where: { $0.threshold == threshold }) else { continue }
      for (known, entries) in zip(found.byEdgeType, count.byEdgeType) {
        all += entries
        if known.id == type { own += entries }
      }
    }
    return all > 0 ? Double(own) / Double(all) : nil
  }
}
