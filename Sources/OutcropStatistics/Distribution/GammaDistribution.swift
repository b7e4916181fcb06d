import Foundation

/// The gamma distribution with shape a, location l and scale θ: (X − l) / θ has density
/// z^(a−1) e^−z / Γ(a) for z > 0.
public struct GammaDistribution: Sendable, Equatable, Codable {
  /// a > 0.
  public var shape: Double
  /// l: the lower end of the support.
  public var location: Double
  /// θ > 0.
  public var scale: Double

  /// The distribution with the given parameters; nothing is checked.
  public init(shape: Double, location: Double = 0, scale: Double = 1) {
    self.shape = shape
    self.location = location
    self.scale = scale
  }

  /// l + a θ.
  public var mean: Double { location + shape * scale }
  /// a θ².
  public var variance: Double { shape * scale * scale }

  /// The density at `x`; infinite at the location itself when the shape is below 1.
  public func density(_ x: Double) -> Double { exp(logDensity(x)) }

  /// The logarithm of the density, −∞ below the support.
  public func logDensity(_ x: Double) -> Double {
    let z = (x - location) / scale
    if z.isNaN { return .nan }
    if z < 0 { return -.infinity }
    if z == 0 {
      return shape == 1 ? -log(scale) : shape < 1 ? .infinity : -.infinity
    }
    if z == .infinity { return -.infinity }
    return SpecialFunctions.logIncompleteGammaFactor(shape, z) - log(z) - log(scale)
  }

  /// P(X ≤ x).
  public func cumulative(_ x: Double) -> Double {
    let z = (x - location) / scale
    return z <= 0 ? 0 : SpecialFunctions.incompleteGamma(shape, z).lower
  }

  /// P(X > x), accurate in the upper tail.
  public func survival(_ x: Double) -> Double {
    let z = (x - location) / scale
    return z <= 0 ? 1 : SpecialFunctions.incompleteGamma(shape, z).upper
  }
}
