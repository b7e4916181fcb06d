import Foundation

/// Further routes to a calibrated level, by distributions of each seed's own values, mixed over the seeds.
///
/// They take graphs, or entries, of one model as independent, which these are not: they are shown beside the
/// threshold and decide nothing.
package enum ExtremeLevels {
  /// The share of entries whose excesses over it are fitted: those over the 99th percentile.
  static let peakShare = 0.01
  /// The fewest excesses of a seed that are fitted; a seed needs about a hundred times as many entries.
  package static let leastPeakCount = 30

  /// The level that the largest of as many graphs exceeds with probability `p` under a mixture of one generalized
  /// extreme value distribution for each seed; nil where a seed's graphs have no fit.
  static func byExtremeValues(_ seeds: [[Double]], _ p: Double) -> Double? {
    var fits: [LocatedDistribution] = []
    for graphs in seeds {
      let finite = graphs.filter(\.isFinite)
      if finite.count < 10 { return nil }
      guard let fit = try? DistributionFit(.generalizedExtremeValue, finite) else { return nil }
      fits.append(fit.distribution)
    }
    let count = Double(seeds[0].count)
    return level(p, start: fits.map(\.location).max() ?? 0) { x in
      // 1 − F(x)^G, accurate where F is nearly 1.
      fits.reduce(0) { $0 - expm1(count * log1p(-$1.survival(x))) } / Double(fits.count)
    }
  }

  /// The level that the largest of as many entries exceeds with probability `p` under a mixture of one generalized
  /// Pareto distribution for each seed, fitted to the excesses of x over its 99th percentile.
  ///
  /// - Parameter seeds: the histogram of −x of each seed's entries, where x = log₁₀ ratio.
  /// - Returns: nil where a seed has fewer than ``leastPeakCount`` excesses, or no fit.
  static func byPeaks(_ seeds: [FineHistogram], _ p: Double) -> Double? {
    var tails: [(entries: Double, share: Double, fit: LocatedDistribution)] = []
    for entries in seeds {
      guard let bound = entries.quantile(peakShare) else { return nil }
      let sample = BinnedSample(entries)
      let peaks = sample.points.map { (x: bound - (sample.minimum + $0.z), weight: $0.weight) }
        .prefix { $0.x > 0 }.reversed()
      let count = peaks.reduce(0) { $0 + $1.weight }
      if count < Double(leastPeakCount) { return nil }
      guard let fit = try? DistributionFit(.generalizedPareto, points: Array(peaks), location: 0)
      else { return nil }
      var distribution = fit.distribution
      distribution.location = -bound
      tails.append((Double(entries.count), count / Double(entries.count), distribution))
    }
    return level(p, start: tails.map(\.fit.location).max() ?? 0) { x in
      tails.reduce(0) { $0 - expm1($1.entries * log1p(-$1.share * $1.fit.survival(x))) }
        / Double(tails.count)
    }
  }

  /// The x above which `tail`, which falls, is under p; nil where it is not under p at 30 above the start.
  private static func level(_ p: Double, start: Double, _ tail: (Double) -> Double) -> Double? {
    var (low, high) = (start - 1, start + 30)
    if !(tail(high) < p) { return nil }
    while tail(low) < p, low > start - 64 { low -= 1 }
    for _ in 0..<100 {
      let middle = 0.5 * (low + high)
      if tail(middle) > p { low = middle } else { high = middle }
    }
    return 0.5 * (low + high)
  }
}
