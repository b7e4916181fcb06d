import CKernels
import Foundation
import OutcropCore

/// One thread's part of a `RatioSummary` while it is computed.
struct RatioAccumulator {
  private let job: SummaryJob
  var ratios: RatioSummary
  /// Counts by bin, all zero outside the range from `lowest` to `highest`.
  private let counts: UnsafeMutablePointer<UInt32>
  private let scratch: FineCounts
  private var lowest = Float.infinity
  private var highest = -Float.infinity
  /// The number of values counted since `counts` was last cleared.
  private var pending = 0
  private let floor: Float
  /// The types of `job.types`, and a last one for rows without a type.
  private var types: [TypeSummary]
  private let thresholdTable: ThresholdTable
  /// The largest q of a ratio above the lowest threshold.
  private let candidateLimit: Int32

  init(_ job: SummaryJob, _ median: MedianKind, floor: Float) {
    self.job = job
    self.ratios = RatioSummary(median: median, options: job.options)
    self.floor = floor
    scratch = FineCounts.pool.take()
    counts = scratch.counts
    let thresholds = job.options.thresholds
    types = ((job.types?.types ?? []) + [-1]).map {
      TypeSummary(type: $0, thresholdCount: thresholds.count)
    }
    thresholdTable = ThresholdTable(thresholds: thresholds, slots: types.count)
    // One unit is more than the rounding error.
    candidateLimit = FineHistogram.fixed(RatioPass.logarithm(ofRatio: thresholds[0])) + 1
  }

  /// Counts the ratios of a segment's rows. `tops` gets each row's largest ratio, as in
  /// `BatchMaxima`.
  mutating func scan(
    _ x: UnsafePointer<Float>, _ rows: Range<Int>, _ medians: UnsafeMutableBufferPointer<Float>,
    _ tops: inout [Float], _ fixed: inout [Int32], _ kernels: oc_kernels
  ) {
    let width = job.array.width
    var sums = oc_fixed_sums(
      sum: 0, square_low: 0, square_high: 0, least: .infinity, greatest: -.infinity)
    let first = job.options.thresholds[0]
    tops.withUnsafeMutableBufferPointer { tops in
      fixed.withUnsafeMutableBufferPointer { fixed in
        kernels.ratio_rows!(
          x, medians.baseAddress!, tops.baseAddress!, fixed.baseAddress!, &sums,
          Int64(rows.count), Int64(width))
        var regular = 0
        for index in 0..<rows.count {
          let top = tops[index]
          if top < .infinity {
            let q = fixed.baseAddress! + index * width
            for channel in 0..<width { counts[FineHistogram.bin(q[channel])] &+= 1 }
            regular += 1
            if top > first {
              countCandidates(
                x + index * width, q, medians[index], rows.lowerBound + index, top, width)
            }
            if top >= max(floor, ratios.finiteTop.floor) {
              keepLargest(x + index * width, medians[index], rows.lowerBound + index)
            }
          } else {
            addNonFinite(x + index * width, medians[index], rows.lowerBound + index, top)
          }
        }
        ratios.logarithms.count += regular * width
        pending += regular * width
      }
    }
    ratios.logarithms.sum.value += Int128(sums.sum)
    ratios.logarithms.squares.value += (Int128(sums.square_high) << 32) + Int128(sums.square_low)
    lowest = min(lowest, sums.least)
    highest = max(highest, sums.greatest)
    if pending > 1 << 31 { empty() }
  }

  /// Counts rows whose median is NaN: all their ratios are undefined.
  mutating func scanUndefined(_ rows: Range<Int>, _ tops: inout [Float]) {
    ratios.logarithms.nanCount += rows.count * job.array.width
    for row in 0..<rows.count { tops[row] = .nan }
  }

  private func slot(_ row: Int) -> Int { job.types.map { Int($0.rows[row]) } ?? types.count - 1 }

  /// Counts the entries above thresholds of a row whose ratios are all finite.
  @inline(__always)
  private func countCandidates(
    _ x: UnsafePointer<Float>, _ q: UnsafePointer<Int32>, _ median: Float, _ row: Int, _ top: Float,
    _ width: Int
  ) {
    let slot = slot(row)
    for channel in 0..<width where q[channel] <= candidateLimit {
      thresholdTable.addEntry(abs(x[channel]) / median, slot)
    }
    thresholdTable.addRow(top, slot)
  }

  private mutating func keepLargest(_ x: UnsafePointer<Float>, _ median: Float, _ row: Int) {
    for channel in 0..<job.array.width {
      let ratio = abs(x[channel]) / median
      if ratio >= max(floor, ratios.finiteTop.floor) {
        ratios.finiteTop.add(entry(ratio, x[channel], row, channel))
      }
    }
  }

