import Foundation

extension LayerVerdict {
  /// One reason for a verdict: its numbers, and a plain sentence.
  public enum Reason: Sendable, Equatable, Codable {
    /// Entries above the threshold, and rows with an entry above it; both include infinite ratios.
    case count(entries: Int, rows: Int, values: Int, threshold: Float)
    case largestRatio(Float, threshold: Float)
    case largestAgainstUntrained(Float, untrained: Float)
    /// The untrained model has massive activations, too.
    case untrainedIsMassive(entries: Int, threshold: Float)
    /// Two-sample distance from the untrained model's values; the p-value is that of the limit for large
    /// samples of independent values.
    case distanceFromUntrained(Double, error: Double, approximatePValue: Double)
    /// Distance from the baseline's gamma distribution, which is assumed to be specified in advance.
    case distanceFromBaseline(Double, error: Double, approximatePValue: Double)
    /// Distance from the gamma distribution fitted to the same values.
    case distanceFromOwnFit(Double, error: Double, bootstrapPValue: Double?)
    case noBaseline
    case noFit(StatisticsError)
    case fitDidNotConverge
    case noValues
    case noFiniteRatio
    /// Medians of zero, and the infinite ratios of finite activations over them.
    case zeroMedians(Int, of: Int, median: MedianKind, infinite: Int)
    /// Ratios of finite activations over positive medians that exceed what `Float` holds.
    case overflowedRatios(Int)
    case nanMedians(Int, of: Int, median: MedianKind)
    case infiniteMedians(Int, of: Int, median: MedianKind)
    /// Activations that are infinite themselves; `overflowed` of them are finite in their file.
    case infiniteActivations(Int, rows: Int, of: Int, overflowed: Int)

    /// The reason as a sentence.
    public var sentence: String {
      switch self {
      case .count(let entries, let rows, let values, let threshold):
        entries == 0
          ? "None of \(grouped(values)) activations has a ratio above \(number(threshold))."
          : "\(grouped(entries)) of \(grouped(values)) activations \(entries == 1 ? "has" : "have") "
            + "a ratio above \(number(threshold)), in \(counted(rows, "row"))."
      case .largestRatio(let largest, let threshold):
        "The largest finite ratio is \(number(largest)), "
          + "\(comparison(largest, threshold)) the threshold of \(number(threshold))."
      case .largestAgainstUntrained(let largest, let untrained):
        "The untrained model's largest finite ratio is \(number(untrained)); this layer's is "
          + "\(number(largest / untrained)) times as large."
      case .untrainedIsMassive(let entries, let threshold):
        "The untrained model has \(counted(entries, "ratio")) above \(number(threshold)), too: training "
          + "alone does not explain them."
      case .distanceFromUntrained(let distance, let error, let pValue):
        "The distribution of ratios is \(figure(distance, error)) (Kolmogorov–Smirnov) away from the "
          + "untrained model's (approximate \(probability(pValue)))."
      case .distanceFromBaseline(let distance, let error, let pValue):
        "The distribution of ratios is \(figure(distance, error)) (Kolmogorov–Smirnov) away from the "
          + "gamma distribution fitted to the untrained model (approximate \(probability(pValue)))."
      case .distanceFromOwnFit(let distance, let error, let pValue):
        "The Kolmogorov–Smirnov distance from the layer's own gamma fit is \(figure(distance, error))"
          + (pValue.map { " (bootstrap \(probability($0)))" } ?? "")
          + ". It describes the shape of the distribution and does not count massive activations."
      case .noBaseline:
        "There is no untrained model to compare with, so the distribution was not tested for a change."
      case .noFit(let error): "No gamma distribution was fitted: \(error)."
      case .fitDidNotConverge:
        "The gamma fit did not converge; the estimate from moments is used instead."
      case .noValues: "There are no activations."
      case .noFiniteRatio: "No activation has a finite ratio, so there is no distribution to judge."
      case .zeroMedians(let count, let all, let median, let infinite):
        "\(share(count, all)) medians (\(name(median))) are zero: \(counted(infinite, "ratio")) over them "
          + "\(infinite == 1 ? "is infinite and counts" : "are infinite and count") as massive, those of "
          + "zeros are undefined."
      case .overflowedRatios(let count):
        "\(counted(count, "ratio")) \(count == 1 ? "exceeds" : "exceed") 3.4e38, which single precision cannot "
          + "hold: \(count == 1 ? "it counts as infinite and is" : "they count as infinite and are") massive."
      case .nanMedians(let count, let all, let median):
        "\(share(count, all)) medians (\(name(median))) are not numbers: ratios over them are "
          + "undefined."
      case .infiniteMedians(let count, let all, let median):
        "\(share(count, all)) medians (\(name(median))) are infinite: ratios over them are 0 or "
          + "undefined."
      case .infiniteActivations(let count, let rows, let all, let overflowed):
        "\(grouped(count)) activation\(count == 1 ? " is" : "s are") infinite, in "
          + "\(share(rows, all)) rows"
          + (overflowed > 0
            ? " (\(grouped(overflowed)) of them finite in the file, but too large for single precision)"
            : "")
          + ": \(count == 1 ? "it is" : "they are") larger than any threshold, but no finite ratio."
      }
    }
  }
}

/// Four digits, or an integer with thousands separators.
private func number(_ value: Float) -> String {
  1000..<1e7 ~= value
    ? grouped(Int(value.rounded())) : String(format: "%.4g", Double(value))
}

/// `1234567` as `1,234,567`.
private func grouped(_ value: Int) -> String {
  var rest = Substring(String(value))
  var groups: [Substring] = []
  while rest.count > 3 {
    groups.insert(rest.suffix(3), at: 0)
    rest = rest.dropLast(3)
  }
  return ([rest] + groups).joined(separator: ",")
}

/// `1 row`, `2,000 rows`.
private func counted(_ number: Int, _ noun: String) -> String {
  "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
}

/// `10 of 1,000`.
private func share(_ part: Int, _ all: Int) -> String { "\(grouped(part)) of \(grouped(all))" }

/// `3.4 times`, `below` or `equal to`.
private func comparison(_ ratio: Float, _ threshold: Float) -> String {
  if ratio <= threshold { return ratio < threshold ? "below" : "equal to" }
  let times = ratio / threshold
  return (times < 100 ? String(format: "%.1f", Double(times)) : number(times.rounded())) + " times"
}

/// A distance and its error, as far as its first digit.
private func figure(_ value: Double, _ error: Double) -> String {
  guard error >= 1e-8, error.isFinite else { return String(format: "%.4f", value) }
  let digits = max(4, Int(-log10(error).rounded(.down)))
  return String(format: "%.4f ± %.\(digits)f", value, error)
}

private func probability(_ value: Double) -> String {
  value < 1e-4 ? "p < 0.0001" : String(format: "p = %.4f", value)
}

private func name(_ median: MedianKind) -> String { median == .row ? "of rows" : "of batches" }
