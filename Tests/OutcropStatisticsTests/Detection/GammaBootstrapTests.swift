import Foundation
import OutcropCore
import OutcropStatistics
import Testing

@Suite(.serialized) struct GammaBootstrapTests {
  /// Under the null p is uniform: the share of p ≤ 0.1 is within binomial bounds, and that of p ≤ 0.5,
  /// while the p-value that takes the fitted parameters as known almost never gets there.
  @Test func isUniformUnderTheNull() throws {
    var random = SplitMix(2026)
    let rounds = 200
    var pValues: [Double] = []
    var naive: [Double] = []
    for round in 0..<rounds {
      let shape = [2.5, 6, 20][round % 3]
      let values = (0..<1500).map { _ in Float(random.gamma(shape) * 0.3 - 2) }
      let test = try GammaBootstrap(values, replicates: 39, seed: UInt64(round))
      #expect(test.unfittedReplicates == 0)
      pValues.append(test.pValue)
      let fit = try GammaFit(values)
      naive.append(try KolmogorovSmirnov(values, against: fit.distribution).pValue)
    }
    let low = pValues.count { $0 <= 0.1 }
    let half = pValues.count { $0 <= 0.5 }
    // 99.9% of binomial draws: 20 ± 14 and 100 ± 23.
    #expect((7...35).contains(low))
    #expect((77...123).contains(half))
    #expect(naive.count { $0 <= 0.1 } <= 2)
    #expect(naive.count { $0 <= 0.5 } < 40)
  }

  @Test func findsWrongShapes() throws {
    var random = SplitMix(9)
    let humps = (0..<3000).map { Float(random.gamma(8) * 0.2 + ($0 % 2 == 0 ? 0 : 2)) }
    #expect(try GammaBootstrap(humps, replicates: 99).pValue == 0.01)
    let gaussian = (0..<300_000).map { _ in
      Float(-log10(abs(random.normal()) / 0.6745 + 2.220446e-16))
    }
    #expect(try GammaBootstrap(gaussian, replicates: 99).pValue == 0.01)
  }

  /// Millions of values cost no more than thousands, and the null still holds.
  @Test func manyValues() throws {
    var random = SplitMix(90)
    let values = (0..<2_000_000).map { _ in Float(random.gamma(5) * 0.4 - 2) }
    let histogram = FineHistogram(values)
    var tests: [GammaBootstrap] = []
    let before = ThreadPool.threadCount
    defer { ThreadPool.threadCount = before }
    for threads in [1, 2] {
      ThreadPool.threadCount = threads
      tests.append(try GammaBootstrap(histogram, seed: 4))
    }
    #expect(tests[0] == tests[1])
    #expect(tests[0].pValue > 0.01)
    #expect(tests[0].sampleCount == 2_000_000)
    #expect(try GammaBootstrap(histogram, seed: 5) != tests[0])
    let again = try JSONDecoder().decode(
      GammaBootstrap.self, from: JSONEncoder().encode(tests[0]))
    #expect(again == tests[0])
  }

  @Test func smallAndOddSamples() throws {
    #expect(throws: StatisticsError.tooFewValues(found: 2, required: 3)) {
      try GammaBootstrap([1, 2])
    }
    #expect(throws: StatisticsError.constantSample(value: 1)) { try GammaBootstrap([1, 1, 1, 1]) }
    var random = SplitMix(1)
    for count in [3, 4, 10, 50] {
      let values = (0..<count).map { _ in Float(random.normal()) } + [.nan, .infinity]
      let test = try GammaBootstrap(values, replicates: 19)
      #expect((0.05...1).contains(test.pValue))
      #expect(test.sampleCount == count)
    }
  }
}
