extension Figures {
  /// Massive activations of all layers together over the threshold, one line per arm: the mean over its
  /// seeds, with a band of one standard deviation. Both axes are logarithmic; zero has a place of its own.
  ///
  /// - Parameter isLayers: counts layers with massive activations instead.
  public static func sweep(
    of arms: [StudyResults.Arm], threshold: Double, layers isLayers: Bool = false
  ) -> SVGFigure {
    let name = isLayers ? "layers with MAs" : "MAs"
    let series = zip(arms, FigureStyle.styles(arms)).map { arm, style in
      LineChart.Series(
        label: arm.label,
        points: Sweep.thresholds(arm).map { value in
          let spread = arm.spread { run in
            isLayers ? Sweep.layers(run, value) : Sweep.entries(run, value)
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
      title: isLayers ? "Layers with MAs at other thresholds" : "MAs at other thresholds",
      x: .init(name: "threshold (ratio, no unit; log scale)", isLogarithmic: true),
      y: .init(
        name: isLayers ? "\(name) (number)" : "\(name), all layers (number; log scale)",
        isLogarithmic: !isLayers, includes: isLayers ? [0] : [], showsZero: true),
      series: series, xLimit: .init(value: threshold, name: "this report"),
      alternativeText: texts.joined(separator: "; ") + "."
    ).figure
  }

  /// The share of massive activations on each edge type over the threshold, all layers of a run together.
  /// Dotted lines are the types' shares of all edges.
  public static func sweepShares(of run: StudyResults.Run, threshold: Double) -> SVGFigure {
    let totals = EdgeTypeTotals(run)
    // Those with most, in the data's order: a type keeps its color from model to model.
    let most = Set(totals.types.sorted { $0.massive > $1.massive }.prefix(6).map(\.id))
    let types = totals.types.filter { most.contains($0.id) }
    let colors = ["--blue", "--red", "--green", "--pink", "--gold", "--gray"]
    var series: [LineChart.Series] = []
    for (type, color) in zip(types, colors) {
      let points = Sweep.thresholds(run).compactMap { value -> LineChart.Series.Point? in
        Sweep.share(run, type.id, value).map { .init(value, 100 * $0) }
      }
      guard !points.isEmpty else { continue }
      let style = "--c:var(\(color))"
      let edges = 100 * Double(type.edges) / Double(max(1, totals.edges))
      series.append(
        .init(
          points: Sweep.thresholds(run).map { .init($0, edges) }, look: "dots", style: style))
      series.append(.init(label: type.name, points: points, style: style, hasDots: true))
    }
    let texts = series.filter { !$0.label.isEmpty }.map { one in
      "\(one.label): "
        + one.points.map {
          "\(NumberText.percent($0.y / 100)) over \(NumberText.ratio($0.x))"
        }.joined(separator: ", ")
    }
    return LineChart(
      title: "\(run.label): types over thresholds",
      x: .init(name: "threshold (ratio, no unit; log scale)", isLogarithmic: true),
      y: .init(name: "share of the MAs (per cent)", includes: [0, 100]), series: series,
      legend: [
        .init(text: "of the MAs", swatch: .line("thick"), style: "--c:var(--soft)"),
        .init(text: "of all edges", swatch: .line("dots"), style: "--c:var(--soft)"),
      ], xLimit: .init(value: threshold, name: "this report"),
      alternativeText: texts.isEmpty
        ? "No MAs at any threshold." : texts.joined(separator: "; ") + "."
    ).figure
  }
}

/// Sums over layers of what ``StudyResults/Activations/sweep`` holds.
enum Sweep {
  /// The thresholds that all layers were counted at.
  static func thresholds(_ run: StudyResults.Run) -> [Double] {
    let all = run.layers.compactMap(\.edge).map { Set($0.sweep.map(\.threshold)) }
    guard let first = all.first else { return [] }
    return all.dropFirst().reduce(first) { $0.intersection($1) }.filter { $0 > 0 }.sorted()
  }

  static func thresholds(_ arm: StudyResults.Arm) -> [Double] {
    Set(arm.runs.flatMap { thresholds($0) }).sorted()
  }

  private static func counts(
    _ run: StudyResults.Run, _ threshold: Double
  ) -> [StudyResults.ThresholdCount] {
    run.layers.compactMap { layer in layer.edge?.sweep.first { $0.threshold == threshold } }
  }

  static func entries(_ run: StudyResults.Run, _ threshold: Double) -> Double? {
    let counts = counts(run, threshold)
    return counts.isEmpty ? nil : Double(counts.reduce(0) { $0 + $1.entries })
  }

  static func layers(_ run: StudyResults.Run, _ threshold: Double) -> Double? {
    let counts = counts(run, threshold)
    return counts.isEmpty ? nil : Double(counts.count { $0.entries > 0 })
  }

  /// A type's part of the entries over a threshold; nil without such entries.
  static func share(_ run: StudyResults.Run, _ type: Int, _ threshold: Double) -> Double? {
    var (own, all) = (0, 0)
    for edge in run.layers.compactMap(\.edge) {
      guard let count = edge.sweep.first(where: { $0.threshold == threshold }) else { continue }
      for (known, entries) in zip(edge.byEdgeType, count.byEdgeType) {
        all += entries
        if known.id == type { own += entries }
      }
    }
    return all > 0 ? Double(own) / Double(all) : nil
  }
}
