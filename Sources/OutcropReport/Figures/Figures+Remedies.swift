import OutcropStatistics

extension Figures {
  /// Massive activations by one median against the test metric: a dot for each run of each arm. nil without a
  /// test metric.
  public static func remedies(
    _ arms: [StudyResults.Arm], by median: MedianKind
  ) -> SVGFigure? {
    let shown = zip(arms, FigureStyle.styles(arms)).filter { arm, _ in arm.has(.edge(median)) }
    guard let metric = shown.compactMap({ $0.0.first.testMetric?.name }).first else { return nil }
    let series = shown.flatMap { arm, style in
      arm.runs.compactMap { run -> LineChart.Series? in
        guard let score = run.testMetric?.value, score.isFinite else { return nil }
        var one = LineChart.Series(
          points: [.init(Double(run.massiveCount(.edge(median))), score)], style: style)
        one.name = "\(arm.name(of: run)): test \(metric)"
        return one
      }
    }
    let texts = shown.map { arm, _ in
      "\(arm.label): \(arm.massive(.edge(median)).text(NumberText.amount)) massive activations at test "
        + "\(metric) \(arm.testMetric.score)"
    }
    return LineChart(
      title: "Massive activations and test \(metric), \(median.name)",
      x: .init(
        name: "massive activations, all layers (number; log scale)", isLogarithmic: true,
        includes: [0, 10], showsZero: true),
      // An error has a natural zero, which keeps small differences small.
      y: .init(
        name: "test \(metric)", includes: Comparison.isMoreBetter(metric) == false ? [0] : []),
      series: series,
      legend: shown.prefix(4).map { arm, style in
        .init(text: Plot.shortened(arm.label, to: 18), swatch: .dot, style: style)
      }, alternativeText: texts.joined(separator: "; ") + "."
    ).figure
  }
}
