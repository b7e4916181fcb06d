import Foundation

/// Lines over a common axis, the form of most figures of experiments.
struct LineChart {
  /// One line with its points in order.
  struct Series {
    struct Point {
      var x: Double
      var y: Double
      /// Half the length of the bar through the point.
      var deviation: Double?

      init(_ x: Double, _ y: Double, deviation: Double? = nil) {
        self.x = x
        self.y = y
        self.deviation = deviation
      }
    }

    /// The text at the end of the line; empty for lines without a label.
    var label = ""
    var points: [Point]
    /// How the line is drawn: `thick`, `dash`, `faint`, `dots`.
    var look = "thick"
    var style: String
    /// Draws the deviations as an area instead of bars.
    var hasBand = false
    /// Draws a dot at each point.
    var hasDots = false
    /// The name of the line for readers who point at it; the label if empty.
    var name = ""
  }

  /// A scale with its name, unit included.
  struct Axis {
    var name: String
    var isLogarithmic = false
    /// Values that the axis must include.
    var includes: [Double] = []
    /// Whether a logarithmic axis shows zero below the smallest value.
    var showsZero = false
    /// The values of ticks; chosen automatically if empty.
    var ticks: [Double] = []
    var format: ((Double) -> String)?
  }

  /// A dashed line with its name across the plot.
  struct Limit {
    var value: Double
    var name: String
  }

  var title: String
  var x: Axis
  var y: Axis
  var series: [Series]
  var legend: [Plot.LegendEntry] = []
  /// Vertical and horizontal limits.
  var xLimit: Limit?
  var yLimit: Limit?
  var height = 300.0
  var alternativeText: String

  /// The drawing. Without data, the drawing states this.
  var figure: SVGFigure {
    let labeled = series.filter { !$0.label.isEmpty }
    let space = labeled.map { Plot.textWidth(Plot.shortened($0.label, to: 23)) }.max() ?? 0
    var plot = Plot(
      title: title, height: height, left: 56, right: labeled.isEmpty ? 16 : 16 + space,
      legendRows: legend.isEmpty ? 0 : 1, yName: y.name)
    let points = series.flatMap(\.points)
    let xs = points.map(\.x) + x.includes + (xLimit.map { [$0.value] } ?? [])
    let ys =
      points.flatMap { point in
        [point.y] + (point.deviation.map { [point.y - $0, point.y + $0] } ?? [])
      } + y.includes + (yLimit.map { [$0.value] } ?? [])
    guard !points.isEmpty, let across = Mapping(x, xs, from: plot.left + 4, to: plot.right - 4),
      let up = Mapping(y, ys, from: plot.bottom, to: plot.top + 2)
    else {
      plot.xAxis([], name: x.name)
      plot.say("nothing to draw")
      return plot.canvas.figure(title: title, alternativeText: alternativeText)
    }
    plot.yAxis(up.ticks.map { (height: $0.place, label: $0.label) })
    plot.xAxis(Self.thinned(across.ticks), name: x.name)
    draw(limits: across, up, plot: &plot)
    for one in series { draw(one, across, up, plot: &plot) }
    name(labeled, across, up, plot: &plot)
    if !legend.isEmpty { plot.legend(legend) }
    return plot.canvas.figure(title: title, alternativeText: alternativeText)
  }

  private func draw(limits across: Mapping, _ up: Mapping, plot: inout Plot) {
    if let xLimit, let place = across.place(xLimit.value) {
      plot.canvas.line(place, plot.top, place, plot.bottom, class: "limit")
      let isLeft = place > (plot.left + plot.right) / 2
      plot.canvas.text(
        xLimit.name, x: place + (isLeft ? -5 : 5), y: plot.top + 11,
        class: isLeft ? "red halo e" : "red halo")
    }
    if let yLimit, let place = up.place(yLimit.value) {
      plot.canvas.line(plot.left, place, plot.right, place, class: "limit")
      plot.canvas.text(yLimit.name, x: plot.left + 6, y: place - 5, class: "red halo")
    }
  }

  private func draw(_ one: Series, _ across: Mapping, _ up: Mapping, plot: inout Plot) {
    let positions = decimatedPositions(count: one.points.count, limit: 300)
    let points = positions.map { one.points[$0] }
    let places = points.map { point -> SVGCanvas.Point? in
      guard let x = across.place(point.x), let y = up.place(point.y) else { return nil }
      return .init(x: x, y: y)
    }
    if one.hasBand {
      let ends = points.compactMap { point -> (x: Double, low: Double, high: Double)? in
        guard let deviation = point.deviation, let x = across.place(point.x),
          let low = up.clipped(point.y - deviation), let high = up.clipped(point.y + deviation)
        else { return nil }
        return (x, low, high)
      }
      if ends.count > 1 {
        let outline =
          ends.map { SVGCanvas.Point(x: $0.x, y: $0.high) }
          + ends.reversed().map { SVGCanvas.Point(x: $0.x, y: $0.low) }
        plot.canvas.path(SVGCanvas.path(outline) + "Z", class: "area", style: one.style)
      }
    }
    plot.canvas.polyline(places, class: "line \(one.look)", style: one.style)
    for (point, place) in zip(points, places) {
      guard let place else { continue }
      if !one.hasBand, let deviation = point.deviation, deviation > 0,
        let low = up.clipped(point.y - deviation), let high = up.clipped(point.y + deviation)
      {
        plot.canvas.line(place.x, low, place.x, high, class: "line thick", style: one.style)
      }
      if one.hasDots || places.count == 1 {
        plot.canvas.circle(
          x: place.x, y: place.y, radius: places.count == 1 ? 4 : 3, class: "mark",
          style: one.style, tip: tip(one, point))
      } else if places.count <= 60 {
        plot.canvas.circle(x: place.x, y: place.y, radius: 6, class: "hit", tip: tip(one, point))
      }
    }
  }

