import Foundation
import OutcropCore
import OutcropStatistics

extension Figures {
  /// The figure of the first screen: the largest ratio of each layer (columns) of each arm (rows) by each
  /// median, colored by whether it is over the threshold, and the test metric of each arm beside it.
  ///
  /// With several seeds a cell is the median over them. More than 14 arms are cut to those with the
  /// largest ratios.
  ///
  /// - Parameters:
  ///   - arms: the arms, in display order.
  ///   - medians: the medians of the maps.
  ///   - threshold: the ratio above which an activation is massive.
  ///   - isNarrow: for a phone: the maps are below each other.
  public static func overview(
    of arms: [StudyResults.Arm], medians: [MedianKind], threshold: Double,
    isNarrow: Bool = false
  ) -> SVGFigure {
    OverviewFigure(arms, medians: medians, threshold: threshold, isNarrow: isNarrow).figure
  }
}

/// The layout of ``Figures/overview(of:medians:threshold:isNarrow:)``.
struct OverviewFigure {
  private let arms: [StudyResults.Arm]
  private let styles: [String]
  private let kinds: [StudyResults.RatioKind]
  private let layers: [Int]
  private let colors: RatioColors
  private let threshold: Double
  private let isNarrow: Bool
  private let omitted: Int
  private let metric: String?

  private static let title = "Largest ratio by layer"

  init(
    _ all: [StudyResults.Arm], medians: [MedianKind], threshold: Double,
    isNarrow: Bool
  ) {
    let activations: StudyResults.ActivationKind =
      all.contains { $0.has(.edge) } ? .edge : .node
    kinds = medians.map { .init(activations, by: $0) }
    let kinds = kinds
    let held = all.filter { arm in kinds.contains { arm.has($0) } }
    func largest(_ arm: StudyResults.Arm) -> Double {
      kinds.compactMap { arm.largestRatio($0).largest }.max() ?? 0
    }
    let limit = isNarrow ? 10 : 14
    let chosen =
      held.count <= limit
      ? held
      : held.enumerated().sorted {
        (largest($1.element), $0.offset) < (largest($0.element), $1.offset)
      }
      .prefix(limit).map(\.element)
    arms = chosen
    omitted = held.count - arms.count
    styles = FigureStyle.styles(chosen)
    layers = Set(chosen.flatMap { $0.layers(activations) }).sorted()
    self.threshold = threshold
    self.isNarrow = isNarrow
    metric = chosen.compactMap(\.first.testMetric?.name).first
    colors = RatioColors(
      threshold: threshold,
      ratios: chosen.flatMap { arm in kinds.compactMap { arm.largestRatio($0).largest } })
  }

  private var labels: [String] {
    arms.map { Plot.shortened(TextTable.printable($0.label), to: 22) }
  }
  private var rowHeight: Double { isNarrow ? 26 : arms.count <= 4 ? 40 : arms.count <= 8 ? 30 : 22 }

  var figure: SVGFigure {
    guard !arms.isEmpty, !layers.isEmpty else {
      var canvas = SVGCanvas(width: 440, height: 60)
      canvas.text("no activations were recorded", x: 220, y: 34, class: "s m")
      return canvas.figure(title: Self.title, alternativeText: "No activations were recorded.")
    }
    return isNarrow ? narrow : wide
  }

  private var labelWidth: Double {
    let most = labels.map { Plot.textWidth($0) }.max() ?? 0
    return min(isNarrow ? 132 : 190, most + 24)
  }

  private var wide: SVGFigure {
    let scores = metric == nil ? 0.0 : 226
    let gap = 26.0
    let room = 1080 - labelWidth - scores - gap * Double(kinds.count - (scores > 0 ? 0 : 1))
    let map = room / Double(kinds.count)
    let cell = min(104, map / Double(layers.count))
    let maps = (cell * Double(layers.count) + gap) * Double(kinds.count)
    let top = 62.0
    let bottom = top + rowHeight * Double(arms.count)
    let width = labelWidth + maps + (scores > 0 ? scores : -gap)
    var canvas = SVGCanvas(width: max(width, 700), height: bottom + 52)
    drawLabels(top: top, canvas: &canvas)
    for (index, kind) in kinds.enumerated() {
      let x = labelWidth + (cell * Double(layers.count) + gap) * Double(index)
      draw(kind, x: x, top: top, cell: cell, canvas: &canvas)
    }
    if metric != nil {
      drawScores(x: labelWidth + maps, width: scores, top: top, canvas: &canvas)
    }
    legend(y: bottom + 18, canvas: &canvas)
    return canvas.figure(title: Self.title, alternativeText: description)
  }

