import Foundation

extension Figures {
  /// The largest ratio of each batch by one median, sorted, as one line per layer of a run, and the range of
  /// the untrained layers.
  ///
  /// The ratio axis is logarithmic from 1 to 10⁶; larger values, including infinite ones, end at the
  /// top with an arrow. Layers that exceed the threshold have thick lines. Batches without a defined
  /// ratio are omitted.
  public static func batchMaxima(
    of run: StudyResults.Run, base: StudyResults.Run?, threshold: Double,
    kind: StudyResults.RatioKind
  ) -> SVGFigure {
    let curves = run.layers.compactMap { layer in
      layer[kind].map { Curve(layer: layer.index, maxima: $0.batchMaxima) }
    }.filter { !$0.sorted.isEmpty }
    let isBase = base == nil || base == run
    let baseCurves =
      isBase
      ? []
      : base?.layers.compactMap { $0[kind] }.map { Curve(layer: 0, maxima: $0.batchMaxima) }
        .filter { !$0.sorted.isEmpty } ?? []
    let title = "\(run.label): batch maxima, \(kind.median.name)"
    var plot = Plot(
      title: title, height: 348, right: 40,
      yName: "largest ratio of the batch (no unit; log scale); right: layer")
    let y = Scale(0, decadeLimit, to: plot.bottom, plot.top)
    plot.yAxis(
      Ticks.decades(from: 0, to: Int(decadeLimit)).map {
        (y(Double($0)), NumberText.powerOfTen($0))
      })
    let batches = curves.map(\.sorted.count).max() ?? 0
    let x = Scale(0, 1, to: plot.left, plot.right)
    plot.xAxis(
      batchTicks(batches).map {
        (x(batches > 1 ? Double($0 - 1) / Double(batches - 1) : 0.5), NumberText.grouped($0))
      }, name: "batches, sorted by their largest ratio (rank)")

    if let area = rangeArea(baseCurves, x: x, y: y) {
      plot.canvas.path(area, class: "area", style: "--c:var(--gray)")
    }
    let limit = y.clipped(log10(threshold))
    if limit.isFinite {
      plot.canvas.line(plot.left, limit, plot.right, limit, class: "limit")
      plot.canvas.text(
        "ratio \(NumberText.ratio(threshold))", x: plot.left + 6, y: limit - 6, class: "red")
    }
    guard !curves.isEmpty else {
      plot.say("no batch has a defined ratio")
      return plot.canvas.figure(title: title, alternativeText: "No batch has a defined ratio.")
    }
    draw(curves, threshold: threshold, x: x, y: y, plot: &plot)
    plot.legend(legend(curves, hasBase: !baseCurves.isEmpty))
    return plot.canvas.figure(
      title: title, alternativeText: describe(curves, base: baseCurves, threshold: threshold))
  }

  private static let decadeLimit = 6.0

  /// The maxima of one layer, ascending, without NaN.
  private struct Curve {
    var layer: Int
    var sorted: [Double]

    init(layer: Int, maxima: [Double]) {
      self.layer = layer
      sorted = maxima.filter { !$0.isNaN }.sorted()
    }

    var largest: Double { sorted.last ?? 0 }

    /// The value at a relative rank from 0 (smallest) to 1 (largest).
    func value(at rank: Double) -> Double {
      sorted[Int((rank * Double(sorted.count - 1)).rounded())]
    }
  }

