import Foundation
import OutcropStatistics
import Testing

struct GammaFitTests {
  @Test func reachesOrBeatsSciPy() throws {
    for data in truth["fits"].list {
      let values = data["values"].doubles
      let fit = try GammaFit(values)
      #expect(fit.meanLogLikelihood >= data["scipy_mean_loglikelihood"].double - 1e-12)
      #expect(fit.boundary == .interior)
      let scipy = data["scipy_fit"].doubles
      let reference = GammaDistribution(shape: scipy[0], location: scipy[1], scale: scipy[2])
      let distance = try KolmogorovSmirnov(values, against: reference).statistic
      #expect(abs(distance - data["ks_statistic_against_scipy_fit"].double) < 1e-13)
    }
  }

  /// No small step of any parameter improves the likelihood.
  @Test(arguments: [300, 5000, 50_000], [1.5, 4.0, 30.0])
  func isAMaximum(_ count: Int, _ shape: Double) throws {
    var random = SplitMix(UInt64(count) + UInt64(shape * 10))
    let values = (0..<count).map { _ in random.gamma(shape) * 0.4 - 3 }
    let fit = try GammaFit(values)
    #expect(fit.boundary == .interior)
    func likelihood(_ distribution: GammaDistribution) -> Double {
      values.reduce(0) { $0 + distribution.logDensity($1) } / Double(count)
    }
    #expect(abs(likelihood(fit.distribution) - fit.meanLogLikelihood) < 1e-11)
    for step in [-1e-4, 1e-4] {
      var moved = fit.distribution
      moved.shape *= 1 + step
      #expect(likelihood(moved) < fit.meanLogLikelihood)
      moved = fit.distribution
      moved.scale *= 1 + step
      #expect(likelihood(moved) < fit.meanLogLikelihood)
      moved = fit.distribution
      moved.location -= step * (values.min()! - moved.location)
      #expect(likelihood(moved) < fit.meanLogLikelihood)
    }
  }

  /// A shift and a stretch of the sample shift and stretch the fit.
  @Test(arguments: [1000, 40_000])
  func isEquivariant(_ count: Int) throws {
    var random = SplitMix(UInt64(count))
    let values = (0..<count).map { _ in random.gamma(5) }
    let fit = try GammaFit(values).distribution
    for (factor, shift) in [(1.0, 0.0), (1e-4, 0), (2500, 0), (0.5, 10)] {
      let moved = try GammaFit(values.map { $0 * factor + shift })
      #expect(abs(moved.distribution.shape / fit.shape - 1) < 1e-5)
      #expect(abs(moved.distribution.scale / (fit.scale * factor) - 1) < 1e-5)
      let location = fit.location * factor + shift
      #expect(abs(moved.distribution.location - location) < 1e-5 * factor * fit.scale)
    }
  }

  @Test func ignoresTheOrderButForRounding() throws {
    var random = SplitMix(11)
    let values = (0..<30_000).map { _ in Float(random.gamma(3)) }
    let fit = try GammaFit(values)
    let shuffled = try GammaFit(values.shuffled(using: &random))
    #expect(abs(fit.meanLogLikelihood - shuffled.meanLogLikelihood) < 1e-12)
    #expect(abs(fit.distribution.shape - shuffled.distribution.shape) < 1e-6)
  }

  @Test func boundaries() throws {
    var random = SplitMix(5)
    // Skewed to the left: the likelihood grows toward the normal distribution.
    let left = (0..<5000).map { _ in -random.gamma(3) }
    let normal = try GammaFit(left)
    #expect(normal.boundary == .normalLimit)
    let mean = left.reduce(0, +) / 5000
    let variance = left.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 5000
    #expect(abs(normal.distribution.mean - mean) < 1e-6)
    #expect(abs(normal.distribution.variance - variance) < 1e-3 * variance)
    // Gaussian likelihood at its maximum.
    let gaussian = -0.5 * log(2 * .pi * variance) - 0.5
    #expect(abs(normal.meanLogLikelihood - gaussian) < 1e-3)
    #expect(try KolmogorovSmirnov(left, against: normal.distribution).statistic < 0.2)

    // Shape below 1: the likelihood has no maximum above the smallest value.
    let spiked = (0..<5000).map { _ in pow(random.gamma(1), 3) }
    let fit = try GammaFit(spiked)
    #expect(fit.boundary == .locationAtMinimum)
    #expect(fit.distribution.location < spiked.min()!)
    #expect(fit.distribution.shape < 1)
  }

