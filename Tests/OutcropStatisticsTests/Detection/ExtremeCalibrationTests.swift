import Foundation
import OutcropCore
import OutcropStatistics
import Testing

@Suite("Calibration on untrained models")
struct ExtremeCalibrationTests {
  /// [layers][seeds][graphs] of numbers like log₁₀ ratios: a seed's location, and what its graphs add, of which
  /// the share `common` is the same in all graphs.
  private func maxima(
    layers: Int, seeds: Int, graphs: Int, common: Double, skewed: Bool,
    _ generator: inout RandomGenerator
  ) -> [[[Double]]] {
    func gumbel() -> Double { -log(-log(max(generator.unit(), 0x1p-53))) }
    return (0..<layers).map { layer in
      (0..<seeds).map { _ in
        let location = Double(layer) + 0.1 * (skewed ? gumbel() : generator.normal())
        let shared = gumbel()
        return (0..<graphs).map { _ in
          location + 0.05 * (common * shared + (1 - common) * gumbel())
        }
      }
    }
  }

  /// The share of held-out models with a layer over its threshold, over many calibrations.
  private func falsePositives(
    seeds: Int, layers: Int, common: Double, skewed: Bool, seed: UInt64
  ) throws -> Double {
    var generator = RandomGenerator(seed: seed)
    var (over, count) = (0, 0)
    for number in 0..<150 {
      let null = try ExtremeCalibration(
        maxima(
          layers: layers, seeds: seeds, graphs: 20, common: common, skewed: skewed, &generator),
        simulations: 2000, seed: UInt64(number))
      let held = maxima(
        layers: layers, seeds: 20, graphs: 20, common: common, skewed: skewed, &generator)
      for model in 0..<20 {
        count += 1
        let isOver = (0..<layers).contains { held[$0][model].max()! > null.layers[$0].threshold! }
        over += isOver ? 1 : 0
      }
    }
    return Double(over) / Double(count)
  }

  /// 3,000 held-out models each; the binomial error is 0.004.
  @Test(arguments: [0.0, 1.0], [false, true])
  func theErrorRateIsWhatIsStated(common: Double, skewed: Bool) throws {
    let share = try falsePositives(
      seeds: 16, layers: 3, common: common, skewed: skewed, seed: 11)
    #expect(abs(share - 0.05) <= 0.015, "common \(common), skewed \(skewed): \(share)")
  }

