import CKernels

/// One thread's part of a summary while it is computed, with scratch memory.
final class SummaryAccumulator: @unchecked Sendable {
  /// The totals over one batch's rows.
  struct BatchTally {
    var rowMaximum: Float?
    var batchMaximum: Float?
    /// Rows, and rows that are massive by each median, by the index of the type.
    var rows: [Int]
    var rowMassive: [Int]
    var batchMassive: [Int]

    init(typeCount: Int) {
      rows = Array(repeating: 0, count: typeCount)
      rowMassive = rows
      batchMassive = rows
    }

    mutating func add(_ other: Self) {
      rowMaximum = [rowMaximum, other.rowMaximum].compactMap { $0 }.max()
      batchMaximum = [batchMaximum, other.batchMaximum].compactMap { $0 }.max()
      for index in rows.indices {
        rows[index] += other.rows[index]
        rowMassive[index] += other.rowMassive[index]
        batchMassive[index] += other.batchMassive[index]
      }
    }
  }

  private let job: SummaryJob
  private let width: Int
  private let kernels = oc_kernels_float().pointee
  private var summary: ActivationSummary
  private var rowRatios: RatioAccumulator
  private var batchRatios: RatioAccumulator
  /// The tallies of batches that are split into several segments.
  private(set) var largeBatches: [Int: BatchTally] = [:]

  // Scratch memory for a segment: medians and maxima by row, keys, fixed-point logarithms, row moments.
  private var medians: [Float] = []
  private var rowTops: [Float] = []
  private var batchTops: [Float] = []
  private var keys: [Int32]
  private var fixed: [Int32] = []
  private var moments: [oc_row_moments] = []
  /// The tally of one small batch, and the types seen in it.
  private var tally: BatchTally
  private var seen: [Int] = []

  /// The number of types, plus one for rows without a type.
  private var slots: Int { (job.types?.types.count ?? 0) + 1 }

  init(_ job: SummaryJob) {
    self.job = job
    width = job.array.width
    summary = ActivationSummary(options: job.options)
    rowRatios = RatioAccumulator(job, .row, floor: job.floors.row)
    batchRatios = RatioAccumulator(job, .batch, floor: job.floors.batch)
    keys = Array(repeating: 0, count: 16 * max(1, min(width, Int(OC_NARROW_ROW))))
    tally = BatchTally(typeCount: (job.types?.types.count ?? 0) + 1)
  }

  func add(_ segment: SummaryJob.Segment) {
    let rows = segment.rows
    reserve(rows.count)
    if width > 0, !rows.isEmpty { scan(segment) }
    if width == 0 {
      rowRatios.ratios.nanMedians += rows.count
      for row in 0..<rows.count {
        rowTops[row] = .nan
        batchTops[row] = .nan
      }
    }
    if segment.median != nil {
      count(rows, from: rows.lowerBound)
      largeBatches[segment.batches.lowerBound, default: BatchTally(typeCount: slots)].add(tally)
      clearTally()
      return
    }
    for batch in segment.batches {
      let own = job.array.batchOffsets[batch]..<job.array.batchOffsets[batch + 1]
      count(own, from: rows.lowerBound)
      if width == 0, !own.isEmpty { batchRatios.ratios.nanMedians += 1 }
      finish(batch, tally)
      clearTally()
    }
  }

  private func reserve(_ rows: Int) {
    if medians.count >= rows, fixed.count >= rows * width { return }
    medians = Array(repeating: 0, count: rows)
    rowTops = medians
    batchTops = medians
    fixed = Array(repeating: 0, count: rows * width)
    moments = Array(
      repeating: oc_row_moments(sum: 0, square: 0, least: 0, greatest: 0, finite: 1), count: rows)
  }

