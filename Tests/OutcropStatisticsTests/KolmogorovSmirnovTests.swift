import Foundation
import OutcropStatistics
import Testing

struct KolmogorovSmirnovTests {
  @Test func exactPValues() {
    for row in truth["kolmogorov"].list.map(\.doubles) {
      let (n, d, expected) = (Int(row[0]), row[1], row[2])
      let found = KolmogorovSmirnov.pValue(statistic: d, sampleCount: n, method: .exact)
      let gap = abs(found - expected) / max(expected, 1e-300)
      #expect(gap < 1e-8, "n = \(n), d = \(d): \(found) against \(expected)")
    }
  }

  @Test func limitPValues() {
    for row in truth["kolmogorov_limit"].list.map(\.doubles) {
      let found = KolmogorovDistribution.limitSurvival(row[0])
      #expect(abs(found - row[1]) <= 1e-13 * row[1])
    }
    #expect(KolmogorovDistribution.limitSurvival(0) == 1)
  }

  @Test func methodBySize() {
    #expect(KolmogorovSmirnov(statistic: 0.01, sampleCount: 10_000).method == .exact)
    #expect(KolmogorovSmirnov(statistic: 0.01, sampleCount: 10_001).method == .asymptotic)
    #expect(KolmogorovSmirnov(statistic: 0, sampleCount: 100).pValue == 1)
    #expect(KolmogorovSmirnov(statistic: 1, sampleCount: 100).pValue == 0)
  }

  @Test func twoSamples() throws {
    let data = truth["two_sample"]
    let first = data["first"].doubles
    let second = data["second"].doubles
    let found = try KolmogorovSmirnov(first, second)
    #expect(abs(found.statistic - data["statistic"].double) < 1e-15)
    #expect(abs(found.pValue - data["kstwobign"].double) < 1e-12)
    #expect(found.method == .asymptotic)
    #expect(try KolmogorovSmirnov(first.map(Float.init), second.map(Float.init)) == found)
    #expect(try KolmogorovSmirnov(first, first).statistic == 0)
    #expect(throws: StatisticsError.emptySample) { try KolmogorovSmirnov([Float](), [1]) }
    #expect(throws: StatisticsError.nonFiniteSample) { try KolmogorovSmirnov([1.0], [Double.nan]) }
  }

  /// The path without sorting gives the very result of the one that sorts.
  @Test(arguments: [1, 2, 3, 17, 1000, 70_000, 200_000])
  func fastPathAgreesWithSorting(_ count: Int) throws {
    var random = SplitMix(UInt64(count))
    let reference = GammaDistribution(shape: 6, location: -2, scale: 0.35)
    let values = (0..<count).map { _ in
      // Rounded, so that there are ties.
      Float((random.gamma(5.5) * 0.38 - 2) * 500).rounded() / 500
    }
    let fast = try KolmogorovSmirnov(values, against: reference)
    let sorted = try KolmogorovSmirnov(values.map(Double.init)) { reference.cumulative($0) }
    #expect(fast == sorted)
    let constant = [Float](repeating: 0.5, count: count)
    let probability = reference.cumulative(0.5)
    #expect(
      try KolmogorovSmirnov(constant, against: reference).statistic
        == max(probability, 1 - probability))
  }

  @Test func radixSort() {
    var random = SplitMix(3)
    for count in [0, 1, 511, 512, 5000, 100_000] {
      let values = random.activations(count) + [.infinity, -.infinity]
      #expect(RadixSort.sorted(values) == values.sorted())
    }
  }
}
