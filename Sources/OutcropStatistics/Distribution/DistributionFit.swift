import Foundation

/// A distribution fitted by maximum likelihood to a sample or to a histogram.
///
/// The likelihood of a density that is infinite at its location is unbounded there; of the maxima with a location
/// farther away the highest is used. Where the likelihood only grows toward a limit, the location stays 1e-6
/// standard deviations below the smallest value, or ten thousand away, and `isAtLimit` is set.
public struct DistributionFit: Sendable, Equatable, Codable {
  public var distribution: LocatedDistribution
  /// The mean of the logarithm of the fitted density over the sample.
  public var meanLogLikelihood: Double
  public var sampleCount: Int
  /// Whether the search ended at a limit of location or shape.
  public var isAtLimit: Bool

  /// Fits all parameters of `family` to `values`; of the generalized Pareto distribution all but the location.
  ///
  /// - Parameters:
  ///   - family: the form of the density.
  ///   - values: at least three values.
  ///   - location: the location of a generalized Pareto distribution, not above the smallest value; other
  ///     families ignore it.
  /// - Throws: `StatisticsError` for an empty, non-finite or constant sample and for fewer than three values.
  public init(
    _ family: LocatedDistribution.Family, _ values: [Double], location: Double = 0
  ) throws(StatisticsError) {
    if values.isEmpty { throw .emptySample }
    if !values.allSatisfy(\.isFinite) { throw .nonFiniteSample }
    let sorted = values.sorted()
    try self.init(family, points: sorted.map { ($0, 1) }, location: location)
  }

  /// Fits `family` to a histogram's finite values, each taken as the middle of its bin, as above.
  public init(
    _ family: LocatedDistribution.Family, _ histogram: FineHistogram, location: Double = 0
  ) throws(StatisticsError) {
    if histogram.count == 0 { throw .emptySample }
    let sample = BinnedSample(histogram)
    try self.init(
      family, points: sample.points.map { (sample.minimum + $0.z, $0.weight) },
      location: location)
  }

  /// Fits to ascending points with weights.
  init(
    _ family: LocatedDistribution.Family, points: [(x: Double, weight: Double)],
    location: Double
  ) throws(StatisticsError) {
    let sample = WeightedSample(points)
    if sample.total < 3 { throw .tooFewValues(found: Int(sample.total), required: 3) }
    if !(sample.deviation > 0) { throw .constantSample(value: points[0].x) }
    if !sample.deviation.isFinite { throw .nonFiniteSample }
    if family == .generalizedPareto, !(location <= points[0].x) {
      throw .wrongCount(name: "values below the location", found: 1, expected: 0)
    }
    let search = LikelihoodSearch(family, sample, location: location)
    guard let found = search.maximum() else { throw .noFit(family: family.rawValue) }
    distribution = found.distribution
    meanLogLikelihood = found.likelihood
    isAtLimit = found.isAtLimit
    sampleCount = Int(sample.total)
  }

  /// The mean of the logarithm of the fitted density over other values; −∞ where one is outside the support.
  public func meanLogLikelihood(of values: [Double]) -> Double {
    values.reduce(0) { $0 + distribution.logDensity($1) } / Double(values.count)
  }
}

/// Ascending points with weights and their moments.
struct WeightedSample {
  let points: [(x: Double, weight: Double)]
  let total, mean, deviation: Double
  var minimum: Double { points[0].x }

  init(_ points: [(x: Double, weight: Double)]) {
    self.points = points
    let (first, total) = (points[0].x, points.reduce(0) { $0 + $1.weight })
    let mean = points.reduce(0) { $0 + ($1.x - first) * $1.weight } / total
    self.total = total
    self.mean = first + mean
    deviation =
      (points.reduce(0) { $0 + ($1.x - first - mean) * ($1.x - first - mean) * $1.weight } / total)
      .squareRoot()
  }

