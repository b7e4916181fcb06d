import Foundation
import OutcropCore
import OutcropTensor
import Testing

@Suite("Random numbers")
struct RandomGeneratorTests {
  // The vector that the implementations of the reference share, for the state 1, 2, 3, 4.
  @Test("xoshiro256++ gives the published numbers")
  func knownNumbers() throws {
    var generator = try #require(RandomGenerator(state: [1, 2, 3, 4]))
    let expected: [UInt64] = [
      41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386,
      9_228_616_714_210_784_205, 9_973_669_472_204_895_162, 14_011_001_112_246_962_877,
      12_406_186_145_184_390_807, 15_849_039_046_786_891_736, 10_450_023_813_501_588_000,
    ]
    for value in expected { #expect(generator.next() == value) }
  }

  // SplitMix64's published numbers for the seed 1234567.
  @Test("Seeds are spread by SplitMix64")
  func seeding() {
    #expect(
      RandomGenerator(seed: 1_234_567).state == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
        4_593_380_528_125_082_431,
      ])
  }

  @Test("A saved state goes on with the same numbers")
  func savedState() throws {
    var generator = RandomGenerator(seed: 5)
    for _ in 0..<17 { _ = generator.normal() }
    var restored = try #require(RandomGenerator(state: generator.state))
    #expect(restored == generator)
    for _ in 0..<50 {
      #expect(restored.next() == generator.next())
      #expect(restored.normal() == generator.normal())
    }
    #expect(RandomGenerator(state: [0, 0, 0, 0]) == nil)
    #expect(RandomGenerator(state: [1, 2, 3]) == nil)
  }

  @Test(
    "A permutation holds each number once and is the same for the same seed",
    arguments: [0, 1, 2, 1000])
  func permutation(_ count: Int) {
    var (a, b, c) = (RandomGenerator(seed: 1), RandomGenerator(seed: 1), RandomGenerator(seed: 2))
    let order = a.permutation(count)
    #expect(order.sorted() == Array(0..<count))
    #expect(order == b.permutation(count))
    if count == 1000 {
      #expect(order != c.permutation(count))
      #expect(order != Array(0..<count))
    }
  }

  @Test("Permutations of three are equally likely")
  func permutationsAreFair() {
    var generator = RandomGenerator(seed: 3)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<60_000 { counts[generator.permutation(3), default: 0] += 1 }
    #expect(counts.count == 6)
    // Five standard deviations of a binomial with p = 1/6.
    for count in counts.values { #expect(abs(Double(count) - 10_000) < 5 * 91.3) }
  }

  @Test("Bounded numbers are uniform, for bounds that do not divide 2⁶⁴", arguments: [1, 3, 10])
  func bounded(_ bound: Int) {
    var generator = RandomGenerator(seed: 11)
    var counts = [Int](repeating: 0, count: bound)
    let draws = 100_000
    for _ in 0..<draws { counts[generator.below(bound)] += 1 }
    let p = 1 / Double(bound)
    for count in counts {
      #expect(
        abs(Double(count) - Double(draws) * p) <= 5 * (Double(draws) * p * (1 - p)).squareRoot())
    }
  }

  private func moments(_ x: Tensor<Double>) -> (mean: Double, variance: Double, fourth: Double) {
    let mean = x.mean().scalar
    let centered = x - mean
    let square = centered * centered
    return (mean, square.mean().scalar, (square * square).mean().scalar)
  }

  @Test("Uniform values: range and moments")
  func uniform() {
    var generator = RandomGenerator(seed: 7)
    let x = Tensor<Double>.uniform([200, 500], low: -2, high: 4, using: &generator)
    #expect(x.values.allSatisfy { $0 >= -2 && $0 < 4 })
    let (mean, variance, fourth) = moments(x)
    // (b − a)² / 12 = 3, (b − a)⁴ / 80 = 16.2; bounds of five standard errors.
    #expect(abs(mean - 1) < 5 * (3 / 1e5).squareRoot())
    #expect(abs(variance - 3) < 5 * ((16.2 - 9) / 1e5).squareRoot())
    #expect(abs(fourth - 16.2) < 0.3)
  }

  @Test("Normal values: moments")
  func normal() {
    var generator = RandomGenerator(seed: 8)
    let (mean, variance, fourth) = moments(
      .normal([100_000], mean: 3, deviation: 2, using: &generator))
    #expect(abs(mean - 3) < 5 * 2 / 1e5.squareRoot())
    #expect(abs(variance - 4) < 5 * (32 / 1e5).squareRoot())
    // 3 σ⁴ = 48, with a variance of 96 σ⁸ / n.
    #expect(abs(fourth - 48) < 5 * (96 * 256 / 1e5).squareRoot())
  }

  @Test("Initialisers draw from the ranges of their rules")
  func initializers() {
    var generator = RandomGenerator(seed: 9)
    func check(_ x: Tensor<Double>, _ shape: [Int], bound: Double) {
      #expect(x.shape == shape)
      #expect(x.values.allSatisfy { abs($0) <= bound })
      let (mean, variance, _) = moments(x)
      let count = Double(x.count)
      #expect(abs(mean) < 5 * bound / (3 * count).squareRoot())
      #expect(abs(variance / (bound * bound / 3) - 1) < 5 * (0.8 / count).squareRoot())
    }
    check(
      .linearWeight(out: 300, in: 100, using: &generator), [300, 100], bound: 0.1)
    check(.linearBias(out: 5000, in: 25, using: &generator), [5000], bound: 0.2)
    check(
      .xavierUniform(out: 200, in: 100, gain: 2, using: &generator), [200, 100],
      bound: 2 * (6 / 300.0).squareRoot())
    let table = Tensor<Double>.embeddingTable(count: 100, width: 300, using: &generator)
    #expect(table.shape == [100, 300])
    #expect(abs(moments(table).variance - 1) < 5 * (2 / 3e4).squareRoot())
  }

  @Test("Numbers in single precision never reach the end of the range")
  func unit() {
    #expect(Float.unit(fromBits: .max) < 1 && Double.unit(fromBits: .max) < 1)
    #expect(Float.unit(fromBits: 0) == 0 && Double.unit(fromBits: 0) == 0)
  }
}
