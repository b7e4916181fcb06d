import Foundation
import OutcropCore
import OutcropStatistics
import OutcropTestSupport
import Testing

/// Agreement with the reference statistics of the given arrays.
@Suite(.enabled(if: Golden.isThere, "the golden statistics are not there"))
struct GoldenTests {
  static let arrays = ["base_gt_zinc_layer0_edges", "heavy_tailed", "zeros_and_nans"]

  struct Case {
    let golden: JSONValue
    let values: [Float]
    let shape: [Int]
    let offsets: [Int]

    init(_ name: String) throws {
      let tensors = try Golden.tensors()
      golden = try Golden.json()[name]
      values = tensors.values(name, as: Float.self)
      shape = tensors.shape(name)
      offsets = tensors.values("\(name)/batch_offsets", as: Int64.self).map(Int.init)
    }

    func statistics(_ convention: MedianConvention) throws -> ReferenceStatistics {
      try ReferenceStatistics(
        values, rowCount: shape[0], width: shape[1], batchOffsets: offsets,
        options: .init(furtherThresholds: [100], convention: convention))
    }
  }

  @Test(arguments: arrays, MedianKind.allCases)
  func meanOfMiddle(_ name: String, _ kind: MedianKind) throws {
    let data = try Case(name)
    let golden = data.golden[kind == .row ? "edge_median" : "batch_median"]
    let statistics = try data.statistics(.meanOfMiddle)
    #expect(statistics.rowCount == data.golden["rows"].int)
    #expect(statistics.batchCount == data.golden["batches"].int)
    let ratios = (kind == .row ? statistics.row : statistics.batch).ratios
    let expected = golden["middle_mean_median"]
    #expect(ratios.zeroMedians == expected["rows_with_zero_median"].int)
    #expect(ratios.nanMedians == expected["rows_with_nan_median"].int)
    #expect(ratios.nanRatios == expected["nan_ratios"].int)
    #expect(ratios.infiniteRatios == expected["infinite_ratios"].int)
    for (index, threshold) in [1000, 100].enumerated() {
      let counts = ratios.counts[index]
      #expect(counts.entries == expected["entries_over_\(threshold)"].int)
      #expect(counts.rows == expected["rows_over_\(threshold)"].int)
      #expect(counts.finiteEntries == expected["finite_entries_over_\(threshold)"].int)
    }
    if expected["max_finite_ratio"].text == "none" {
      #expect(ratios.largest == nil)
    } else {
      let largest = try #require(ratios.largest)
      #expect(Double(largest.ratio) == expected["max_finite_ratio"].double)
      #expect(data.values[largest.row * data.shape[1] + largest.channel] == largest.value)
      #expect(data.offsets[largest.batch] <= largest.row)
      #expect(largest.row < data.offsets[largest.batch + 1])
    }
    expectMaxima(ratios.batchMaxima, golden["per_batch"]["top1_per_batch_middle_mean_median"])
  }

  @Test(arguments: arrays, MedianKind.allCases)
  func lowerMiddle(_ name: String, _ kind: MedianKind) throws {
    let data = try Case(name)
    let golden = data.golden[kind == .row ? "edge_median" : "batch_median"]
    let statistics = try data.statistics(.lowerMiddle)
    let ratios = (kind == .row ? statistics.row : statistics.batch).ratios
    if let expected = golden.find("lower_median") {
      for (index, threshold) in [1000, 100].enumerated() {
        #expect(ratios.counts[index].entries == expected["entries_over_\(threshold)"].int)
        #expect(ratios.counts[index].rows == expected["rows_over_\(threshold)"].int)
      }
    }
    expectMaxima(ratios.batchMaxima, golden["per_batch"]["top1_per_batch_lower_median"])
    try data.values.withUnsafeBufferPointer { values in
      let array = try ActivationArray(
        values, rowCount: data.shape[0], width: data.shape[1], batchOffsets: data.offsets)
      for rank in [1, 2] {
        expectMaxima(
          BatchMaxima(of: array, median: kind, convention: .lowerMiddle, rank: rank),
          golden["per_batch"]["top\(rank)_per_batch_lower_median"])
      }
    }
  }

  private func expectMaxima(_ found: BatchMaxima, _ expected: JSONValue) {
    let values = expected.list.map { value -> Float? in
      if let text = value.text { return text == "none" ? nil : Float(text)! }
      return Float(value.double)
    }
    #expect(Array(found) == values)
  }

