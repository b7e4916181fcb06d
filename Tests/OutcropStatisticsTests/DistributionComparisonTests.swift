import Foundation
import OutcropCore
import OutcropStatistics
import Testing

@Suite struct DistributionComparisonTests {
  /// Weibull numbers of shape c above a location.
  private func weibull(
    _ count: Int, shape: Double, location: Double, _ generator: inout RandomGenerator
  ) -> [Float] {
    (0..<count).map { _ in
      Float(location + pow(-log(max(generator.unit(), 0x1p-53)), 1 / shape))
    }
  }

  @Test func heldOutValuesAreJudgedAsDirectly() throws {
    var generator = RandomGenerator(seed: 7)
    let fitted = weibull(4000, shape: 6, location: -2, &generator)
    let held = weibull(3000, shape: 6, location: -2, &generator)
    let found = DistributionComparison(
      fitted: FineHistogram(fitted), heldOut: FineHistogram(held))
    #expect(found.fittedCount == 4000 && found.heldOutCount == 3000)
    #expect(found.entries.map(\.family) == DistributionComparison.bulkFamilies)
    for entry in found.entries {
      let fit = try #require(entry.fit)
      let direct = fit.meanLogLikelihood(of: held.map { Double($0) })
      let value = try #require(entry.meanLogLikelihood)
      // A generalized extreme value distribution may end below a held-out value.
      if entry.family == .generalizedExtremeValue, entry.outsideCount > 0 {
        #expect(value == -.infinity)
      } else {
        // A value is at most half a bin, 2^-14, from the middle; the log-density's slope is a few units.
        #expect(abs(value - direct) < 1e-3, "\(entry.family)")
        #expect(entry.outsideCount == 0 && entry.insideMeanLogLikelihood == value)
      }
      let exact = try KolmogorovSmirnov(held.map { Double($0) }) { fit.distribution.cumulative($0) }
      // A bin of a hundred thousandth of the range has at most a few of 3,000 values.
      #expect(abs(try #require(entry.distance) - exact.statistic) < 4.0 / 3000, "\(entry.family)")
    }
    // Values of negative skewness 0.37: those of gamma and log-normal distributions are positive. The likelihood
    // of a normal distribution is 0.37² / 12 = 0.011 smaller, with a standard error of 0.003.
    func likelihood(_ family: LocatedDistribution.Family) throws -> Double {
      try #require(found.entries.first { $0.family == family }?.meanLogLikelihood)
    }
    #expect(try likelihood(.weibull) > likelihood(.gamma) + 0.003)
    #expect(try likelihood(.weibull) > likelihood(.logNormal) + 0.003)
    #expect(found.best != .gamma && found.best != .logNormal)
  }

  @Test func valuesOutsideTheSupportAreCounted() throws {
    var generator = RandomGenerator(seed: 8)
    let fitted = weibull(2000, shape: 1.2, location: 1, &generator)
    let held = weibull(1000, shape: 1.2, location: 1.1, &generator) + [0, 0.5]
    let found = DistributionComparison(
      fitted: FineHistogram(fitted), heldOut: FineHistogram(held), families: [.weibull])
    let entry = found.entries[0]
    #expect(entry.meanLogLikelihood == -.infinity && entry.outsideCount == 2)
    #expect(try #require(entry.insideMeanLogLikelihood).isFinite)
    #expect(found.best == nil)
    #expect(try #require(entry.distance) < 0.2)
  }

  @Test func degenerateHistogramsHaveAProblem() {
    let some = FineHistogram([1, 2, 3, 4, 5, 6])
    for fitted in [
      FineHistogram(), FineHistogram([2, 2, 2, 2]), FineHistogram([.nan, .infinity, 1]),
    ] {
      let found = DistributionComparison(fitted: fitted, heldOut: some)
      #expect(found.entries.allSatisfy { $0.fit == nil && $0.problem != nil })
      #expect(found.entries.allSatisfy { $0.meanLogLikelihood == nil } && found.best == nil)
    }
    let none = DistributionComparison(fitted: some, heldOut: FineHistogram([.nan]))
    #expect(none.entries.allSatisfy { $0.meanLogLikelihood == nil && $0.distance == nil })
    let one = DistributionComparison(fitted: some, heldOut: FineHistogram([3]))
    #expect(one.entries.allSatisfy { ($0.distance ?? 1) <= 1 })
  }
}