  /// A heap of equal values near the bottom of a large sample doesn't hide the maximum.
  @Test func heapOfEqualValues() throws {
    var random = SplitMix(8)
    var values = (0..<150_000).map { _ in Float(random.gamma(4)) }
    values += [Float](repeating: values.sorted()[800], count: 17_000)
    let fit = try GammaFit(values)
    #expect(fit.boundary == .interior)
    let mean =
      values.reduce(0) { $0 + fit.distribution.logDensity(Double($1)) } / Double(values.count)
    #expect(abs(mean - fit.meanLogLikelihood) < 1e-11)
  }

  /// Small and oddly scaled samples give a finite fit that contains the sample.
  @Test func smallSamples() throws {
    var random = SplitMix(21)
    for count in 3...40 {
      for scale in [1e-150, 1e-6, 1, 1e9, 1e150] {
        let values = (0..<count).map { _ in random.normal() * scale }
        let fit = try GammaFit(values)
        #expect(fit.meanLogLikelihood.isFinite)
        #expect(fit.distribution.shape > 0 && fit.distribution.shape.isFinite)
        #expect(fit.distribution.scale > 0 && fit.distribution.scale.isFinite)
        #expect(fit.distribution.location < values.min()!)
        let distance = try KolmogorovSmirnov(values, against: fit.distribution)
        #expect(distance.statistic > 0 && distance.statistic <= 1)
      }
    }
  }

  @Test func refusesWhatCannotBeFitted() {
    #expect(throws: StatisticsError.emptySample) { try GammaFit([Float]()) }
    #expect(throws: StatisticsError.tooFewValues(found: 2, required: 3)) { try GammaFit([1.0, 2]) }
    #expect(throws: StatisticsError.constantSample(value: 2)) { try GammaFit([2.0, 2, 2, 2]) }
    #expect(throws: StatisticsError.nonFiniteSample) { try GammaFit([1, 2, 3, Float.nan]) }
    #expect(throws: StatisticsError.nonFiniteSample) { try GammaFit([1, 2, 3, Double.infinity]) }
    #expect(throws: StatisticsError.nonFiniteSample) { try GammaFit([-Float.infinity, 2, 3]) }
    #expect(throws: StatisticsError.nonFiniteSample) { try GammaFit([-1e308, 0, 1e308]) }
  }
}

struct GammaFitFallbackTests {
  /// A search that may not take enough steps says so and gives the estimate from moments.
  @Test func momentEstimate() throws {
    var random = SplitMix(41)
    for (shape, sign) in [(4.0, 1.0), (30, 1), (9, -1)] {
      let values = (0..<6000).map { _ in sign * random.gamma(shape) }
      let full = try GammaFit(values)
      let fit = try GammaFit(values, iterationLimit: 0)
      if full.boundary != .interior {
        // Nothing was to be searched for.
        #expect(fit == full)
        continue
      }
      #expect(fit.boundary == .momentEstimate)
      let n = Double(values.count)
      let mean = values.reduce(0, +) / n
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
      let cubes = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) * ($1 - mean) } / n
      let skewness = cubes / (variance * variance.squareRoot())
      let expected = GammaDistribution(
        shape: 4 / (skewness * skewness), location: mean - 2 * variance.squareRoot() / skewness,
        scale: variance.squareRoot() * skewness / 2)
      if expected.location < values.min()! - 1e-5 {
        #expect(abs(fit.distribution.shape / expected.shape - 1) < 1e-9)
        #expect(abs(fit.distribution.location - expected.location) < 1e-9)
      }
      #expect(abs(fit.distribution.mean - mean) < 1e-9)
      #expect(abs(fit.distribution.variance / variance - 1) < 1e-9)
      #expect(fit.distribution.location < values.min()!)
      let likelihood = values.reduce(0) { $0 + fit.distribution.logDensity($1) } / n
      #expect(abs(fit.meanLogLikelihood - likelihood) < 1e-9)
      #expect(fit.meanLogLikelihood < full.meanLogLikelihood)
    }
  }

  /// Values so close together that their squares vanish are an error of their own, not constants.
  @Test func tooNarrow() throws {
    #expect(throws: StatisticsError.sampleTooNarrow(minimum: 0, maximum: 3e-200)) {
      try GammaFit([0, 1e-200, 3e-200])
    }
    let tiny = Double.leastNonzeroMagnitude
    #expect(throws: StatisticsError.sampleTooNarrow(minimum: 0, maximum: 4 * tiny)) {
      try GammaFit([0, tiny, 4 * tiny])
    }
    let distance = try KolmogorovSmirnov(
      [0, tiny, 4 * tiny], against: GammaDistribution(shape: 2, location: -1, scale: 1))
    let p = GammaDistribution(shape: 2, location: -1, scale: 1).cumulative(0)
    #expect(abs(distance.statistic - max(p, 1 - p)) < 1e-12)
  }
}