  /// At most about four thousand points: the lowest and highest as they are, the others in groups.
  var condensed: WeightedSample {
    let ends = 512
    if points.count <= 4096 { return self }
    let group = (points.count - 2 * ends + 3071) / 3072
    var result = Array(points[..<ends])
    var first = ends
    while first < points.count - ends {
      let part = points[first..<min(first + group, points.count - ends)]
      let weight = part.reduce(0) { $0 + $1.weight }
      result.append((part.reduce(0) { $0 + $1.x * $1.weight } / weight, weight))
      first += group
    }
    return WeightedSample(result + points[(points.count - ends)...])
  }
}

/// The search for the largest mean log-likelihood of a family.
///
/// The location (or shape) and the remaining parameters are searched with a simplex; scales and the shapes that have a closed form or
/// a simple equation follow from them.
private struct LikelihoodSearch {
  typealias Found = (likelihood: Double, distribution: LocatedDistribution)
  let family: LocatedDistribution.Family
  let sample: WeightedSample
  let location: Double
  /// The range of ln(gap / standard deviation), the gap being that between location and minimum.
  static let gaps = (log(1e-6), log(1e4))
  /// The largest |ln c| of the generalized gamma distribution; toward 0 it becomes the log-normal.
  static let powerLimit = 5.0

  init(
    _ family: LocatedDistribution.Family, _ sample: WeightedSample, location: Double
  ) {
    (self.family, self.sample, self.location) = (family, sample, location)
  }

  /// nil where no start has a finite likelihood.
  func maximum() -> (
    likelihood: Double, distribution: LocatedDistribution, isAtLimit: Bool
  )? {
    let coarse = sample.condensed
    var best: (point: [Double], value: Double)?
    var limit: (point: [Double], value: Double)?
    for start in starts {
      let found = NelderMead.minimum(from: start, step: 0.4, tolerance: 1e-9) { point in
        -(profile(point, coarse)?.likelihood ?? -.infinity)
      }
      if !found.value.isFinite { continue }
      if isLimit(found.point) {
        if limit == nil || found.value < limit!.value { limit = found }
      } else if best == nil || found.value < best!.value {
        best = found
      }
    }
    guard let chosen = best ?? limit else { return nil }
    let polished = NelderMead.minimum(from: chosen.point, step: 0.01) { point in
      -(profile(point, sample)?.likelihood ?? -.infinity)
    }
    let point = polished.value.isFinite ? polished.point : chosen.point
    guard let found = profile(point, sample) else { return nil }
    return (found.likelihood, found.distribution, isLimit(point))
  }

  private var starts: [[Double]] {
    switch family {
    case .gamma, .logNormal, .weibull: [[-2], [0], [1], [2.5], [5]]
    case .generalizedGamma:
      [-1.0, 0.5, 2].flatMap { gap in [-0.5, 0.0, 0.8].map { [gap, $0] } }
    case .generalizedExtremeValue:
      [-0.2, 0.0, 0.2].map { shape in
        let scale = log(sample.deviation * 6.0.squareRoot() / .pi)
        return [-0.45, scale, shape]
      }
    case .generalizedPareto:
      [-0.2, 0.1, 0.5].map { [log(max(sample.mean - location, 1e-300) * (1 - min($0, 0.5))), $0] }
    }
  }

  private func isLimit(_ point: [Double]) -> Bool {
    switch family {
    case .gamma, .logNormal, .weibull, .generalizedGamma:
      point[0] < Self.gaps.0 + 0.5 || point[0] > Self.gaps.1 - 0.5
        || (point.count > 1 && abs(point[1]) > Self.powerLimit - 0.05)
    case .generalizedExtremeValue: point[2] < -0.99
    case .generalizedPareto: point[1] < -0.99
    }
  }

  /// The mean log-likelihood and the distribution of one point; nil where there is none.
  private func profile(_ point: [Double], _ sample: WeightedSample) -> Found? {
    switch family {
    case .generalizedExtremeValue:
      if point[2] < -1 || abs(point[1]) > 600 { return nil }
      return likelihood(
        LocatedDistribution(
          family, shapes: [point[2]],
          location: self.sample.mean + point[0] * self.sample.deviation,
          scale: exp(point[1])), sample)
    case .generalizedPareto:
      if point[1] < -1 || abs(point[0]) > 600 { return nil }
      return likelihood(
        LocatedDistribution(family, shapes: [point[1]], location: location, scale: exp(point[0])),
        sample)
    case .gamma, .logNormal, .weibull, .generalizedGamma:
      if point[0] < Self.gaps.0 || point[0] > Self.gaps.1 { return nil }
      if point.count > 1, abs(point[1]) > Self.powerLimit { return nil }
      let gap = exp(point[0]) * self.sample.deviation
      return closed(self.sample.minimum - gap, sample, power: point.count > 1 ? exp(point[1]) : 1)
    }
  }

