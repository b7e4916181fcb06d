import Foundation

extension SpecialFunctions {
  /// ψ(x) = d ln Γ(x) / dx for x > 0; NaN for other arguments.
  ///
  /// The error is about 1e-15 of max(1, |ψ|): absolute near the zero at 1.4616.
  public static func digamma(_ x: Double) -> Double {
    guard x > 0 else { return .nan }
    return log(x) - logMinusDigamma(x)
  }

  /// ψ′(x) for x > 0, relative error about 1e-15; NaN for other arguments.
  public static func trigamma(_ x: Double) -> Double {
    guard x > 0 else { return .nan }
    var shifted = x
    var sum = 0.0
    while shifted < 12 {
      sum += 1 / (shifted * shifted)
      shifted += 1
    }
    // 1/x + 1/(2x²) + Σ B_2k / x^(2k+1)
    let y = 1 / (shifted * shifted)
    var tail = 7.0 / 6
    tail = tail * y - 691.0 / 2730
    tail = tail * y + 5.0 / 66
    tail = tail * y - 1.0 / 30
    tail = tail * y + 1.0 / 42
    tail = tail * y - 1.0 / 30
    tail = tail * y + 1.0 / 6
    return sum + (1 + 0.5 / shifted + tail * y) / shifted
  }

  /// ln x − ψ(x) for x > 0, without cancellation for large x.
  package static func logMinusDigamma(_ x: Double) -> Double {
    var shifted = x
    var sum = 0.0
    while shifted < 12 {
      sum += 1 / shifted
      shifted += 1
    }
    // 1/(2x) + Σ B_2k / (2k x^2k)
    let y = 1 / (shifted * shifted)
    var tail = 1.0 / 12
    tail = tail * y - 691.0 / 32760
    tail = tail * y + 1.0 / 132
    tail = tail * y - 1.0 / 240
    tail = tail * y + 1.0 / 252
    tail = tail * y - 1.0 / 120
    tail = tail * y + 1.0 / 12
    let asymptotic = 0.5 / shifted + tail * y
    return shifted == x ? asymptotic : log(x / shifted) + sum + asymptotic
  }

  /// The x > 0 with ln x − ψ(x) = `value`: the shape of a gamma distribution for which the
  /// logarithm of the mean exceeds the mean of the logarithm by `value` (> 0). Relative error about 1e-15.
  package static func inverseLogMinusDigamma(_ value: Double) -> Double {
    // Minka, "Estimating a Gamma distribution" (2002), gives the initial value.
    let s = value
    var x = (3 - s + ((s - 3) * (s - 3) + 24 * s).squareRoot()) / (12 * s)
    for _ in 0..<20 {
      // Newton's method for ln x, which cannot leave the positive numbers.
      let gap = logMinusDigamma(x) - s
      let slope = 1 - x * trigamma(x)
      let step = gap / slope
      x *= exp(-step)
      if abs(step) < 1e-15 { break }
    }
    return x
  }
}
