/// The same number from several seeds. Values that are unknown or NaN are left out.
package struct Spread: Sendable, Equatable {
  package let values: [Double]

  package init(_ values: [Double?]) { self.values = values.compactMap { $0 }.filter { !$0.isNaN } }

  package var count: Int { values.count }

  /// nil without values.
  package var mean: Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  /// The sample's standard deviation (divided by n − 1); nil for fewer than two values, or when one is
  /// infinite.
  package var deviation: Double? {
    guard values.count > 1, let mean, mean.isFinite else { return nil }
    let sum = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (sum / Double(values.count - 1)).squareRoot()
  }

  package var smallest: Double? { values.min() }
  package var largest: Double? { values.max() }

  /// `12.3 ± 0.4`; the value alone where there is no deviation, a dash without values.
  package func text(_ format: (Double) -> String) -> String {
    guard let mean else { return LayerText.none }
    return format(mean) + (deviation.map { " ± \(format($0))" } ?? "")
  }

  /// The text for a score: the mean to two digits of its deviation, or to four digits without one.
  package var score: String {
    guard let mean, let deviation, deviation > 0 else {
      return text { NumberText.significant($0) }
    }
    let digits = NumberText.decimals(for: deviation)
    return "\(NumberText.fixed(mean, digits: digits)) ± "
      + NumberText.fixed(deviation, digits: digits)
  }
}
