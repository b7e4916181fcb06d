/// A Kolmogorov–Smirnov distance that is computed from binned values and known within bounds.
public struct BoundedDistance: Sendable, Equatable, Codable {
  /// The lower bound of the exact distance.
  public var lower: Double
  /// The upper bound of the exact distance.
  public var upper: Double
  /// The number of values.
  public var sampleCount: Int

  /// The middle of the bounds.
  public var statistic: Double { 0.5 * (lower + upper) }
  /// The largest possible difference between the exact distance and `statistic`: at most half of the
  /// largest probability that the model has in one non-empty bin.
  public var error: Double { 0.5 * (upper - lower) }
}

extension GammaFit {
  /// Fits all three parameters to a histogram's finite values, each taken as the middle of its bin.
  ///
  /// `meanLogLikelihood` is that of the middles; the mean log-likelihood of the values differs by at most
  /// `FineHistogram.logLikelihoodError(of:)`. Hence the maximum over the values exceeds that of this fit by
  /// at most the sum of this error over both fits.
  ///
  /// Throws `StatisticsError` for an empty or constant sample, fewer than three values, and values
  /// within 64 bins (1/128), which are too close together for the width of the bins.
  public init(_ histogram: FineHistogram) throws(StatisticsError) {
    if histogram.count == 0 { throw .emptySample }
    if histogram.count < 3 { throw .tooFewValues(found: histogram.count, required: 3) }
    let (low, high) = (Double(histogram.least), Double(histogram.greatest))
    if low == high { throw .constantSample(value: low) }
    if high - low < 64 * FineHistogram.binWidth {
      throw .sampleTooNarrow(minimum: low, maximum: high)
    }
    try self.init(located: BinnedSample(histogram))
  }
}

extension FineHistogram {
  /// An upper bound on the difference between the mean log density of the values and that of the middles of
  /// their bins.
  public func logLikelihoodError(of distribution: GammaDistribution) -> Double {
    if count == 0 { return 0 }
    var bins: [(bin: Int, count: Int)] = []
    forEachBin { bins.append(($0, $1)) }
    let mode = distribution.location + max(0, distribution.shape - 1) * distribution.scale
    let total = reduceParts(bins.count, 0.0) { range in
      var sum = 0.0
      for (bin, count) in bins[range] {
        // The density increases up to the mode and decreases after it.
        let low = max(Self.edge(bin), Double(least))
        let high = min(Self.edge(bin + 1), Double(greatest))
        let middle = distribution.logDensity(center(bin))
        var gap = max(
          abs(distribution.logDensity(low) - middle), abs(distribution.logDensity(high) - middle))
        if low < mode, mode < high { gap = max(gap, distribution.logDensity(mode) - middle) }
        sum += Double(count) * gap
      }
      return sum
    } combine: {
      $0 += $1
    }
    return total / Double(count)
  }

  /// The Kolmogorov–Smirnov distance of the finite values from a gamma distribution, with bounds;
  /// nil without a finite value.
  ///
  /// In a bin with values between a and b, n₀ before and n₁ up to its end, the distance is at least
  /// n₁/n − F(b) and F(a) − n₀/n and at most n₁/n − F(a) and F(b) − n₀/n: the uncertainty is only the
  /// model's probability in one bin, for any number of values in the bin.
  public func distance(from distribution: GammaDistribution) -> BoundedDistance? {
    if count == 0 { return nil }
    var bins: [(bin: Int, before: Int, after: Int)] = []
    var total = 0
    forEachBin { bin, count in
      bins.append((bin, total, total + count))
      total += count
    }
    let n = Double(count)
    let bounds = reduceParts(bins.count, (lower: 0.0, upper: 0.0)) { range in
      var result = (lower: 0.0, upper: 0.0)
      for (bin, before, after) in bins[range] {
        let low = distribution.cumulative(max(Self.edge(bin), Double(least)))
        let high = distribution.cumulative(min(Self.edge(bin + 1), Double(greatest)))
        let (before, after) = (Double(before) / n, Double(after) / n)
        result.lower = max(result.lower, after - high, low - before)
        result.upper = max(result.upper, after - low, high - before)
      }
      return result
    } combine: {
      $0 = (max($0.lower, $1.lower), max($0.upper, $1.upper))
    }
    return BoundedDistance(
      lower: bounds.lower, upper: min(1, bounds.upper), sampleCount: count)
  }

  /// The distance between the finite values of two histograms, with bounds; nil if one has no finite value.
  /// The uncertainty is at most the larger share of values in one bin that is non-empty in both.
  public func distance(from other: FineHistogram) -> BoundedDistance? {
    if count == 0 || other.count == 0 { return nil }
    var (mine, theirs) = (0, 0)
    var result = BoundedDistance(lower: 0, upper: 0, sampleCount: count)
    for page in 0..<Self.pageCount where !pages[page].isEmpty || !other.pages[page].isEmpty {
      for index in 0..<Self.pageSize {
        let here = pages[page].isEmpty ? 0 : pages[page][index]
        let there = other.pages[page].isEmpty ? 0 : other.pages[page][index]
        if here == 0, there == 0 { continue }
        func gap(_ a: Int, _ b: Int) -> Double {
          abs(Double(a) / Double(count) - Double(b) / Double(other.count))
        }
        result.upper = max(result.upper, gap(mine + here, theirs), gap(mine, theirs + there))
        (mine, theirs) = (mine + here, theirs + there)
        result.lower = max(result.lower, gap(mine, theirs))
      }
    }
    result.upper = max(result.upper, result.lower)
    return result
  }
}
