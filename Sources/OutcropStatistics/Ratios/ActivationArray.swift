import OutcropCore

/// One layer's activations [M, D] in memory that the caller owns: M rows (edges or nodes) of D
/// features, and the row at which each batch starts. Valid as long as the memory is valid.
public struct ActivationArray: @unchecked Sendable {
  /// The values, row after row.
  public let values: UnsafeBufferPointer<Float>
  /// The number of rows M.
  public let rowCount: Int
  /// The number of features D per row.
  public let width: Int
  /// Batch b consists of rows `batchOffsets[b]` ..< `batchOffsets[b + 1]`.
  public let batchOffsets: [Int]

  /// Describes `rowCount` · `width` row-major values. Without offsets, all rows are one batch.
  ///
  /// Throws `StatisticsError` if the sizes do not fit or the offsets do not cover the rows in order.
  public init(
    _ values: UnsafeBufferPointer<Float>, rowCount: Int, width: Int, batchOffsets: [Int]? = nil
  ) throws(StatisticsError) {
    require(
      rowCount >= 0 && width >= 0,
      "ActivationArray: a shape of [\(rowCount), \(width)], expected sizes of at least 0")
    if values.count != rowCount * width {
      throw .wrongCount(name: "values", found: values.count, expected: rowCount * width)
    }
    let offsets = batchOffsets ?? [0, rowCount]
    for (index, offset) in offsets.enumerated() {
      let first = index == 0 && offset != 0
      let last = index == offsets.count - 1 && offset != rowCount
      if first || last || (index > 0 && offset < offsets[index - 1]) {
        throw .invalidBatchOffset(index: index, found: offset, rowCount: rowCount)
      }
    }
    if offsets.isEmpty { throw .wrongCount(name: "batch offsets", found: 0, expected: 1) }
    self.values = values
    self.rowCount = rowCount
    self.width = width
    self.batchOffsets = offsets
  }

  /// The number of batches.
  public var batchCount: Int { batchOffsets.count - 1 }

  /// The batch that row `row` belongs to.
  func batchIndex(ofRow row: Int) -> Int {
    var low = 0
    var high = batchCount
    while high - low > 1 {
      let middle = (low + high) / 2
      if batchOffsets[middle] <= row { low = middle } else { high = middle }
    }
    return low
  }

  /// The features of row `row`. Must not be called for an array without values.
  @inline(__always)
  func row(_ row: Int) -> UnsafePointer<Float> { start + row * width }

  /// All values of batch `batch`.
  func batch(_ batch: Int) -> UnsafeBufferPointer<Float> {
    let rows = batchOffsets[batch]..<batchOffsets[batch + 1]
    return UnsafeBufferPointer(start: row(rows.lowerBound), count: rows.count * width)
  }

  /// Rows in one chunk of parallel work: some ten thousand values, for any number of threads.
  var rowGrain: Int { max(1, (1 << 15) / max(1, width)) }

  func forRowRanges(_ body: (Range<Int>) -> Void) {
    ThreadPool.forRanges(rowCount, grain: rowGrain, body)
  }

  /// The address of the first value; if there are no values, an arbitrary address that is never read.
  private var start: UnsafePointer<Float> {
    values.baseAddress ?? UnsafePointer(bitPattern: MemoryLayout<Float>.alignment)!
  }
}
