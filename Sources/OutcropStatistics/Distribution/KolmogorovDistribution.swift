import Foundation

/// The distribution of the two-sided one-sample Kolmogorov–Smirnov statistic D.
///
/// Methods are chosen as in Simard and L'Ecuyer, "Computing the Two-Sided Kolmogorov–Smirnov
/// Distribution" (J. Stat. Soft. 39 (2011)), except that Durbin's matrix replaces Pomeranz's
/// recursion.
package enum KolmogorovDistribution {
  /// P(D ≥ d) for a sample of `count` values.
  ///
  /// The relative error is about 1e-10. If count · d² < 2.2 and count > 140, the absolute error is about
  /// 1e-10 instead, that of the Pelz–Good series.
  package static func survival(_ d: Double, count n: Int) -> Double {
    let size = Double(n)
    if d.isNaN || n <= 0 { return .nan }
    if d >= 1 { return 0 }
    let t = size * d
    if t <= 0.5 { return 1 }
    if t <= 1 {
      // n!/n^n (2t − 1)^n
      let logarithm =
        0.5 * log(size) - size + 0.5 * log(2 * .pi) + SpecialFunctions.stirlingCorrection(size)
      return 1 - exp(logarithm + size * log(2 * t - 1))
    }
    if t >= size - 1 { return 2 * pow(1 - d, size) }
    if d >= 0.5 { return min(1, 2 * oneSidedSurvival(d, count: n)) }
    let square = t * d
    if square >= 370 { return 0 }
    if square >= (n <= 140 ? 4 : 2.2) { return min(1, 2 * oneSidedSurvival(d, count: n)) }
    if n <= 140 || (n <= 100_000 && size * pow(d, 1.5) <= 1.4) {
      return min(1, max(0, 1 - matrixCumulative(d, count: n)))
    }
    return min(1, max(0, 1 - seriesCumulative(d, count: n)))
  }

  /// Kolmogorov's limit: P(√n D ≥ x) for n → ∞.
  package static func limitSurvival(_ x: Double) -> Double {
    if x.isNaN { return .nan }
    if x <= 0 { return 1 }
    if x < 1 {
      // Jacobi's other form of the series converges fast for small x.
      var sum = 0.0
      for k in 1...8 {
        let odd = Double(2 * k - 1)
        sum += exp(-odd * odd * Double.pi * Double.pi / (8 * x * x))
      }
      return 1 - (2 * Double.pi).squareRoot() / x * sum
    }
    var sum = 0.0
    for k in 1...8 {
      let term = exp(-2 * Double(k * k) * x * x)
      sum += k % 2 == 1 ? term : -term
    }
    return 2 * sum
  }

  /// P(D⁺ ≥ d), the one-sided statistic, by Smirnov's sum
  /// d Σ_j C(n, j) (d + j/n)^(j−1) (1 − d − j/n)^(n−j).
  static func oneSidedSurvival(_ d: Double, count n: Int) -> Double {
    let size = Double(n)
    var sum = exp(size * log1p(-d))
    let last = min(n - 1, Int((size * (1 - d)).rounded(.down)))
    if last < 1 { return sum }
    let whole = SpecialFunctions.stirlingCorrection(size)
    for index in 1...last {
      let j = Double(index)
      let rest = size - j
      let p = d + j / size
      if p >= 1 { break }
      // The binomial probability by Loader's saddle point form, which keeps its relative accuracy.
      let logarithm =
        whole - SpecialFunctions.stirlingCorrection(j) - SpecialFunctions.stirlingCorrection(rest)
        + j * SpecialFunctions.log1pMinus(size * d / j)
        + rest * SpecialFunctions.log1pMinus(-size * d / rest)
        + 0.5 * log(size / (2 * .pi * j * rest))
      sum += d / p * exp(logarithm)
    }
    return min(1, sum)
  }

  /// P(D < d) by Durbin's matrix as computed by Marsaglia, Tsang and Wang, "Evaluating Kolmogorov's
  /// Distribution" (J. Stat. Soft. 8 (2003)).
  static func matrixCumulative(_ d: Double, count n: Int) -> Double {
    let t = Double(n) * d
    let k = Int(t.rounded(.up))
    let h = Double(k) - t
    let m = 2 * k - 1
    var matrix = [Double](repeating: 0, count: m * m)
    var inverseFactorial = [Double](repeating: 1, count: m + 1)
    for i in 1...m { inverseFactorial[i] = inverseFactorial[i - 1] / Double(i) }
    for row in 0..<m {
      for column in 0..<m where row - column + 1 >= 0 {
        matrix[row * m + column] = inverseFactorial[row - column + 1]
      }
    }
    for i in 0..<m {
      let edge = pow(h, Double(i + 1)) * inverseFactorial[i + 1]
      matrix[i * m] -= edge
      matrix[(m - 1) * m + (m - 1 - i)] -= edge
    }
    if 2 * h - 1 > 0 { matrix[(m - 1) * m] += pow(2 * h - 1, Double(m)) * inverseFactorial[m] }
    var power = ScaledMatrix(size: m, values: matrix)
    var result: ScaledMatrix?
    var rest = n
    while rest > 0 {
      if rest & 1 == 1 { result = result.map { $0.times(power) } ?? power }
      rest >>= 1
      if rest > 0 { power = power.times(power) }
    }
    // n!/n^n times the middle entry, with a separate exponent.
    var value = result!.values[(k - 1) * m + k - 1]
    var exponent = result!.exponent
    for i in 1...n {
      value *= Double(i) / Double(n)
      if value < 0x1p-256 {
        value *= 0x1p256
        exponent -= 256
      }
    }
    return scalbn(value, exponent)
  }

  /// P(D < d) by the series of Pelz and Good, "Approximating the Lower Tail-Areas of the
  /// Kolmogorov–Smirnov One-Sample Statistic" (J. R. Stat. Soc. B 38 (1976)).
  static func seriesCumulative(_ d: Double, count n: Int) -> Double {
    let root = Double(n).squareRoot()
    let z = root * d
    let (z2, pi2) = (z * z, Double.pi * Double.pi)
    let (z4, z6) = (z2 * z2, z2 * z2 * z2)
    var k0 = 0.0
    var k1 = 0.0
    var k2 = 0.0
    var k3 = 0.0
    let terms = Int((16 * z / .pi).rounded(.up))
    for k in stride(from: terms, to: 0, by: -1) {
      let m = Double(2 * k - 1)
      let m2 = m * m * pi2 / 4
      let (m4, m6) = (m2 * m2, m2 * m2 * m2)
      let weight = exp(-m2 / (2 * z2))
      k0 += weight
      k1 += weight * (m2 - z2)
      k2 += weight * (6 * z6 + 2 * z4 + (2 * z4 - 5 * z2) * m2 + (1 - 2 * z2) * m4)
      let a = -30 * z6 - 90 * z4 * z4
      let b = (135 * z4 - 96 * z6) * m2
      k3 += weight * (a + b + (212 * z4 - 60 * z2) * m4 + (5 - 30 * z2) * m6)
    }
    var k2Extra = 0.0
    var k3Extra = 0.0
    for k in stride(from: terms, to: 0, by: -1) {
      let k2pi2 = Double(k * k) * pi2
      let weight = exp(-k2pi2 / (2 * z2))
      k2Extra += k2pi2 * weight
      k3Extra += (3 * z2 - k2pi2) * k2pi2 * weight
    }
    let factor = (2 * Double.pi).squareRoot()
    let order0 = factor * k0 / z
    let order1 = factor * k1 / (6 * z4)
    let order2 = factor * (k2 / (72 * z6 * z) - k2Extra / (36 * z2 * z))
    let order3 = factor * (k3 / (6480 * z6 * z4) + k3Extra / (216 * z6))
    return order0 + (order1 + (order2 + order3 / root) / root) / root
  }
}

/// A square matrix with non-negative entries times 2^`exponent`.
private struct ScaledMatrix {
  let size: Int
  var values: [Double]
  var exponent = 0

  func times(_ other: ScaledMatrix) -> ScaledMatrix {
    var product = ScaledMatrix(
      size: size, values: Array(repeating: 0, count: size * size),
      exponent: exponent + other.exponent)
    for row in 0..<size {
      for inner in 0..<size {
        let factor = values[row * size + inner]
        for column in 0..<size {
          product.values[row * size + column] += factor * other.values[inner * size + column]
        }
      }
    }
    if product.values[(size / 2) * size + size / 2] > 0x1p256 {
      for index in product.values.indices { product.values[index] *= 0x1p-256 }
      product.exponent += 256
    }
    return product
  }
}
