import OutcropCore
import OutcropFiles
import OutcropStatistics

extension ActivationMatrix {
  /// The number of values that are read at a time: 16 MB of `Float`.
  package static let blockSize = 1 << 22

  /// The summary of all rows. They are read in blocks of about `blockSize` values, so that memory does not
  /// grow with the file.
  ///
  /// Batches that fit a block are added whole. A larger batch, such as a matrix without offsets, is added in
  /// parts. Its batch median needs two more passes over its rows, which are made only if `medians` has
  /// `.batch`; otherwise the summary's `batch` is undefined for such a batch.
  package func summary(
    _ options: ActivationSummary.Options, medians: [MedianKind], blockSize: Int = blockSize
  ) throws -> ActivationSummary {
    let offsets = try offsets()
    var walk = try Walk(
      matrix: self, options: options, blockRows: max(1, blockSize / max(1, width)))
    var batch = 0
    while batch < offsets.count - 1 {
      let start = offsets[batch]
      if offsets[batch + 1] - start > walk.blockRows {
        try walk.addParts(of: start..<offsets[batch + 1], medians)
        batch += 1
        continue
      }
      var end = batch + 1
      while end < offsets.count - 1, offsets[end + 1] - start <= walk.blockRows { end += 1 }
      try walk.addBatches(offsets[batch...end].map { $0 - start })
      batch = end
    }
    walk.summary.countOverflows(walk.rows.overflowCount)
    return walk.summary
  }

  /// Reads the rows in order and adds them to the summary.
  private struct Walk {
    let matrix: ActivationMatrix
    let blockRows: Int
    let rows: RowReader
    let types: EdgeTypeReader?
    /// The readers of the two passes that find the medians of large batches.
    let first: RowReader
    let second: RowReader
    var summary: ActivationSummary

    init(
      matrix: ActivationMatrix, options: ActivationSummary.Options, blockRows: Int
    ) throws {
      self.matrix = matrix
      self.blockRows = max(1, min(blockRows, matrix.rowCount))
      rows = try RowReader(matrix.file, matrix.name)
      first = try RowReader(sharing: rows)
      second = try RowReader(sharing: rows)
      types = try matrix.typeReader()
      summary = ActivationSummary(options: options)
    }

    /// Adds the next rows, which are the batches between these offsets.
    mutating func addBatches(_ offsets: [Int]) throws {
      let count = offsets.last!
      let origins = RowOrigins(edgeTypes: try types?.next(count))
      try read(rows, count) { values in
        try summary.add(
          ActivationArray(
            values, rowCount: count, width: matrix.width, batchOffsets: offsets),
          origins: origins)
      }
    }

    /// Adds the rows of one batch, block by block.
    mutating func addParts(of batch: Range<Int>, _ medians: [MedianKind]) throws {
      var parts = BatchInParts(median: medians.contains(.batch) ? try median(of: batch) : .nan)
      for start in stride(from: batch.lowerBound, to: batch.upperBound, by: blockRows) {
        let count = min(blockRows, batch.upperBound - start)
        let origins = RowOrigins(edgeTypes: try types?.next(count))
        try read(rows, count) { values in
          try summary.add(
            ActivationArray(values, rowCount: count, width: matrix.width), partOf: &parts,
            origins: origins)
        }
      }
      summary.finish(parts)
    }

    private func median(of batch: Range<Int>) throws -> Float {
      var median = Median.Stream(summary.options.convention)
      func pass(_ reader: RowReader, _ body: (UnsafeBufferPointer<Float>) -> Void) throws {
        try reader.skip(to: batch.lowerBound)
        for start in stride(from: batch.lowerBound, to: batch.upperBound, by: blockRows) {
          try read(reader, min(blockRows, batch.upperBound - start), body)
        }
      }
      try pass(first) { median.count($0) }
      if median.beginSecondPass() { try pass(second) { median.countAgain($0) } }
      return median.median
    }

    /// Calls `body` with the next `count` rows of `reader`.
    private func read(
      _ reader: RowReader, _ count: Int, _ body: (UnsafeBufferPointer<Float>) throws -> Void
    ) throws {
      let size = count * matrix.width
      let buffer = BufferPool.allocate(byteCount: size * MemoryLayout<Float>.stride)
      defer { BufferPool.release(buffer) }
      let values = UnsafeMutableBufferPointer(
        start: buffer.base.bindMemory(to: Float.self, capacity: size), count: size)
      var filled = 0
      while filled < size {
        let rest = UnsafeMutableBufferPointer(rebasing: values[filled...])
        filled += try reader.read(into: rest) * matrix.width
      }
      try body(UnsafeBufferPointer(values))
    }
  }
}
