import Foundation

/// A distribution with shapes, a location and a scale: of (X − location) / scale, the densities below for z in the
/// support. Names and shapes are SciPy's, but for the sign of the generalized extreme value's.
public struct LocatedDistribution: Sendable, Equatable, Codable {
  /// The form of the density.
  public enum Family: String, Sendable, Codable, CaseIterable {
    /// z^(a−1) e^−z / Γ(a), z > 0. Shape a. SciPy's `gamma`.
    case gamma
    /// exp(−(ln z)² / 2s²) / (s z √2π), z > 0. Shape s. SciPy's `lognorm`.
    case logNormal
    /// c z^(c−1) exp(−z^c), z > 0. Shape c. SciPy's `weibull_min`.
    case weibull
    /// c z^(ca−1) exp(−z^c) / Γ(a), z > 0. Shapes a and c > 0. SciPy's `gengamma`.
    case generalizedGamma
    /// t^(1+ξ) e^−t with t = (1 + ξz)^(−1/ξ), e^−z for ξ = 0; 1 + ξz > 0. Shape ξ: SciPy's `genextreme` has −ξ.
    case generalizedExtremeValue
    /// (1 + ξz)^(−1−1/ξ), e^−z for ξ = 0; z ≥ 0 and 1 + ξz > 0. Shape ξ. SciPy's `genpareto`.
    case generalizedPareto

    /// The number of shapes.
    public var shapeCount: Int { self == .generalizedGamma ? 2 : 1 }
  }

  public var family: Family
  public var shapes: [Double]
  public var location: Double
  public var scale: Double

  /// - Precondition: there are as many shapes as the family has, and the scale is positive.
  public init(_ family: Family, shapes: [Double], location: Double, scale: Double) {
    precondition(
      shapes.count == family.shapeCount && scale > 0,
      "LocatedDistribution: shapes \(shapes) and scale \(scale) of \(family)")
    (self.family, self.shapes, self.location, self.scale) = (family, shapes, location, scale)
  }

  /// The logarithm of the density; −∞ outside the support.
  public func logDensity(_ x: Double) -> Double {
    let z = (x - location) / scale
    if z.isNaN { return .nan }
    let shape = shapes[0]
    switch family {
    case .gamma:
      return GammaDistribution(shape: shape, location: location, scale: scale).logDensity(x)
    case .logNormal:
      if z <= 0 { return -.infinity }
      let u = log(z) / shape
      return -0.5 * u * u - log(z * shape * scale) - 0.5 * log(2 * .pi)
    case .weibull: return Self.powerLogDensity(z, 1, shape) - log(scale)
    case .generalizedGamma: return Self.powerLogDensity(z, shape, shapes[1]) - log(scale)
    case .generalizedExtremeValue:
      let y = Self.reduced(z, shape)
      return y.isFinite ? -y * (1 + shape) - exp(-y) - log(scale) : -.infinity
    case .generalizedPareto:
      let y = Self.reduced(z, shape)
      return z >= 0 && y.isFinite ? -y * (1 + shape) - log(scale) : -.infinity
    }
  }

  /// P(X ≤ x).
  public func cumulative(_ x: Double) -> Double {
    let z = (x - location) / scale
    let shape = shapes[0]
    switch family {
    case .gamma:
      return GammaDistribution(shape: shape, location: location, scale: scale).cumulative(x)
    case .logNormal: return z <= 0 ? 0 : 0.5 * erfc(-log(z) / shape / 2.0.squareRoot())
    case .weibull: return z <= 0 ? 0 : -expm1(-pow(z, shape))
    case .generalizedGamma:
      return z <= 0 ? 0 : SpecialFunctions.incompleteGamma(shape, pow(z, shapes[1])).lower
    case .generalizedExtremeValue: return exp(-exp(-Self.reduced(z, shape)))
    case .generalizedPareto: return z <= 0 ? 0 : -expm1(-Self.reduced(z, shape))
    }
  }

  /// P(X > x), accurate in the upper tail.
  public func survival(_ x: Double) -> Double {
    let z = (x - location) / scale
    let shape = shapes[0]
    switch family {
    case .gamma:
      return GammaDistribution(shape: shape, location: location, scale: scale).survival(x)
    case .logNormal: return z <= 0 ? 1 : 0.5 * erfc(log(z) / shape / 2.0.squareRoot())
    case .weibull: return z <= 0 ? 1 : exp(-pow(z, shape))
    case .generalizedGamma:
      return z <= 0 ? 1 : SpecialFunctions.incompleteGamma(shape, pow(z, shapes[1])).upper
    case .generalizedExtremeValue: return -expm1(-exp(-Self.reduced(z, shape)))
    case .generalizedPareto: return z <= 0 ? 1 : exp(-Self.reduced(z, shape))
    }
  }

  /// The x with P(X > x) = `upperTail`, between 0 and 1, both excluded.
  public func quantile(upperTail: Double) -> Double {
    precondition(0 < upperTail && upperTail < 1, "quantile: found an upper tail of \(upperTail)")
    func level(_ y: Double) -> Double {
      let shape = shapes[0]
      return location + scale * (shape == 0 ? y : expm1(shape * y) / shape)
    }
    switch family {
    case .logNormal:
      return location
        + scale * exp(shapes[0] * SpecialFunctions.normalQuantile(upperTail: upperTail))
    case .weibull: return location + scale * pow(-log(upperTail), 1 / shapes[0])
    case .generalizedExtremeValue: return level(-log(-log1p(-upperTail)))
    case .generalizedPareto: return level(-log(upperTail))
    case .gamma, .generalizedGamma:
      var (low, high) = (0.0, 1.0)
      while survival(location + scale * high) > upperTail { (low, high) = (high, 2 * high) }
      for _ in 0..<200 where high - low > 1e-15 * high {
        let middle = 0.5 * (low + high)
        if survival(location + scale * middle) > upperTail { low = middle } else { high = middle }
      }
      return location + scale * 0.5 * (low + high)
    }
  }

  /// ln(1 + ξz) / ξ, z for ξ = 0; ±∞ outside the support.
  static func reduced(_ z: Double, _ shape: Double) -> Double {
    if shape == 0 || z.isNaN { return z }
    let product = shape * z
    if abs(product) < 1e-8 { return z * (1 - 0.5 * product) }
    return product > -1 ? log1p(product) / shape : shape > 0 ? -.infinity : .infinity
  }

  /// ln of c z^(ca−1) exp(−z^c) / Γ(a).
  private static func powerLogDensity(_ z: Double, _ a: Double, _ c: Double) -> Double {
    if z < 0 { return -.infinity }
    if z == 0 {
      if c * a == 1 { return log(c) - SpecialFunctions.logGamma(a) }
      return c * a < 1 ? .infinity : -.infinity
    }
    return log(c) + (c * a - 1) * log(z) - pow(z, c) - SpecialFunctions.logGamma(a)
  }
}
