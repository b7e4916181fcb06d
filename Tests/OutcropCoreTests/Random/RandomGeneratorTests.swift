import Foundation
import OutcropCore
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
}
