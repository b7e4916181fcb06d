import Foundation
import OutcropStatistics

extension Figures {
  /// The largest ratio of each layer in the course of training, as a map of layers over epochs colored by
  /// whether it is over the threshold, with a line from each layer's onset to its end (``StudyResults/Dynamics``);
  /// below it, on the same axis of all epochs, the validation loss, the validation metric if it differs, and the
  /// learning rate. nil if the run was not followed.
  ///
  /// - Parameters:
  ///   - run: the run with the recorded epochs.
  ///   - median: the median that ratios are taken over.
  ///   - threshold: the ratio above which an activation is massive.
  ///   - comparable: the runs that share the figure's colors.
  public static func course(
    of run: StudyResults.Run, by median: MedianKind, threshold: Double,
    comparable: [StudyResults.Run] = []
  ) -> SVGFigure? {
    CourseFigure(run, median, threshold: threshold, comparable: comparable)?.figure
  }
}

/// The layout of ``Figures/course(of:by:threshold:comparable:)``.
private struct CourseFigure {
  let run: StudyResults.Run
  let median: MedianKind
  let threshold: Double
  let looks: [StudyResults.FollowedEpoch]
  let layers: [Int]
  let colors: RatioColors
  let lastEpoch: Int
  /// Half of the mean distance between two looks, in epochs.
  let halfStep: Double
  /// From an epoch to its horizontal place.
  let x: Scale

  private static let width = 440.0
  private static let left = 64.0
  private static let right = 432.0
  private static let top = 48.0

  init?(
    _ run: StudyResults.Run, _ median: MedianKind, threshold: Double,
    comparable: [StudyResults.Run]
  ) {
    (self.run, self.median, self.threshold) = (run, median, threshold)
    looks = decimatedPositions(count: run.followed.count, limit: 80).map { run.followed[$0] }
    layers = Set(looks.flatMap { $0.layers.filter { $0[median] != nil }.map(\.index) }).sorted()
    guard looks.count > 1, !layers.isEmpty else { return nil }
    // Training may go on after the last look.
    lastEpoch = (looks.map(\.epoch) + run.history.map(\.epoch)).max() ?? 1
    halfStep = Double(looks.map(\.epoch).max() ?? 1) / Double(looks.count - 1) / 2
    x = Scale(-halfStep, Double(lastEpoch) + halfStep, to: Self.left, Self.right)
    colors = RatioColors(
      threshold: threshold,
      ratios: ([run] + comparable).flatMap(\.followed).flatMap(\.layers)
        .compactMap { $0[median]?.largestRatio })
  }

  private var rowHeight: Double { min(24, max(9, 200 / Double(layers.count))) }

  /// One quantity below the map.
  private struct Panel {
    let name: String
    let points: [(epoch: Double, value: Double)]
    let height: Double
    let look: String
    let style: String
  }

  /// The quantities that the run has recorded.
  private var panels: [Panel] {
    func points(
      _ value: (StudyResults.Epoch) -> Double?
    ) -> [(epoch: Double, value: Double)] {
      run.history.compactMap { epoch in
        value(epoch).flatMap { $0.isFinite ? (epoch: Double(epoch.epoch), value: $0) : nil }
      }
    }
    let color = FigureStyle.style(run)
    return [
      Panel(
        name: "validation loss", points: points(\.validationLoss), height: 62, look: "thick",
        style: color),
      Panel(
        name: "validation \(run.testMetric?.name ?? "metric")", points: points(\.validationMetric),
        height: 62, look: "thick", style: color),
      Panel(
        name: "learning rate", points: points { $0.learningRate }, height: 24, look: "",
        style: "--c:var(--soft)"),
    ].filter { !$0.points.isEmpty }
  }

  var figure: SVGFigure {
    let bottom = Self.top + rowHeight * Double(layers.count)
    let panels = self.panels
    let end = panels.reduce(bottom) { $0 + 26 + $1.height }
    var canvas = SVGCanvas(width: Self.width, height: end + 80)
    let title = "\(run.label): course of training, \(median.name)"
    canvas.text(Plot.fittedTitle(title), x: 2, y: 17, class: "h")
    canvas.text("↑ layer; color: largest ratio", x: 2, y: Self.top - 10, class: "s")
    drawMap(bottom: bottom, canvas: &canvas)
    var y = bottom
    for panel in panels {
      line(panel, from: y + 26, to: y + 26 + panel.height, canvas: &canvas)
      y += 26 + panel.height
    }
    axis(y: end + 6, canvas: &canvas)
    colors.draw(on: &canvas, x: Self.left, y: end + 50, width: 200)
    canvas.text("largest ratio", x: Self.left + 216, y: end + 59, class: "s")
    return canvas.figure(title: title, alternativeText: description)
  }

