import OutcropCore

/// A finite sample with its moments and a fine histogram, from which a gamma fit and
/// Kolmogorov–Smirnov distances are computed without sorting it.
///
/// The memory belongs to the caller. All sums are computed over chunks of fixed size, so results do not
/// depend on the number of threads.
struct Sample<Element: BinaryFloatingPoint & Sendable>: @unchecked Sendable {
  let values: UnsafeBufferPointer<Element>
  let minimum: Double
  let maximum: Double
  let mean: Double
  /// The population standard deviation: the root of the mean squared deviation.
  let standardDeviation: Double
  /// Counts in equally wide bins from the minimum to the maximum; empty for a constant sample.
  let counts: [Int]
  /// Bins per unit.
  let binScale: Double

  var count: Int { values.count }

  init(_ values: UnsafeBufferPointer<Element>) throws(StatisticsError) {
    if values.isEmpty { throw .emptySample }
    let extremes = reduceParts(values.count, Extremes()) { range in
      var result = Extremes()
      for index in range { result.include(Double(values[index])) }
      return result
    } combine: {
      $0.combine($1)
    }
    if !(extremes.poison == 0) { throw .nonFiniteSample }
    let shift = extremes.minimum
    let n = Double(values.count)
    let shiftedMean =
      reduceParts(values.count, 0.0) { range in
        var sum = 0.0
        for index in range { sum += Double(values[index]) - shift }
        return sum
      } combine: {
        $0 += $1
      } / n
    let variance =
      reduceParts(values.count, 0.0) { range in
        var sum = 0.0
        for index in range {
          let deviation = (Double(values[index]) - shift) - shiftedMean
          sum += deviation * deviation
        }
        return sum
      } combine: {
        $0 += $1
      } / n
    if !variance.isFinite { throw .nonFiniteSample }
    self.values = values
    minimum = extremes.minimum
    maximum = extremes.maximum
    mean = shift + shiftedMean
    standardDeviation = variance.squareRoot()
    let span = extremes.maximum - extremes.minimum
    let bins = min(1 << 16, max(16, values.count))
    // The range may be so small that its inverse overflows.
    let scale = min(Double(bins) / span, .greatestFiniteMagnitude)
    if span > 0 {
      binScale = scale
      counts = countInParts(values.count, bins: bins) { index in
        min(bins - 1, Int((Double(values[index]) - shift) * scale))
      }
    } else {
      binScale = 0
      counts = []
    }
  }

  /// The bin of a value of the sample; a monotonic function of the value.
  @inline(__always)
  func bin(_ value: Double) -> Int { min(counts.count - 1, Int((value - minimum) * binScale)) }
}

/// Smallest and largest value, and a number that is 0 unless a NaN or an infinity was seen.
private struct Extremes {
  var minimum = Double.infinity
  var maximum = -Double.infinity
  var poison = 0.0

  @inline(__always)
  mutating func include(_ value: Double) {
    minimum = value < minimum ? value : minimum
    maximum = value > maximum ? value : maximum
    poison += value - value
  }

  mutating func combine(_ other: Self) {
    minimum = min(minimum, other.minimum)
    maximum = max(maximum, other.maximum)
    poison += other.poison
  }
}

/// Computes `body` for consecutive ranges of fixed size on all threads and combines the results in
/// order.
@inline(__always)
func reduceParts<Result>(
  _ count: Int, _ initial: Result, _ body: (Range<Int>) -> Result,
  combine: (inout Result, Result) -> Void
) -> Result {
  let grain = 1 << 14
  let parts = (count + grain - 1) / grain
  var result = initial
  withUnsafeTemporaryAllocation(of: Result.self, capacity: max(1, parts)) { partial in
    ThreadPool.run(chunks: parts) { part in
      partial.initializeElement(
        at: part, to: body(part * grain..<min(count, (part + 1) * grain)))
    }
    for part in 0..<parts { combine(&result, partial.moveElement(from: part)) }
  }
  return result
}
