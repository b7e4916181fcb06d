/// A batch that is too large for one array and is added in several parts.
///
/// Its parts are added to one summary in the order of their rows, and then the batch is finished. The
/// summary then has the same bits as if the batch had been added in one call.
public struct BatchInParts: Sendable {
  /// The median of |x| over the whole batch, which cannot be computed from one part.
  public let median: Float
  /// Rows added so far.
  public internal(set) var rowCount = 0
  /// The batch's number, set by the first part.
  var number: Int?
  var rowMaximum: Float?
  var batchMaximum: Float?
  /// The counts of the rows of each edge type, and of rows without a type (−1).
  var types: [Int: TypeTally] = [:]

  struct TypeTally: Sendable {
    var rows = 0
    var rowMassive = 0
    var batchMassive = 0
  }

  /// A batch whose magnitudes have this median. If ratios over the batch median are not needed, NaN
  /// makes them undefined and saves the work.
  public init(median: Float) { self.median = median }
}

extension ActivationSummary {
  /// Adds the next rows of `batch`: all rows of `array`, whose batch offsets are ignored. `origins`
  /// describes these rows; the first part's `firstBatch` is the batch's number.
  ///
  /// Throws as `add(_:origins:)` does; then self and `batch` are unchanged.
  public mutating func add(
    _ array: ActivationArray, partOf batch: inout BatchInParts, origins: RowOrigins = RowOrigins()
  ) throws(StatisticsError) {
    let part = try ActivationArray(
      array.values, rowCount: array.rowCount, width: array.width, batchOffsets: nil)
    try origins.check(rowCount: part.rowCount)
    let types = try origins.edgeTypes.map { edgeTypes throws(StatisticsError) in
      try EdgeTypeIndex(edgeTypes, rowCount: part.rowCount)
    }
    if part.rowCount == 0 { return }
    try setWidth(part.width)
    let number = batch.number ?? origins.firstBatch ?? batchCount
    let job = SummaryJob(
      array: part, origins: origins, types: types, options: options, firstBatch: number,
      floors: (row.finiteTop.floor, self.batch.finiteTop.floor),
      part: .init(firstRow: batch.rowCount, median: batch.median))
    let (summary, tally) = job.runPart()
    mergeCounts(summary)
    batch.number = number
    batch.rowCount += part.rowCount
    batch.add(tally, (types?.types ?? []) + [-1])
  }

  /// Counts `batch` as complete. A batch without rows is counted too, with the next number.
  public mutating func finish(_ batch: consuming BatchInParts) {
    let number = batch.number ?? batchCount
    batchCount += 1
    let width = width ?? 0
    if batch.rowCount > 0, width == 0 { self.batch.nanMedians += 1 }
    row.finish(number, batch.rowMaximum, batch.types.mapValues { ($0.rows, $0.rowMassive) })
    self.batch.finish(
      number, batch.batchMaximum, batch.types.mapValues { ($0.rows, $0.batchMassive) })
  }
}

extension BatchInParts {
  fileprivate mutating func add(_ tally: SummaryAccumulator.BatchTally, _ ids: [Int]) {
    rowMaximum = [rowMaximum, tally.rowMaximum].compactMap { $0 }.max()
    batchMaximum = [batchMaximum, tally.batchMaximum].compactMap { $0 }.max()
    for (slot, id) in ids.enumerated() where tally.rows[slot] > 0 {
      types[id, default: .init()].rows += tally.rows[slot]
      types[id, default: .init()].rowMassive += tally.rowMassive[slot]
      types[id, default: .init()].batchMassive += tally.batchMassive[slot]
    }
  }
}

extension RatioSummary {
  /// Counts a batch whose rows were added before: its number, largest ratio, and by type its rows and
  /// those with a massive entry.
  fileprivate mutating func finish(
    _ number: Int, _ maximum: Float?, _ byType: [Int: (rows: Int, massive: Int)]
  ) {
    batchMaxima.add(batch: number, maximum: maximum)
    enrichment.add(
      graph: byType.map { EdgeTypeCounts(type: $0, massive: $1.massive, edges: $1.rows) })
    for index in types.indices {
      types[index].rowCount += byType[types[index].type]?.rows ?? 0
    }
  }
}
