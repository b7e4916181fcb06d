/// The distribution of y = −log₁₀(ratio + ε) over an activation array: moments, histogram, gamma fit
/// and the Kolmogorov–Smirnov distance from it.
///
/// Infinite and undefined ratios have no finite y: they are counted in `nonFiniteCount` and left out
/// of everything else.
public struct ActivationDistribution: Sendable, Equatable, Codable {
  /// Finite values.
  public var count: Int
  /// Values that are NaN or infinite.
  public var nonFiniteCount: Int
  /// The mean.
  public var mean: Double
  /// The population standard deviation (divided by `count`).
  public var standardDeviation: Double
  /// The smallest value.
  public var minimum: Double
  /// The largest value.
  public var maximum: Double
  /// The mean of the two middle values for an even count, in `Float`.
  public var median: Double
  /// Counts in equal bins from the smallest to the largest value.
  public var histogram: Histogram
  /// The fit, or nil if `fitFailure` says why there is none.
  public var fit: GammaFit?
  /// The reason why there is no fit.
  public var fitFailure: StatisticsError?
  /// The distance of the values from `fit`.
  public var distanceFromFit: KolmogorovSmirnov?
  /// The distance from the given baseline, for instance the fit to an untrained model.
  public var distanceFromBaseline: KolmogorovSmirnov?

  /// Error bounds of statistics that were computed from a fine histogram; nil for statistics that were
  /// computed from the values themselves.
  public var errors: Errors?

  /// Upper bounds on the errors of a histogram's statistics.
  public struct Errors: Sendable, Equatable, Codable {
    /// The bound for the median. The mean and standard deviation are within 2⁻²⁴, the extremes exact.
    public var median: Double
    /// The bound for the fit's mean log-likelihood.
    public var meanLogLikelihood: Double?
    /// The bounds for the statistics of the two distances.
    public var distanceFromFit: Double?
    /// The bound for the distance from the baseline.
    public var distanceFromBaseline: Double?
  }

  /// Describes the values that a fine histogram counted, within the bounds in `errors`. Throws
  /// `StatisticsError.emptySample` when there is no finite value.
  public init(
    _ histogram: FineHistogram, binCount: Int = 1000, baseline: GammaDistribution? = nil
  ) throws(StatisticsError) {
    guard let mean = histogram.mean, let deviation = histogram.standardDeviation,
      let median = histogram.median, let drawn = histogram.histogram(binCount: binCount)
    else { throw .emptySample }
    count = histogram.count
    nonFiniteCount = histogram.nonFiniteCount
    self.mean = mean
    standardDeviation = deviation
    minimum = Double(histogram.least)
    maximum = Double(histogram.greatest)
    self.median = median
    self.histogram = drawn
    var errors = Errors(median: 0.5 * FineHistogram.binWidth)
    func result(_ distance: BoundedDistance?) -> KolmogorovSmirnov? {
      distance.map { KolmogorovSmirnov(statistic: $0.statistic, sampleCount: $0.sampleCount) }
    }
    do {
      let fit = try GammaFit(histogram)
      let distance = histogram.distance(from: fit.distribution)
      self.fit = fit
      distanceFromFit = result(distance)
      errors.distanceFromFit = distance?.error
      errors.meanLogLikelihood = histogram.logLikelihoodError(of: fit.distribution)
    } catch {
      fitFailure = error
    }
    let distance = baseline.flatMap { histogram.distance(from: $0) }
    distanceFromBaseline = result(distance)
    errors.distanceFromBaseline = distance?.error
    self.errors = errors
  }

  /// Describes `logarithms`, which it reorders if some are not finite. Throws
  /// `StatisticsError.emptySample` when there is no finite value.
  init(
    _ logarithms: UnsafeMutableBufferPointer<Float>, binCount: Int, baseline: GammaDistribution?
  ) throws(StatisticsError) {
    var finite = UnsafeBufferPointer(logarithms)
    let sample: Sample<Float>
    do {
      sample = try Sample(finite)
    } catch .nonFiniteSample {
      var finiteCount = 0
      for index in logarithms.indices where logarithms[index].isFinite {
        logarithms[finiteCount] = logarithms[index]
        finiteCount += 1
      }
      finite = UnsafeBufferPointer(rebasing: finite[0..<finiteCount])
      sample = try Sample(finite)
    }
    count = sample.count
    nonFiniteCount = logarithms.count - sample.count
    mean = sample.mean
    standardDeviation = sample.standardDeviation
    minimum = sample.minimum
    maximum = sample.maximum
    median = Double(Median.signed(of: finite))
    histogram = Histogram(
      finite, minimum: sample.minimum, maximum: sample.maximum, binCount: binCount)
    do {
      let fit = try GammaFit(sample)
      self.fit = fit
      distanceFromFit = KolmogorovSmirnov(sample, against: fit.distribution)
    } catch {
      fitFailure = error
    }
    distanceFromBaseline = baseline.map { KolmogorovSmirnov(sample, against: $0) }
  }

  /// Describes `logarithms`. Throws `StatisticsError.emptySample` when there is no finite value.
  public init(
    _ logarithms: [Float], binCount: Int = 1000, baseline: GammaDistribution? = nil
  ) throws(StatisticsError) {
    var copy = logarithms
    self = try copy.withUnsafeMutableBufferPointer { values throws(StatisticsError) in
      try ActivationDistribution(values, binCount: binCount, baseline: baseline)
    }
  }
}
