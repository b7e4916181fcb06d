import Foundation

/// Special functions of one real argument that the gamma distribution and its fit need.
public enum SpecialFunctions {
  /// ln Γ(x) for x > 0; NaN for other arguments.
  ///
  /// The absolute error is a few 1e-16 of max(1, |ln Γ|). The relative error is not bounded near the
  /// zeros at 1 and 2.
  public static func logGamma(_ x: Double) -> Double {
    guard x > 0 else { return .nan }
    if x == .infinity { return .infinity }
    if x < stirlingStart { return log(tgamma(x)) }
    return (x - 0.5) * log(x) - x + halfLogTwoPi + stirlingCorrection(x)
  }

  /// The remainder of Stirling's formula: ln Γ(x) − ((x − ½) ln x − x + ½ ln 2π), for x > 0.
  ///
  /// Also ln n! − ((n + ½) ln n − n + ½ ln 2π) for a whole number n.
  package static func stirlingCorrection(_ x: Double) -> Double {
    if x < stirlingStart { return log(tgamma(x)) - ((x - 0.5) * log(x) - x + halfLogTwoPi) }
    // B_2k / (2k (2k − 1) x^(2k−1)); at x = 16 the first term left out is below 1e-19.
    let y = 1 / (x * x)
    var sum = -3617.0 / 122400
    sum = sum * y + 1.0 / 156
    sum = sum * y - 691.0 / 360360
    sum = sum * y + 1.0 / 1188
    sum = sum * y - 1.0 / 1680
    sum = sum * y + 1.0 / 1260
    sum = sum * y - 1.0 / 360
    sum = sum * y + 1.0 / 12
    return sum / x
  }

  /// ln(1 + u) − u without cancellation for small u; u > −1.
  package static func log1pMinus(_ u: Double) -> Double {
    if abs(u) > 0.3 { return log1p(u) - u }
    // ln(1 + u) = 2 artanh r with r = u / (2 + u); and 2r − u = −r u.
    let r = u / (2 + u)
    let y = r * r
    var sum = 0.0
    var k = 23.0
    while k >= 3 {
      sum = sum * y + 2 / k
      k -= 2
    }
    return r * (sum * y - u)
  }

  static let halfLogTwoPi = 0.918938533204672741780329736406
  private static let stirlingStart = 16.0
}
