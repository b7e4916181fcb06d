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
    median = Double(Medians.signed(of: finite))
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