  /// Skewed seeds have a heavy tail: far values have p-values of a few thousandths.
  @Test(arguments: [false, true])
  func pValuesThresholdsAndCorrectionsAgree(skewed: Bool) throws {
    var generator = RandomGenerator(seed: 3)
    let null = try ExtremeCalibration(
      maxima(layers: 4, seeds: 16, graphs: 50, common: 0, skewed: skewed, &generator))
    for (index, layer) in null.layers.enumerated() {
      let threshold = try #require(layer.threshold)
      // At the threshold the p-value is the error rate's share of one layer.
      let p = try #require(null.pValue(layer: index, threshold))
      #expect(abs(p - 0.05 / 4) < 2e-4)
      let all = stride(from: -1.0, to: 100, by: 0.25).map { null.pValue(layer: index, $0)! }
      #expect(zip(all, all.dropFirst()).allSatisfy { $0 >= $1 })
      #expect(all.last! >= 1 / 16_001 && all.last! < 0.005)
      #expect(null.pValue(layer: index, -100)! > 0.99)
      #expect(null.pValue(layer: index, .infinity)! <= all.last!)
      #expect(null.pValue(layer: index, .nan) == nil)
      // Both other routes give a level in the same region.
      let room = skewed ? 2.0 : 0.5
      #expect(abs(try #require(layer.thresholdFromGraphs) - threshold) < room)
      #expect(layer.thresholdFromPeaks == nil)
      #expect(layer.seedMaxima.max()! < threshold + 0.2)
    }
    let (holm, hochberg) = null.adjusted([0.01, 0.04, nil, 0.03])
    #expect(zip(holm, [0.03, 0.06, nil, 0.06]).allSatisfy { abs(($0 ?? 1) - ($1 ?? 1)) < 1e-12 })
    #expect(
      zip(hochberg, [0.03, 0.04, nil, 0.04]).allSatisfy { abs(($0 ?? 1) - ($1 ?? 1)) < 1e-12 })
  }

  /// No level is made up where the simulated calibrations go beyond the ends of all distributions.
  @Test func smallErrorRatesHaveALevelOrAReason() throws {
    var generator = RandomGenerator(seed: 5)
    for (layers, rate) in [(1, 0.01), (4, 0.02), (10, 0.01), (1, 1e-5)] {
      for skewed in [false, true] {
        let null = try ExtremeCalibration(
          maxima(layers: layers, seeds: 8, graphs: 20, common: 0, skewed: skewed, &generator),
          errorRate: rate)
        for (index, layer) in null.layers.enumerated() {
          guard let threshold = layer.threshold else {
            #expect(layer.problem != nil)
            continue
          }
          let p = try #require(null.pValue(layer: index, threshold))
          #expect(p <= rate / Double(layers) + 2 / Double(4000 * layers + 1))
        }
        #expect(rate > 1e-4 || null.layers.allSatisfy { $0.threshold == nil })
      }
    }
  }

  /// Entries whose x is exponential: the level of the largest of N is known, and nothing depends on anything.
  private func exponential(
    seeds: Int, graphs: Int, entries: Int, scale: Double, _ generator: inout RandomGenerator
  ) -> (maxima: [[Double]], logarithms: [FineHistogram]) {
    var maxima: [[Double]] = []
    var logarithms: [FineHistogram] = []
    for _ in 0..<seeds {
      let x = (0..<graphs).map { _ in
        (0..<entries).map { _ in -scale * log(max(generator.unit(), 0x1p-53)) }
      }
      maxima.append(x.map { $0.max()! })
      logarithms.append(FineHistogram(x.flatMap { $0.map { Float(-$0) } }))
    }
    return (maxima, logarithms)
  }

  @Test func peaksOverThe99thPercentileOfEntries() throws {
    var generator = RandomGenerator(seed: 4)
    let (seeds, scale) = (16, 0.25)
    let data = exponential(
      seeds: seeds, graphs: 50, entries: 1000, scale: scale, &generator)
    let null = try ExtremeCalibration([data.maxima], logarithms: [data.logarithms])
    let layer = null.layers[0]
    let peaks = try #require(layer.thresholdFromPeaks)
    // P(the largest of N > t) = 1 − (1 − exp(−t / scale))^N.
    let level = -scale * log(-expm1(log1p(-0.05) / 50_000))
    // The shape of a tail of 500 excesses has a standard error of 0.045. The level is ln(500 / 0.05) = 9 of its
    // 14 scales above the bound, where a shape of 0.045 adds 2 scales.
    #expect(abs(peaks - level) < 0.3 * level, "\(peaks), expected \(level)")
    #expect(abs(try #require(layer.thresholdFromGraphs) - level) < 0.3 * level)
    #expect(abs(peaks - layer.threshold!) < 0.4 * level)
    // The bound is the 99th percentile: with a hundred times the fewest excesses there is a level, with fewer none.
    for (entries, isEnough) in [(64, true), (58, false)] {
      let data = exponential(
        seeds: 8, graphs: 50, entries: entries, scale: scale, &generator)
      let found = try ExtremeCalibration([data.maxima], logarithms: [data.logarithms])
      #expect(ExtremeLevels.leastPeakCount == 30)
      #expect((found.layers[0].thresholdFromPeaks != nil) == isEnough, "\(entries)")
    }
    let equal = FineHistogram([Float](repeating: 1, count: 5000))
    let none = try ExtremeCalibration(
      [data.maxima], logarithms: [[FineHistogram](repeating: equal, count: seeds)])
    #expect(none.layers[0].thresholdFromPeaks == nil && none.layers[0].threshold != nil)
    let empty = try ExtremeCalibration(
      [data.maxima], logarithms: [[FineHistogram](repeating: FineHistogram(), count: seeds)])
    #expect(empty.layers[0].thresholdFromPeaks == nil)
  }

  @Test func degenerateInputsAreDefined() throws {
    #expect(throws: StatisticsError.emptySample) { try ExtremeCalibration([]) }
    #expect(throws: StatisticsError.tooFewValues(found: 3, required: 8)) {
      try ExtremeCalibration([[[1], [2], [3]]])
    }
    let seeds = (0..<8).map { [Double($0), 1] }
    #expect(throws: StatisticsError.wrongCount(name: "graphs of a seed", found: 1, expected: 2)) {
      try ExtremeCalibration([Array(seeds.dropLast()) + [[1]]])
    }
    #expect(throws: StatisticsError.wrongCount(name: "seeds of a layer", found: 9, expected: 8)) {
      try ExtremeCalibration([seeds, seeds + [[1, 2]]])
    }
    #expect(
      throws: StatisticsError.wrongCount(name: "layers of histograms", found: 2, expected: 1)
    ) {
      try ExtremeCalibration([seeds], logarithms: [[], []])
    }
    #expect(
      throws: StatisticsError.wrongCount(name: "histograms of a layer", found: 1, expected: 8)
    ) {
      try ExtremeCalibration([seeds], logarithms: [[FineHistogram()]])
    }
    func layer(_ change: (inout [[Double]]) -> Void) -> [[Double]] {
      var result = seeds
      change(&result)
      return result
    }
    let null = try ExtremeCalibration([
      seeds, layer { $0[0][0] = .infinity }, layer { $0[0] = [.nan, .nan] },
      layer { for index in $0.indices { $0[index] = [2, 2] } }, layer { $0[0][1] = .nan },
    ])
    #expect(null.layers.map { $0.threshold != nil } == [true, false, false, false, true])
    #expect(null.layers.map { $0.problem == nil } == [true, false, false, false, true])
    #expect(null.pValue(layer: 1, 3) == nil)
    // One graph a model.
    let single = try ExtremeCalibration([(0..<8).map { [Double($0)] }])
    #expect(single.layers[0].threshold! > 7 && single.layers[0].thresholdFromGraphs == nil)
    // No layer with a distribution.
    let none = try ExtremeCalibration([layer { $0[0][0] = .infinity }])
    #expect(none.shape == nil && none.layers[0].threshold == nil)
  }

  @Test func theSameNumbersForAnyNumberOfThreads() throws {
    var generator = RandomGenerator(seed: 5)
    let data = maxima(layers: 2, seeds: 10, graphs: 5, common: 0, skewed: true, &generator)
    let former = ThreadPool.threadCount
    defer { ThreadPool.threadCount = former }
    ThreadPool.threadCount = 1
    let one = try ExtremeCalibration(data, simulations: 500)
    ThreadPool.threadCount = 4
    #expect(try ExtremeCalibration(data, simulations: 500) == one)
  }
}
