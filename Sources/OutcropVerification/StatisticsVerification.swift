import Foundation
import OutcropCore
import OutcropFiles
import OutcropStatistics

/// Compares the statistics of stored arrays with reference values: a safetensors file with arrays `NAME`
/// [rows, width] and `NAME/batch_offsets`, and next to it a JSON file of the same name with the
/// results of SciPy and NumPy.
///
/// Counts and batch maxima must be equal. Moments may differ by the rounding of one logarithm, the mean
/// log-likelihood of a fit by 1e-6, its Kolmogorov–Smirnov statistic by 1e-4.
public struct StatisticsVerification {
  private let file: SafetensorsFile
  private let reference: StoredResults

  /// nil if `file` contains no such arrays. Throws `InputError` if the JSON file is missing or invalid.
  public init?(_ file: SafetensorsFile) throws {
    guard file.names.contains(where: { $0.hasSuffix(Self.offsets) }) else { return nil }
    self.file = file
    let source =
      URL(fileURLWithPath: file.path).deletingPathExtension().appendingPathExtension("json")
      .path
    reference = StoredResults(try JSON.read(path: source), file: source)
  }

  private static let offsets = "/batch_offsets"

  /// All comparisons, and the names of the results and arrays that nothing was compared with.
  ///
  /// - Throws: `InputError` for a stored result that is no number.
  public func run() throws -> (comparisons: [Comparison], leftOut: [String]) {
    var result: [Comparison] = []
    var arrays: Set<String> = []
    for name in file.names where file.contains(name + Self.offsets) {
      result += try array(name)
      arrays.formUnion([name, name + Self.offsets])
    }
    for name in reference.names {
      guard let stored = reference[name], try stored["values_are_y"]?.flag() == true else {
        continue
      }
      arrays.insert(name)
      let y = try file.doubles(name)
      let fit = try GammaFit(y)
      result += try comparisons(
        name, fit, KolmogorovSmirnov(y, against: fit.distribution), stored["distribution"])
    }
    let others = file.names.filter { !arrays.contains($0) && reference[$0] == nil }
    return (result, reference.leftOut + others)
  }

  private func array(_ name: String) throws -> [Comparison] {
    let shape = try file.entry(name).shape
    guard shape.count == 2, let expected = reference[name] else {
      throw InputError(
        file: reference.file, found: "no entry for `\(name)` \(shape)",
        expected: "an entry with the statistics of `\(name)`")
    }
    let values = try file.floats(name)
    let offsets = try file.integers(name + Self.offsets).map { Int($0) }
    var result: [Comparison] = []
    for convention in [MedianConvention.meanOfMiddle, .lowerMiddle] {
      let statistics = try ReferenceStatistics(
        values, rowCount: shape[0], width: shape[1], batchOffsets: offsets,
        options: .init(furtherThresholds: [100], convention: convention))
      for (kind, found) in [("edge_median", statistics.row), ("batch_median", statistics.batch)] {
        let golden = try expected[kind]
        let title = "\(name)/\(kind)"
        let isMiddle = convention == .meanOfMiddle
        let key = isMiddle ? "middle_mean_median" : "lower_median"
        result += try counts("\(title)/\(key)", found.ratios, golden?[key])
        let maxima = isMiddle ? "top1_per_batch_middle_mean_median" : "top1_per_batch_lower_median"
        result += try batchMaxima(
          "\(title)/\(maxima)", found.ratios.batchMaxima, golden?["per_batch"]?[maxima])
        if isMiddle, let distribution = found.distribution {
          let stored = try golden?["distribution_finite_only"] ?? golden?["distribution"]
          result += try moments(title, distribution, stored)
          if let fit = distribution.fit, let distance = distribution.distanceFromFit {
            result += try comparisons(title, fit, distance, stored)
          }
        }
      }
    }
    return result
  }

  private func counts(
    _ title: String, _ found: ReferenceRatios, _ expected: StoredResults.Entry?
  ) throws -> [Comparison] {
    var values: [(String, Int)] = [
      ("rows_with_zero_median", found.zeroMedians), ("rows_with_nan_median", found.nanMedians),
      ("nan_ratios", found.nanRatios), ("infinite_ratios", found.infiniteRatios),
    ]
    for (index, threshold) in [1000, 100].enumerated() {
      values += [
        ("entries_over_\(threshold)", found.counts[index].entries),
        ("rows_over_\(threshold)", found.counts[index].rows),
        ("finite_entries_over_\(threshold)", found.counts[index].finiteEntries),
      ]
    }
    var result = try values.compactMap { key, value in
      try expected?[key]?.number().map {
        Comparison("\(title)/\(key)", computed: [Double(value)], stored: [$0], tolerance: 0)
      }
    }
    if let largest = try expected?["max_finite_ratio"]?.number(["none": .nan]) {
      result.append(
        Comparison(
          "\(title)/max_finite_ratio", computed: [Double(found.largest?.ratio ?? .nan)],
          stored: [largest], tolerance: 0))
    }
    return result
  }

  private func batchMaxima(
    _ title: String, _ found: BatchMaxima, _ expected: StoredResults.Entry?
  ) throws -> [Comparison] {
    guard let expected else { return [] }
    // "none" means a batch without a ratio; −1 represents it, because no ratio is negative.
    let words = ["inf": Double.infinity, "none": -1]
    let stored = try expected.elements().map { entry in
      guard let number = try entry.number(words) else { throw entry.error(expected: "a ratio") }
      return number
    }
    return [
      Comparison(
        title, computed: found.map { $0.map { Double($0) } ?? -1 },
        stored: stored.map { Double(Float($0)) }, tolerance: 0)
    ]
  }

  private func moments(
    _ title: String, _ found: ActivationDistribution, _ expected: StoredResults.Entry?
  ) throws -> [Comparison] {
    // NumPy's vectorized float32 logarithm has an error of up to four units in the last place.
    try [
      ("mean", found.mean), ("std", found.standardDeviation), ("min", found.minimum),
      ("max", found.maximum),
    ].compactMap { key, value in
      try expected?[key]?.number().map {
        Comparison(
          "\(title)/distribution/\(key)", computed: [value], stored: [$0],
          tolerance: 4 * 0x1p-24 * $0.magnitude)
      }
    }
  }

  private func comparisons(
    _ title: String, _ fit: GammaFit, _ distance: KolmogorovSmirnov,
    _ expected: StoredResults.Entry?
  ) throws -> [Comparison] {
    guard let best = try expected?["maximum_likelihood"] else { return [] }
    return try [
      ("mean_loglikelihood", fit.meanLogLikelihood, 1e-6),
      ("ks_statistic", distance.statistic, 1e-4),
    ].compactMap { key, value, tolerance in
      try best[key]?.number().map {
        Comparison(
          "\(title)/distribution/maximum_likelihood/\(key)", computed: [value], stored: [$0],
          tolerance: tolerance)
      }
    }
  }
}
