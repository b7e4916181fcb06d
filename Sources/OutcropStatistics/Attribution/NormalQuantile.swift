import Foundation

extension SpecialFunctions {
  /// The z that a standard normal value exceeds with the probability `upperTail`; −∞ at 1, ∞ at 0, NaN
  /// outside 0 ... 1. Not valid for tails between 0 and 1e-300.
  ///
  /// The relative error is a few 1e-16; near z = 0, the absolute error is a few 1e-16.
  public static func normalQuantile(upperTail: Double) -> Double {
    if upperTail > 0.5 { return -normalQuantile(upperTail: 1 - upperTail) }
    guard upperTail > 0 else { return upperTail == 0 ? .infinity : .nan }
    if upperTail == 0.5 { return 0 }
    // Newton's method on ln Q(z), which is concave, from above (Q(z) ≤ exp(−z² / 2)): z falls toward
    // the root.
    let target = log(upperTail)
    var z = (-2 * target).squareRoot()
    for _ in 0..<100 {
      let tail = 0.5 * erfc(z / 2.0.squareRoot())
      let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
      let step = (log(tail) - target) * tail / density
      z += step
      if abs(step) <= 1e-15 * max(1, abs(z)) { break }
    }
    return z
  }
}
