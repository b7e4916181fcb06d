import Foundation

extension SpecialFunctions {
  /// The regularized incomplete gamma functions P(a, x) = γ(a, x) / Γ(a) and Q = 1 − P, for a > 0 and
  /// x ≥ 0.
  ///
  /// The smaller of the two is computed directly, with a relative error of about 1e-14 that grows with
  /// |ln P| or |ln Q| in the far tails. NaN for arguments outside the domain.
  public static func incompleteGamma(_ a: Double, _ x: Double) -> (lower: Double, upper: Double) {
    guard a > 0, a < .infinity, !x.isNaN, x >= 0 else { return (.nan, .nan) }
    if x == 0 { return (0, 1) }
    if x == .infinity { return (1, 0) }
    if a >= 20 {
      let u = (x - a) / a
      if u > -0.7, u < 1.35 { return uniformIncompleteGamma(a, u) }
    }
    if x < a + 1 {
      let lower = min(1, incompleteGammaFactor(a, x) * lowerSeries(a, x))
      return (lower, 1 - lower)
    }
    let upper = min(1, incompleteGammaFactor(a, x) * upperFraction(a, x))
    return (1 - upper, upper)
  }

  /// x^a e^−x / Γ(a).
  package static func incompleteGammaFactor(_ a: Double, _ x: Double) -> Double {
    if a < 16, x < 500 { return pow(x, a) * exp(-x) / tgamma(a) }
    return exp(logIncompleteGammaFactor(a, x))
  }

  /// ln(x^a e^−x / Γ(a)).
  package static func logIncompleteGammaFactor(_ a: Double, _ x: Double) -> Double {
    if a < 16 { return a * log(x) - x - logGamma(a) }
    // Around x = a the large terms cancel; the remaining term is a (ln(1 + u) − u) with u = x/a − 1.
    return 0.5 * log(a) - halfLogTwoPi - stirlingCorrection(a) + a * log1pMinus((x - a) / a)
  }

  /// Σ x^k / (a (a + 1) … (a + k)): P without its factor.
  private static func lowerSeries(_ a: Double, _ x: Double) -> Double {
    var term = 1 / a
    var sum = term
    var denominator = a
    repeat {
      denominator += 1
      term *= x / denominator
      sum += term
    } while term > sum * 1e-17
    return sum
  }

  /// Q without its factor: the continued fraction 1/(x+1−a− 1(1−a)/(x+3−a− …)) by Lentz's method.
  private static func upperFraction(_ a: Double, _ x: Double) -> Double {
    let tiny = 1e-300
    var b = x + 1 - a
    var c = 1 / tiny
    var d = 1 / b
    var result = d
    var k = 1.0
    while k < 100_000 {
      let numerator = -k * (k - a)
      b += 2
      d = numerator * d + b
      if abs(d) < tiny { d = tiny }
      c = b + numerator / c
      if abs(c) < tiny { c = tiny }
      d = 1 / d
      let factor = d * c
      result *= factor
      if abs(factor - 1) < 2e-16 { break }
      k += 1
    }
    return result
  }

  /// Temme's expansion, uniform in x for large a, as summed by Gil, Segura and Temme ("Efficient and
  /// accurate algorithms for the computation and inversion of the incomplete gamma function ratios",
  /// SIAM J. Sci. Comput. 34 (2012), section 2.4). `u` is x/a − 1.
  private static func uniformIncompleteGamma(_ a: Double, _ u: Double) -> (Double, Double) {
    let halfEtaSquared = -log1pMinus(u)
    let eta = u < 0 ? -(2 * halfEtaSquared).squareRoot() : (2 * halfEtaSquared).squareRoot()
    let remainder =
      exp(-a * halfEtaSquared) / (2 * Double.pi * a).squareRoot() * uniformSum(a, eta)
    let normal = 0.5 * erfc(abs(eta) * (a / 2).squareRoot())
    if eta < 0 {
      let lower = max(0, normal - remainder)
      return (lower, 1 - lower)
    }
    let upper = max(0, normal + remainder)
    return (1 - upper, upper)
  }

  private static func uniformSum(_ a: Double, _ eta: Double) -> Double {
    let count = uniformCoefficients.count - 2
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: count + 2) { beta in
      uniformCoefficients.withUnsafeBufferPointer { f in
        beta[count] = f[count + 1]
        beta[count - 1] = f[count]
        for m in stride(from: count - 1, to: 0, by: -1) {
          beta[m - 1] = f[m] + Double(m + 1) * beta[m + 1] / a
        }
      }
      var sum = 0.0
      for m in stride(from: count, through: 0, by: -1) { sum = sum * eta + beta[m] }
      return sum / (1 + beta[1] / a)
    }
  }

  /// Coefficients of η / (λ − 1) in powers of η, where ½ η² = λ − 1 − ln λ.
  private static let uniformCoefficients: [Double] = [
    1.0, -0.3333333333333333, 0.08333333333333333,
    -0.014814814814814815, 0.0011574074074074073, 0.0003527336860670194,
    -0.0001787551440329218, 3.919263178522438e-05, -2.185448510679992e-06,
    -1.85406221071516e-06, 8.296711340953087e-07, -1.7665952736826078e-07,
    6.707853543401498e-09, 1.0261809784240309e-08, -4.382036018453353e-09,
    9.14769958223679e-10, -2.5514193994946248e-11, -5.830772132550426e-11,
    2.4361948020667415e-11, -5.0276692801141755e-12, 1.1004392031956135e-13,
    3.371763262400985e-13, -1.392388722418162e-13, 2.8534893807047445e-14,
    -5.139111834242572e-16, -1.9752288294349442e-15, 8.099521156704561e-16,
    -1.6522531216398162e-16, 2.5305430097478883e-18, 1.1686939738559576e-17,
  ]
}