  @Test(arguments: arrays, MedianKind.allCases)
  func distributions(_ name: String, _ kind: MedianKind) throws {
    let data = try Case(name)
    let golden = data.golden[kind == .row ? "edge_median" : "batch_median"]
    let statistics = try data.statistics(.meanOfMiddle)
    let found = (kind == .row ? statistics.row : statistics.batch).distribution
    guard let distribution = found else {
      // Only the array whose batch median is NaN has no finite value at all.
      #expect(name == "zeros_and_nans" && kind == .batch)
      return
    }
    if golden["distribution"]["mean"].text == "nan" {
      #expect(distribution.nonFiniteCount > 0)
    } else {
      #expect(distribution.nonFiniteCount == 0)
    }
    let expected = golden.find("distribution_finite_only") ?? golden["distribution"]
    #expect(distribution.count == expected["n"].int)
    // The stored y went through NumPy's vectorized logarithm, which is off by up to four units in
    // the last place (2^-24 relative each).
    let rounding = 4 * 0x1p-24
    for (value, key) in [
      (distribution.mean, "mean"), (distribution.standardDeviation, "std"),
      (distribution.minimum, "min"), (distribution.maximum, "max"),
    ] {
      #expect(abs(value - expected[key].double) < rounding * abs(expected[key].double))
    }
    // The median is nearly zero: the ratio's own rounding at 1 bounds the gap there.
    #expect(abs(distribution.median - expected["median"].double) < 0x1p-24)
    #expect(distribution.histogram.counts.reduce(0, +) == distribution.count)
    try expectFit(
      distribution.fit, distribution.distanceFromFit, expected, sampleCount: distribution.count)
  }

  @Test func gammaSample() throws {
    let values = try Golden.tensors().values("gamma_sample", as: Double.self)
    let expected = try Golden.json()["gamma_sample"]["distribution"]
    let fit = try GammaFit(values)
    try expectFit(
      fit, KolmogorovSmirnov(values, against: fit.distribution), expected,
      sampleCount: values.count)
  }

  /// No worse than the stored maximum by more than 1e-6, the distance within 1e-4.
  private func expectFit(
    _ fit: GammaFit?, _ distance: KolmogorovSmirnov?, _ expected: JSONValue, sampleCount: Int
  ) throws {
    let fit = try #require(fit)
    let distance = try #require(distance)
    let best = expected["maximum_likelihood"]
    #expect(fit.boundary == .interior)
    #expect(fit.meanLogLikelihood >= best["mean_loglikelihood"].double - 1e-6)
    // Not better by more than the search's own accuracy either: it is the same maximum.
    #expect(fit.meanLogLikelihood <= best["mean_loglikelihood"].double + 1e-6)
    #expect(fit.meanLogLikelihood >= expected["scipy_fit"]["mean_loglikelihood"].double - 1e-6)
    #expect(abs(distance.statistic - best["ks_statistic"].double) < 1e-4)
    #expect(distance.method == (sampleCount <= 10_000 ? .exact : .asymptotic))
    // The stored p-values are those of the stored statistic, by the exact distribution for every n.
    let p = KolmogorovSmirnov.pValue(
      statistic: best["ks_statistic"].double, sampleCount: sampleCount, method: .exact)
    let stored = best["ks_pvalue"].double
    #expect(abs(p - stored) <= 1e-8 * stored)
  }

  /// The density as it is defined, summed directly, gives the likelihood that the fit reports, and
  /// a plain sort the distance.
  @Test func fitAgreesWithDirectSums() throws {
    let data = try Case("heavy_tailed")
    let statistics = try data.statistics(.meanOfMiddle)
    let distribution = try #require(statistics.row.distribution)
    let fit = try #require(distribution.fit)
    let y = try data.values.withUnsafeBufferPointer {
      try Ratios.logarithms(
        of: ActivationArray($0, rowCount: data.shape[0], width: data.shape[1]), median: .row)
    }
    let likelihood =
      y.reduce(0) { $0 + fit.distribution.logDensity(Double($1)) } / Double(y.count)
    #expect(abs(likelihood - fit.meanLogLikelihood) < 1e-11)
    let direct = try KolmogorovSmirnov(y.map(Double.init)) { fit.distribution.cumulative($0) }
    #expect(direct == distribution.distanceFromFit)
  }
}
