import Foundation
import OutcropCore
import OutcropStatistics
import Testing

struct BinomialTests {
  /// Chi-square of draws against the probabilities, classes of at least 20 expected draws each.
  @Test(
    arguments: [
      (5, 0.3), (40, 0.1), (40, 0.9), (1000, 0.004), (30, 0.5), (1000, 0.02), (1000, 0.7),
      (2_000_000, 1e-5), (2_000_000, 4e-6), (100_000, 0.4),
    ])
  func drawsFollowTheDistribution(_ count: Int, _ p: Double) {
    let draws = 40_000
    var random = RandomGenerator(seed: UInt64(count), stream: UInt64(p * 1e7))
    var found: [Int: Int] = [:]
    for _ in 0..<draws { found[Binomial.sample(count, p, &random), default: 0] += 1 }
    let n = Double(count)
    func probability(_ k: Int) -> Double {
      let k = Double(k)
      return exp(
        SpecialFunctions.logGamma(n + 1) - SpecialFunctions.logGamma(k + 1)
          - SpecialFunctions.logGamma(n - k + 1) + k * log(p) + (n - k) * log1p(-p))
    }
    let deviation = (n * p * (1 - p)).squareRoot()
    let low = max(0, Int(n * p - 8 * deviation - 20))
    let high = min(count, Int(n * p + 8 * deviation + 20))
    #expect(found.keys.allSatisfy { (low...high).contains($0) })
    var chi = 0.0
    var classes = 0
    var (expected, observed) = (0.0, 0)
    for k in low...high {
      expected += probability(k) * Double(draws)
      observed += found[k] ?? 0
      if expected >= 20 || k == high {
        chi += (Double(observed) - expected) * (Double(observed) - expected) / max(expected, 1)
        classes += 1
        (expected, observed) = (0, 0)
      }
    }
    // P(χ² > x) with an upper incomplete gamma function; one in 100 000.
    let tail = SpecialFunctions.incompleteGamma(Double(max(1, classes - 1)) / 2, chi / 2).upper
    #expect(tail > 1e-5, "count \(count), p \(p): chi-square \(chi) of \(classes) classes")
  }

  @Test func edgesAndMultinomial() {
    var random = RandomGenerator(seed: 1, stream: 0)
    #expect(Binomial.sample(0, 0.5, &random) == 0 && Binomial.sample(9, 0, &random) == 0)
    #expect(Binomial.sample(9, 1, &random) == 9 && Binomial.sample(9, 1.1, &random) == 9)
    let probabilities = [0.1, 0, 0.25, 0.15, 0.5, 0]
    var totals = [Int](repeating: 0, count: 6)
    for _ in 0..<2000 {
      let counts = Binomial.multinomial(1000, probabilities, &random)
      #expect(counts.reduce(0, +) == 1000 && counts[1] == 0 && counts[5] == 0)
      for index in 0..<6 { totals[index] += counts[index] }
    }
    for (total, p) in zip(totals, probabilities) {
      #expect(abs(Double(total) - 2e6 * p) <= 5 * (2e6 * p * (1 - p)).squareRoot())
    }
  }
}
