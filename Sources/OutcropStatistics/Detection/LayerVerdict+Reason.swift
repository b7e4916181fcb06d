import Foundation

extension LayerVerdict {
  /// One reason for a verdict: its numbers, and a plain sentence.
  public enum Reason: Sendable, Equatable, Codable {
    /// Finite entries above the threshold, and rows with an entry above it (including infinite ones).
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
    case zeroMedians(Int, of: Int, median: MedianKind, infinite: Int)
    case nanMedians(Int, of: Int, median: MedianKind)
    case infiniteMedians(Int, of: Int, median: MedianKind)
    /// Activations that are infinite themselves; `overflowed` of them are finite in their file.
    case infiniteActivations(Int, rows: Int, of: Int, overflowed: Int)

    /// The reason as a sentence.
    public var sentence: String {
      switch self {
      case .count(let entries, let rows, let values, let threshold):
        entries == 0
          ? "None of \(values) activations has a finite ratio above \(number(threshold))."
          : "\(entries) of \(values) activations have a ratio above \(number(threshold)), in \(rows) "
            + "rows."
      case .largestRatio(let largest, let threshold):
        "The largest finite ratio is \(number(largest)), "
          + "\(number(largest / threshold)) times the threshold of \(number(threshold))."
      case .largestAgainstUntrained(let largest, let untrained):
        "The untrained model's largest finite ratio is \(number(untrained)); here it is "
          + "\(number(largest / untrained)) times that."
      case .untrainedIsMassive(let entries, let threshold):
        "The untrained model has \(entries) ratios above \(number(threshold)), too: training alone "
          + "does not explain them."
      case .distanceFromUntrained(let distance, let error, let pValue):
        "The distribution of ratios is \(figure(distance, error)) (Kolmogorov–Smirnov) away from the "
          + "untrained model's (approximate \(probability(pValue)))."
      case .distanceFromBaseline(let distance, let error, let pValue):
        "The distribution of ratios is \(figure(distance, error)) (Kolmogorov–Smirnov) away from the "
          + "baseline's gamma distribution (approximate \(probability(pValue)))."
      case .distanceFromOwnFit(let distance, let error, let pValue):
        "Its own gamma fit is \(figure(distance, error)) (Kolmogorov–Smirnov) away"
          + (pValue.map { " (bootstrap \(probability($0)))" } ?? "")
          + "; this describes the distribution's shape and does not count massive activations."
      case .noBaseline:
        "There is no untrained model to compare with, so the distribution was not tested for a change."
      case .noFit(let error): "No gamma distribution was fitted: \(error)."
      case .fitDidNotConverge:
        "The gamma fit did not converge; the estimate from moments is used instead."
      case .noValues: "There are no activations."
      case .noFiniteRatio: "No activation has a finite ratio, so there is nothing to judge."
      case .zeroMedians(let count, let all, let median, let infinite):
        "\(count) of \(all) medians (\(name(median))) are zero: ratios over them are not meaningful, and "
          + "\(infinite) ratios are infinite. They are not counted as massive here."
      case .nanMedians(let count, let all, let median):
        "\(count) of \(all) medians (\(name(median))) are not numbers: ratios over them are "
          + "undefined."
      case .infiniteMedians(let count, let all, let median):
        "\(count) of \(all) medians (\(name(median))) are infinite: ratios over them are 0 or undefined."
      case .infiniteActivations(let count, let rows, let all, let overflowed):
        "\(count) activation\(count == 1 ? " is" : "s are") infinite, in \(rows) of \(all) rows"
          + (overflowed > 0
            ? " (\(overflowed) of them finite in the file, but too large for single precision)"
            : "")
          + ": \(count == 1 ? "it is" : "they are") larger than any threshold, but no finite ratio."
      }
    }
  }
}

private func number(_ value: Float) -> String { String(format: "%.4g", Double(value)) }

private func figure(_ value: Double, _ error: Double) -> String {
  error > 0 ? String(format: "%.4f ± %.0e", value, error) : String(format: "%.4f", value)
}

private func probability(_ value: Double) -> String {
  value < 1e-4 ? "p < 0.0001" : String(format: "p = %.4f", value)
}

private func name(_ median: MedianKind) -> String { median == .row ? "of rows" : "of batches" }
