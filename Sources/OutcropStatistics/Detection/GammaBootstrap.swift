import Foundation
import OutcropCore

/// A goodness-of-fit test for a gamma distribution whose parameters are fitted to the same values: a
/// parametric bootstrap of the Kolmogorov–Smirnov distance.
///
/// The values are counted on a grid of about a thousand bins. As many values are drawn from the
/// fitted distribution (as counts on that grid, by exact multinomial draws), fitted and measured in
/// the same way, `replicates` times; p = (1 + draws with at least the data's distance) / (replicates + 1).
/// `KolmogorovSmirnov.pValue` assumes that the parameters are known in advance, so it is far too large here.
///
/// The test assumes independent values. Activations of one row or graph are not independent, so a
/// small p-value is weaker evidence for them than it seems: consider it together with the distance itself.
public struct GammaBootstrap: Sendable, Equatable, Codable {
  /// The fit to the grid's counts; samples are drawn from this distribution.
  public var fit: GammaFit
  /// The largest distance at the edges of the grid, which is at most the distance of the values themselves.
  public var statistic: Double
  /// The p-value.
  public var pValue: Double
  /// The number of values tested.
  public var sampleCount: Int
  /// The number of draws.
  public var replicates: Int
  /// Draws with at least the data's distance, including draws that could not be fitted.
  public var reached: Int
  /// Draws that could not be fitted.
  public var unfittedReplicates: Int
  /// The seed of the draws.
  public var seed: UInt64
  /// The number of bins of the grid.
  public var binCount: Int

  /// Tests the finite values of a histogram. For any number of values, 199 replicates take some tenths of a
  /// second. The result has the same bits for any number of threads.
  ///
  /// Throws `StatisticsError` if no gamma distribution can be fitted (`GammaFit.init`).
  public init(
    _ histogram: FineHistogram, replicates: Int = 199, seed: UInt64 = 1
  ) throws(StatisticsError) {
    require(
      replicates > 0, "GammaBootstrap: found \(replicates) replicates, expected at least 1")
    let first = try GammaFit(histogram)
    let grid = Grid(histogram, first.distribution)
    let observed = grid.counts(of: histogram)
    let fit = try grid.fit(observed)
    let statistic = grid.distance(observed, fit.distribution)
    let probabilities = grid.probabilities(fit.distribution)
    let distances = [Double?](unsafeUninitializedCapacity: replicates) { result, initialized in
      ThreadPool.run(chunks: replicates) { replicate in
        // Without `mixed`, generators of consecutive streams would share words of their states.
        var random = RandomGenerator(seed: seed, stream: mixed(UInt64(replicate)))
        let counts = Binomial.multinomial(histogram.count, probabilities, &random)
        let distance = (try? grid.fit(counts)).map { grid.distance(counts, $0.distribution) }
        result.initializeElement(at: replicate, to: distance)
      }
      initialized = replicates
    }
    self.fit = fit
    self.statistic = statistic
    sampleCount = histogram.count
    self.replicates = replicates
    reached = distances.count { $0 == nil || $0! >= statistic }
    unfittedReplicates = distances.count { $0 == nil }
    pValue = Double(1 + reached) / Double(replicates + 1)
    self.seed = seed
    binCount = grid.binCount
  }

  /// Tests the finite values among `values`.
  public init(
    _ values: [Float], replicates: Int = 199, seed: UInt64 = 1
  ) throws(StatisticsError) {
    try self.init(FineHistogram(values), replicates: replicates, seed: seed)
  }
}

/// A grid of equal bins, each a whole number of fine bins, that covers the data and draws from the fit.
/// The outer bins also count all values beyond the grid.
private struct Grid {
  private let firstBin: Int
  private let group: Int
  let binCount: Int

  init(_ histogram: FineHistogram, _ distribution: GammaDistribution) {
    // In one draw, the expected number of values beyond each bound is 0.001.
    let share = 1e-3 / Double(histogram.count)
    let low = min(
      Double(histogram.least),
      Self.quantile(distribution, -1) { distribution.cumulative($0) - share })
    let high = max(
      Double(histogram.greatest),
      Self.quantile(distribution, 1) { distribution.survival($0) - share })
    let limit = 63.9
    let bins =
      FineHistogram.bin(
        FineHistogram.fixed(Float(max(-limit, low))))...FineHistogram.bin(
        FineHistogram.fixed(Float(min(limit, high))))
    firstBin = bins.lowerBound
    group = max(1, (bins.count + 1023) / 1024)
    binCount = (bins.count + group - 1) / group
  }

  /// The point between the mean and the end in the given direction where `excess` changes its sign.
  private static func quantile(
    _ distribution: GammaDistribution, _ direction: Double, _ excess: (Double) -> Double
  ) -> Double {
    let deviation = distribution.variance.squareRoot()
    var (inside, outside) = (distribution.mean, distribution.mean + direction * deviation)
    for _ in 0..<60 where excess(outside) > 0 { outside += outside - distribution.mean }
    for _ in 0..<60 {
      let middle = 0.5 * (inside + outside)
      if excess(middle) > 0 { inside = middle } else { outside = middle }
    }
    return outside
  }

  private func edge(_ bin: Int) -> Double { FineHistogram.edge(firstBin + bin * group) }

  func counts(of histogram: FineHistogram) -> [Int] {
    var result = [Int](repeating: 0, count: binCount)
    histogram.forEachBin { bin, count in
      result[min(max(0, bin - firstBin) / group, binCount - 1)] += count
    }
    return result
  }

  func probabilities(_ distribution: GammaDistribution) -> [Double] {
    let inner = (1..<binCount).map { distribution.cumulative(edge($0)) }
    return zip([0] + inner, inner + [1]).map { max(0, $1 - $0) }
  }

  func fit(_ counts: [Int]) throws(StatisticsError) -> GammaFit {
    var points: [(value: Double, weight: Int)] = []
    for bin in 0..<binCount where counts[bin] > 0 {
      points.append((0.5 * (edge(bin) + edge(bin + 1)), counts[bin]))
    }
    return try GammaFit(located: BinnedSample(points))
  }

  /// The largest distance at the inner edges.
  func distance(_ counts: [Int], _ distribution: GammaDistribution) -> Double {
    let total = Double(counts.reduce(0, +))
    var before = 0
    var largest = 0.0
    for bin in 0..<binCount - 1 {
      before += counts[bin]
      largest = max(largest, abs(Double(before) / total - distribution.cumulative(edge(bin + 1))))
    }
    return largest
  }
}
