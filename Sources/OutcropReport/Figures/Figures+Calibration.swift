extension Figures {
  /// The largest ratio of each layer beside those of untrained models and the threshold that follows from them.
  ///
  /// - Parameters:
  ///   - calibration: the untrained models.
  ///   - test: the run that is compared with them.
  public static func calibration(
    _ calibration: StudyResults.Calibration, of test: StudyResults.CalibrationTest
  ) -> SVGFigure {
    let rows = zip(calibration.layers, test.layers).map { null, layer in
      let untrained = null.seedMaxima.filter { $0.isFinite && $0 > 0 }
      return IntervalPlot.Row(
        label: "layer \(layer.index)",
        note: layer.isOver.map { $0 ? "over" : "" } ?? "no threshold",
        marks: (null.threshold.map {
          [.init(value: $0, style: "--c:var(--gray)", isReference: true)]
        } ?? [])
          + (layer.largestRatio.map {
            [
              .init(
                value: $0,
                style: layer.isOver == true ? "--c:var(--red)" : "--c:var(--blue)")
            ]
          } ?? []),
        range: untrained.min().map { $0...(untrained.max() ?? $0) })
    }
    let texts = zip(calibration.layers, test.layers).map { null, layer in
      "layer \(layer.index) \(layer.largestRatio.map(NumberText.ratio) ?? "undefined"), threshold "
        + (null.threshold.map(NumberText.ratio) ?? "none")
    }
    return IntervalPlot(
      title: "\(test.label)\(test.seed.map { ", seed \($0)" } ?? ""): \(calibration.median.name)",
      axis: .init(name: "largest ratio", isLogarithmic: true), rows: rows,
      legend: [
        .init(text: "this model", swatch: .dot, style: "--c:var(--blue)"),
        .init(text: "threshold", swatch: .ring, style: "--c:var(--gray)"),
        .init(text: "\(calibration.seeds) untrained", swatch: .area, style: "--c:var(--gray)"),
      ],
      alternativeText: "Largest ratios and thresholds: \(texts.joined(separator: "; "))."
    ).figure
  }
}