  private static func draw(
    _ curves: [Curve], threshold: Double, x: Scale, y: Scale, plot: inout Plot
  ) {
    let first = curves.map(\.layer).min() ?? 0
    let depth = Double((curves.map(\.layer).max() ?? 0) - first)
    // Thick lines are drawn last, over the faint ones.
    let ordered =
      curves.filter { $0.largest <= threshold } + curves.filter { $0.largest > threshold }
    var labels: [(text: String, height: Double, isStrong: Bool)] = []
    for curve in ordered {
      let isStrong = curve.largest > threshold
      let style = FigureStyle.depthStyle(depth > 0 ? Double(curve.layer - first) / depth : 0.5)
      let positions = decimatedPositions(count: curve.sorted.count)
      let points = positions.map { position in
        SVGCanvas.Point(
          x: x(
            curve.sorted.count > 1 ? Double(position) / Double(curve.sorted.count - 1) : 0.5),
          y: y.clipped(log10(max(curve.sorted[position], 0))))
      }
      if points.count == 1 {
        plot.canvas.circle(x: points[0].x, y: points[0].y, radius: 3, class: "mark", style: style)
      } else {
        plot.canvas.polyline(points, class: isStrong ? "line thick" : "line faint", style: style)
      }
      if let beyond = curve.sorted.firstIndex(where: { log10($0) > decadeLimit }) {
        let place = curve.sorted.count > 1 ? Double(beyond) / Double(curve.sorted.count - 1) : 0.5
        plot.canvas.arrow(x: x(place), y: plot.top - 1, class: "mark", style: style)
      }
      labels.append(("\(curve.layer)", points.last?.y ?? 0, isStrong))
    }
    // Only layers over the threshold are labeled: more labels would overlap.
    labels = labels.filter(\.isStrong).sorted { $0.height < $1.height }
    if labels.count > 16 { labels = Array(labels.prefix(16)) }
    let heights = spreadLabels(
      labels.map(\.height), gap: 13.5, from: plot.top, to: plot.bottom - 2)
    for (label, height) in zip(labels, heights) {
      plot.canvas.line(plot.right + 2, label.height, plot.right + 13, height, class: "rule")
      plot.canvas.text(label.text, x: plot.right + 16, y: height + 4.3, class: "b")
    }
  }

  /// The area between the smallest and the largest untrained layer at each rank.
  private static func rangeArea(_ curves: [Curve], x: Scale, y: Scale) -> String? {
    guard let count = curves.map(\.sorted.count).max() else { return nil }
    let steps = max(2, min(count, 250))
    var upper: [SVGCanvas.Point?] = []
    var lower: [SVGCanvas.Point?] = []
    for step in 0..<steps {
      let place = Double(step) / Double(steps - 1)
      let values = curves.map { log10(max($0.value(at: place), 0)) }
      upper.append(.init(x: x(place), y: y.clipped(values.max() ?? 0)))
      lower.append(.init(x: x(place), y: y.clipped(values.min() ?? 0)))
    }
    return SVGCanvas.path(upper + lower.reversed()) + "Z"
  }

  private static func legend(_ curves: [Curve], hasBase: Bool) -> [Plot.LegendEntry] {
    let layers = curves.map(\.layer)
    var legend: [Plot.LegendEntry] = []
    if let first = layers.min(), let last = layers.max() {
      legend.append(
        first == last
          ? .init(
            text: "layer \(first)", swatch: .line("thick"), style: FigureStyle.depthStyle(0.5))
          : .init(text: "\(last)", swatch: .depths("layer \(first)"), style: ""))
    }
    if hasBase {
      legend.append(
        .init(text: "all layers untrained", swatch: .area, style: "--c:var(--gray)"))
    }
    return legend
  }

  private static func batchTicks(_ count: Int) -> [Int] {
    guard count > 1 else { return count == 1 ? [1] : [] }
    let inner = Ticks.linear(from: 0, to: Double(count), count: 4).map { Int($0) }
    return [1] + inner.filter { $0 > count / 12 && $0 > 1 }
  }

  private static func describe(_ curves: [Curve], base: [Curve], threshold: Double) -> String {
    let over = curves.filter { $0.largest > threshold }
    var text = "\(Findings.count(curves.count, "layer")); "
    if over.isEmpty {
      text += "none passes the ratio \(NumberText.ratio(threshold))"
    } else {
      let names = over.prefix(20).map { "\($0.layer) (up to \(NumberText.ratio($0.largest)))" }
      text += "over the ratio \(NumberText.ratio(threshold)): layer "
      text += names.joined(separator: ", ")
    }
    if let largest = base.map(\.largest).max() {
      text += "; untrained layers reach \(NumberText.ratio(largest))"
    }
    return text + "."
  }
}
