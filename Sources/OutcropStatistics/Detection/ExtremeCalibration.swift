import Foundation
import OutcropCore

/// How large ratios of untrained models get, for detection with a stated error rate.
///
/// The question is whether a layer's largest ratio over all graphs is larger than what an untrained model has,
/// x = log₁₀ ratio. Untrained models differ by seed, and the graphs of one model depend on each other, so the
/// seed is the unit: T_u, the largest x of seed u over all graphs. The T_u of a layer are a sample of a
/// generalized extreme value distribution, whose location and scale are the layer's and whose shape is common to
/// all layers (L-moments: Hosking 1990). What a new untrained model would have follows from a predictive
/// distribution: p-values of the fitted distribution are replaced by the share of simulated calibrations of the
/// same size in which a new value has a smaller one, so that the error rate is right on average over
/// calibrations in spite of few seeds.
///
/// Thresholds hold for all layers together (Bonferroni). Two further routes are shown beside, see `ExtremeLevels`:
/// a generalized extreme value distribution of each seed's graphs, which takes the graphs of a model as independent,
/// and a generalized Pareto distribution of each seed's largest ratios, which takes all entries as independent.
public struct ExtremeCalibration: Sendable, Equatable {
  /// One layer.
  public struct Layer: Sendable, Equatable {
    /// T_u of each seed.
    public var seedMaxima: [Double]
    /// The distribution of T; nil where `problem` says why there is none.
    public var distribution: LocatedDistribution?
    public var problem: String?
    /// log₁₀ of the ratio that the largest ratio of an untrained model exceeds with probability `errorRate` in any
    /// of the layers.
    public var threshold: Double?
    /// The same level by generalized extreme value distributions of each seed's graphs, mixed over seeds.
    public var thresholdFromGraphs: Double?
    /// The same level by generalized Pareto distributions of the excesses of each seed's entries over their 99th
    /// percentile, mixed over seeds; nil where a seed has too few, and without the entries' histograms.
    public var thresholdFromPeaks: Double?
  }

  public var errorRate: Double
  public var seedCount: Int
  /// Graphs of each seed.
  public var graphCount: Int
  /// The common shape ξ; nil where no layer has a distribution.
  public var shape: Double?
  public var layers: [Layer]
  /// Ascending tails (`tail`) of new values in the fitted distributions of simulated calibrations.
  private var simulated: [Double]

  /// The fewest seeds.
  public static let leastSeedCount = 8
  /// The shapes that are allowed: a short sample's estimate may be outside.
  static let shapes = -0.5...0.4

