import Foundation

/// The best shape and scale for one location, and their likelihood.
///
/// The location is given by its gap δ to the sample's minimum. With z the values above the minimum,
/// d = mean z + δ and w = (z + δ) / d, everything follows from two means over the sample,
/// s = −mean ln w and R = mean (w − 1)² / w:
///
///     ln a − ψ(a) = s          θ = d / a
///     mean ln f = ½ ln(a / 2π) − c(a) − a s − ln d + s,  c the correction to Stirling's formula
///     slope of that along ln d, against the location: 1 − (a − 1) R
///
/// These expressions are free of cancellation, both near the minimum and in the normal limit of large shapes.
struct GammaProfile {
  let gap: Double
  let shape: Double
  let scale: Double
  let logLikelihood: Double
  /// Positive where the likelihood increases as the gap decreases.
  let slope: Double

  var isFinite: Bool {
    shape.isFinite && shape > 0 && scale.isFinite && scale > 0 && logLikelihood.isFinite
      && slope.isFinite
  }

  init(gap: Double, meanAboveMinimum: Double, s: Double, r: Double) {
    let d = meanAboveMinimum + gap
    // By Jensen's inequality s is positive, but rounding could make it zero or negative for extreme gaps.
    let positive = max(s, 1e-17)
    let a = SpecialFunctions.inverseLogMinusDigamma(positive)
    self.gap = gap
    shape = a
    scale = d / a
    logLikelihood =
      0.5 * log(a / (2 * .pi)) - SpecialFunctions.stirlingCorrection(a) - a * positive - log(d)
      + positive
    slope = 1 - (a - 1) * r
  }
}

/// Running sums of ln w and (w − 1)² / w.
///
/// One logarithm is computed for a product of eight factors. Every factor is between 1e-9 · (standard
/// deviation / d) and the sample's range over d, far from overflow and underflow. When a product might
/// overflow or underflow, `safe` is false and each factor has its own logarithm.
struct ProfileSums {
  var logarithms = 0.0
  var squares = 0.0

  @inline(__always)
  static func over<Element: BinaryFloatingPoint>(
    _ values: UnsafePointer<Element>, _ range: Range<Int>, minimum: Double, gap: Double,
    meanAboveMinimum: Double
  ) -> ProfileSums {
    let inverse = 1 / (meanAboveMinimum + gap)
    var result = ProfileSums()
    var squares = SIMD4<Double>(repeating: 0)
    var index = range.lowerBound
    let safe = gap * inverse > 1e-30
    if safe {
      while index + 32 <= range.upperBound {
        var product = SIMD4<Double>(repeating: 1)
        for step in 0..<8 {
          let first = index + 4 * step
          let z =
            SIMD4(
              Double(values[first]), Double(values[first + 1]), Double(values[first + 2]),
              Double(values[first + 3])) - minimum
          let w = (z + gap) * inverse
          let v = (z - meanAboveMinimum) * inverse
          product *= w
          squares += v * v / w
        }
        result.logarithms +=
          (log(product[0]) + log(product[1])) + (log(product[2]) + log(product[3]))
        index += 32
      }
    }
    result.squares = (squares[0] + squares[1]) + (squares[2] + squares[3])
    while index < range.upperBound {
      result.add(Double(values[index]) - minimum, 1, gap, inverse, meanAboveMinimum)
      index += 1
    }
    return result
  }

  @inline(__always)
  mutating func add(
    _ z: Double, _ weight: Double, _ gap: Double, _ inverse: Double, _ meanAboveMinimum: Double
  ) {
    let w = (z + gap) * inverse
    let v = (z - meanAboveMinimum) * inverse
    logarithms += weight * log(w)
    squares += weight * (v * v / w)
  }

  mutating func add(_ other: ProfileSums) {
    logarithms += other.logarithms
    squares += other.squares
  }
}