  private var narrow: SVGFigure {
    let width = 400.0
    let cell = min(60, (width - labelWidth) / Double(layers.count))
    let head = 46.0
    let block = head + rowHeight * Double(arms.count) + 12
    let blocks = Double(kinds.count) * block
    let scores = metric == nil ? 0 : 34 + rowHeight * Double(arms.count)
    var canvas = SVGCanvas(width: width, height: blocks + scores + 58)
    for (index, kind) in kinds.enumerated() {
      let top = block * Double(index) + head
      drawLabels(top: top, canvas: &canvas)
      draw(kind, x: labelWidth, top: top, cell: cell, canvas: &canvas)
    }
    if metric != nil {
      drawLabels(top: blocks + 30, canvas: &canvas)
      drawScores(
        x: labelWidth, width: width - labelWidth - 2, top: blocks + 30, canvas: &canvas)
    }
    legend(y: blocks + scores + 20, canvas: &canvas)
    return canvas.figure(title: Self.title + ", narrow", alternativeText: description)
  }

  private func middle(_ row: Int, _ top: Double) -> Double {
    top + rowHeight * (Double(row) + 0.5)
  }

  private func drawLabels(top: Double, canvas: inout SVGCanvas) {
    for (row, label) in labels.enumerated() {
      canvas.circle(x: 6, y: middle(row, top), radius: 4.5, class: "mark", style: styles[row])
      canvas.text(label, x: 17, y: middle(row, top) + 4.5)
    }
  }

  private func draw(
    _ kind: StudyResults.RatioKind, x: Double, top: Double, cell: Double,
    canvas: inout SVGCanvas
  ) {
    let row = kind.activations == .edge ? "edge" : "node"
    let name = kind.median == .row ? "Over the row median" : "Over the batch median"
    let meaning =
      kind.median == .row ? "a channel against its \(row)" : "a channel against its batch"
    if isNarrow {
      canvas.text(name, x: 0, y: top - 29, class: "b")
      canvas.text(meaning, x: 400, y: top - 29, class: "s e")
    } else {
      canvas.text(name, x: x, y: top - 42, class: "b")
      canvas.text(meaning, x: x, y: top - 26, class: "s")
    }
    let every = max(1, Int((18 / cell).rounded(.up)))
    let isNamed = cell > 50
    for (column, layer) in layers.enumerated() where column % every == 0 {
      canvas.text(
        column == 0 && isNamed ? "layer \(layer)" : "\(layer)",
        x: x + cell * (Double(column) + 0.5), y: top - 7, class: "s m")
    }
    if !isNamed, x == labelWidth { canvas.text("layer", x: x - 8, y: top - 7, class: "s e") }
    for (position, arm) in arms.enumerated() {
      for (column, layer) in layers.enumerated() {
        draw(
          arm, kind, layer, x: x + cell * Double(column),
          y: top + rowHeight * Double(position), cell: cell, canvas: &canvas)
      }
    }
  }

  /// One cell: the largest ratio of a layer of an arm.
  private func draw(
    _ arm: StudyResults.Arm, _ kind: StudyResults.RatioKind, _ layer: Int, x: Double, y: Double,
    cell: Double, canvas: inout SVGCanvas
  ) {
    let ratios = arm.spread(layer: layer, kind, \.largestRatio)
    let gap = cell > 8 ? 1.5 : cell > 2 ? 0.4 : 0
    guard let ratio = Self.middle(ratios) else {
      if arm.runs.contains(where: { $0.layer(layer)?[kind] != nil }) {
        canvas.rect(
          x: x, y: y, width: cell - gap, height: rowHeight - gap, class: "empty",
          tip: "\(arm.label), layer \(layer): no ratio is defined")
      }
      return
    }
    let (name, opacity) = colors.cell(ratio)
    canvas.rect(
      x: x, y: y, width: cell - gap, height: rowHeight - gap, class: name, opacity: opacity,
      radius: 2, tip: tip(arm, kind, layer, ratios))
    // The number in the first form that fits, in the usual size or in a smaller one.
    let forms = [Self.short(ratio), NumberText.shortened(Self.short(ratio))]
    let isBold = colors.text(ratio).contains(" b")
    func fits(_ text: String, _ size: Double) -> Bool {
      let width = text.reduce(0) { $0 + ($1 == "." ? 0.55 : $1 == "M" ? 1.25 : 1) }
      return width * size * (isBold ? 1.1 : 1) < cell - 3
    }
    let sizes = [(isNarrow ? 8.2 : 7.4, " q"), (isNarrow ? 6.9 : 6.2, " q small")]
    for text in forms {
      for (size, style) in sizes where fits(text, size) {
        canvas.text(
          text, x: x + (cell - gap) / 2, y: y + (rowHeight - gap) / 2 + 4.4,
          class: colors.text(ratio) + style)
        return
      }
    }
  }

