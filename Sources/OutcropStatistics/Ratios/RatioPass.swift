import CKernels
import OutcropCore

/// One pass over an activation array that computes ratios, counts and logarithms.
///
/// Ratios are r = |x| / median and logarithms y = −log₁₀(r + ε), both in `Float` arithmetic.
struct RatioPass {
  /// ε, which keeps the logarithm of a zero ratio finite.
  static let epsilon: Float = 2.220446049250313e-16

  /// y = −log₁₀(ratio + ε): the sum in `Float`, the logarithm rounded once to `Float`. (Vectorized
  /// single-precision logarithms, such as NumPy's, have errors of some units in the last place, which
  /// differ between machines; these logarithms have the same bits on every instruction set.)
  static func logarithm(ofRatio ratio: Float) -> Float {
    var (ratio, result) = (ratio, Float(0))
    logarithms(&ratio, median: 1, into: &result, count: 1)
    return result
  }

  /// y of each of `count` values.
  @inline(__always)
  static func logarithms(
    _ values: UnsafePointer<Float>, median: Float, into result: UnsafeMutablePointer<Float>,
    count: Int
  ) {
    kernels.ratio_logarithms!(values, median, result, Int64(count))
  }

  /// A table of functions that never changes.
  nonisolated(unsafe) static let kernels = oc_kernels_float().pointee

  let array: ActivationArray
  let thresholds: [Float]
  let convention: MedianConvention

  /// The results of the pass for each row.
  struct RowResults {
    /// The largest |x|; NaN for a row with a NaN.
    var largestMagnitude: [Float]
    /// The medians of rows for the row median; otherwise empty.
    var medians: [Float]
    /// Entries above the first threshold.
    var massive: [Int32]
  }

  /// The results of one chunk, added in the order of chunks.
  fileprivate struct Partial {
    var zeroMedians = 0
    var nanMedians = 0
    var nanRatios = 0
    var infiniteRatios = 0
    var counts: [ThresholdCounts]
    var largest: (row: Int, channel: Int, ratio: Float)?
  }

  /// Runs the pass. `wholeMedian` is nil for the row median. Writes y to `logarithms` (one per value)
  /// unless it is nil.
  func run(
    wholeMedian: Float?, logarithms: UnsafeMutablePointer<Float>?
  ) -> (summary: ReferenceRatios, rows: RowResults) {
    let rowCount = array.rowCount
    let grain = array.rowGrain
    let parts = (rowCount + grain - 1) / grain
    let empty = Partial(counts: thresholds.map { ThresholdCounts(threshold: $0) })
    var partials = [Partial](repeating: empty, count: parts)
    var rows = RowResults(
      largestMagnitude: Array(repeating: 0, count: rowCount),
      medians: wholeMedian == nil ? Array(repeating: 0, count: rowCount) : [],
      massive: Array(repeating: 0, count: rowCount))
    partials.withUnsafeMutableBufferPointer { partials in
      rows.largestMagnitude.withUnsafeMutableBufferPointer { magnitudes in
        rows.medians.withUnsafeMutableBufferPointer { medians in
          rows.massive.withUnsafeMutableBufferPointer { massive in
            array.forRowRanges { range in
              var partial = empty
              if wholeMedian == nil {
                Median.rowMagnitudes(of: array, range, convention, into: medians.baseAddress!)
              }
              for row in range {
                let median = wholeMedian ?? medians[row]
                if wholeMedian == nil {
                  partial.zeroMedians += median == 0 ? 1 : 0
                  partial.nanMedians += median.isNaN ? 1 : 0
                }
                let found = scan(row, median, logarithms.map { $0 + row * array.width }, &partial)
                magnitudes[row] = found.largest
                massive[row] = Int32(found.massive)
              }
              partials[range.lowerBound / grain] = partial
            }
          }
        }
      }
    }
    var total = empty
    for partial in partials { total.add(partial) }
    if let wholeMedian {
      total.zeroMedians = wholeMedian == 0 ? 1 : 0
      total.nanMedians = wholeMedian.isNaN ? 1 : 0
    }
    return (summary(total, wholeMedian), rows)
  }

