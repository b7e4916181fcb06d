import Foundation

/// Chooses the marked values of an axis.
package enum Ticks {
  /// About `count` round values inside the interval, ascending, at distances of 1, 2 or 5 times a power of
  /// ten. An interval of one value gives this value, a reversed or non-finite interval none.
  package static func linear(from lower: Double, to upper: Double, count: Int = 5) -> [Double] {
    guard lower.isFinite, upper.isFinite, upper >= lower else { return [] }
    let step = step(from: lower, to: upper, count: count)
    guard step > 0, step.isFinite else { return [lower] }
    let first = (lower / step - 1e-9).rounded(.up)
    let last = (upper / step + 1e-9).rounded(.down)
    guard first <= last, last - first < 1000 else { return [lower] }
    return stride(from: first, through: last, by: 1).map { $0 == 0 ? 0 : $0 * step }
  }

  /// The distance of the ticks that ``linear(from:to:count:)`` chooses; 0 for an empty interval.
  package static func step(from lower: Double, to upper: Double, count: Int = 5) -> Double {
    let raw = (upper - lower) / Double(max(1, count))
    // With a smaller distance the ticks would be equal numbers.
    guard raw > max(abs(lower), abs(upper)) * 1e-13, raw.isFinite else { return 0 }
    let power = pow(10, floor(log10(raw)))
    guard power > 0 else { return 0 }
    // Geometric means of neighbors in 1, 2, 5, 10.
    return switch raw / power {
    case ..<1.4142: power
    case ..<3.1623: 2 * power
    case ..<7.0711: 5 * power
    default: 10 * power
    }
  }

  /// The number of decimals that distinguishes ticks at this distance.
  package static func digits(step: Double) -> Int {
    guard step > 0, step.isFinite, step < 1 else { return 0 }
    return min(12, Int(ceil(-log10(step) - 1e-9)))
  }

  /// Exponents of the powers of ten to mark between two exponents, at most `count` of them,
  /// evenly spaced, beginning at a multiple of their distance.
  package static func decades(from lower: Int, to upper: Int, count: Int = 7) -> [Int] {
    guard upper >= lower else { return [] }
    let span = upper - lower
    var step = 1
    while span / step + 1 > max(1, count) { step += 1 }
    let first = Int((Double(lower) / Double(step)).rounded(.up)) * step
    return Array(stride(from: first, through: upper, by: step))
  }
}

/// Maps an interval of values to an interval of pixels.
struct Scale {
  let lower: Double
  let upper: Double
  let start: Double
  let end: Double

  /// An empty interval is widened so that its one value is in the middle.
  init(_ lower: Double, _ upper: Double, to start: Double, _ end: Double) {
    let isUsable = lower.isFinite && upper.isFinite && upper > lower
    let middle = lower.isFinite ? lower : 0
    self.lower = isUsable ? lower : middle - max(0.5, abs(middle) * 0.1)
    self.upper = isUsable ? upper : middle + max(0.5, abs(middle) * 0.1)
    self.start = start
    self.end = end
  }

  /// The pixel of a value, not clipped.
  func callAsFunction(_ value: Double) -> Double {
    start + (value - lower) / (upper - lower) * (end - start)
  }

  /// The pixel of a value. A value outside, also an infinity, is moved to the nearest end.
  func clipped(_ value: Double) -> Double {
    self(min(max(value, lower), upper))
  }
}

/// Selects at most `limit` of `count` positions, evenly spaced, including the first and the last.
package func decimatedPositions(count: Int, limit: Int = 500) -> [Int] {
  guard count > limit, limit > 1 else { return Array(0..<max(0, count)) }
  return (0..<limit).map { Int((Double($0) * Double(count - 1) / Double(limit - 1)).rounded()) }
}

/// Moves label heights apart: at least `gap` between neighbors, within the bounds if there is room, in the
/// same order. The result is in the order of the input.
package func spreadLabels(
  _ heights: [Double], gap: Double, from top: Double, to bottom: Double
) -> [Double] {
  let order = heights.indices.sorted { heights[$0] < heights[$1] }
  var placed = heights
  var previous = top - gap
  for index in order {
    placed[index] = max(placed[index], previous + gap)
    previous = placed[index]
  }
  var next = bottom + gap
  for index in order.reversed() {
    placed[index] = min(placed[index], next - gap)
    next = placed[index]
  }
  return placed
}
