/// The values of one quantity for several seeds, without unknown and NaN values.
package struct Spread: Sendable, Equatable {
  package let values: [Double]

  package init(_ values: [Double?]) { self.values = values.compactMap { $0 }.filter { !$0.isNaN } }

  package var count: Int { values.count }

  /// The mean; nil without values.
  package var mean: Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  /// The sample standard deviation (divided by n − 1); nil for fewer than two values, or if a value is
  /// infinite.
  package var deviation: Double? {
    guard values.count > 1, let mean, mean.isFinite else { return nil }
    let sum = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (sum / Double(values.count - 1)).squareRoot()
  }

  package var smallest: Double? { values.min() }
  package var largest: Double? { values.max() }

  /// `12.3 ± 0.4`: two digits of the deviation, but at most four of the mean. Without a deviation, or if all
  /// values are zero, only the value in the form of `format`; a dash without values.
  package func text(_ format: (Double) -> String) -> String {
    guard let mean else { return LayerText.none }
    guard let deviation, mean != 0 || deviation != 0 else { return format(mean) }
    guard deviation > 0 else { return "\(format(mean)) ± 0" }
    let digits = NumberText.decimals(for: deviation, of: mean)
    guard abs(mean) < 1e7, digits <= 8 else { return "\(format(mean)) ± \(format(deviation))" }
    return "\(NumberText.fixed(mean, digits: digits)) ± "
      + NumberText.fixed(deviation, digits: digits)
  }

  /// The text for a score, with four digits if there is no deviation.
  package var score: String { text { NumberText.significant($0) } }

  /// The text for a share: `62.0 ± 0.4%`.
  package var percent: String {
    guard let mean, let deviation, mean.isFinite, mean != 0 || deviation != 0 else {
      return text(NumberText.percent)
    }
    let digits = mean < 0.01 ? 2 : 1
    return "\(NumberText.fixed(100 * mean, digits: digits)) ± "
      + "\(NumberText.fixed(100 * deviation, digits: digits))%"
  }
}
