import OutcropCore

/// Counts of ratios above one threshold.
public struct ThresholdCounts: Sendable, Equatable, Codable {
  public var threshold: Float
  /// Entries above the threshold, including infinite ratios.
  public var entries = 0
  /// Entries with a finite ratio above the threshold.
  public var finiteEntries = 0
  /// Rows with at least one entry above the threshold.
  public var rows = 0

  public init(threshold: Float, entries: Int = 0, finiteEntries: Int = 0, rows: Int = 0) {
    self.threshold = threshold
    self.entries = entries
    self.finiteEntries = finiteEntries
    self.rows = rows
  }
}

/// One entry of an activation array and its ratio.
public struct RatioEntry: Sendable, Equatable, Codable {
  public var row: Int
  public var channel: Int
  /// The batch that holds the row.
  public var batch: Int
  /// The activation itself, with its sign.
  public var value: Float
  /// |value| / median.
  public var ratio: Float
}

/// The results of one pass over the ratios of an activation array.
public struct ReferenceRatios: Sendable, Equatable, Codable {
  public var scope: MedianKind
  public var convention: MedianConvention
  /// The whole array's median for `MedianKind.batch`; medians of rows are not stored.
  public var median: JSONFloat?
  /// The number of medians that are zero: medians of rows for the row median, 0 or 1 for the batch median.
  public var zeroMedians = 0
  /// The number of medians that are NaN: medians of rows for the row median, 0 or 1 for the batch median.
  public var nanMedians = 0
  /// Entries whose ratio is NaN: zero over a zero median, or any entry over a NaN median.
  public var nanRatios = 0
  public var infiniteRatios = 0
  /// The largest finite ratio, in the first row and channel where it occurs; nil when there is none.
  public var largest: RatioEntry?
  /// The threshold that defines a massive activation, then any further ones.
  public var counts: [ThresholdCounts]
  /// The largest ratio of each batch.
  public var batchMaxima: BatchMaxima
  /// Massive activations by edge type, in ascending order of type; empty without edge types.
  public var edgeTypes: [EdgeTypeShare]

  /// The number of massive activations: entries above the first threshold.
  public var massiveCount: Int { counts[0].entries }
}
