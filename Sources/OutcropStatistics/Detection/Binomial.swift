import Foundation
import OutcropCore

/// Exact sampling of binomial and multinomial counts.
package enum Binomial {
  /// A draw from the binomial distribution of `count` trials with probability `p` (clamped to 0 ... 1):
  /// by inversion for small means, else by Hörmann's transformed rejection ("The generation of
  /// binomial random variates", J. Stat. Comput. Simul. 46 (1993), algorithm BTRS).
  package static func sample(_ count: Int, _ p: Double, _ random: inout RandomGenerator) -> Int {
    if count <= 0 || !(p > 0) { return 0 }
    if p >= 1 { return count }
    if p > 0.5 { return count - sample(count, 1 - p, &random) }
    return Double(count) * p < 10
      ? inversion(count, p, &random) : rejection(count, p, &random)
  }

  private static func inversion(_ count: Int, _ p: Double, _ random: inout RandomGenerator) -> Int {
    let odds = p / (1 - p)
    let start = exp(Double(count) * log1p(-p))
    while true {
      var u = random.unit()
      var probability = start
      // Beyond this count the probability is smaller than rounding errors.
      for k in 0...min(count, 200) {
        if u < probability { return k }
        u -= probability
        probability *= odds * Double(count - k) / Double(k + 1)
      }
    }
  }

  private static func rejection(_ count: Int, _ p: Double, _ random: inout RandomGenerator) -> Int {
    let n = Double(count)
    let deviation = (n * p * (1 - p)).squareRoot()
    let b = 1.15 + 2.53 * deviation
    let a = -0.0873 + 0.0248 * b + 0.01 * p
    let center = n * p + 0.5
    let inner = 0.92 - 4.2 / b
    let alpha = (2.83 + 5.1 / b) * deviation
    let odds = p / (1 - p)
    let mode = ((n + 1) * p).rounded(.down)
    /// ln k! minus Stirling's formula.
    func tail(_ k: Double) -> Double { SpecialFunctions.stirlingCorrection(k + 1) }
    while true {
      let u = random.unit() - 0.5
      let v = random.unit()
      let distance = 0.5 - abs(u)
      let k = ((2 * a / distance + b) * u + center).rounded(.down)
      if k < 0 || k > n { continue }
      if distance >= 0.07, v <= inner { return Int(k) }
      // ln of the ratio of the probabilities of k and of the mode
      let bound =
        (mode + 0.5) * log((mode + 1) / (odds * (n - mode + 1))) + tail(mode) + tail(n - mode)
        + (n + 1) * log((n - mode + 1) / (n - k + 1))
        + (k + 0.5) * log(odds * (n - k + 1) / (k + 1)) - tail(k) - tail(n - k)
      if log(v * alpha / (a / (distance * distance) + b)) <= bound { return Int(k) }
    }
  }

  /// A draw from the multinomial distribution of `count` values over classes with the given
  /// probabilities, which sum to one: conditional binomial draws, one class after the other.
  package static func multinomial(
    _ count: Int, _ probabilities: [Double], _ random: inout RandomGenerator
  ) -> [Int] {
    // The remaining probability, summed from the last class so that it is exactly zero at the end.
    var rest = [Double](repeating: 0, count: probabilities.count + 1)
    for index in probabilities.indices.reversed() {
      rest[index] = rest[index + 1] + probabilities[index]
    }
    var left = count
    return probabilities.indices.map { index in
      if left == 0 || rest[index] <= 0 { return 0 }
      let drawn =
        rest[index + 1] <= 0 ? left : sample(left, probabilities[index] / rest[index], &random)
      left -= drawn
      return drawn
    }
  }
}
