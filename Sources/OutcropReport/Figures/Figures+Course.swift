import Foundation

extension Figures {
  /// The largest ratio of each layer in the course of training, as a map of layers over epochs colored by
  /// whether it is over the threshold; below it, on the same axis, the validation loss and the learning rate.
  /// nil if the run was not followed.
  ///
  /// - Parameters:
  ///   - run: the run with the recorded epochs.
  ///   - median: the median that ratios are taken over.
  ///   - threshold: the ratio above which an activation is massive.
  ///   - comparable: the runs that share the figure's colors.
  public static func course(
    of run: StudyResults.Run, by median: StudyResults.MedianKind, threshold: Double,
    comparable: [StudyResults.Run] = []
  ) -> SVGFigure? {
    CourseFigure(run, median, threshold: threshold, comparable: comparable)?.figure
  }
}

/// The layout of ``Figures/course(of:by:threshold:comparable:)``.
private struct CourseFigure {
  let run: StudyResults.Run
  let median: StudyResults.MedianKind
  let threshold: Double
  let looks: [StudyResults.FollowedEpoch]
  let layers: [Int]
  let colors: RatioColors
  /// From an epoch to its horizontal place.
  let x: Scale

  private static let width = 440.0
  private static let left = 64.0
  private static let right = 432.0
  private static let top = 48.0

  init?(
    _ run: StudyResults.Run, _ median: StudyResults.MedianKind, threshold: Double,
    comparable: [StudyResults.Run]
  ) {
    (self.run, self.median, self.threshold) = (run, median, threshold)
    looks = decimatedPositions(count: run.followed.count, limit: 80).map { run.followed[$0] }
    layers = Set(looks.flatMap { $0.layers.filter { $0[median] != nil }.map(\.index) }).sorted()
    guard looks.count > 1, !layers.isEmpty else { return nil }
    let last = Double(looks.map(\.epoch).max() ?? 1)
    let step = last / Double(looks.count - 1)
    x = Scale(-step / 2, last + step / 2, to: Self.left, Self.right)
    colors = RatioColors(
      threshold: threshold,
      ratios: ([run] + comparable).flatMap(\.followed).flatMap(\.layers)
        .compactMap { $0[median]?.largestRatio })
  }

  private var rowHeight: Double { min(24, max(9, 200 / Double(layers.count))) }

  var figure: SVGFigure {
    let bottom = Self.top + rowHeight * Double(layers.count)
    let losses = run.history.compactMap { epoch in
      epoch.validationLoss.flatMap { $0.isFinite ? ($0, epoch) : nil }
    }
    let rates = run.history.filter { $0.learningRate.isFinite }
    let lossTop = bottom + 26
    let lossBottom = losses.isEmpty ? bottom : lossTop + 62
    let rateBottom = rates.isEmpty ? lossBottom : lossBottom + 50
    var canvas = SVGCanvas(width: Self.width, height: rateBottom + 80)
    let title = "\(run.label): course of training, \(median.name)"
    canvas.text(Plot.fittedTitle(title), x: 2, y: 17, class: "h")
    canvas.text("↑ layer; color: largest ratio", x: 2, y: Self.top - 10, class: "s")
    drawMap(bottom: bottom, canvas: &canvas)
    if !losses.isEmpty {
      line(
        losses.map { (Double($1.epoch), $0) }, name: "validation loss",
        from: lossTop, to: lossBottom, look: "thick", style: FigureStyle.style(run),
        canvas: &canvas)
    }
    if !rates.isEmpty {
      line(
        rates.map { (Double($0.epoch), $0.learningRate) }, name: "learning rate",
        from: lossBottom + 26, to: rateBottom, look: "", style: "--c:var(--soft)",
        canvas: &canvas)
    }
    axis(y: rateBottom + 6, canvas: &canvas)
    colors.draw(on: &canvas, x: Self.left, y: rateBottom + 50, width: 200)
    canvas.text("largest ratio", x: Self.left + 216, y: rateBottom + 59, class: "s")
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
          index + 1 < looks.count ? (Double(looks[index + 1].epoch) + epoch) / 2 : x.upper
        let width = x(after) - x(before)
        let (name, opacity) = colors.cell(ratio)
        canvas.rect(
          x: x(before), y: y, width: width - (width > 5 ? 1 : 0), height: rowHeight - 1,
          class: name, opacity: opacity,
          tip: "epoch \(look.epoch), layer \(layer), \(median.name): largest ratio "
            + "\(NumberText.ratio(ratio)); massive: \(NumberText.grouped(found.massiveCount))")
      }
    }
  }

  /// A small line with its largest and smallest value at the left.
  private func line(
    _ points: [(epoch: Double, value: Double)], name: String, from top: Double,
    to bottom: Double, look: String, style: String, canvas: inout SVGCanvas
  ) {
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
      shown.map { .init(x: x.clipped($0.epoch), y: y($0.value)) }, class: "line \(look)",
      style: style)
    for point in decimatedPositions(count: shown.count, limit: 60).map({ shown[$0] }) {
      canvas.circle(
        x: x.clipped(point.epoch), y: y(point.value), radius: 5, class: "hit",
        tip: "epoch \(NumberText.amount(point.epoch)): \(name) "
          + NumberText.significant(point.value))
    }
  }

  private func axis(y: Double, canvas: inout SVGCanvas) {
    let last = Double(looks.last?.epoch ?? 1)
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
      let massive = looks.filter { look in
        (look.layers.first { $0.index == layer }?[median]?.massiveCount ?? 0) > 0
      }
      guard let first = massive.first, let last = massive.last else { return nil }
      return
        "layer \(layer) holds massive activations at \(massive.count) of \(looks.count) analyzed epochs, "
        + "from epoch \(first.epoch) to epoch \(last.epoch)"
    }
    return texts.isEmpty
      ? "By the \(median.name), no layer holds a massive activation at any of \(looks.count) analyzed epochs."
      : "By the \(median.name), \(texts.joined(separator: "; "))."
  }
}
