import Foundation
import OutcropCore
import OutcropStatistics
import Testing

/// What `Scripts/fits_truth.py` computed with SciPy.
private struct Truth: Decodable {
  struct Density: Decodable {
    let family: LocatedDistribution.Family
    let shapes: [Double]
    let location, scale, x, logDensity, cumulative, survival: Double
  }
  struct Fit: Decodable {
    let sample: String
    let family: LocatedDistribution.Family
    let meanLogLikelihood: Double
  }
  let densities: [Density]
  let samples: [String: [Double]]
  let fits: [Fit]

  static func read() throws -> Truth {
    let url = try #require(
      Bundle.module.url(forResource: "fits", withExtension: "json", subdirectory: "Truth"))
    return try JSONDecoder().decode(Truth.self, from: Data(contentsOf: url))
  }
}

@Suite("Distributions with location")
struct DistributionFitTests {
  private let truth: Truth
  init() throws { truth = try Truth.read() }

  @Test func densitiesOfSciPy() {
    #expect(truth.densities.count > 100)
    for one in truth.densities {
      let distribution = LocatedDistribution(
        one.family, shapes: one.shapes, location: one.location, scale: one.scale)
      // x was rounded: at the ends of the support the density changes a lot in one unit of its last place.
      let room = 1e-6 * max(1, abs(one.logDensity))
      #expect(abs(distribution.logDensity(one.x) - one.logDensity) <= room, "\(one)")
      #expect(abs(distribution.cumulative(one.x) - one.cumulative) <= 1e-9, "\(one)")
      #expect(
        abs(distribution.survival(one.x) - one.survival) <= 1e-6 * one.survival + 1e-15, "\(one)")
      if one.survival > 1e-12, one.survival < 1 - 1e-7 {
        let x = distribution.quantile(upperTail: one.survival)
        #expect(abs(x - one.x) <= 1e-6 * max(1, abs(one.x)), "\(one)")
      }
    }
  }

  /// SciPy's search ends early for some families and samples; it never finds more.
  @Test func fitsReachTheLikelihoodOfSciPy() throws {
    var equal: [LocatedDistribution.Family: Int] = [:]
    for one in truth.fits {
      let values = try #require(truth.samples[one.sample])
      let location = try #require(values.min())
      let fit = try DistributionFit(one.family, values, location: location)
      #expect(fit.meanLogLikelihood >= one.meanLogLikelihood - 1e-6, "\(one): \(fit)")
      let direct = fit.meanLogLikelihood(of: values)
      #expect(abs(direct - fit.meanLogLikelihood) < 1e-8, "\(one): \(fit)")
      if abs(fit.meanLogLikelihood - one.meanLogLikelihood) <= 1e-6 {
        equal[one.family, default: 0] += 1
      }
    }
    for family in LocatedDistribution.Family.allCases where family != .generalizedGamma {
      #expect(equal[family, default: 0] >= 5, "\(family): \(equal)")
    }
    #expect(equal[.generalizedGamma, default: 0] >= 2)
  }

  @Test func theGammaFitIsTheSameAsGammaFits() throws {
    for name in ["gamma", "ratios", "weibull"] {
      let values = try #require(truth.samples[name])
      let (mine, its) = (try DistributionFit(.gamma, values), try GammaFit(values))
      #expect(abs(mine.meanLogLikelihood - its.meanLogLikelihood) < 1e-7, "\(name)")
    }
  }

  @Test func aHistogramGivesTheFitOfItsValues() throws {
    let values = try #require(truth.samples["ratios"])
    let histogram = FineHistogram(values.map { Float($0) })
    for family in LocatedDistribution.Family.allCases where family != .generalizedPareto {
      let (binned, exact) = (
        try DistributionFit(family, histogram), try DistributionFit(family, values)
      )
      #expect(binned.sampleCount == exact.sampleCount)
      #expect(abs(binned.meanLogLikelihood - exact.meanLogLikelihood) < 1e-4, "\(family)")
    }
  }

  @Test(arguments: LocatedDistribution.Family.allCases)
  func degenerateSamplesAreErrors(_ family: LocatedDistribution.Family) throws {
    func error(_ values: [Double]) -> StatisticsError? {
      do {
        _ = try DistributionFit(family, values, location: -1)
        return nil
      } catch {
        return error
      }
    }
    #expect(error([]) == .emptySample)
    #expect(error([1, .nan, 2]) == .nonFiniteSample)
    #expect(error([1, .infinity, 2]) == .nonFiniteSample)
    #expect(error([1, 2]) == .tooFewValues(found: 2, required: 3))
    #expect(error([3, 3, 3, 3]) == .constantSample(value: 3))
    // Few, equal and far values have some fit, of the likelihood that it states.
    for values in [[0.0, 0, 1], [0, 1, 2, 1e6], [0, 1e-9, 2e-9, 3e-9]] {
      let fit = try DistributionFit(family, values, location: -1e-10)
      let direct = fit.meanLogLikelihood(of: values)
      #expect(abs(direct - fit.meanLogLikelihood) < 1e-6, "\(values): \(fit)")
    }
    #expect(throws: StatisticsError.emptySample) {
      try DistributionFit(family, FineHistogram())
    }
  }
}