  private func summary(_ total: Partial, _ wholeMedian: Float?) -> ReferenceRatios {
    ReferenceRatios(
      kind: wholeMedian == nil ? .row : .batch, convention: convention,
      median: wholeMedian.map { JSONFloat(wrappedValue: $0) },
      zeroMedians: total.zeroMedians, nanMedians: total.nanMedians,
      nanRatios: total.nanRatios, infiniteRatios: total.infiniteRatios,
      largest: total.largest.map {
        RatioEntry(
          row: $0.row, channel: $0.channel, batch: array.batchIndex(ofRow: $0.row),
          value: array.row($0.row)[$0.channel], ratio: $0.ratio)
      },
      counts: total.counts, batchMaxima: BatchMaxima([]), edgeTypes: [])
  }

  /// One row: its largest |x| (NaN if it contains one) and its entries above the first threshold.
  private func scan(
    _ row: Int, _ median: Float, _ logarithms: UnsafeMutablePointer<Float>?,
    _ partial: inout Partial
  ) -> (largest: Float, massive: Int) {
    let values = array.row(row)
    let width = array.width
    var largestKey: Int32 = 0
    for channel in 0..<width {
      largestKey = max(largestKey, Int32(bitPattern: Selection.magnitudeKey(values[channel])))
    }
    if let logarithms {
      Self.logarithms(values, median: median, into: logarithms, count: width)
    }
    let largest = Float(bitPattern: UInt32(largestKey))
    let top = largest / median
    if top.isFinite {
      // In this case every ratio is finite, and none is above `top`.
      if width > 0, top > (partial.largest?.ratio ?? -1) {
        let channel = (0..<width).first { abs(values[$0]) / median == top }!
        partial.largest = (row, channel, top)
      }
      return (largest, count(values, median, top, &partial))
    }
    return (largest, countAny(row, values, median, &partial))
  }

  /// Counts a row of finite ratios whose largest is `top`.
  private func count(
    _ values: UnsafePointer<Float>, _ median: Float, _ top: Float, _ partial: inout Partial
  ) -> Int {
    var massive = 0
    for index in thresholds.indices where top > thresholds[index] {
      let threshold = thresholds[index]
      var over = 0
      for channel in 0..<array.width { over += abs(values[channel]) / median > threshold ? 1 : 0 }
      partial.counts[index].entries += over
      partial.counts[index].finiteEntries += over
      partial.counts[index].rows += 1
      if index == 0 { massive = over }
    }
    return massive
  }

  /// Counts a row with ratios of any kind.
  private func countAny(
    _ row: Int, _ values: UnsafePointer<Float>, _ median: Float, _ partial: inout Partial
  ) -> Int {
    var massive = 0
    for index in thresholds.indices {
      var over = 0
      for channel in 0..<array.width {
        let ratio = abs(values[channel]) / median
        if ratio > thresholds[index] {
          over += 1
          partial.counts[index].finiteEntries += ratio.isFinite ? 1 : 0
        }
      }
      partial.counts[index].entries += over
      partial.counts[index].rows += over > 0 ? 1 : 0
      if index == 0 { massive = over }
    }
    for channel in 0..<array.width {
      let ratio = abs(values[channel]) / median
      if ratio.isNaN {
        partial.nanRatios += 1
      } else if !ratio.isFinite {
        partial.infiniteRatios += 1
      } else if ratio > (partial.largest?.ratio ?? -1) {
        partial.largest = (row, channel, ratio)
      }
    }
    return massive
  }
}

extension RatioPass.Partial {
  fileprivate mutating func add(_ other: Self) {
    zeroMedians += other.zeroMedians
    nanMedians += other.nanMedians
    nanRatios += other.nanRatios
    infiniteRatios += other.infiniteRatios
    for index in counts.indices {
      counts[index].entries += other.counts[index].entries
      counts[index].finiteEntries += other.counts[index].finiteEntries
      counts[index].rows += other.counts[index].rows
    }
    if let candidate = other.largest, candidate.ratio > (largest?.ratio ?? -1) {
      largest = candidate
    }
  }
}