  private func likelihood(
    _ distribution: LocatedDistribution, _ sample: WeightedSample
  ) -> Found? {
    guard distribution.scale > 0, distribution.scale.isFinite else { return nil }
    let sum = sample.points.reduce(0) { $0 + $1.weight * distribution.logDensity($1.x) }
    return sum.isFinite ? (sum / sample.total, distribution) : nil
  }

  /// The best shape and scale for a location, of the families on a half line.
  private func closed(_ location: Double, _ sample: WeightedSample, power: Double) -> Found? {
    let logs = sample.points.map { (u: log($0.x - location), weight: $0.weight) }
    let n = sample.total
    let mean = logs.reduce(0) { $0 + $1.u * $1.weight } / n
    guard mean.isFinite else { return nil }
    switch family {
    case .logNormal:
      let variance = logs.reduce(0) { $0 + ($1.u - mean) * ($1.u - mean) * $1.weight } / n
      let shape = variance.squareRoot()
      guard shape > 0, exp(mean) > 0, exp(mean).isFinite else { return nil }
      return (
        -mean - log(shape) - 0.5 * log(2 * .pi) - 0.5,
        LocatedDistribution(.logNormal, shapes: [shape], location: location, scale: exp(mean))
      )
    case .weibull:
      // 1/c = Σ z^c ln z / Σ z^c − mean ln z; the right side grows with c.
      func moments(_ c: Double) -> (sum: Double, slope: Double) {
        logs.reduce((0, 0)) { sums, point in
          let v = point.u - mean
          let power = point.weight * exp(c * v)
          return (sums.0 + power, sums.1 + power * v)
        }
      }
      func excess(_ logC: Double) -> Double {
        let c = exp(logC)
        let (sum, slope) = moments(c)
        return slope / sum - 1 / c
      }
      let spread = (logs.reduce(0) { $0 + ($1.u - mean) * ($1.u - mean) * $1.weight } / n)
        .squareRoot()
      guard spread > 0 else { return nil }
      let guess = log(1.2825 / spread)
      guard let root = findRoot(guess - 2.5, guess + 2.5, limit: 60, excess) else { return nil }
      let c = exp(root)
      let scale = exp(mean + log(moments(c).sum / n) / c)
      guard scale > 0, scale.isFinite else { return nil }
      return (
        log(c) - c * log(scale) + (c - 1) * mean - 1,
        LocatedDistribution(.weibull, shapes: [c], location: location, scale: scale)
      )
    case .gamma, .generalizedGamma:
      // y = z^c has a gamma distribution.
      let sum = logs.reduce(0) { $0 + $1.weight * exp(power * ($1.u - mean)) } / n
      let difference = log(sum)
      guard difference > 0, difference.isFinite else { return nil }
      let a = SpecialFunctions.inverseLogMinusDigamma(difference)
      // ln of the scale of y, relative to exp(c mean).
      let logScale = difference - log(a)
      // With Stirling's formula nothing cancels where a is large.
      let likelihood =
        log(power) - mean - a * difference + 0.5 * log(a / (2 * .pi))
        - SpecialFunctions.stirlingCorrection(a)
      let scale = exp(mean + logScale / power)
      // With a smaller scale, z = (x − location) / scale would overflow.
      guard a > 0, a.isFinite, scale > 1e-250 * self.sample.deviation, scale.isFinite else {
        return nil
      }
      return (
        likelihood,
        family == .gamma
          ? LocatedDistribution(.gamma, shapes: [a], location: location, scale: scale)
          : LocatedDistribution(
            .generalizedGamma, shapes: [a, power], location: location, scale: scale)
      )
    case .generalizedExtremeValue, .generalizedPareto: return nil
    }
  }
}
