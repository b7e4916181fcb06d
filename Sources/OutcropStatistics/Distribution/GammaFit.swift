import Foundation

/// A gamma distribution with shape, location and scale fitted to a sample by maximum likelihood.
public struct GammaFit: Sendable, Equatable, Codable {
  public var distribution: GammaDistribution
  /// The mean of the logarithm of the fitted density over the sample.
  public var meanLogLikelihood: Double
  public var sampleCount: Int
  public var boundary: Boundary

  /// Where the maximum lies.
  public enum Boundary: String, Sendable, Codable {
    /// Inside: the likelihood falls on both sides of the location.
    case interior
    /// The likelihood only grows as the location nears the smallest value (samples of shape 1 or
    /// less, and very small ones). It may be unbounded there; the location stays 1.5e-8 standard
    /// deviations below that value.
    case locationAtMinimum
    /// The likelihood only grows as the location falls (samples without positive skewness). Its
    /// limit is the normal distribution; the location stays 10 000 standard deviations away.
    case normalLimit
    /// The search for the maximum did not converge. The distribution is the estimate from moments
    /// instead: shape 4 / g² for the skewness g, scale and location from the standard deviation and
    /// the mean; g counts as 2e-4 where it is less, and the location goes below the smallest value
    /// where it would not be. Its likelihood is not the largest.
    case momentEstimate
  }

  /// Fits all three parameters to `values`.
  ///
  /// For a given location the best shape and scale solve ln a − ψ(a) = ln(mean) − mean(ln) of the
  /// shifted sample; what is left is a search over the location. Of several local maxima inside, the
  /// highest counts. A likelihood that is unbounded at the smallest value (as it can be for shapes
  /// below 1) is left aside where there is another maximum.
  ///
  /// Throws `StatisticsError` for an empty, non-finite or constant sample and for fewer than three
  /// values.
  public init(_ values: UnsafeBufferPointer<Float>) throws(StatisticsError) {
    try self.init(Sample(values))
  }

  /// Fits all three parameters to `values`, as above.
  public init(_ values: UnsafeBufferPointer<Double>) throws(StatisticsError) {
    try self.init(Sample(values))
  }

  /// Fits all three parameters to `values`, as above.
  public init(_ values: [Float]) throws(StatisticsError) {
    self = try values.withUnsafeBufferPointer { values throws(StatisticsError) in
      try GammaFit(values)
    }
  }

  /// Fits all three parameters to `values`, as above.
  public init(_ values: [Double]) throws(StatisticsError) {
    self = try values.withUnsafeBufferPointer { values throws(StatisticsError) in
      try GammaFit(values)
    }
  }

  init<Element>(
    _ sample: Sample<Element>,
    iterationLimit: Int = LocationSearch<Sample<Element>>.defaultIterationLimit
  ) throws(StatisticsError) {
    if sample.count >= 3, sample.minimum < sample.maximum, !(sample.standardDeviation > 0) {
      throw .sampleTooNarrow(minimum: sample.minimum, maximum: sample.maximum)
    }
    try self.init(located: sample, iterationLimit: iterationLimit)
  }

  /// Fits `values` with a search that may take `iterationLimit` steps for each root.
  package init(_ values: [Double], iterationLimit: Int) throws(StatisticsError) {
    self = try values.withUnsafeBufferPointer { values throws(StatisticsError) in
      try GammaFit(Sample(values), iterationLimit: iterationLimit)
    }
  }

  init<S: LocatedSample>(
    located sample: S, iterationLimit: Int = LocationSearch<S>.defaultIterationLimit
  ) throws(StatisticsError) {
    if sample.count < 3 { throw .tooFewValues(found: sample.count, required: 3) }
    if !(sample.standardDeviation > 0) { throw .constantSample(value: sample.minimum) }
    sampleCount = sample.count
    if let (point, boundary) = LocationSearch(sample, iterationLimit: iterationLimit).maximum() {
      distribution = GammaDistribution(
        shape: point.shape, location: sample.minimum - point.gap, scale: point.scale)
      meanLogLikelihood = point.logLikelihood
      self.boundary = boundary
      return
    }
    (distribution, meanLogLikelihood) = Self.momentEstimate(sample)
    boundary = .momentEstimate
  }

  /// The estimate that `Boundary.momentEstimate` describes, and its mean log-likelihood.
  private static func momentEstimate<S: LocatedSample>(
    _ sample: S
  ) -> (GammaDistribution, Double) {
    let deviation = sample.standardDeviation
    let mean = sample.mean - sample.minimum
    var cubes = 0.0
    var weights = 0.0
    for point in sample.searchPoints {
      let z = (point.z - mean) / deviation
      cubes += point.weight * z * z * z
      weights += point.weight
    }
    let skewness = max(2e-4, cubes / weights)
    // At least a millionth of a standard deviation below the smallest value.
    let gap = max(2 * deviation / skewness - mean, 1e-6 * deviation)
    let distance = mean + gap
    let shape = (distance / deviation) * (distance / deviation)
    let scale = distance / shape
    // mean ln z = mean ln w + ln d, as in `GammaProfile`.
    let logarithm = sample.profileSums(gap: gap).logarithms / Double(sample.count) + log(distance)
    let likelihood =
      (shape - 1) * (logarithm - log(scale)) - distance / scale - log(scale)
      - SpecialFunctions.logGamma(shape)
    return (
      GammaDistribution(shape: shape, location: sample.minimum - gap, scale: scale), likelihood
    )
  }
}
