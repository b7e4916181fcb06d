import Foundation
import OutcropCore

/// Rows of points with intervals on a common horizontal axis.
struct IntervalPlot {
  struct Row {
    var label: String
    /// The text at the right end of the row.
    var note = ""
    var marks: [Mark]
    /// A wide gray bar behind the marks.
    var range: ClosedRange<Double>?
    /// Starts a group with this heading.
    var heading: String?
  }

  struct Mark {
    var value: Double
    var lower: Double?
    var upper: Double?
    var style: String
    /// Whether the mark is hollow, because the other marks are compared with it.
    var isReference = false
  }

  var title: String
  var axis: LineChart.Axis
  var rows: [Row]
  /// A dashed line with its name.
  var limit: LineChart.Limit?
  var legend: [Plot.LegendEntry] = []
  var alternativeText: String

  private static let rowHeight = 21.0

  var figure: SVGFigure {
    let labels = rows.map { Plot.textWidth(Self.short($0.label)) }.max() ?? 0
    let notes = rows.map { Plot.textWidth($0.note) }.max() ?? 0
    let headings = Double(rows.count { $0.heading != nil })
    let left = min(226, max(40, 1.1 * labels + 12))
    let content = Self.rowHeight * (Double(rows.count) + 0.9 * headings)
    let head = 32 + (legend.isEmpty ? 0 : 18) + (limit == nil ? 0 : 18.0)
    let height = head + content + 58
    // Long labels do not reduce the width of the plot.
    let width = max(440, left + 210 + notes)
    var plot = Plot(
      title: title, width: width, height: height, left: left, right: 14 + notes,
      legendRows: legend.isEmpty ? 0 : 1)
    let values =
      rows.flatMap { row in
        row.marks.flatMap { [$0.value, $0.lower, $0.upper].compactMap { $0 } }
          + (row.range.map { [$0.lowerBound, $0.upperBound] } ?? [])
      } + axis.includes + (limit.map { [$0.value] } ?? [])
    guard !rows.isEmpty, let across = Mapping(axis, values, from: plot.left + 6, to: plot.right - 6)
    else {
      var canvas = SVGCanvas(width: 440, height: 110)
      canvas.text(Plot.fittedTitle(title), x: 2, y: 17, class: "h")
      canvas.text("nothing to draw", x: 220, y: 70, class: "s m")
      return canvas.figure(title: title, alternativeText: alternativeText)
    }
    for tick in across.ticks {
      plot.canvas.line(tick.place, head, tick.place, plot.bottom, class: "rule")
    }
    plot.xAxis(across.ticks, name: axis.name)
    if let limit, let place = across.place(limit.value) {
      plot.canvas.line(place, head - 4, place, plot.bottom, class: "limit")
      let half = Plot.textWidth(limit.name) / 2
      plot.canvas.text(
        limit.name, x: min(max(place, half + 2), width - half - 2), y: head - 8, class: "red m")
    }
    var y = head + Self.rowHeight / 2
    for row in rows {
      if let heading = row.heading {
        plot.canvas.text(Plot.shortened(heading, to: 60), x: 2, y: y + 4.3, class: "b halo")
        y += 0.9 * Self.rowHeight
      }
      plot.canvas.text(Self.short(row.label), x: left - 8, y: y + 4.3, class: "s e")
      plot.canvas.text(row.note, x: width - 4, y: y + 4.3, class: "s e")
      draw(row, y: y, across, plot: &plot)
      y += Self.rowHeight
    }
    if !legend.isEmpty { plot.legend(legend, from: 2) }
    return plot.canvas.figure(title: title, alternativeText: alternativeText)
  }

  private func draw(_ row: Row, y: Double, _ across: Mapping, plot: inout Plot) {
    if let range = row.range, let low = across.clipped(range.lowerBound),
      let high = across.clipped(range.upperBound)
    {
      plot.canvas.rect(
        x: low - 2, y: y - 6, width: high - low + 4, height: 12, class: "area",
        style: "--c:var(--gray)", radius: 2)
    }
    for mark in row.marks.filter(\.isReference) + row.marks.filter({ !$0.isReference }) {
      guard !mark.value.isNaN else { continue }
      if let lower = mark.lower.flatMap(across.clipped),
        let upper = mark.upper.flatMap(across.clipped)
      {
        plot.canvas.line(lower, y, upper, y, class: "line thick", style: mark.style)
      }
      if let place = across.place(mark.value) {
        let interval =
          mark.lower.flatMap { lower in
            mark.upper.map {
              " (\(NumberText.significant(lower, digits: 3)) to "
                + "\(NumberText.significant($0, digits: 3)))"
            }
          } ?? ""
        plot.canvas.circle(
          x: place, y: y, radius: 4, class: mark.isReference ? "ring" : "mark", style: mark.style,
          tip: "\(row.label): \(NumberText.significant(mark.value, digits: 3))\(interval)")
      } else if let place = across.clipped(mark.value) {
        // A zero or infinite value on a logarithmic axis is beyond its end.
        let tip = mark.value > 0 ? 7.0 : -7.0
        let number = SVGCanvas.coordinate
        plot.canvas.path(
          "M\(number(place)) \(number(y - 4.5))L\(number(place + tip)) \(number(y))"
            + "L\(number(place)) \(number(y + 4.5))Z", class: "mark", style: mark.style)
      }
    }
  }

  private static func short(_ label: String) -> String {
    Plot.shortened(TextTable.printable(label), to: 26)
  }
}
