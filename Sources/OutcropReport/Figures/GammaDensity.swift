import Foundation

extension StudyResults.GammaFit {
  /// The density of the distribution at y: ((y−l)/s)^(k−1) · exp(−(y−l)/s) / (s·Γ(k)), 0 below l.
  ///
  /// Computed through its logarithm, so that large shapes cause neither overflow nor underflow. At y = l it
  /// is infinite for a shape below 1. Parameters outside the distribution's range give NaN.
  package func density(at y: Double) -> Double {
    guard shape > 0, scale > 0, location.isFinite else { return .nan }
    let z = (y - location) / scale
    if z < 0 { return 0 }
    if z == 0 { return shape < 1 ? .infinity : shape == 1 ? 1 / scale : 0 }
    return exp((shape - 1) * log(z) - z - lgamma(shape)) / scale
  }
}
