import OutcropStatistics
import Testing

@Suite(.serialized) struct BatchInPartsTests {
  private func add(
    _ data: SummaryData, _ rows: Range<Int>, to summary: inout ActivationSummary,
    _ batch: inout BatchInParts, number: Int
  ) throws {
    try Array(data.values[rows.lowerBound * data.width..<rows.upperBound * data.width])
      .withUnsafeBufferPointer { values in
        try summary.add(
          ActivationArray(values, rowCount: rows.count, width: data.width), partOf: &batch,
          origins: RowOrigins(
            edgeTypes: Array(data.types[rows]), sources: Array(data.sources[rows]),
            destinations: Array(data.destinations[rows]), firstBatch: number))
      }
  }

  /// Any cut of any batch: the same bits as whole batches.
  @Test(arguments: 0..<12) func partsEqualTheWhole(seed: UInt64) throws {
    var random = SplitMix(seed)
    let width = [0, 1, 2, 8, 33, 64].randomElement(using: &random)!
    let data = SummaryData(
      seed: seed, rows: Int.random(in: 1...4000, using: &random), width: width, batches: 3,
      odd: seed % 2 == 0)
    let options = ActivationSummary.Options(
      threshold: 20, convention: MedianConvention.allCases[Int(seed) % 2], topCount: 7)
    let whole = try data.summary(0..<3, options)

    var parts = ActivationSummary(options: options)
    for number in 0..<3 {
      let (start, end) = (data.offsets[number], data.offsets[number + 1])
      let median = Array(data.values[start * width..<end * width]).withUnsafeBufferPointer {
        Median.magnitude(of: $0, convention: options.convention)
      }
      var batch = BatchInParts(median: median)
      var row = start
      while row < end {
        let next = min(end, row + Int.random(in: 1...1500, using: &random))
        try add(data, row..<next, to: &parts, &batch, number: number)
        row = next
      }
      #expect(batch.rowCount == end - start)
      parts.finish(batch)
    }
    #expect(parts == whole)
  }

  @Test func anUnknownMedianLeavesTheBatchUndefinedAndTheRowsAsTheyAre() throws {
    let data = SummaryData(seed: 4, rows: 500, width: 16, batches: 1)
    let whole = try data.summary(0..<1)
    var summary = ActivationSummary()
    var batch = BatchInParts(median: .nan)
    try add(data, 0..<300, to: &summary, &batch, number: 0)
    try add(data, 300..<500, to: &summary, &batch, number: 0)
    summary.finish(batch)
    #expect(summary.row == whole.row)
    #expect(summary.values == whole.values)
    #expect(summary.batch.nanRatios == 500 * 16)
    #expect(summary.batch.nanMedians == 1)
  }

  @Test func whatDoesNotFitChangesNothing() throws {
    let data = SummaryData(seed: 4, rows: 50, width: 4, batches: 1)
    var summary = ActivationSummary()
    var batch = BatchInParts(median: 1)
    try add(data, 0..<30, to: &summary, &batch, number: 0)
    let before = summary
    #expect(throws: StatisticsError.self) {
      try [Float](repeating: 1, count: 10).withUnsafeBufferPointer { values in
        try summary.add(
          ActivationArray(values, rowCount: 2, width: 5), partOf: &batch)
      }
    }
    #expect(throws: StatisticsError.self) {
      try [Float](repeating: 1, count: 8).withUnsafeBufferPointer { values in
        try summary.add(
          ActivationArray(values, rowCount: 2, width: 4), partOf: &batch,
          origins: RowOrigins(edgeTypes: [1, -1]))
      }
    }
    #expect(summary == before)
    #expect(batch.rowCount == 30)
  }
}
