import Foundation

/// The colors of ratios in maps: a cold color up to the threshold, a warm one above it, both stronger for
/// larger ratios.
struct RatioColors {
  let threshold: Double
  /// The largest ratio of the scale, a power of ten.
  let upper: Double

  /// - Parameter ratios: the ratios of all maps that share the scale.
  init(threshold: Double, ratios: [Double]) {
    self.threshold = threshold
    // A threshold from a file can be anything.
    let finite = (ratios + [10 * threshold, 10]).filter { $0.isFinite && $0 > 0 }
    upper = pow(10, ceil(log10(min(finite.max() ?? 10, 1e300)) - 1e-9))
  }

  /// The class and the opacity of the cell of a ratio.
  func cell(_ ratio: Double) -> (name: String, opacity: Double) {
    guard ratio > threshold else {
      let part = log10(max(ratio, 1)) / max(log10(threshold), 1e-9)
      return ("heat", 0.05 + 0.37 * min(max(part, 0), 1))
    }
    let part = log10(ratio / threshold) / max(log10(upper / threshold), 1e-9)
    return ("hot", 0.5 + 0.5 * min(max(part, 0), 1))
  }

  /// The class of text on the cell, in the color with more contrast.
  func text(_ ratio: Double) -> String {
    let (name, opacity) = cell(ratio)
    guard name == "hot" else { return "m" }
    return opacity > 0.72 ? "m b on" : opacity > 0.6 ? "m b od" : "m b"
  }

  /// Draws the scale with ticks; returns its right end.
  @discardableResult
  func draw(on canvas: inout SVGCanvas, x: Double, y: Double, width: Double) -> Double {
    let decades = log10(upper)
    let steps = 60
    for step in 0..<steps {
      let ratio = pow(10, decades * (Double(step) + 0.5) / Double(steps))
      let (name, opacity) = cell(ratio)
      canvas.rect(
        x: x + width * Double(step) / Double(steps), y: y, width: width / Double(steps) + 0.15,
        height: 9, class: name, opacity: opacity)
    }
    let limit = threshold > 1 && threshold < upper ? x + width * log10(threshold) / decades : nil
    for exponent in Ticks.decades(from: 0, to: Int(decades.rounded()), count: 5) {
      let place = x + width * Double(exponent) / max(decades, 1)
      if let limit, abs(place - limit) < 44 { continue }
      canvas.line(place, y + 9, place, y + 12, class: "axis")
      canvas.text(NumberText.powerOfTen(exponent), x: place, y: y + 24, class: "s m")
    }
    if let limit {
      canvas.line(limit, y - 3, limit, y + 13, class: "cut")
      canvas.text(NumberText.ratio(threshold), x: limit, y: y + 25, class: "red m b")
    }
    return x + width
  }
}
