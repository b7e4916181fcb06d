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

  init<Element>(_ sample: Sample<Element>) throws(StatisticsError) {
    if sample.count < 3 { throw .tooFewValues(found: sample.count, required: 3) }
    if sample.counts.isEmpty || !(sample.standardDeviation > 0) {
      throw .constantSample(value: sample.minimum)
    }
    let search = LocationSearch(sample)
    let (point, boundary) = search.maximum()
    distribution = GammaDistribution(
      shape: point.shape, location: sample.minimum - point.gap, scale: point.scale)
    meanLogLikelihood = point.logLikelihood
    sampleCount = sample.count
    self.boundary = boundary
  }
}
