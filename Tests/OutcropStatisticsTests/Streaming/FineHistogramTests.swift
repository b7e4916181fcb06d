import Foundation
import OutcropCore
import OutcropStatistics
import Testing

struct FineHistogramTests {
  /// Samples of many shapes, with the numbers that y can be.
  static func sample(_ kind: Int, _ count: Int, _ random: inout SplitMix) -> [Float] {
    let shape = 1.0 + Double.random(in: 0...20, using: &random)
    let location = Double.random(in: -6 ... -1, using: &random)
    let scale = Double.random(in: 0.3...1, using: &random) / shape.squareRoot()
    return (0..<count).map { index in
      let gamma = Float(random.gamma(shape) * scale + location)
      switch kind {
      case 0: return gamma
      case 1:  // a heavy tail on both sides
        let x = random.normal() * exp(0.4 * random.normal())
        return Float(max(-38, min(15, x)))
      case 2:  // two humps
        return gamma + (index % 3 == 0 ? 6 : 0)
      case 3:  // y of Gaussian values
        return Float(-log10(abs(random.normal()) / 0.6745 + 2.220446e-16))
      case 4:  // an atom at zero and one at the floor
        return index % 5 == 0 ? 15.653_56 : index % 7 == 0 ? 0 : gamma
      default:  // skewed to the left
        return -gamma
      }
    }
  }

