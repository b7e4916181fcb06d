import OutcropCore

/// A reference implementation for ``ActivationSummary``: the statistics of one layer, computed from the
/// whole array at once, with exact distributions. Tests and `outcrop verify` compare with it; everything
/// else uses ``ActivationSummary``.
///
/// The definitions are those of "Massive Activations in Graph Neural Networks" (arXiv 2409.03463):
/// an activation is massive when its ratio |x| / median is above the threshold.
package struct ReferenceStatistics: Sendable, Equatable, Codable {
  /// What is computed and how.
  package struct Options: Sendable, Equatable, Codable {
    /// Ratios above this are massive.
    package var threshold: Float
    /// Further thresholds to count at, for a sweep.
    package var furtherThresholds: [Float]
    package var convention: MedianConvention
    package var binCount: Int
    /// For which medians the distribution of y is described; the slower part of the work.
    package var distributions: Set<MedianKind>
    /// A distribution with which the y of the row median is compared.
    package var baseline: GammaDistribution?

    package init(
      threshold: Float = 1000, furtherThresholds: [Float] = [],
      convention: MedianConvention = .meanOfMiddle, binCount: Int = 1000,
      distributions: Set<MedianKind> = [.row, .batch], baseline: GammaDistribution? = nil
    ) {
      self.threshold = threshold
      self.furtherThresholds = furtherThresholds
      self.convention = convention
      self.binCount = binCount
      self.distributions = distributions
      self.baseline = baseline
    }
  }

  /// The statistics for one kind of median.
  package struct MedianStatistics: Sendable, Equatable, Codable {
    package var ratios: ReferenceRatios
    /// nil if it was not requested or no y is finite.
    package var distribution: ActivationDistribution?
  }

  package var rowCount: Int
  package var width: Int
  package var batchCount: Int
  package var options: Options
  /// Ratios over the median of each row.
  package var row: MedianStatistics
  /// Ratios over the median of all values; batch maxima over each batch's own median.
  package var batch: MedianStatistics

  /// Computes the statistics of `array`. `edgeTypes` holds one type (0 ... 65535) per row.
  ///
  /// Results are bitwise the same for any number of threads. Throws `StatisticsError` if the edge
  /// types do not fit; unusual values (zeros, NaN, infinities, no rows) are counted, never an error.
  package init(
    _ array: ActivationArray, edgeTypes: [Int32]? = nil, options: Options = Options()
  ) throws(StatisticsError) {
    var types: EdgeTypeIndex?
    if let edgeTypes { types = try EdgeTypeIndex(edgeTypes, rowCount: array.rowCount) }
    rowCount = array.rowCount
    width = array.width
    batchCount = array.batchCount
    self.options = options
    row = Self.statistics(.row, array, types, options)
    batch = Self.statistics(.batch, array, types, options)
  }

  /// Computes the statistics of row-major `values`, as above. Also throws `StatisticsError` when
  /// sizes or batch offsets do not fit.
  package init(
    _ values: [Float], rowCount: Int, width: Int, batchOffsets: [Int]? = nil,
    edgeTypes: [Int32]? = nil, options: Options = Options()
  ) throws(StatisticsError) {
    self = try values.withUnsafeBufferPointer { values throws(StatisticsError) in
      let array = try ActivationArray(
        values, rowCount: rowCount, width: width, batchOffsets: batchOffsets)
      return try ReferenceStatistics(array, edgeTypes: edgeTypes, options: options)
    }
  }

  private static func statistics(
    _ median: MedianKind, _ array: ActivationArray, _ types: EdgeTypeIndex?, _ options: Options
  ) -> MedianStatistics {
    let pass = RatioPass(
      array: array, thresholds: [options.threshold] + options.furtherThresholds,
      convention: options.convention)
    let wholeMedian =
      median == .batch
      ? Median.magnitude(of: array.values, convention: options.convention) : nil
    let described = options.distributions.contains(median) && !array.values.isEmpty
    let buffer = BufferPool.allocate(
      byteCount: described ? array.values.count * MemoryLayout<Float>.stride : 0)
    defer { BufferPool.release(buffer) }
    let logarithms = UnsafeMutableBufferPointer(
      start: buffer.base.bindMemory(to: Float.self, capacity: array.values.count),
      count: array.values.count)
    var (ratios, rows) = pass.run(
      wholeMedian: wholeMedian, logarithms: described ? logarithms.baseAddress : nil)
    ratios.batchMaxima =
      array.width == 0
      ? BatchMaxima(Array(repeating: nil, count: array.batchCount))
      : median == .row
        ? BatchMaxima(of: array, rows.largestMagnitude, edge: rows.medians)
        : BatchMaxima(
          of: array, rows.largestMagnitude,
          batch: Median.batchMagnitudes(of: array, convention: options.convention))
    if let types { ratios.edgeTypes = types.shares(massiveEntriesOfRow: rows.massive) }
    guard described else { return MedianStatistics(ratios: ratios, distribution: nil) }
    return MedianStatistics(
      ratios: ratios,
      distribution: try? ActivationDistribution(
        logarithms, binCount: options.binCount,
        baseline: median == .row ? options.baseline : nil))
  }
}
