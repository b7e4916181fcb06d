import Foundation

/// Collects the elements of one figure. Coordinates are in CSS pixels, y downwards.
struct SVGCanvas {
  let width: Double
  let height: Double
  private(set) var body = ""

  init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  mutating func rect(
    x: Double, y: Double, width: Double, height: Double, class name: String, style: String = "",
    opacity: Double? = nil, radius: Double = 0, tip: String = ""
  ) {
    body += "<rect x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(max(0, width)))\""
    body += " height=\"\(number(max(0, height)))\""
    if radius > 0 { body += " rx=\"\(number(radius))\"" }
    if let opacity { body += " fill-opacity=\"\(hundredths(opacity))\"" }
    close(name, style, tip)
  }

  mutating func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, class name: String,
    style: String = ""
  ) {
    body += "<path d=\"M\(number(x1)) \(number(y1))L\(number(x2)) \(number(y2))\""
    close(name, style)
  }

  mutating func circle(
    x: Double, y: Double, radius: Double, class name: String, style: String = "", tip: String = ""
  ) {
    body += "<circle cx=\"\(number(x))\" cy=\"\(number(y))\" r=\"\(number(radius))\""
    close(name, style, tip)
  }

  /// Draws a line through the points; nil interrupts the line.
  mutating func polyline(_ points: [Point?], class name: String, style: String = "") {
    let data = Self.path(points)
    if !data.isEmpty { path(data, class: name, style: style) }
  }

  mutating func path(_ data: String, class name: String, style: String = "") {
    body += "<path d=\"\(data)\""
    close(name, style)
  }

  /// Draws a small triangle, which means that a value is beyond the edge that the triangle points to.
  mutating func arrow(x: Double, y: Double, up: Bool = true, class name: String, style: String) {
    let tip = up ? -7.0 : 7.0
    path(
      "M\(number(x - 4.5)) \(number(y))L\(number(x)) \(number(y + tip))"
        + "L\(number(x + 4.5)) \(number(y))Z", class: name, style: style)
  }

  mutating func text(
    _ text: String, x: Double, y: Double, class name: String = "", rotate: Bool = false
  ) {
    body += "<text x=\"\(number(x))\" y=\"\(number(y))\""
    if !name.isEmpty { body += " class=\"\(name)\"" }
    if rotate { body += " transform=\"rotate(-90 \(number(x)) \(number(y)))\"" }
    body += ">\(Markup.escape(text))</text>"
  }

  /// The figure with its title, its description and its style.
  func figure(title: String, alternativeText: String) -> SVGFigure {
    let name = Markup.escape(title)
    let description = Markup.escape(alternativeText)
    let svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"of\" role=\"img\" "
      + "viewBox=\"0 0 \(number(width)) \(number(height))\" aria-label=\"\(name)\">"
      + "<title>\(name)</title><desc>\(description)</desc><style>\(FigureStyle.css)</style>"
      + "\(body)</svg>"
    return SVGFigure(
      title: title, alternativeText: alternativeText, svg: svg, width: width, height: height)
  }

  /// Path data through points; nil starts a new subpath. A subpath of one point becomes a dot-sized dash, so
  /// that it is visible.
  static func path(_ points: [Point?]) -> String {
    var data = ""
    var isStart = true
    for (position, point) in points.enumerated() {
      guard let point, point.x.isFinite, point.y.isFinite else {
        isStart = true
        continue
      }
      data += "\(isStart ? "M" : "L")\(coordinate(point.x)) \(coordinate(point.y))"
      let next = position + 1 < points.count ? points[position + 1] : nil
      if isStart, next == nil { data += "h1" }
      isStart = false
    }
    return data
  }

  struct Point: Equatable {
    var x: Double
    var y: Double
  }

  /// A coordinate with one decimal, as short as possible. Values that aren't finite become 0 to keep the file
  /// valid; figures filter such values before.
  static func coordinate(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e7 else { return "0" }
    let tenths = Int((value * 10).rounded())
    let whole = abs(tenths) / 10
    let rest = abs(tenths) % 10
    return (tenths < 0 ? "-" : "") + (rest == 0 ? "\(whole)" : "\(whole).\(rest)")
  }

  private func number(_ value: Double) -> String { Self.coordinate(value) }

  private func hundredths(_ value: Double) -> String {
    String(format: "%.2f", value.isFinite ? min(max(value, 0), 1) : 0)
  }

  /// Ends an element. `tip` is the text that the page's script shows when a reader points at it.
  private mutating func close(_ name: String, _ style: String, _ tip: String = "") {
    if !tip.isEmpty { body += "\(FigureStyle.tipStart)\(Markup.escape(tip))\"" }
    if !name.isEmpty { body += " class=\"\(name)\"" }
    if !style.isEmpty { body += " style=\"\(style)\"" }
    body += "/>"
  }
}
