import OutcropCore

/// Kolmogorov–Smirnov distances and their p-values.
///
/// The p-value assumes that the reference distribution was specified in advance. For a distribution fitted
/// to the same sample it is far too large; ``GammaBootstrap`` computes a correct p-value.
public struct KolmogorovSmirnov: Sendable, Equatable, Codable {
  /// The largest distance between the two distribution functions.
  public var statistic: Double
  /// The probability of at least this distance, see `pValue(statistic:sampleCount:)`.
  public var pValue: Double
  /// How the p-value was computed.
  public var method: PValueMethod

  /// How a p-value was computed.
  public enum PValueMethod: String, Sendable, Codable {
    /// The distribution for the sample's own size.
    case exact
    /// Kolmogorov's limit for large samples.
    case asymptotic
  }

  /// The largest sample for which the exact p-value is computed.
  public static let largestExactCount = 10_000

  /// The result for a distance found with `sampleCount` values.
  public init(statistic: Double, sampleCount: Int) {
    self.statistic = statistic
    method = sampleCount <= Self.largestExactCount ? .exact : .asymptotic
    pValue = Self.pValue(statistic: statistic, sampleCount: sampleCount, method: method)
  }

  /// P(D ≥ statistic) for a sample of `sampleCount` values from the reference distribution.
  public static func pValue(
    statistic: Double, sampleCount: Int, method: PValueMethod
  ) -> Double {
    switch method {
    case .exact: KolmogorovDistribution.survival(statistic, count: sampleCount)
    case .asymptotic:
      KolmogorovDistribution.limitSurvival(statistic * Double(sampleCount).squareRoot())
    }
  }

  /// The distance of a sample from the distribution function `cumulative`, which must not decrease.
  ///
  /// Throws `StatisticsError` for an empty or non-finite sample.
  public init(
    _ values: [Double], cumulative: (Double) -> Double
  ) throws(StatisticsError) {
    if values.isEmpty { throw .emptySample }
    if !values.allSatisfy(\.isFinite) { throw .nonFiniteSample }
    let sorted = values.sorted()
    let n = Double(sorted.count)
    var largest = 0.0
    for (rank, value) in sorted.enumerated() {
      let probability = cumulative(value)
      largest = max(
        largest, Double(rank + 1) / n - probability, probability - Double(rank) / n)
    }
    self.init(statistic: largest, sampleCount: sorted.count)
  }

  /// The distance of a sample from a gamma distribution, for instance of a trained model's values
  /// from the fit to the untrained model's. Fast for millions of values.
  ///
  /// Throws `StatisticsError` for an empty or non-finite sample.
  public init(
    _ values: UnsafeBufferPointer<Float>, against reference: GammaDistribution
  ) throws(StatisticsError) {
    try self.init(Sample(values), against: reference)
  }

  /// The distance of a sample from a gamma distribution, as above.
  public init(
    _ values: UnsafeBufferPointer<Double>, against reference: GammaDistribution
  ) throws(StatisticsError) {
    try self.init(Sample(values), against: reference)
  }

  /// The distance of a sample from a gamma distribution, as above.
  public init(_ values: [Float], against reference: GammaDistribution) throws(StatisticsError) {
    self = try values.withUnsafeBufferPointer { values throws(StatisticsError) in
      try KolmogorovSmirnov(values, against: reference)
    }
  }

  /// The distance of a sample from a gamma distribution, as above.
  public init(_ values: [Double], against reference: GammaDistribution) throws(StatisticsError) {
    self = try values.withUnsafeBufferPointer { values throws(StatisticsError) in
      try KolmogorovSmirnov(values, against: reference)
    }
  }

  init<Element>(_ sample: Sample<Element>, against reference: GammaDistribution) {
    self.init(
      statistic: largestDistance(sample) { reference.cumulative($0) }, sampleCount: sample.count)
  }

  /// The distance between two samples, with the p-value of the limit distribution.
  ///
  /// Throws `StatisticsError` for an empty or non-finite sample.
  public init(_ first: [Float], _ second: [Float]) throws(StatisticsError) {
    try self.init(
      sorted: RadixSort.sorted(Self.checked(first)), RadixSort.sorted(Self.checked(second)))
  }

  /// The distance between two samples, as above.
  public init(_ first: [Double], _ second: [Double]) throws(StatisticsError) {
    try self.init(sorted: Self.checked(first).sorted(), Self.checked(second).sorted())
  }

  private static func checked<Element: BinaryFloatingPoint>(
    _ values: [Element]
  ) throws(StatisticsError) -> [Element] {
    if values.isEmpty { throw .emptySample }
    if !values.allSatisfy(\.isFinite) { throw .nonFiniteSample }
    return values
  }

  private init<Element: BinaryFloatingPoint>(sorted first: [Element], _ second: [Element]) {
    let (n, m) = (Double(first.count), Double(second.count))
    var (i, j) = (0, 0)
    var largest = 0.0
    while i < first.count, j < second.count {
      let value = min(first[i], second[j])
      while i < first.count, first[i] == value { i += 1 }
      while j < second.count, second[j] == value { j += 1 }
      largest = max(largest, abs(Double(i) / n - Double(j) / m))
    }
    statistic = largest
    method = .asymptotic
    pValue = KolmogorovDistribution.limitSurvival(largest * (n * m / (n + m)).squareRoot())
  }
}

/// The largest distance between a sample's distribution function and `cumulative`.
///
/// The sample's fine histogram bounds the distance in each bin from both sides; only bins that may
/// contain the largest distance are searched value by value. The result is the same as with a full sort.
private func largestDistance<Element>(
  _ sample: Sample<Element>, _ cumulative: (Double) -> Double
) -> Double {
  let n = Double(sample.count)
  let bins = sample.counts.count
  if bins == 0 {
    let probability = cumulative(sample.minimum)
    return max(probability, 1 - probability)
  }
  var before = [Int](repeating: 0, count: bins + 1)
  for bin in 0..<bins { before[bin + 1] = before[bin] + sample.counts[bin] }
  // Bounds below and above every value of a bin, even if rounding changed the bin of a value.
  let slack = 1e-6
  let edges = probabilities(2 * bins) { index in
    let position = Double(index / 2) + (index % 2 == 0 ? -slack : 1 + slack)
    return cumulative(sample.minimum + position / sample.binScale)
  }
  var certain = 0.0
  for bin in 0..<bins where sample.counts[bin] > 0 {
    certain = max(
      certain, Double(before[bin + 1]) / n - edges[2 * bin + 1],
      edges[2 * bin] - Double(before[bin]) / n)
  }
  let wanted = (0..<bins).map { bin in
    sample.counts[bin] > 0
      && max(
        Double(before[bin + 1]) / n - edges[2 * bin], edges[2 * bin + 1] - Double(before[bin]) / n)
        >= certain
  }
  let values = gather(sample) { wanted[$0] }.map { Double($0) }.sorted()
  let exact = probabilities(values.count) { cumulative(values[$0]) }
  var largest = 0.0
  var rank = 0
  var current = -1
  for (index, value) in values.enumerated() {
    let bin = sample.bin(value)
    if bin != current {
      current = bin
      rank = before[bin]
    }
    largest = max(largest, Double(rank + 1) / n - exact[index], exact[index] - Double(rank) / n)
    rank += 1
  }
  return largest
}

private func probabilities(_ count: Int, _ function: (Int) -> Double) -> [Double] {
  [Double](unsafeUninitializedCapacity: count) { result, initialized in
    ThreadPool.forRanges(count, grain: 1024) { range in
      for index in range { result[index] = function(index) }
    }
    initialized = count
  }
}
