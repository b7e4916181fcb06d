import Foundation

/// A map of layers over epochs, in which stronger colors are larger values.
struct HeatMap {
  var title: String
  /// The quantity of the colors, with its unit.
  var valueName: String
  var rows: [Int]
  var columns: [Int]
  /// The values by row and column; nil if unknown.
  var values: [[Double?]]
  var isLogarithmic: Bool
  /// The marked row of each column.
  var marked: [Int?]
  var rowName = "layer"
  var columnName = "epoch (0 is untrained)"
  /// The minimum range of the colors, which makes several maps comparable.
  var range: ClosedRange<Double>?
  /// A value with an extra tick in the scale.
  var limit: LineChart.Limit?
  var format: (Double) -> String
  var alternativeText: String

  private static let cellHeight = 18.0

  var figure: SVGFigure {
    let top = 50.0
    let left = 46.0
    let width = 440.0
    let bottom = top + Self.cellHeight * Double(rows.count)
    var canvas = SVGCanvas(width: width, height: bottom + 96)
    canvas.text(Plot.fittedTitle(title), x: 2, y: 17, class: "h")
    canvas.text("↑ \(rowName)", x: 2, y: top - 12, class: "s")
    let ends = range.map { [$0.lowerBound, $0.upperBound] } ?? []
    let known = (values.flatMap { $0 }.compactMap { $0 } + ends).filter {
      $0.isFinite && (!isLogarithmic || $0 > 0)
    }
    guard !rows.isEmpty, !columns.isEmpty else {
      canvas.text("nothing to draw", x: width / 2, y: top + 20, class: "s m")
      return canvas.figure(title: title, alternativeText: alternativeText)
    }
    func scaled(_ value: Double) -> Double { isLogarithmic ? log10(value) : value }
    let lowest = isLogarithmic ? (known.min().map { floor(log10($0)) } ?? 0) : 0
    let highest = max(known.map(scaled).max() ?? 1, lowest + 1e-9)
    let upper = isLogarithmic ? max(ceil(highest), lowest + 1) : highest
    let cell = (width - left - 8) / Double(columns.count)
    // The deepest layer is at the top, as in the other figures.
    for (row, layer) in rows.enumerated() {
      let y = bottom - Self.cellHeight * Double(row + 1)
      canvas.text("\(layer)", x: left - 8, y: y + Self.cellHeight / 2 + 4.3, class: "s e")
      for column in columns.indices {
        let x = left + cell * Double(column)
        let gap = cell > 6 ? 1.0 : 0
        guard let value = values[row][column], !value.isNaN else { continue }
        if isLogarithmic, value <= 0 {
          canvas.rect(
            x: x + 0.5, y: y + 0.5, width: cell - gap, height: Self.cellHeight - 1, class: "blank")
          continue
        }
        let part = value == .infinity ? 1 : (scaled(value) - lowest) / (upper - lowest)
        canvas.rect(
          x: x, y: y, width: cell - gap, height: Self.cellHeight - 1, class: "heat",
          opacity: 0.06 + 0.94 * min(max(part, 0), 1),
          tip: "\(rowName) \(layer), epoch \(columns[column]): \(format(value))")
      }
    }
    for (column, layer) in marked.enumerated() {
      guard let layer, let row = rows.firstIndex(of: layer) else { continue }
      // Visible on light and dark cells.
      for name in ["under", "most"] {
        canvas.circle(
          x: left + cell * (Double(column) + 0.5) - 0.5,
          y: bottom - Self.cellHeight * (Double(row) + 0.5) - 0.5,
          radius: min(5, max(2, cell / 2 - 1)), class: name)
      }
    }
    axis(&canvas, left: left, bottom: bottom, cell: cell)
    scale(&canvas, left: left, y: bottom + 54, lowest: lowest, upper: upper)
    return canvas.figure(title: title, alternativeText: alternativeText)
  }

  private func axis(_ canvas: inout SVGCanvas, left: Double, bottom: Double, cell: Double) {
    let every = max(1, Int((30 / cell).rounded(.up)))
    for (column, epoch) in columns.enumerated() where column % every == 0 {
      canvas.text(
        NumberText.grouped(epoch), x: left + cell * (Double(column) + 0.5), y: bottom + 16,
        class: "s m")
    }
    canvas.text(columnName, x: (left + 432) / 2, y: bottom + 34, class: "s m")
  }

  /// Draws the scale of the colors.
  private func scale(
    _ canvas: inout SVGCanvas, left: Double, y: Double, lowest: Double, upper: Double
  ) {
    let steps = 24
    let width = 180.0
    for step in 0..<steps {
      canvas.rect(
        x: left + width / Double(steps) * Double(step), y: y, width: width / Double(steps) + 0.2,
        height: 9, class: "heat", opacity: 0.06 + 0.94 * Double(step) / Double(steps - 1))
    }
    let ticks: [(Double, String)] =
      isLogarithmic
      ? Ticks.decades(from: Int(lowest), to: Int(upper), count: 5)
        .map { (Double($0), NumberText.powerOfTen($0)) }
      : [(lowest, format(lowest)), (upper, format(upper))]
    for (value, label) in ticks {
      let x = left + width * (value - lowest) / (upper - lowest)
      canvas.line(x, y + 9, x, y + 13, class: "axis")
      canvas.text(label, x: x, y: y + 26, class: "s m")
    }
    if let limit {
      let place = ((isLogarithmic ? log10(limit.value) : limit.value) - lowest) / (upper - lowest)
      if place >= 0, place <= 1 {
        canvas.line(
          left + width * place, y - 4, left + width * place, y + 13, class: "limit")
      }
    }
    canvas.text(valueName, x: left + width + 18, y: y + 8, class: "s")
  }
}
