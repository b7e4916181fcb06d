import Foundation
import OutcropBLAS

/// The search for the location of the gamma distribution that fits a sample best.
///
/// The location is minimum − δ with δ between 1.5e-8 and 1e4 standard deviations. A condensed sample
/// (its lowest values as they are, the others as weighted bins) is searched on a grid of ln δ; the
/// highest maximum found is then made exact with the whole sample.
struct LocationSearch<Element: BinaryFloatingPoint & Sendable> {
  private let sample: Sample<Element>
  private let meanAboveMinimum: Double
  /// Values above the minimum and how many values each stands for.
  private let points: [(z: Double, weight: Double)]

  private static var range: ClosedRange<Double> { -18...9.2103 }
  private static var gridCount: Int { 80 }
  /// Samples up to this size are searched as they are.
  private static var exactCount: Int { 8192 }
  /// In larger ones this many of the lowest values, which decide near the minimum, stay as they are.
  private static var lowCount: Int { 1024 }

  init(_ sample: Sample<Element>) {
    self.sample = sample
    meanAboveMinimum = sample.mean - sample.minimum
    points =
      sample.count <= Self.exactCount
      ? sample.values.map { (Double($0) - sample.minimum, 1) }
      : Self.condensed(sample)
  }

  /// The best location's profile and where it lies.
  func maximum() -> (GammaProfile, GammaFit.Boundary) {
    let count = Self.gridCount
    let step = (Self.range.upperBound - Self.range.lowerBound) / Double(count - 1)
    let grid = (0..<count).map { Self.range.lowerBound + Double($0) * step }
    let profiles = [GammaProfile](unsafeUninitializedCapacity: count) { result, initialized in
      ThreadPool.run(chunks: count) { result.initializeElement(at: $0, to: condensed(grid[$0])) }
      initialized = count
    }
    // A maximum lies where the likelihood stops to grow with the gap.
    var best: (Double, GammaProfile)?
    for index in 1..<count where profiles[index - 1].slope < 0 && profiles[index].slope >= 0 {
      let root = findRoot(grid[index - 1], grid[index]) { condensed($0).slope }
      let profile = condensed(root)
      if profile.logLikelihood > (best?.1.logLikelihood ?? -.infinity) { best = (root, profile) }
    }
    let far = profiles[count - 1]
    let near = profiles[0]
    let farGrows = far.slope < 0
    let interior = best?.1.logLikelihood ?? -.infinity
    if farGrows, far.logLikelihood > interior {
      // Unbounded towards the minimum doesn't count; bounded and higher does.
      if !(near.slope > 0 && near.shape >= 1 && near.logLikelihood > far.logLikelihood) {
        return (exact(grid[count - 1]), .normalLimit)
      }
    }
    if let (root, profile) = best {
      if !(near.slope > 0 && near.shape >= 1 && near.logLikelihood > profile.logLikelihood) {
        return (polished(root), .interior)
      }
    }
    return (exact(grid[0]), .locationAtMinimum)
  }

  /// Makes a maximum of the condensed sample one of the whole sample.
  private func polished(_ root: Double) -> GammaProfile {
    if sample.count <= Self.exactCount { return exact(root) }
    let h = 1e-4
    let derivative = (condensed(root + h).slope - condensed(root - h).slope) / (2 * h)
    var t = root
    var profile = exact(t)
    // Newton's method with the condensed sample's derivative, which is right to several digits.
    for _ in 0..<8 {
      let change = -profile.slope / derivative
      if !(abs(change) < 0.1) { break }
      t += change
      profile = exact(t)
      if abs(change) < 1e-6 { return profile }
    }
    // The samples disagree here: search the whole one around the root.
    var width = 0.05
    while width < 4 {
      if exact(root - width).slope < 0, exact(root + width).slope >= 0 {
        return exact(findRoot(root - width, root + width) { exact($0).slope })
      }
      width *= 2
    }
    return exact(root)
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
    let base = sample.values.baseAddress!
    let sums = reduceParts(sample.count, ProfileSums()) { range in
      ProfileSums.over(
        base, range, minimum: sample.minimum, gap: gap, meanAboveMinimum: meanAboveMinimum)
    } combine: {
      $0.add($1)
    }
    return profile(gap, sums)
  }

  private func profile(_ gap: Double, _ sums: ProfileSums) -> GammaProfile {
    let n = Double(sample.count)
    return GammaProfile(
      gap: gap, meanAboveMinimum: meanAboveMinimum, s: -sums.logarithms / n, r: sums.squares / n)
  }

  private static func condensed(
    _ sample: Sample<Element>
  ) -> [(z: Double, weight: Double)] {
    // The lowest bins that hold `lowCount` values together stay as they are.
    var lowBins = 0
    var lowTotal = 0
    while lowTotal < Self.lowCount {
      lowTotal += sample.counts[lowBins]
      lowBins += 1
    }
    var points: [(z: Double, weight: Double)] = []
    // A heap of equal values is one point; so the number of points stays small.
    if lowTotal <= 16 * Self.lowCount {
      points = gather(sample) { $0 < lowBins }.map { (Double($0) - sample.minimum, 1) }
    } else {
      let low = Dictionary(grouping: gather(sample) { $0 < lowBins }, by: { $0 })
      points = low.sorted { $0.key < $1.key }.map {
        (Double($0.key) - sample.minimum, Double($0.value.count))
      }
    }
    let group = 4
    var bin = lowBins
    while bin < sample.counts.count {
      var weight = 0.0
      var sum = 0.0
      for member in bin..<min(bin + group, sample.counts.count) {
        let count = Double(sample.counts[member])
        weight += count
        sum += count * (Double(member) + 0.5) / sample.binScale
      }
      if weight > 0 { points.append((sum / weight, weight)) }
      bin += group
    }
    return points
  }
}

/// The values of a sample whose bin passes a test, in the sample's order.
func gather<Element>(_ sample: Sample<Element>, where wanted: (Int) -> Bool) -> [Element] {
  reduceParts(sample.count, [Element]()) { range in
    var found: [Element] = []
    for index in range where wanted(sample.bin(Double(sample.values[index]))) {
      found.append(sample.values[index])
    }
    return found
  } combine: {
    $0.append(contentsOf: $1)
  }
}

/// A root of `function` between `low` and `high`, where its signs differ, to about 1e-12: the
/// secant rule that Illinois halves, with bisection when it is slow.
func findRoot(_ low: Double, _ high: Double, _ function: (Double) -> Double) -> Double {
  var (a, b) = (low, high)
  var (fa, fb) = (function(a), function(b))
  var side = 0
  for iteration in 0..<100 {
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
  return 0.5 * (a + b)
}