  private func entry(_ ratio: Float, _ value: Float, _ row: Int, _ channel: Int) -> TopEntry {
    let batch = job.array.batchIndex(ofRow: row)
    return TopEntry(
      ratio: ratio, value: value, batch: job.firstBatch + batch,
      row: (job.part?.firstRow ?? 0) + row - job.array.batchOffsets[batch], channel: channel,
      source: job.origins.sources?[row], destination: job.origins.destinations?[row],
      edgeType: job.origins.edgeTypes?[row])
  }

  /// Counts a row with ratios of any kind.
  private mutating func addNonFinite(
    _ x: UnsafePointer<Float>, _ median: Float, _ row: Int, _ top: Float
  ) {
    let slot = slot(row)
    for channel in 0..<job.array.width {
      let ratio = abs(x[channel]) / median
      ratios.logarithms.add(RatioPass.logarithm(ofRatio: ratio))
      if ratio == .infinity {
        thresholdTable.addInfiniteEntry(slot)
        if x[channel].isInfinite {
          ratios.infiniteValueRatios += 1
        } else if median > 0 {
          ratios.overflowedRatios += 1
        }
        if ratios.infiniteTop.entries.count < ratios.infiniteTop.limit
          || abs(x[channel]) >= abs(ratios.infiniteTop.entries.last?.value ?? .infinity)
        {
          ratios.infiniteTop.add(entry(ratio, x[channel], row, channel))
        }
      } else if !ratio.isNaN {
        thresholdTable.addEntry(ratio, slot)
        if ratio >= max(floor, ratios.finiteTop.floor) {
          ratios.finiteTop.add(entry(ratio, x[channel], row, channel))
        }
      }
    }
    if top == .infinity { thresholdTable.addRow(top, slot) }
  }

  /// Counts a batch: its number, largest ratio, rows and massive rows by type, and the types it has.
  mutating func finish(
    _ number: Int, _ maximum: Float?, _ rows: [Int], _ massive: [Int], _ slots: [Int]
  ) {
    ratios.batchMaxima.add(batch: number, maximum: maximum)
    ratios.enrichment.add(
      graph: slots.map {
        EdgeTypeCounts(type: types[$0].type, massive: massive[$0], edges: rows[$0])
      })
    for slot in slots { types[slot].rowCount += rows[slot] }
  }

  /// Moves the counts into the histogram.
  private mutating func empty() {
    pending = 0
    if lowest > highest { return }
    let bins =
      FineHistogram.bin(
        FineHistogram.fixed(lowest))...FineHistogram.bin(FineHistogram.fixed(highest))
    ratios.logarithms.take(counts, bins)
    ratios.logarithms.least = min(ratios.logarithms.least, lowest + 0)
    ratios.logarithms.greatest = max(ratios.logarithms.greatest, highest + 0)
    (lowest, highest) = (.infinity, -.infinity)
  }

  /// The finished summary. Returns the scratch memory to the pool.
  mutating func finished() -> RatioSummary {
    empty()
    FineCounts.pool.giveBack(scratch)
    for slot in types.indices {
      types[slot].levels = thresholdTable.counts(slot)
      ratios.levels.merge(types[slot].levels)
    }
    thresholdTable.deallocate()
    if job.types != nil { ratios.types = Array(types.dropLast()) }
    return ratios
  }
}

extension FineHistogram {
  /// Adds the counts of `bins` and sets them to zero.
  mutating func take(_ counts: UnsafeMutablePointer<UInt32>, _ bins: ClosedRange<Int>) {
    if pages.isEmpty { pages = Array(repeating: [], count: Self.pageCount) }
    for page in (bins.lowerBound >> Self.pageBits)...(bins.upperBound >> Self.pageBits) {
      let source = counts + (page << Self.pageBits)
      var any: UInt32 = 0
      for index in 0..<Self.pageSize { any |= source[index] }
      if any == 0 { continue }
      if pages[page].isEmpty { pages[page] = Array(repeating: 0, count: Self.pageSize) }
      for index in 0..<Self.pageSize { pages[page][index] += Int(source[index]) }
      source.update(repeating: 0, count: Self.pageSize)
    }
  }
}

/// One counter for each bin of a `FineHistogram`; all counters are zero between uses.
final class FineCounts: @unchecked Sendable {
  // Sendable: one thread at a time takes it from the pool.
  static let pool = ObjectPool.trimmed { FineCounts() }

  let counts: UnsafeMutablePointer<UInt32>

  private init() {
    // Zero pages that occupy no memory until they are written to.
    let count = FineHistogram.pageCount * FineHistogram.pageSize
    counts = OutOfMemory.allocateZeros(UInt32.self, count: count, for: "a histogram of ratios")
  }

  deinit { free(counts) }
}