  private func tip(
    _ arm: StudyResults.Arm, _ kind: StudyResults.RatioKind, _ layer: Int, _ ratios: Spread
  ) -> String {
    let count = arm.spread(layer: layer, kind) { Double($0.massiveCount) }
    var text = "\(arm.label), layer \(layer), \(kind.median.name): largest ratio "
    if ratios.count > 1, let low = ratios.smallest, let high = ratios.largest {
      text += "\(NumberText.ratio(low)) to \(NumberText.ratio(high)) over \(ratios.count) seeds"
    } else {
      text += ratios.mean.map(NumberText.ratio) ?? LayerText.none
    }
    return text + "; massive: \(count.text(NumberText.amount))"
  }

  /// The median, of an even count the larger of the middle two: over the threshold if at least half of the
  /// seeds are.
  static func middle(_ ratios: Spread) -> Double? {
    ratios.values.isEmpty ? nil : ratios.values.sorted()[ratios.values.count / 2]
  }

  /// At most four characters, such as `5.2`, `327`, `6.9k`, `217k`.
  static func short(_ ratio: Double) -> String {
    if !ratio.isFinite { return ratio > 0 ? "∞" : "–" }
    if ratio < 9.95 { return NumberText.fixed(ratio, digits: 1) }
    return ratio < 1e18 ? NumberText.compact(Int(ratio.rounded())) : ">P"
  }

  /// The test metric of each arm: a dot with its standard deviation, and the number.
  private func drawScores(
    x: Double, width: Double, top: Double, canvas: inout SVGCanvas
  ) {
    guard let metric else { return }
    let better = Comparison.isMoreBetter(metric).map { $0 ? "higher is better" : "lower is better" }
    if isNarrow {
      canvas.text("Test \(metric)", x: 0, y: top - 12, class: "b")
      canvas.text(better ?? "", x: 400, y: top - 12, class: "s e")
    } else {
      canvas.text("Test \(metric)", x: x, y: top - 42, class: "b")
      canvas.text(better ?? "", x: x, y: top - 26, class: "s")
    }
    let spreads = arms.map(\.testMetric)
    let texts = spreads.map { $0.text { NumberText.significant($0, digits: 3) } }
    let textWidth = (texts.map { Plot.textWidth($0) }.max() ?? 0) + 10
    let ends = spreads.flatMap { spread -> [Double] in
      guard let mean = spread.mean, mean.isFinite else { return [] }
      let deviation = spread.deviation ?? 0
      return [mean - deviation, mean + deviation]
    }
    guard let low = ends.min(), let high = ends.max() else { return }
    let scale = Scale(low, high, to: x + 8, x + width - textWidth - 8)
    for (row, spread) in spreads.enumerated() {
      let y = middle(row, top)
      canvas.line(scale.start - 4, y, scale.end + 4, y, class: "rule")
      guard let mean = spread.mean else { continue }
      if let deviation = spread.deviation, mean.isFinite {
        canvas.line(
          scale.clipped(mean - deviation), y, scale.clipped(mean + deviation), y,
          class: "line thick", style: styles[row])
      }
      canvas.circle(
        x: scale.clipped(mean), y: y, radius: 5, class: "mark", style: styles[row],
        tip: "\(arms[row].label): test \(metric) \(texts[row])"
          + (spread.count > 1 ? ", \(spread.count) seeds" : ""))
      canvas.text(texts[row], x: x + width, y: y + 4.5, class: "e")
    }
  }

  private func legend(y: Double, canvas: inout SVGCanvas) {
    let start = isNarrow ? 4 : labelWidth
    let end = colors.draw(on: &canvas, x: start, y: y, width: isNarrow ? 216 : 260)
    let seeds = arms.map(\.runs.count).max() ?? 1
    let notes =
      ["massive above \(NumberText.ratio(threshold))"]
      + (seeds > 1 ? ["median of \(seeds) seeds"] : [])
      + (omitted > 0 ? ["\(omitted) more in the table"] : [])
    if isNarrow {
      for (row, note) in notes.prefix(2).enumerated() {
        canvas.text(note, x: end + 16, y: y + 8 + 17 * Double(row), class: "s")
      }
    } else {
      canvas.text(
        "largest ratio; " + notes.joined(separator: "; "), x: end + 18, y: y + 9, class: "s")
    }
  }

  private var description: String {
    let texts = arms.map { arm in
      let parts = kinds.filter { arm.has($0) }.map { kind -> String in
        let with = layers.filter {
          (Self.middle(arm.spread(layer: $0, kind, \.largestRatio)) ?? 0) > threshold
        }
        let most = arm.largestRatio(kind).largest.map(NumberText.ratio) ?? "undefined"
        return "\(with.isEmpty ? "no layer" : Headline.layers(with, of: layers.count)) over "
          + "\(NumberText.ratio(threshold)) by the \(kind.median.name), at most \(most)"
      }
      let score = metric.map { " Test \($0): \(arm.testMetric.score)." } ?? ""
      return "\(arm.label): \(parts.joined(separator: "; ")).\(score)"
    }
    return texts.joined(separator: " ")
  }
}
