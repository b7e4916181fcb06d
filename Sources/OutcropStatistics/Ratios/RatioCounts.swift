import OutcropCore

/// Counts of ratios above one threshold.
public struct ThresholdCounts: Sendable, Equatable, Codable {
  /// The threshold.
  public var threshold: Float
  /// Entries above the threshold, including infinite ratios.
  public var entries = 0
  /// Entries with a finite ratio above the threshold.
  public var finiteEntries = 0
  /// Rows with at least one entry above the threshold.
  public var rows = 0

  /// The given counts.
  public init(threshold: Float, entries: Int = 0, finiteEntries: Int = 0, rows: Int = 0) {
    self.threshold = threshold
    self.entries = entries
    self.finiteEntries = finiteEntries
    self.rows = rows
  }
}

/// One entry of an activation array and its ratio.
public struct RatioEntry: Sendable, Equatable, Codable {
  /// The row of the array.
  public var row: Int
  /// The feature within the row.
  public var channel: Int
  /// The batch that holds the row.
  public var batch: Int
  /// The activation itself, with its sign.
  public var value: Float
  /// |value| / median.
  public var ratio: Float
}

/// What one pass over the ratios of an activation array finds.
package struct ReferenceRatios: Sendable, Equatable, Codable {
  package var kind: MedianKind
  package var convention: MedianConvention
  /// The whole array's median for `MedianKind.batch`; the rows' own medians are not kept.
  package var median: JSONFloat?
  /// Medians that are zero: rows for the row median, 0 or 1 for the batch median.
  package var zeroMedians = 0
  /// Medians that are NaN: rows for the row median, 0 or 1 for the batch median.
  package var nanMedians = 0
  /// Entries whose ratio is NaN: zero over a zero median, or any entry over a NaN median.
  package var nanRatios = 0
  package var infiniteRatios = 0
  /// The largest finite ratio, in the first row and channel that reach it; nil if there is none.
  package var largest: RatioEntry?
  /// The threshold that defines a massive activation, then any further ones.
  package var counts: [ThresholdCounts]
  /// The largest ratio of each batch.
  package var batchMaxima: BatchMaxima
  /// Massive activations by edge type, in ascending order of type; empty without edge types.
  package var edgeTypes: [EdgeTypeShare]

  /// The number of massive activations: entries above the first threshold.
  package var massiveCount: Int { counts[0].entries }
}
