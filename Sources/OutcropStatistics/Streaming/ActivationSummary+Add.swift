import OutcropCore

extension ActivationSummary {
  /// Adds the batches (graphs) of an array. Every batch must be added completely in one call.
  ///
  /// Uses all threads; the result has the same bits for any number of threads. Throws `StatisticsError` if
  /// the origins do not fit the rows or the width differs from that of earlier rows; then self is
  /// unchanged. Unusual values are counted, never an error.
  public mutating func add(
    _ array: ActivationArray, origins: RowOrigins = RowOrigins()
  ) throws(StatisticsError) {
    try origins.check(rowCount: array.rowCount)
    let types = try origins.edgeTypes.map { edgeTypes throws(StatisticsError) in
      try EdgeTypeIndex(edgeTypes, rowCount: array.rowCount)
    }
    if array.rowCount > 0 { try setWidth(array.width) }
    let job = SummaryJob(
      array: array, origins: origins, types: types, options: options,
      firstBatch: origins.firstBatch ?? batchCount,
      floors: (row.finiteTop.floor, batch.finiteTop.floor))
    mergeCounts(job.run())
  }

  /// Adds row-major `values`, as above.
  public mutating func add(
    _ values: [Float], rowCount: Int, width: Int, batchOffsets: [Int]? = nil,
    origins: RowOrigins = RowOrigins()
  ) throws(StatisticsError) {
    try values.withUnsafeBufferPointer { values throws(StatisticsError) in
      try add(
        ActivationArray(values, rowCount: rowCount, width: width, batchOffsets: batchOffsets),
        origins: origins)
    }
  }
}

/// The work of adding one array to a summary.
struct SummaryJob {
  let array: ActivationArray
  let origins: RowOrigins
  let types: EdgeTypeIndex?
  let options: ActivationSummary.Options
  let firstBatch: Int
  /// Ratios below these cannot be among the largest entries.
  let floors: (row: Float, batch: Float)
  /// Set if the array is a part of one batch.
  var part: Part?

  /// The first row of a part of a batch, and the batch's median.
  struct Part {
    var firstRow: Int
    var median: Float
  }

  /// Rows that one thread works on at a time: whole batches, or a part of one large batch whose
  /// median is known.
  struct Segment {
    var rows: Range<Int>
    var batches: Range<Int>
    var median: Float?
  }

  /// The approximate number of values in a segment, which fit in the private cache of a core.
  private static let segmentSize = 1 << 15

  /// The segments, the same for any number of threads.
  private func segments() -> [Segment] {
    var result: [Segment] = []
    let width = max(1, array.width)
    let offsets = array.batchOffsets
    var first = 0
    while first < array.batchCount {
      let start = offsets[first]
      if part != nil || (offsets[first + 1] - start) * width > 2 * Self.segmentSize {
        let median =
          part?.median
          ?? Median.magnitude(of: array.batch(first), convention: options.convention)
        let grain = max(1, Self.segmentSize / width)
        for row in stride(from: start, to: offsets[first + 1], by: grain) {
          let rows = row..<min(row + grain, offsets[first + 1])
          result.append(Segment(rows: rows, batches: first..<first + 1, median: median))
        }
        first += 1
        continue
      }
      var last = first + 1
      while last < array.batchCount, (offsets[last + 1] - start) * width <= Self.segmentSize,
        last - first < 4096
      {
        last += 1
      }
      result.append(Segment(rows: start..<offsets[last], batches: first..<last, median: nil))
      first = last
    }
    return result
  }

  /// The summary of the array alone.
  func run() -> ActivationSummary {
    var (total, large) = scan()
    let last = SummaryAccumulator(self)
    for (batch, tally) in large.sorted(by: { $0.key < $1.key }) { last.finish(batch, tally) }
    last.finish(into: &total)
    total.batchCount = array.batchCount
    return total
  }

  /// The summary of a part of a batch without counting the batch, and the part's contribution to the batch.
  func runPart() -> (ActivationSummary, SummaryAccumulator.BatchTally) {
    let (total, large) = scan()
    return (total, large[0] ?? .init(typeCount: (types?.types.count ?? 0) + 1))
  }

  /// All sums are exact, so the result does not depend on which accumulator processes a segment.
  private func scan() -> (ActivationSummary, [Int: SummaryAccumulator.BatchTally]) {
    let segments = segments()
    let accumulators = ObjectPool { SummaryAccumulator(self) }
    ThreadPool.run(chunks: segments.count) { index in
      accumulators.withObject { $0.add(segments[index]) }
    }
    var total = ActivationSummary(options: options)
    var large: [Int: SummaryAccumulator.BatchTally] = [:]
    for accumulator in accumulators.drain() {
      accumulator.finish(into: &total)
      for (batch, tally) in accumulator.largeBatches {
        large[batch, default: .init(typeCount: tally.rows.count)].add(tally)
      }
    }
    total.rowCount = array.rowCount
    total.valueCount = array.values.count
    return (total, large)
  }
}