  /// Calibrates detection on the largest x = log₁₀ ratio of each layer, seed and graph.
  ///
  /// A graph without a defined ratio is NaN and left out. A layer in which a seed has no graph, or an infinite
  /// ratio, or in which all seeds are equal, has no threshold; its `problem` says why.
  ///
  /// - Parameters:
  ///   - maxima: [layers][seeds][graphs].
  ///   - logarithms: [layers][seeds] the histograms of −x of all entries, for `thresholdFromPeaks`; empty leaves it
  ///     out.
  ///   - errorRate: the probability that an untrained model is over the threshold in any layer.
  ///   - simulations: simulated calibrations.
  ///   - seed: the seed of the simulation.
  /// - Throws: `StatisticsError` for less than 8 seeds, no layer, and layers, seeds or histograms of different numbers.
  public init(
    _ maxima: [[[Double]]], logarithms: [[FineHistogram]] = [], errorRate: Double = 0.05,
    simulations: Int = 4000, seed: UInt64 = 0
  ) throws(StatisticsError) {
    require(
      errorRate > 0 && errorRate < 1 && simulations > 0,
      "ExtremeCalibration: an error rate of \(errorRate) and \(simulations) simulations")
    guard let first = maxima.first else { throw .emptySample }
    if first.count < Self.leastSeedCount {
      throw .tooFewValues(found: first.count, required: Self.leastSeedCount)
    }
    self.errorRate = errorRate
    seedCount = first.count
    graphCount = first[0].count
    for layer in maxima {
      if layer.count != seedCount {
        throw .wrongCount(name: "seeds of a layer", found: layer.count, expected: seedCount)
      }
      for graphs in layer where graphs.count != graphCount {
        throw .wrongCount(name: "graphs of a seed", found: graphs.count, expected: graphCount)
      }
    }
    if !logarithms.isEmpty, logarithms.count != maxima.count {
      throw .wrongCount(
        name: "layers of histograms", found: logarithms.count, expected: maxima.count)
    }
    for layer in logarithms where layer.count != seedCount {
      throw .wrongCount(name: "histograms of a layer", found: layer.count, expected: seedCount)
    }
    layers = maxima.map { seeds in
      let largest = seeds.map { graphs in
        graphs.reduce(-Double.infinity) { $1.isNaN ? $0 : max($0, $1) }
      }
      return Layer(seedMaxima: largest, problem: Self.problem(largest))
    }
    simulated = []
    let moments = layers.map { $0.problem == nil ? LMoments($0.seedMaxima) : nil }
    let usable = moments.compactMap { $0 }
    if usable.isEmpty { return }
    let shape = Self.shape(usable)
    self.shape = shape
    for (index, found) in moments.enumerated() {
      layers[index].distribution = found?.extremeValue(shape: shape)
    }
    simulated = Self.simulate(
      shape: shape, layers: usable.count, seeds: seedCount, count: simulations, seed: seed)
    let each = errorRate / Double(usable.count)
    for index in layers.indices {
      guard let distribution = layers[index].distribution else { continue }
      layers[index].threshold = plugIn(each).flatMap { Self.level(distribution, $0) }
      if layers[index].threshold == nil {
        layers[index].problem = "too few untrained models or simulations for this error rate"
      }
      layers[index].thresholdFromGraphs = ExtremeLevels.byExtremeValues(maxima[index], each)
      if !logarithms.isEmpty {
        layers[index].thresholdFromPeaks = ExtremeLevels.byPeaks(logarithms[index], each)
      }
    }
  }

  private static func problem(_ largest: [Double]) -> String? {
    if largest.contains(where: { $0 == .infinity }) {
      return "an untrained model has an infinite ratio"
    }
    if largest.contains(where: { $0 == -.infinity }) {
      return "an untrained model has no defined ratio above 0"
    }
    return largest.allSatisfy { $0 == largest[0] }
      ? "all untrained models have the same largest ratio" : nil
  }

  /// The probability that an untrained model's largest log₁₀ ratio in layer `layer` is as large as `x`; nil for a
  /// layer without a distribution and for NaN.
  public func pValue(layer: Int, _ x: Double) -> Double? {
    guard let distribution = layers[layer].distribution, !x.isNaN else { return nil }
    return predictive(Self.tail(distribution, x))
  }

  /// What is found for each layer, from the p-values of all.
  public func adjusted(_ pValues: [Double?]) -> (holm: [Double?], benjaminiHochberg: [Double?]) {
    let known = pValues.indices.filter { pValues[$0] != nil }.sorted { pValues[$0]! < pValues[$1]! }
    var holm = [Double?](repeating: nil, count: pValues.count)
    var hochberg = holm
    var largest = 0.0
    for (rank, index) in known.enumerated() {
      largest = max(largest, min(1, Double(known.count - rank) * pValues[index]!))
      holm[index] = largest
    }
    var smallest = 1.0
    for (rank, index) in known.enumerated().reversed() {
      smallest = min(smallest, Double(known.count) / Double(rank + 1) * pValues[index]!)
      hochberg[index] = smallest
    }
    return (holm, hochberg)
  }

  /// P(X > x); above the upper end of a distribution, where that is 0, minus the distance from the end in scales,
  /// so that larger values still have smaller tails.
  private static func tail(_ distribution: LocatedDistribution, _ x: Double) -> Double {
    let survival = distribution.survival(x)
    if survival > 0 { return survival }
    return -max(0, (x - upperEnd(distribution)) / distribution.scale)
  }

  /// The x of a tail; nil for a tail beyond the end of a distribution that has none.
  private static func level(_ distribution: LocatedDistribution, _ tail: Double) -> Double? {
    if tail > 0 { return distribution.quantile(upperTail: tail) }
    return distribution.shapes[0] < 0 ? upperEnd(distribution) - tail * distribution.scale : nil
  }

