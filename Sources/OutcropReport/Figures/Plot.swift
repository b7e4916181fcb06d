import Foundation
import OutcropCore

/// The frame that the line figures share: title, plot area, axes with ticks and names.
struct Plot {
  var canvas: SVGCanvas
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double

  /// The number of characters that fit above a figure of the usual width.
  static let titleLength = 48

  /// - Parameters:
  ///   - legendRows: the number of rows of text between title and plot area.
  ///   - yName: the quantity of the vertical axis, with its unit; written horizontally above the axis.
  init(
    title: String, width: Double = 440, height: Double = 318, left: Double = 50,
    right: Double = 14, legendRows: Int = 1, yName: String = ""
  ) {
    canvas = SVGCanvas(width: width, height: height)
    self.left = left
    self.right = width - right
    let legendEnd = 32 + 18 * Double(legendRows)
    top = legendEnd + (yName.isEmpty ? 0 : 18)
    bottom = height - 46
    canvas.text(Self.fittedTitle(title), x: 2, y: 17, class: "h")
    if !yName.isEmpty { canvas.text("↑ \(yName)", x: 2, y: legendEnd + 4, class: "s") }
  }

  /// Draws horizontal rules and the labels on the left.
  mutating func yAxis(_ ticks: [(height: Double, label: String)]) {
    for tick in ticks {
      canvas.line(left, tick.height, right, tick.height, class: "rule")
      canvas.text(tick.label, x: left - 7, y: tick.height + 4.3, class: "s e")
    }
  }

  /// Draws the horizontal axis with ticks, labels and its name.
  mutating func xAxis(_ ticks: [(place: Double, label: String)], name: String) {
    canvas.line(left, bottom, right, bottom, class: "axis")
    for tick in ticks {
      canvas.line(tick.place, bottom, tick.place, bottom + 4, class: "axis")
      canvas.text(tick.label, x: tick.place, y: bottom + 18, class: "s m")
    }
    // In the middle if the name fits there.
    let half = Self.textWidth(name) / 2 + 2
    let middle = min(max((left + right) / 2, half), max(half, canvas.width - half))
    canvas.text(name, x: middle, y: bottom + 38, class: "s m")
  }

  /// Writes a sentence in the middle of an empty plot area.
  mutating func say(_ text: String) {
    canvas.text(text, x: (left + right) / 2, y: (top + bottom) / 2, class: "s m")
  }

  /// Draws the legend in the row below the title: swatches and their meaning from left to right.
  mutating func legend(_ entries: [LegendEntry], row: Int = 0, from start: Double? = nil) {
    var x = start ?? left
    let y = 31 + 18 * Double(row)
    for entry in entries {
      switch entry.swatch {
      case .area:
        canvas.rect(
          x: x, y: y - 5, width: 18, height: 10, class: "area", style: entry.style, radius: 1.5)
      case .line(let name):
        canvas.line(x, y, x + 18, y, class: "line \(name)", style: entry.style)
      case .dot, .ring:
        let isRing = if case .ring = entry.swatch { true } else { false }
        canvas.circle(
          x: x + 10, y: y, radius: 4, class: isRing ? "ring" : "mark", style: entry.style)
      case .depths(let first):
        let steps = 9
        canvas.text(first, x: x, y: y + 4.3, class: "s")
        x += Self.textWidth(first) + 3
        for step in 0..<steps {
          canvas.rect(
            x: x + 6 * Double(step), y: y - 4, width: 6.2, height: 8, class: "mark",
            style: FigureStyle.depthStyle(Double(step) / Double(steps - 1)))
        }
        x += 6 * Double(steps) - 18
      }
      canvas.text(entry.text, x: x + 24, y: y + 4.3, class: "s")
      x += 24 + Self.textWidth(entry.text) + 14
    }
  }

  struct LegendEntry {
    enum Swatch {
      case area
      case line(String)
      case dot, ring
      /// The colors of layers by depth, after the first layer's number.
      case depths(String)
    }
    var text: String
    var swatch: Swatch
    var style: String
  }

  /// The approximate width of a text in pixels.
  ///
  /// Computed for the larger font on narrow screens.
  static func textWidth(_ text: String) -> Double {
    Double(TextTable.displayWidth(text)) * 14 * 0.53
  }

  /// A title that fits above a figure. In `label: subject` only the label is shortened, so that figures
  /// of one kind have similar titles.
  static func fittedTitle(_ title: String) -> String {
    guard title.count > titleLength, let colon = title.range(of: ": ", options: .backwards) else {
      return shortened(title, to: titleLength)
    }
    let rest = title[colon.lowerBound...]
    let room = titleLength - rest.count
    return room > 8
      ? shortened(String(title[..<colon.lowerBound]), to: room) + rest
      : shortened(title, to: titleLength)
  }

  /// The text, or its beginning followed by an ellipsis.
  static func shortened(_ text: String, to length: Int) -> String {
    text.count <= length ? text : text.prefix(max(1, length - 1)) + "…"
  }
}