  /// Every figure of the histogram within its stated error of the exact one.
  @Test(arguments: 0..<6, [3, 10, 400, 30_000])
  func staysWithinItsBounds(_ kind: Int, _ count: Int) throws {
    var random = SplitMix(UInt64(kind * 100_000 + count))
    for _ in 0..<4 {
      let values = Self.sample(kind, count, &random)
      let histogram = FineHistogram(values)
      let baseline = GammaDistribution(shape: 6, location: -3, scale: 0.4)
      let exact = try ActivationDistribution(values, binCount: 50, baseline: baseline)
      let found = try ActivationDistribution(histogram, binCount: 50, baseline: baseline)
      let errors = try #require(found.errors)
      #expect(found.count == exact.count)
      #expect(found.minimum == exact.minimum && found.maximum == exact.maximum)
      #expect(abs(found.mean - exact.mean) < 0x1p-25 + 1e-12)
      #expect(abs(found.standardDeviation - exact.standardDeviation) < 0x1p-24)
      #expect(abs(found.median - exact.median) <= errors.median + 0x1p-23)
      for (mine, theirs) in zip(found.histogram.counts, exact.histogram.counts) where count < 20 {
        #expect(abs(mine - theirs) <= 1)
      }
      #expect(found.histogram.counts.reduce(0, +) == count)
      let baselineGap = abs(
        try #require(found.distanceFromBaseline).statistic
          - #require(exact.distanceFromBaseline).statistic)
      #expect(baselineGap <= (try #require(errors.distanceFromBaseline)) + 1e-12)
      guard let fit = found.fit, let exactFit = exact.fit else {
        #expect(count == 3 && kind == 4)
        continue
      }
      // The distance from the histogram's own fit, against the exact distance from the same fit.
      let exactDistance = try KolmogorovSmirnov(values, against: fit.distribution).statistic
      let distance = try #require(found.distanceFromFit).statistic
      #expect(abs(distance - exactDistance) <= (try #require(errors.distanceFromFit)) + 1e-12)
      let likelihood =
        values.reduce(0) { $0 + fit.distribution.logDensity(Double($1)) } / Double(count)
      let bound = try #require(errors.meanLogLikelihood)
      #expect(abs(likelihood - fit.meanLogLikelihood) <= bound + 1e-9)
      if exactFit.boundary == .interior, fit.boundary == .interior {
        let other = histogram.logLikelihoodError(of: exactFit.distribution)
        #expect(exactFit.meanLogLikelihood - likelihood <= bound + other + 1e-9)
        #expect(likelihood <= exactFit.meanLogLikelihood + 1e-9)
      }
    }
  }

  /// For data like activations the distance's error is below 1e-4 and the fit nearly the exact one.
  @Test func typicalErrors() throws {
    var random = SplitMix(12)
    let values = Self.sample(3, 400_000, &random)
    let exact = try ActivationDistribution(values)
    let found = try ActivationDistribution(FineHistogram(values))
    let errors = try #require(found.errors)
    let fit = try #require(found.fit)
    let exactFit = try #require(exact.fit)
    let distance = try #require(found.distanceFromFit).statistic
    let exactDistance = try #require(exact.distanceFromFit).statistic
    #expect(try #require(errors.distanceFromFit) < 1e-4)
    #expect(abs(distance - exactDistance) < 1e-4)
    #expect(abs(fit.meanLogLikelihood - exactFit.meanLogLikelihood) < 1e-6)
    #expect(abs(fit.distribution.shape / exactFit.distribution.shape - 1) < 1e-4)
  }

  @Test func mergesExactly() throws {
    var random = SplitMix(3)
    var values = Self.sample(4, 5000, &random)
    values += [.nan, .infinity, -.infinity, 70, -70, 63.999, -63.999, -0.0, 0]
    let whole = FineHistogram(values)
    #expect(whole.positiveInfinities == 2 && whole.negativeInfinities == 2 && whole.nanCount == 1)
    #expect(whole.count == values.count - 5)
    for _ in 0..<5 {
      values.shuffle(using: &random)
      var parts = (0..<7).map { part in
        FineHistogram(values.indices.filter { $0 % 7 == part }.map { values[$0] })
      }
      while parts.count > 1 {
        let last = parts.removeLast()
        parts[Int.random(in: 0..<parts.count, using: &random)].merge(last)
      }
      #expect(parts[0] == whole)
    }
    let encoder = JSONEncoder()
    let again = try JSONDecoder().decode(FineHistogram.self, from: encoder.encode(whole))
    #expect(again == whole)
  }

  @Test func quantiles() throws {
    var random = SplitMix(31)
    for count in [1, 2, 3, 100, 4001] {
      let values = Self.sample(0, count, &random)
      let sorted = values.sorted().map(Double.init)
      let histogram = FineHistogram(values)
      for q in [0, 0.01, 0.3, 0.5, 0.99, 1] {
        let position = q * Double(count - 1)
        let lower = Int(position)
        let upper = min(lower + 1, count - 1)
        let exact = sorted[lower] + (position - Double(lower)) * (sorted[upper] - sorted[lower])
        #expect(abs(try #require(histogram.quantile(q)) - exact) <= 0x1p-14 + 0x1p-24)
      }
      #expect(histogram.quantile(0) == sorted.first && histogram.quantile(1) == sorted.last)
    }
  }

  @Test func twoHistograms() throws {
    var random = SplitMix(6)
    for kind in 0..<6 {
      let first = Self.sample(kind, 3000, &random)
      let second = Self.sample((kind + 1) % 6, 2000, &random)
      let exact = try KolmogorovSmirnov(first, second).statistic
      let found = try #require(FineHistogram(first).distance(from: FineHistogram(second)))
      #expect(found.lower <= exact + 1e-12 && exact <= found.upper + 1e-12)
      let same = try #require(FineHistogram(first).distance(from: FineHistogram(first)))
      #expect(same.lower == 0)
    }
  }

  @Test func emptyAndConstant() throws {
    let empty = FineHistogram([.nan, -.infinity])
    #expect(empty.mean == nil && empty.standardDeviation == nil && empty.median == nil)
    #expect(empty.minimum == nil && empty.histogram() == nil)
    #expect(empty.distance(from: GammaDistribution(shape: 2)) == nil)
    #expect(empty.distance(from: FineHistogram([1])) == nil)
    #expect(throws: StatisticsError.emptySample) { try ActivationDistribution(empty) }
    #expect(throws: StatisticsError.emptySample) { try GammaFit(empty) }
    #expect(throws: StatisticsError.emptySample) { try GammaBootstrap(empty) }
    let again = try JSONDecoder().decode(
      FineHistogram.self, from: JSONEncoder().encode(empty))
    #expect(again == empty)

    let constant = FineHistogram([Float](repeating: 1.25, count: 40))
    #expect(constant.mean == 1.25 && constant.standardDeviation == 0 && constant.median == 1.25)
    #expect(constant.histogram(binCount: 4)?.counts == [0, 0, 40, 0])
    let described = try ActivationDistribution(constant)
    #expect(described.fit == nil)
    #expect(described.fitFailure == .constantSample(value: 1.25))
    #expect(throws: StatisticsError.tooFewValues(found: 2, required: 3)) {
      try GammaFit(FineHistogram([1, 2]))
    }
    #expect(throws: StatisticsError.sampleTooNarrow(minimum: 1, maximum: 1.0009765625)) {
      try GammaFit(FineHistogram([1, 1.0009765625, 1.0005]))
    }
  }

  @Test func refusesBrokenJSON() throws {
    let data = try JSONEncoder().encode(FineHistogram([1, 2, 2]))
    let text = try #require(String(data: data, encoding: .utf8))
    for (old, new) in [
      ("\"count\":3", "\"count\":4"), ("\"binCounts\":[1,2]", "\"binCounts\":[1,-2]"),
      ("\"binCounts\":[1,2]", "\"binCounts\":[3]"), ("\"minimum\":1", "\"minimum\":5"),
    ] {
      #expect(text.contains(old))
      let broken = Data(text.replacingOccurrences(of: old, with: new).utf8)
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(FineHistogram.self, from: broken)
      }
    }
  }
}
