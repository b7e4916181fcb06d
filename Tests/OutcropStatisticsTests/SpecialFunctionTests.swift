import Foundation
import OutcropStatistics
import Testing

/// Against mpmath's and SciPy's values (Scripts/statistics_truth.py).
struct SpecialFunctionTests {
  private func expectClose(
    _ found: Double, _ expected: Double, relative: Double, absolute: Double = 0, _ what: String
  ) {
    let gap = abs(found - expected)
    #expect(
      gap <= max(relative * abs(expected), absolute), "\(what): \(found) against \(expected)")
  }

  @Test func gammaAndItsLogarithmicDerivatives() {
    for row in truth["special"].list.map(\.doubles) {
      let x = row[0]
      expectClose(
        SpecialFunctions.logGamma(x), row[1], relative: 1e-14, absolute: 1e-14, "lnΓ(\(x))")
      expectClose(
        SpecialFunctions.digamma(x), row[2], relative: 1e-14, absolute: 1e-14, "ψ(\(x))")
      expectClose(SpecialFunctions.trigamma(x), row[3], relative: 1e-14, "ψ′(\(x))")
      expectClose(
        SpecialFunctions.logMinusDigamma(x), row[4], relative: 1e-14, "ln − ψ (\(x))")
      expectClose(
        SpecialFunctions.inverseLogMinusDigamma(row[4]), x, relative: 3e-14, "inverse at \(x)")
    }
    for x in [0, -1, -2.5, Double.nan] {
      #expect(SpecialFunctions.logGamma(x).isNaN)
      #expect(SpecialFunctions.digamma(x).isNaN)
      #expect(SpecialFunctions.trigamma(x).isNaN)
    }
  }

  @Test func incompleteGamma() {
    var worst = 0.0
    for row in truth["incomplete"].list.map(\.doubles) {
      let (a, x, lower, upper) = (row[0], row[1], row[2], row[3])
      let found = SpecialFunctions.incompleteGamma(a, x)
      expectClose(found.lower, lower, relative: 0, absolute: 1e-14, "P(\(a), \(x))")
      expectClose(found.upper, upper, relative: 0, absolute: 1e-14, "Q(\(a), \(x))")
      // The smaller one is right to its own digits too, less those that its logarithm costs.
      let small = min(lower, upper)
      let gap = abs((lower < upper ? found.lower : found.upper) - small) / small
      worst = max(worst, gap)
      #expect(gap < 1e-12, "the tail at (\(a), \(x)): \(found) against \(small)")
    }
    print("incomplete gamma: worst relative error of the smaller tail", worst)
    #expect(SpecialFunctions.incompleteGamma(2, 0) == (0, 1))
    #expect(SpecialFunctions.incompleteGamma(2, .infinity) == (1, 0))
    #expect(SpecialFunctions.incompleteGamma(-1, 1).lower.isNaN)
    #expect(SpecialFunctions.incompleteGamma(1, -1).lower.isNaN)
  }

  @Test func gammaDistribution() {
    for row in truth["gamma"].list.map(\.doubles) {
      let distribution = GammaDistribution(shape: row[0], location: row[1], scale: row[2])
      let x = row[3]
      let name = "shape \(row[0]) at \(x)"
      // Rounding of the argument z alone costs this much.
      let z = (x - row[1]) / row[2]
      let rounding = abs((row[0] - 1) / z - 1) * z * 4e-16
      expectClose(
        distribution.logDensity(x), row[4], relative: 2e-14, absolute: 2e-14 + rounding,
        name + ": density")
      // Location and scale cost digits of the argument where the shape is large.
      let absolute = row[0] < 1e5 ? 1e-14 : 2e-11
      expectClose(distribution.cumulative(x), row[5], relative: 0, absolute: absolute, name)
      expectClose(distribution.survival(x), row[6], relative: 0, absolute: absolute, name)
    }
    let exponential = GammaDistribution(shape: 1, location: 2, scale: 3)
    #expect(exponential.density(2) == 1.0 / 3)
    #expect(exponential.density(1.9) == 0)
    #expect(exponential.cumulative(1) == 0)
    #expect(exponential.survival(1) == 1)
    #expect(exponential.mean == 5 && exponential.variance == 9)
  }

  /// The distribution function is monotone across the borders between methods.
  @Test func cumulativeNeverFalls() {
    for shape in [0.3, 5, 19.99, 20, 35, 500, 1e8] {
      let spread = shape.squareRoot()
      var last = 0.0
      for step in 0...4000 {
        let x = max(0, shape + spread * (Double(step) / 200 - 10))
        let value = SpecialFunctions.incompleteGamma(shape, x).lower
        #expect(value >= last - 1e-14)
        last = value
      }
    }
  }
}
