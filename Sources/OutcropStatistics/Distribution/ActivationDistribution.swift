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
  public var mean: Double
  /// The population's standard deviation (divided by `count`).
  public var standardDeviation: Double
  public var minimum: Double
  public var maximum: Double
  /// The mean of the middle two for an even count, in `Float`.
  public var median: Double
  public var histogram: Histogram
  /// The fit, or nil when `fitFailure` says why there is none.
  public var fit: GammaFit?
  public var fitFailure: StatisticsError?
  /// The distance of the values from `fit`.
  public var distanceFromFit: KolmogorovSmirnov?
  /// The distance from the baseline that was given, for instance the fit to an untrained model.
  public var distanceFromBaseline: KolmogorovSmirnov?

  /// How far figures from a fine histogram can be from those of the values themselves; nil for
  /// figures from the values.
  public var errors: Errors?

  /// The most by which a histogram's figures differ from exact ones.
  public struct Errors: Sendable, Equatable, Codable {
    /// Of the median; the mean and standard deviation are within 2⁻²⁴, the extremes exact.
    public var median: Double
    /// Of the fit's mean log-likelihood.
    public var meanLogLikelihood: Double?
    /// Of the two distances' statistics.
    public var distanceFromFit: Double?
    public var distanceFromBaseline: Double?
  }

  /// Describes what a fine histogram has counted, within the bounds that `errors` gives. Throws
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
      var kept = 0
      for index in logarithms.indices where logarithms[index].isFinite {
        logarithms[kept] = logarithms[index]
        kept += 1
      }
      finite = UnsafeBufferPointer(rebasing: finite[0..<kept])
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
