import Foundation

/// A gamma distribution with shape, location and scale fitted to a sample by maximum likelihood.
public struct GammaFit: Sendable, Equatable, Codable {
  /// The fitted distribution.
  public var distribution: GammaDistribution
  /// The mean of the logarithm of the fitted density over the sample.
  public var meanLogLikelihood: Double
  /// The number of values.
  public var sampleCount: Int
  /// Where the maximum of the likelihood is.
  public var boundary: Boundary

  /// The location of the maximum of the likelihood.
  public enum Boundary: String, Sendable, Codable {
    /// In the interior: the likelihood decreases on both sides of the location.
    case interior
    /// The likelihood only increases as the location approaches the smallest value (samples with shape
    /// 1 or less, and very small samples). It may be unbounded there; the location stays 1.5e-8 standard
    /// deviations below that value.
    case locationAtMinimum
    /// The likelihood only increases as the location decreases (samples without positive skewness). Its
    /// limit is the normal distribution; the location stays 10 000 standard deviations away.
    case normalLimit
    /// The search for the maximum did not converge. The distribution is the estimate from moments
    /// instead: shape 4 / g² for the skewness g, scale and location from the standard deviation and
    /// the mean. g is at least 2e-4, and the location is moved below the smallest value if necessary.
    /// The likelihood of this estimate is not the maximum.
    case momentEstimate
  }

  /// Fits all three parameters to `values`.
  ///
  /// For a given location the best shape and scale solve ln a − ψ(a) = ln(mean) − mean(ln) of the
  /// shifted sample, so only the location must be searched. Of several local maxima in the interior, the
  /// highest is used. A likelihood that is unbounded at the smallest value (which is possible for shapes
  /// below 1) is ignored if there is another maximum.
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

  /// Fits `values` with at most `iterationLimit` steps for each root of the search.
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
