import Foundation

/// Maps scores to the report's sequential colors, logarithmically, and draws the scale.
struct ScoreColors {
  /// Decimal logarithms of the scale's ends; nil if there are no scores.
  private let range: (low: Double, high: Double)?

  /// The mark of a massive activation.
  static let halo =
    "fill:none;stroke:var(--red);stroke-opacity:.3;stroke-width:14;"
    + "stroke-linecap:round"

  init(_ drawing: MoleculeDrawing, scale: ClosedRange<Double>?) {
    let scores = drawing.drawnBonds.compactMap(\.score).filter { $0 > 0 && $0.isFinite }
    if let scale, scale.lowerBound > 0, scale.upperBound.isFinite,
      scale.upperBound > scale.lowerBound
    {
      range = (log10(scale.lowerBound), log10(scale.upperBound))
    } else if let low = scores.min(), let high = scores.max() {
      let limits = [low, high, drawing.threshold].filter { $0 > 0 && $0.isFinite }.map { log10($0) }
      let bottom = floor(limits.min()!)
      range = (bottom, max(bottom + 1, ceil(limits.max()!)))
    } else {
      range = nil
    }
  }

  /// The style of a line of class `line`.
  func style(_ score: Double?) -> String {
    guard let range, let score, score > 0 else { return "--c:var(--gray);--d:var(--gray)" }
    return FigureStyle.depthStyle(
      score.isInfinite ? 1 : (log10(score) - range.low) / (range.high - range.low))
  }

  /// Draws the color bar with its ticks, the threshold and the meaning of a halo.
  func legend(_ drawing: MoleculeDrawing, y: Double, width: Double, canvas: inout SVGCanvas) {
    guard let range else {
      canvas.text("no scores", x: width / 2, y: y + 10, class: "s m")
      return
    }
    // Whole pixels avoid seams between the steps.
    let (steps, step, left) = (50, 5.0, 40.0)
    let right = left + step * Double(steps)
    for index in 0..<steps {
      canvas.rect(
        x: left + step * Double(index), y: y, width: step + 0.5, height: 10, class: "mark",
        style: FigureStyle.depthStyle(Double(index) / Double(steps - 1)))
    }
    let place = Scale(range.low, range.high, to: left, right)
    let decades = Ticks.decades(
      from: Int(range.low.rounded(.up)), to: Int(range.high.rounded(.down)), count: 6)
    for exponent in decades {
      let x = place(Double(exponent))
      canvas.line(x, y + 10, x, y + 14, class: "axis")
      canvas.text(NumberText.powerOfTen(exponent), x: x, y: y + 27, class: "s m")
    }
    let limit = drawing.threshold > 0 ? log10(drawing.threshold) : -.infinity
    if limit >= range.low, limit <= range.high {
      canvas.line(place(limit), y - 4, place(limit), y + 14, class: "limit")
    }
    canvas.text(
      Plot.shortened("\(drawing.scoreName), log scale", to: 70), x: left, y: y + 46, class: "s")
    let key = right + 22
    canvas.line(key + 6, y + 5, key + 24, y + 5, class: "", style: Self.halo)
    canvas.line(
      key + 2, y + 5, key + 28, y + 5, class: "line",
      style: FigureStyle.depthStyle(1) + ";stroke-width:3.4")
    canvas.text(
      "over \(NumberText.ratio(drawing.threshold))", x: key + 38, y: y + 9.3, class: "s")
  }
}