  /// Adds the ratios of a segment's rows over both medians, and the moments of the values.
  private func scan(_ segment: SummaryJob.Segment) {
    let rows = segment.rows
    let x = job.array.row(rows.lowerBound)
    let lower: Int64 = job.options.convention == .lowerMiddle ? 1 : 0
    medians.withUnsafeMutableBufferPointer { medians in
      kernels.row_medians!(
        x, medians.baseAddress!, Int64(rows.count), Int64(width), lower, &keys)
      for row in 0..<rows.count {
        rowRatios.ratios.zeroMedians += medians[row] == 0 ? 1 : 0
        rowRatios.ratios.nanMedians += medians[row].isNaN ? 1 : 0
        rowRatios.ratios.infiniteMedians += medians[row] == .infinity ? 1 : 0
      }
      rowRatios.scan(x, rows, medians, &rowTops, &fixed, kernels)
      if let median = segment.median {
        // Only the batch's first segment counts the median.
        if rows.lowerBound == job.array.batchOffsets[segment.batches.lowerBound],
          job.part?.firstRow ?? 0 == 0
        {
          countMedian(median)
        }
        if median.isNaN { return batchRatios.scanUndefined(rows, &batchTops) }
        for row in 0..<rows.count { medians[row] = median }
      } else {
        for batch in segment.batches {
          let start = job.array.batchOffsets[batch]
          let count = job.array.batchOffsets[batch + 1] - start
          if count == 0 { continue }
          let median = kernels.magnitude_median!(
            job.array.row(start), Int64(count * width), lower)
          countMedian(median)
          for row in start..<start + count { medians[row - rows.lowerBound] = median }
        }
      }
      batchRatios.scan(x, rows, medians, &batchTops, &fixed, kernels)
    }
    addMoments(x, rows.count)
  }

  private func countMedian(_ median: Float) {
    batchRatios.ratios.zeroMedians += median == 0 ? 1 : 0
    batchRatios.ratios.nanMedians += median.isNaN ? 1 : 0
    batchRatios.ratios.infiniteMedians += median == .infinity ? 1 : 0
  }

  private func addMoments(_ x: UnsafePointer<Float>, _ rows: Int) {
    kernels.row_moments!(x, &moments, Int64(rows), Int64(width))
    var least = Float.infinity
    var greatest = -Float.infinity
    var finite = 0
    for row in 0..<rows {
      if moments[row].finite == 0 {
        summary.values.add(
          nonFiniteRow: UnsafeBufferPointer(start: x + row * width, count: width))
        continue
      }
      finite += 1
      least = min(least, moments[row].least)
      greatest = max(greatest, moments[row].greatest)
      summary.values.sum.add(moments[row].sum)
      summary.values.squares.add(moments[row].square)
    }
    summary.values.count += finite * width
    summary.values.include(least, greatest)
  }

  /// Adds rows of one batch, of a segment that starts at row `start`, to the tally.
  private func count(_ rows: Range<Int>, from start: Int) {
    let threshold = job.options.threshold
    let untyped = slots - 1
    for row in rows {
      let (rowTop, batchTop) = (rowTops[row - start], batchTops[row - start])
      // Comparisons with NaN are false, so a NaN must not become the first maximum.
      if rowTop > (tally.rowMaximum ?? -1) { tally.rowMaximum = rowTop }
      if batchTop > (tally.batchMaximum ?? -1) { tally.batchMaximum = batchTop }
      let slot = job.types.map { Int($0.rows[row]) } ?? untyped
      if tally.rows[slot] == 0 { seen.append(slot) }
      tally.rows[slot] += 1
      if rowTop > threshold { tally.rowMassive[slot] += 1 }
      if batchTop > threshold { tally.batchMassive[slot] += 1 }
    }
  }

  private func clearTally() {
    tally.rowMaximum = nil
    tally.batchMaximum = nil
    for slot in seen {
      tally.rows[slot] = 0
      tally.rowMassive[slot] = 0
      tally.batchMassive[slot] = 0
    }
    seen.removeAll(keepingCapacity: true)
  }

  /// Counts a complete batch. Its types are `seen`; if `seen` is empty, they are determined from the tally.
  func finish(_ number: Int, _ tally: BatchTally) {
    let slots = seen.isEmpty ? tally.rows.indices.filter { tally.rows[$0] > 0 } : seen
    rowRatios.finish(number + job.firstBatch, tally.rowMaximum, tally.rows, tally.rowMassive, slots)
    batchRatios.finish(
      number + job.firstBatch, tally.batchMaximum, tally.rows, tally.batchMassive, slots)
  }

  /// Returns the results. The accumulator must not be used afterward.
  func finish(into total: inout ActivationSummary) {
    summary.row = rowRatios.finished()
    summary.batch = batchRatios.finished()
    total.mergeCounts(summary)
  }
}
