import Foundation
import OutcropCore

/// Spearman's rank correlation of two measures of edges, with intervals.
public struct Spearman: Sendable, Equatable, Codable {
  /// Between −1 and 1; nil for fewer than two pairs, and if all x or all y are equal.
  public var coefficient: Double?
  /// Pairs without NaN, which the coefficient is computed from.
  public var pairCount: Int
  /// Pairs left out because a number is NaN.
  public var omittedCount: Int
  /// Graphs with at least one such pair.
  public var graphCount: Int
  /// Percentiles of a bootstrap over graphs; nil if there is no coefficient, fewer than two graphs
  /// or no resample with a coefficient.
  public var interval: ConfidenceInterval?
  /// Resamples without a defined coefficient; the percentiles exclude them.
  public var undefinedResamples: Int
  /// The interval under the assumption that edges are independent, which they are not; nil if there is
  /// no coefficient, and for fewer than four pairs. tanh(artanh ρ ± z √((1 + ρ²/2) / (n − 3))): Bonett
  /// and Wright 2000, "Sample size requirements for estimating Pearson, Kendall and Spearman
  /// correlations".
  public var independentInterval: ConfidenceInterval?

  /// Correlates `x` and `y`.
  ///
  /// Equal values share the mean of their ranks. Infinities are ordinary largest and smallest values;
  /// pairs with a NaN are left out and counted. The bootstrap draws as many graphs as there are,
  /// with replacement, and takes all pairs of each; its limits are quantiles of the coefficients,
  /// interpolated linearly. The same seed gives the same limits, for any number of threads.
  ///
  /// - Parameters:
  ///   - x: the first value of each pair.
  ///   - y: the second value of each pair.
  ///   - graphs: the graph that each pair belongs to; nil treats each pair as a separate graph.
  ///   - resamples: the number of bootstrap resamples; 0 for no interval.
  ///   - level: the confidence level, between 0 and 1, both excluded.
  ///   - seed: the seed of the bootstrap.
  /// - Throws: `StatisticsError` unless `x`, `y` and `graphs` have the same number of elements.
  public init(
    _ x: [Double], _ y: [Double], graphs: [Int]? = nil, resamples: Int = 1000,
    level: Double = 0.95, seed: UInt64 = 0
  ) throws(StatisticsError) {
    require(level > 0 && level < 1, "Spearman: found the level \(level), expected 0 < level < 1")
    require(resamples >= 0, "Spearman: found \(resamples) resamples, expected at least 0")
    if y.count != x.count {
      throw .wrongCount(name: "y", found: y.count, expected: x.count)
    }
    if let graphs, graphs.count != x.count {
      throw .wrongCount(name: "graphs", found: graphs.count, expected: x.count)
    }
    let kept = x.indices.filter { !x[$0].isNaN && !y[$0].isNaN }
    pairCount = kept.count
    omittedCount = x.count - kept.count
    let clusters = Self.numbered(kept.map { graphs?[$0] ?? $0 })
    graphCount = clusters.count
    undefinedResamples = 0
    let pairs = RankedPairs(x: kept.map { x[$0] }, y: kept.map { y[$0] })
    coefficient = pairs.coefficient { _ in 1 }
    guard let coefficient else { return }
    if pairCount > 3 {
      let z = SpecialFunctions.normalQuantile(upperTail: (1 - level) / 2)
      let reach = z * ((1 + coefficient * coefficient / 2) / Double(pairCount - 3)).squareRoot()
      independentInterval = ConfidenceInterval(
        lower: tanh(atanh(coefficient) - reach), upper: tanh(atanh(coefficient) + reach),
        level: level, method: .independentEdges)
    }
    if graphCount < 2 { return }
    let drawn = Self.bootstrap(
      pairs, clusters.numbers, clusters.count, resamples: resamples, seed: seed)
    undefinedResamples = drawn.count { $0.isNaN }
    let sorted = drawn.filter { !$0.isNaN }.sorted()
    guard let lower = sorted.sortedQuantile((1 - level) / 2),
      let upper = sorted.sortedQuantile((1 + level) / 2)
    else { return }
    interval = ConfidenceInterval(
      lower: lower, upper: upper, level: level, method: .graphBootstrap)
  }

  /// The graphs renumbered from 0 in order of appearance.
  private static func numbered(_ graphs: [Int]) -> (numbers: [Int32], count: Int) {
    var known: [Int: Int32] = [:]
    let numbers = graphs.map { graph in
      let number = known[graph] ?? Int32(known.count)
      known[graph] = number
      return number
    }
    return (numbers, known.count)
  }

  /// The coefficient of each resample, NaN where there is none.
  private static func bootstrap(
    _ pairs: RankedPairs, _ graphs: [Int32], _ graphCount: Int, resamples: Int, seed: UInt64
  ) -> [Double] {
    [Double](unsafeUninitializedCapacity: resamples) { result, count in
      nonisolated(unsafe) let result = result
      ThreadPool.run(chunks: resamples) { resample in
        // Each resample has its own random stream, so the result does not depend on threads.
        // Without `mixed`, generators of consecutive streams would share words of their states.
        var generator = RandomGenerator(seed: seed, stream: mixed(UInt64(resample)))
        var times = [Int](repeating: 0, count: graphCount)
        for _ in 0..<graphCount { times[generator.below(graphCount)] += 1 }
        result.initializeElement(
          at: resample, to: pairs.coefficient { times[Int(graphs[$0])] } ?? .nan)
      }
      count = resamples
    }
  }
}