  private func drawMap(bottom: Double, canvas: inout SVGCanvas) {
    let every = rowHeight < 13 ? 2 : 1
    for (row, layer) in layers.enumerated() {
      let y = bottom - rowHeight * Double(row + 1)
      if row % every == 0 {
        canvas.text("\(layer)", x: Self.left - 7, y: y + rowHeight / 2 + 4.3, class: "s e")
      }
      for (index, look) in looks.enumerated() {
        guard let found = look.layers.first(where: { $0.index == layer })?[median],
          let ratio = found.largestRatio, !ratio.isNaN
        else { continue }
        let epoch = Double(look.epoch)
        let before = index > 0 ? (Double(looks[index - 1].epoch) + epoch) / 2 : x.lower
        let after =
          index + 1 < looks.count ? (Double(looks[index + 1].epoch) + epoch) / 2 : epoch + halfStep
        let width = x(after) - x(before)
        let (name, opacity) = colors.cell(ratio)
        canvas.rect(
          x: x(before), y: y, width: width - (width > 5 ? 1 : 0), height: rowHeight - 1,
          class: name, opacity: opacity,
          tip: "epoch \(look.epoch), layer \(layer), \(median.name): largest ratio "
            + "\(NumberText.ratio(ratio)); massive: \(NumberText.grouped(found.massiveCount))")
      }
      if let span = run.span(by: median, layer: layer) {
        canvas.line(
          x.clipped(Double(span.onset) - halfStep), y + rowHeight - 1,
          x.clipped(Double(span.end) + halfStep), y + rowHeight - 1, class: "line thick",
          style: "--c:var(--ink)")
      }
    }
  }

  /// A small line with its largest and smallest value at the left.
  private func line(_ panel: Panel, from top: Double, to bottom: Double, canvas: inout SVGCanvas) {
    let (points, name) = (panel.points, panel.name)
    let values = points.map(\.value)
    guard let low = values.min(), let high = values.max() else { return }
    let y = Scale(low, high, to: bottom - 4, top + 4)
    canvas.line(Self.left, bottom, Self.right, bottom, class: "rule")
    func number(_ value: Double) -> String { NumberText.significant(value, digits: 2) }
    canvas.text(number(high), x: Self.left - 7, y: top + 9, class: "s e")
    if low < high { canvas.text(number(low), x: Self.left - 7, y: bottom + 1, class: "s e") }
    canvas.text(name, x: Self.right, y: top - 2, class: "s e")
    let shown = decimatedPositions(count: points.count, limit: 200).map { points[$0] }
    canvas.polyline(
      shown.map { .init(x: x.clipped($0.epoch), y: y($0.value)) }, class: "line \(panel.look)",
      style: panel.style)
    for point in decimatedPositions(count: shown.count, limit: 60).map({ shown[$0] }) {
      canvas.circle(
        x: x.clipped(point.epoch), y: y(point.value), radius: 5, class: "hit",
        tip: "epoch \(NumberText.amount(point.epoch)): \(name) "
          + NumberText.significant(point.value))
    }
  }

  private func axis(y: Double, canvas: inout SVGCanvas) {
    let last = Double(lastEpoch)
    canvas.line(Self.left, y, Self.right, y, class: "axis")
    for tick in Ticks.linear(from: 0, to: last, count: 6) where tick == tick.rounded() {
      canvas.line(x(tick), y, x(tick), y + 4, class: "axis")
      canvas.text(NumberText.grouped(Int(tick)), x: x(tick), y: y + 17, class: "s m")
    }
    canvas.text(
      "epoch (0 is untrained)", x: (Self.left + Self.right) / 2, y: y + 34, class: "s m")
  }

  private var description: String {
    let texts = layers.compactMap { layer -> String? in
      run.span(by: median, layer: layer).map { span in
        "layer \(layer) holds massive activations in \(span.massiveLooks) of \(span.looks) looks from epoch "
          + "\(span.onset) to epoch \(span.end)"
      }
    }
    return texts.isEmpty
      ? "By the \(median.name), no layer holds a massive activation at any of \(run.followed.count) looks."
      : "By the \(median.name), \(texts.joined(separator: "; "))."
  }
}
