import Foundation
import OutcropCore

/// The properties of a sample that the search for a location uses.
protocol LocatedSample {
  var count: Int { get }
  var minimum: Double { get }
  var mean: Double { get }
  var standardDeviation: Double { get }
  /// Values above the minimum, and how many values each represents: few enough for many evaluations.
  var searchPoints: [(z: Double, weight: Double)] { get }
  /// Whether `searchPoints` are the complete sample.
  var pointsAreExact: Bool { get }
  /// The sums over the whole sample.
  func profileSums(gap: Double) -> ProfileSums
}

/// The search for the location of the gamma distribution that fits a sample best.
///
/// The location is minimum − δ with δ between 1.5e-8 and 1e4 standard deviations. A condensed sample
/// (its lowest values unchanged, the others as weighted bins) is searched on a grid of ln δ; the
/// highest maximum found is then refined with the whole sample.
struct LocationSearch<S: LocatedSample> {
  private let sample: S
  private let meanAboveMinimum: Double
  private let points: [(z: Double, weight: Double)]
  /// The maximum number of steps to find one root.
  private let iterationLimit: Int

  private static var range: ClosedRange<Double> { -18...9.2103 }
  private static var gridCount: Int { 80 }
  /// Enough for any root: the search halves its interval at least every eighth step.
  static var defaultIterationLimit: Int { 600 }

  init(_ sample: S, iterationLimit: Int = Self.defaultIterationLimit) {
    self.sample = sample
    meanAboveMinimum = sample.mean - sample.minimum
    points = sample.searchPoints
    self.iterationLimit = iterationLimit
  }

  /// The profile and the boundary of the best location; nil if the search does not converge.
  func maximum() -> (GammaProfile, GammaFit.Boundary)? {
    let count = Self.gridCount
    let step = (Self.range.upperBound - Self.range.lowerBound) / Double(count - 1)
    let grid = (0..<count).map { Self.range.lowerBound + Double($0) * step }
    let profiles = [GammaProfile](unsafeUninitializedCapacity: count) { result, initialized in
      ThreadPool.run(chunks: count) { result.initializeElement(at: $0, to: condensed(grid[$0])) }
      initialized = count
    }
    if !profiles.allSatisfy(\.isFinite) { return nil }
    // The likelihood has a maximum where it stops increasing with the gap.
    var best: (Double, GammaProfile)?
    for index in 1..<count where profiles[index - 1].slope < 0 && profiles[index].slope >= 0 {
      guard
        let root = findRoot(
          grid[index - 1], grid[index], limit: iterationLimit, { condensed($0).slope })
      else { return nil }
      let profile = condensed(root)
      if profile.logLikelihood > (best?.1.logLikelihood ?? -.infinity) { best = (root, profile) }
    }
    let far = profiles[count - 1]
    let near = profiles[0]
    let farGrows = far.slope < 0
    let interior = best?.1.logLikelihood ?? -.infinity
    if farGrows, far.logLikelihood > interior {
      // A likelihood that is unbounded toward the minimum is ignored; a bounded, higher one is used.
      if !(near.slope > 0 && near.shape >= 1 && near.logLikelihood > far.logLikelihood) {
        return finite(exact(grid[count - 1]), .normalLimit)
      }
    }
    if let (root, profile) = best {
      if !(near.slope > 0 && near.shape >= 1 && near.logLikelihood > profile.logLikelihood) {
        return polished(root).flatMap { finite($0, .interior) }
      }
    }
    return finite(exact(grid[0]), .locationAtMinimum)
  }

  private func finite(
    _ profile: GammaProfile, _ boundary: GammaFit.Boundary
  ) -> (GammaProfile, GammaFit.Boundary)? {
    profile.isFinite ? (profile, boundary) : nil
  }

  /// Refines a maximum of the condensed sample to one of the whole sample; nil if none is found.
  private func polished(_ root: Double) -> GammaProfile? {
    if sample.pointsAreExact { return exact(root) }
    let h = 1e-4
    let derivative = (condensed(root + h).slope - condensed(root - h).slope) / (2 * h)
    var t = root
    var profile = exact(t)
    // Newton's method with the condensed sample's derivative, which is accurate to several digits.
    for _ in 0..<8 {
      let change = -profile.slope / derivative
      if !(abs(change) < 0.1) { break }
      t += change
      profile = exact(t)
      if abs(change) < 1e-6 { return profile }
    }
    // The two samples disagree here, so search the whole sample around the root.
    var width = 0.05
    while width < 4 {
      if exact(root - width).slope < 0, exact(root + width).slope >= 0 {
        return findRoot(
          root - width, root + width, limit: iterationLimit, { exact($0).slope }
        ).map(exact)
      }
      width *= 2
    }
    return nil
  }

  /// The profile of the condensed sample at ln(δ / standard deviation) = `t`.
  private func condensed(_ t: Double) -> GammaProfile {
    let gap = exp(t) * sample.standardDeviation
    let inverse = 1 / (meanAboveMinimum + gap)
    var sums = ProfileSums()
    for point in points { sums.add(point.z, point.weight, gap, inverse, meanAboveMinimum) }
    return profile(gap, sums)
  }

  /// The profile of the whole sample at ln(δ / standard deviation) = `t`.
  private func exact(_ t: Double) -> GammaProfile {
    let gap = exp(t) * sample.standardDeviation
    return profile(gap, sample.profileSums(gap: gap))
  }

  private func profile(_ gap: Double, _ sums: ProfileSums) -> GammaProfile {
    let n = Double(sample.count)
    return GammaProfile(
      gap: gap, meanAboveMinimum: meanAboveMinimum, s: -sums.logarithms / n, r: sums.squares / n)
  }
}

/// A root of `function`, to about 1e-12, between `low` and `high`, where its signs differ: the Illinois
/// variant of the secant method, with bisection when it is slow. nil after `limit` steps.
func findRoot(
  _ low: Double, _ high: Double, limit: Int, _ function: (Double) -> Double
) -> Double? {
  var (a, b) = (low, high)
  var (fa, fb) = (function(a), function(b))
  var side = 0
  for iteration in 0..<limit {
    if fa == 0 { return a }
    if fb == 0 || b - a < 1e-12 * max(1, abs(a)) { return b }
    var middle = (fa * b - fb * a) / (fa - fb)
    if iteration % 8 == 7 || !(middle > a && middle < b) { middle = 0.5 * (a + b) }
    let value = function(middle)
    if (value < 0) == (fb < 0) {
      b = middle
      fb = value
      if side == -1 { fa /= 2 }
      side = -1
    } else {
      a = middle
      fa = value
      if side == 1 { fb /= 2 }
      side = 1
    }
  }
  return nil
}