  /// The upper end of a distribution with a negative shape; of others the location.
  private static func upperEnd(_ distribution: LocatedDistribution) -> Double {
    let shape = distribution.shapes[0]
    return distribution.location - (shape < 0 ? distribution.scale / shape : 0)
  }

  /// The p-value for a tail of the fitted distribution; at least one in the number of simulated ones.
  func predictive(_ p: Double) -> Double {
    var (low, high) = (0, simulated.count)
    while low < high {
      let middle = (low + high) / 2
      if simulated[middle] <= p { low = middle + 1 } else { high = middle }
    }
    return Double(low + 1) / Double(simulated.count + 1)
  }

  /// The tail of the fitted distribution for which `predictive` gives `p`; nil where too few are simulated.
  private func plugIn(_ p: Double) -> Double? {
    let place = p * Double(simulated.count + 1) - 1
    if place < 0 { return nil }
    let left = min(Int(place), simulated.count - 1)
    let right = min(left + 1, simulated.count - 1)
    let value = simulated[left] + (simulated[right] - simulated[left]) * (place - Double(left))
    return min(value, 1 - 1e-12)
  }

  private static func shape(_ moments: [LMoments]) -> Double {
    let skewness = moments.reduce(0) { $0 + $1.skewness } / Double(moments.count)
    return min(max(LMoments.shape(skewness: skewness), shapes.lowerBound), shapes.upperBound)
  }

  /// The tails, ascending, that distributions fitted to simulated seeds give to new values.
  private static func simulate(
    shape: Double, layers: Int, seeds: Int, count: Int, seed: UInt64
  ) -> [Double] {
    let standard = LocatedDistribution(
      .generalizedExtremeValue, shapes: [shape], location: 0, scale: 1)
    var result = [Double](repeating: 0, count: count * layers)
    result.withUnsafeMutableBufferPointer { result in
      nonisolated(unsafe) let result = result
      ThreadPool.run(chunks: count) { number in
        var generator = RandomGenerator(seed: seed, stream: mixed(UInt64(number)))
        func drawn() -> Double {
          standard.quantile(upperTail: min(max(generator.unit(), 0x1p-53), 1 - 0x1p-53))
        }
        let moments = (0..<layers).map { _ in LMoments((0..<seeds).map { _ in drawn() }) }
        let found = Self.shape(moments)
        for (layer, moment) in moments.enumerated() {
          result[number * layers + layer] = tail(moment.extremeValue(shape: found), drawn())
        }
      }
    }
    return result.sorted()
  }
}

/// The first three L-moments of a sample (Hosking 1990, "L-moments").
struct LMoments {
  let mean, scale, third: Double
  var skewness: Double { scale > 0 ? third / scale : 0 }

  init(_ values: [Double]) {
    let sorted = values.sorted()
    let n = Double(sorted.count)
    var (b0, b1, b2) = (0.0, 0.0, 0.0)
    for (index, value) in sorted.enumerated() {
      let rank = Double(index)
      b0 += value
      b1 += value * rank / max(1, n - 1)
      b2 += value * rank * (rank - 1) / max(1, (n - 1) * (n - 2))
    }
    mean = b0 / n
    scale = 2 * b1 / n - b0 / n
    third = 6 * b2 / n - 6 * b1 / n + b0 / n
  }

  /// The shape ξ of the generalized extreme value distribution with this L-skewness (Hosking, Wallis and Wood
  /// 1985; error below 9e-4 for |ξ| ≤ 0.5).
  static func shape(skewness: Double) -> Double {
    let c = 2 / (3 + skewness) - log(2) / log(3)
    return -(7.8590 * c + 2.9554 * c * c)
  }

  /// The distribution of shape ξ with this mean and this second L-moment.
  func extremeValue(shape: Double) -> LocatedDistribution {
    let k = -shape
    let (sigma, location): (Double, Double)
    if abs(k) < 1e-6 {
      sigma = scale / log(2)
      location = mean - 0.5772156649015329 * sigma
    } else {
      let g = exp(SpecialFunctions.logGamma(1 + k))
      sigma = scale * k / (g * (1 - pow(2, -k)))
      location = mean - sigma * (1 - g) / k
    }
    return LocatedDistribution(
      .generalizedExtremeValue, shapes: [shape], location: location,
      scale: max(sigma, .leastNormalMagnitude))
  }
}