  private func tip(_ one: Series, _ point: Series.Point) -> String {
    let name = one.name.isEmpty ? one.label : one.name
    func number(_ value: Double) -> String { NumberText.significant(value) }
    return (name.isEmpty ? "" : "\(name): ")
      + "\(number(point.y))\(point.deviation.map { " ± \(number($0))" } ?? "") at \(number(point.x))"
  }

  /// Draws the labels at the right ends of the lines.
  private func name(
    _ labeled: [Series], _ across: Mapping, _ up: Mapping, plot: inout Plot
  ) {
    let ends = labeled.compactMap { one -> (label: String, height: Double, style: String)? in
      guard let last = one.points.last(where: { up.place($0.y) != nil }),
        let height = up.place(last.y)
      else { return nil }
      return (Plot.shortened(one.label, to: 23), height, one.style)
    }
    let heights = spreadLabels(ends.map(\.height), gap: 15, from: plot.top, to: plot.bottom)
    for (end, height) in zip(ends, heights) {
      plot.canvas.circle(
        x: plot.right + 4, y: height, radius: 3, class: "mark", style: end.style)
      plot.canvas.text(end.label, x: plot.right + 12, y: height + 4.3)
    }
  }

  /// The ticks, without labels that would overlap.
  private static func thinned(
    _ ticks: [(place: Double, label: String)]
  ) -> [(place: Double, label: String)] {
    var end = -Double.infinity
    return ticks.map { tick in
      let half = Plot.textWidth(tick.label) / 2 + 3
      if tick.place - half < end { return (tick.place, "") }
      end = tick.place + half
      return tick
    }
  }
}

/// Maps values to pixels, linearly or by their logarithm, and knows the ticks.
struct Mapping {
  let scale: Scale
  let ticks: [(place: Double, label: String)]
  private let isLogarithmic: Bool
  private let zero: Double?

  /// nil without a value that the axis can show.
  init?(_ axis: LineChart.Axis, _ values: [Double], from start: Double, to end: Double) {
    isLogarithmic = axis.isLogarithmic
    let usable = values.filter { $0.isFinite && (!axis.isLogarithmic || $0 > 0) }
    let hasZero = axis.isLogarithmic && axis.showsZero && values.contains(0)
    guard let smallest = usable.min() ?? (hasZero ? 1 : nil),
      let largest = usable.max() ?? (hasZero ? 1 : nil)
    else { return nil }
    if axis.isLogarithmic {
      var lower = log10(smallest)
      var upper = log10(largest)
      if axis.ticks.isEmpty {
        lower = floor(lower + 1e-9)
        upper = max(ceil(upper - 1e-9), lower + 1)
      }
      zero = hasZero ? lower - max(0.5, 0.12 * (upper - lower)) : nil
      let scale = Scale(zero ?? lower, upper, to: start, end)
      self.scale = scale
      let marks =
        axis.ticks.isEmpty
        ? Self.logarithmicTicks(from: Int(lower.rounded(.up)), to: Int(upper.rounded(.down)))
        : axis.ticks.map {
          (log10($0), axis.format?($0) ?? NumberText.significant($0, digits: 3))
        }
      ticks =
        (zero.map { [($0, "0")] } ?? []).map { (scale($0.0), $0.1) }
        + marks.map { (scale($0.0), $0.1) }
      return
    }
    zero = nil
    let count = 5
    let step = Ticks.step(from: smallest, to: largest, count: count)
    let isPlain = step > 0 && axis.ticks.isEmpty
    let lower = isPlain ? floor(smallest / step + 1e-9) * step : smallest
    let upper = isPlain ? ceil(largest / step - 1e-9) * step : largest
    let scale = Scale(lower, upper, to: start, end)
    self.scale = scale
    let digits = Ticks.digits(step: step)
    let marks =
      !axis.ticks.isEmpty
      ? axis.ticks
      : step > 0
        ? Ticks.linear(from: lower, to: upper, count: Int(((upper - lower) / step).rounded()))
        : [smallest]
    ticks = marks.map {
      (
        scale($0),
        axis.format?($0)
          ?? (step > 0 ? NumberText.fixed($0, digits: digits) : NumberText.significant($0))
      )
    }
  }

  /// Powers of ten, and also their multiples by 2 and 5 if there are few.
  private static func logarithmicTicks(from lower: Int, to upper: Int) -> [(Double, String)] {
    let powers = Ticks.decades(from: lower, to: upper).map {
      (Double($0), NumberText.powerOfTen($0))
    }
    guard upper - lower <= 2, lower >= -3 else { return powers }
    let between = (lower..<upper).flatMap { exponent in
      [2.0, 5].map { factor -> (Double, String) in
        let value = factor * pow(10, Double(exponent))
        return (log10(value), NumberText.significant(value, digits: 1))
      }
    }
    return (powers + between).sorted { $0.0 < $1.0 }
  }

  /// The pixel of a value; nil if the axis cannot show the value.
  func place(_ value: Double) -> Double? {
    if !isLogarithmic { return value.isFinite ? scale.clipped(value) : nil }
    if value == 0, let zero { return scale(zero) }
    return value > 0 && value.isFinite ? scale.clipped(log10(value)) : nil
  }

  /// The pixel of a value, or of the nearest end.
  func clipped(_ value: Double) -> Double? {
    if value.isNaN { return nil }
    if isLogarithmic { return scale.clipped(value > 0 ? log10(value) : -.infinity) }
    return scale.clipped(value)
  }
}
