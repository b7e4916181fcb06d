import OutcropStatistics

extension Figures {
  /// The quantities that can be drawn in the course of training.
  public enum Followed: CaseIterable, Sendable {
    /// The largest ratio, the number of massive entries, and the Kolmogorov–Smirnov distances to the layer's
    /// own fit and to the untrained model's fit.
    case largestRatio, massiveCount, distanceFromFit, distanceFromBase

    fileprivate var name: String {
      switch self {
      case .largestRatio: "largest ratio"
      case .massiveCount: "number of MAs"
      case .distanceFromFit: "KS to the layer’s own fit"
      case .distanceFromBase: "KS to the untrained layer"
      }
    }

    fileprivate func value(_ layer: StudyResults.FollowedRatios) -> Double? {
      switch self {
      case .largestRatio: layer.largestRatio
      case .massiveCount: Double(layer.massiveCount)
      case .distanceFromFit: layer.distanceFromFit
      case .distanceFromBase: layer.distanceFromBase
      }
    }
  }

  /// One quantity of each layer in the course of training. In each epoch a red ring marks the layer with the
  /// most massive activations. nil if the quantity, or any massive activation, was not recorded.
  ///
  /// - Parameters:
  ///   - run: the run with the recorded epochs.
  ///   - quantity: what is drawn.
  ///   - median: the median that ratios are taken over.
  ///   - threshold: the ratio above which an activation is massive.
  ///   - comparable: the runs that share the figure's colors.
  public static func followed(
    _ run: StudyResults.Run, _ quantity: Followed, by median: MedianKind,
    threshold: Double,
    comparable: [StudyResults.Run] = []
  ) -> SVGFigure? {
    let epochs = decimatedPositions(count: run.followed.count, limit: 60).map { run.followed[$0] }
    let rows = Set(epochs.flatMap { $0.layers.map(\.index) }).sorted()
    let values = rows.map { row in
      epochs.map { epoch in
        epoch.layers.first { $0.index == row }?[median].flatMap { quantity.value($0) }
      }
    }
    guard values.contains(where: { $0.contains { $0 != nil } }) else { return nil }
    if quantity == .massiveCount,
      run.followed.allSatisfy({ FollowedText.carrier($0, by: median) == nil })
    {
      return nil
    }
    let isLogarithmic = quantity == .largestRatio || quantity == .massiveCount
    let known = values.flatMap { $0 }.compactMap { $0 }
    var text = "\(quantity.name) of \(Findings.count(rows.count, "layer")) in "
    text += Findings.count(epochs.count, "epoch")
    if let low = known.min(), let high = known.max() {
      func number(_ value: Double) -> String { NumberText.significant(value, digits: 3) }
      text += ", from \(number(low)) to \(number(high))"
    }
    text += ". Most MAs: " + FollowedText.carriers(run, by: median) + "."
    return HeatMap(
      title: "\(run.label): \(quantity.name), \(median.name)",
      valueName: isLogarithmic
        ? (quantity == .largestRatio ? "ratio, no unit (log)" : "number (log); pale: 0")
        : "KS, 0 to 1, no unit",
      rows: rows, columns: epochs.map(\.epoch), values: values, isLogarithmic: isLogarithmic,
      marked: epochs.map { FollowedText.carrier($0, by: median) },
      range: range(quantity, median, comparable),
      limit: quantity == .largestRatio ? .init(value: threshold, name: "") : nil,
      format: { NumberText.significant($0, digits: 2) }, alternativeText: text
    ).figure
  }

  /// The smallest and the largest value of all runs.
  private static func range(
    _ quantity: Followed, _ median: MedianKind, _ runs: [StudyResults.Run]
  ) -> ClosedRange<Double>? {
    let values = runs.flatMap(\.followed).flatMap(\.layers).compactMap { $0[median] }
      .compactMap { quantity.value($0) }
      .filter { $0.isFinite && $0 > 0 }
    return values.min().flatMap { low in values.max().map { low...$0 } }
  }

  /// The strength of each layer's Explicit Bias Term over the epochs; nil if none was recorded.
  public static func biasStrength(of run: StudyResults.Run) -> SVGFigure? {
    let layers = Set(run.followed.flatMap { $0.layers.map(\.index) }).sorted()
    let series = layers.enumerated().compactMap { position, index -> LineChart.Series? in
      let points = run.followed.compactMap { epoch -> LineChart.Series.Point? in
        epoch.layers.first { $0.index == index }?.biasStrength
          .map { .init(Double(epoch.epoch), $0) }
      }
      guard !points.isEmpty else { return nil }
      let depth = layers.count > 1 ? Double(position) / Double(layers.count - 1) : 0.5
      return .init(
        label: position == 0 || position == layers.count - 1 ? "layer \(index)" : "",
        points: points, look: "thick", style: FigureStyle.depthStyle(depth),
        hasDots: points.count < 20)
    }
    guard !series.isEmpty else { return nil }
    let texts = zip(layers, series).map { layer, one in
      "layer \(layer): \(NumberText.significant(one.points[0].y, digits: 3)) to "
        + NumberText.significant(one.points[one.points.count - 1].y, digits: 3)
    }
    return LineChart(
      title: "\(run.label): strength of the bias term",
      x: .init(name: "epoch (0 is untrained)"),
      y: .init(name: "factor on the Explicit Bias Term (no unit)", includes: [0]),
      series: series, alternativeText: texts.joined(separator: "; ") + "."
    ).figure
  }
}

/// The layer with the most massive activations in the course of training.
enum FollowedText {
  /// nil without massive activations.
  static func carrier(
    _ epoch: StudyResults.FollowedEpoch, by median: MedianKind
  ) -> Int? {
    var best: (index: Int, count: Int)?
    for layer in epoch.layers {
      let count = layer[median]?.massiveCount ?? 0
      if count > best?.count ?? 0 { best = (layer.index, count) }
    }
    return best?.index
  }

  /// `none in epochs 0–1, layer 0 in epochs 2–4, layer 9 in epoch 5`.
  static func carriers(
    _ run: StudyResults.Run, by median: MedianKind
  ) -> String {
    var spans: [(layer: Int?, first: Int, last: Int)] = []
    for epoch in run.followed {
      let layer = carrier(epoch, by: median)
      if let last = spans.last, last.layer == layer {
        spans[spans.count - 1].last = epoch.epoch
      } else {
        spans.append((layer, epoch.epoch, epoch.epoch))
      }
    }
    let texts = spans.prefix(8).map { span in
      let name = span.layer.map { "layer \($0)" } ?? "none"
      return span.first == span.last
        ? "\(name) in epoch \(span.first)" : "\(name) in epochs \(span.first)–\(span.last)"
    }
    return texts.joined(separator: ", ") + (spans.count > 8 ? ", and so on" : "")
  }
}
