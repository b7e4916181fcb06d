import Foundation
import OutcropCore

/// A summary of one layer's activations of one kind. Its memory does not grow with the number of activations.
///
/// Arrays are added batch by batch. Ratios are computed over the median of each row (`row`) and over the
/// median of each added batch (`batch`). Summaries of parts can be merged. For any split between batches,
/// any order of merging and any number of threads, the result has the same bits as when everything is
/// added to one summary, provided that batches have the same numbers (`RowOrigins.firstBatch`).
public struct ActivationSummary: Sendable, Equatable {
  /// What is counted and how. Only summaries with equal options can be merged.
  public struct Options: Sendable, Equatable, Codable {
    /// Ratios above this are massive.
    public let threshold: Float
    /// All thresholds at which entries are counted: sorted, without repetition, including `threshold`.
    public let thresholds: [Float]
    /// Which value is the median of an even number of values.
    public let convention: MedianConvention
    /// The number of largest entries that are stored.
    public let topCount: Int
    /// The number of batches whose maxima are stored individually.
    public let batchMaximaLimit: Int

    /// 10^(1 + i/10) for i = 0 ... 40.
    public static let defaultThresholds: [Float] = (0...40).map {
      Float(pow(10, 1 + Double($0) / 10))
    }

    /// Traps unless thresholds are positive and finite and counts are at least 0.
    public init(
      threshold: Float = 1000, thresholds: [Float] = defaultThresholds,
      convention: MedianConvention = .meanOfMiddle, topCount: Int = 32,
      batchMaximaLimit: Int = 65_536
    ) {
      let all = Set(thresholds + [threshold]).sorted()
      require(
        all.allSatisfy { $0 > 0 && $0.isFinite },
        "ActivationSummary.Options: thresholds \(all), expected positive finite numbers")
      require(
        topCount >= 0 && batchMaximaLimit >= 0,
        "ActivationSummary.Options: \(topCount) entries and \(batchMaximaLimit) batches, expected "
          + "at least 0")
      self.threshold = threshold
      self.thresholds = all
      self.convention = convention
      self.topCount = topCount
      self.batchMaximaLimit = batchMaximaLimit
    }

    var isValid: Bool {
      thresholds.allSatisfy { $0 > 0 && $0.isFinite } && thresholds.contains(threshold)
        && zip(thresholds, thresholds.dropFirst()).allSatisfy { $0 < $1 } && topCount >= 0
        && batchMaximaLimit >= 0
    }
  }

  /// The options.
  public let options: Options
  /// Features per row; nil before the first row.
  public internal(set) var width: Int?
  /// The number of rows added.
  public internal(set) var rowCount = 0
  /// The number of batches added.
  public internal(set) var batchCount = 0
  /// The number of activations added.
  public internal(set) var valueCount = 0
  /// Statistics of the activations themselves.
  public internal(set) var values = ValueMoments()
  /// Ratios over the median of each row.
  public internal(set) var row: RatioSummary
  /// Ratios over the median of each batch.
  public internal(set) var batch: RatioSummary

  /// A summary without activations.
  public init(options: Options = Options()) {
    self.options = options
    row = RatioSummary(median: .row, options: options)
    batch = RatioSummary(median: .batch, options: options)
  }

  /// The ratios over the given kind of median.
  public subscript(median: MedianKind) -> RatioSummary { median == .row ? row : batch }

  /// Entries and rows above each of the options' thresholds.
  public func counts(_ median: MedianKind) -> [ThresholdCounts] {
    self[median].levels.counts(options.thresholds)
  }

  /// The position of the detection threshold among the thresholds.
  public var detectionIndex: Int { options.thresholds.firstIndex(of: options.threshold)! }

  /// Entries and rows above the detection threshold.
  public func massive(_ median: MedianKind) -> ThresholdCounts { counts(median)[detectionIndex] }

  /// One edge type's entries and rows above each of the options' thresholds.
  public func counts(ofType type: Int, _ median: MedianKind) -> [ThresholdCounts] {
    (self[median].types.first { $0.type == type }?.levels
      ?? ThresholdTally(thresholdCount: options.thresholds.count)).counts(options.thresholds)
  }

  /// Massive activations by edge type at the threshold of number `index` among the options'
  /// (the detection threshold by default), in ascending order of type.
  public func edgeTypeShares(_ median: MedianKind, threshold index: Int? = nil) -> [EdgeTypeShare] {
    let index = index ?? detectionIndex
    let all = self[median].types.map { ($0, $0.levels.counts(options.thresholds)[index]) }
    return EdgeTypeShare.shares(
      all.map { type, counts in (type.type, type.rowCount, counts.rows, counts.entries) })
  }

  /// Records that `count` of the infinite values added so far were finite numbers of a wider type that
  /// overflowed, as `RowReader.overflowCount` of OutcropFiles counts them.
  public mutating func countOverflows(_ count: Int) {
    require(
      count >= 0 && count <= values.infiniteCount - values.overflowCount,
      "ActivationSummary.countOverflows: found \(count), expected at most "
        + "\(values.infiniteCount - values.overflowCount), the infinite values")
    values.overflowCount += count
  }

  /// Adds the counts of `other`. Throws `StatisticsError.differentSummaries` when options or
  /// widths differ; then self is unchanged.
  public mutating func merge(_ other: ActivationSummary) throws(StatisticsError) {
    if options != other.options {
      throw .differentSummaries(what: "options", first: "\(options)", second: "\(other.options)")
    }
    try setWidth(other.width)
    mergeCounts(other)
  }

  mutating func setWidth(_ found: Int?) throws(StatisticsError) {
    if let found, let width, found != width {
      throw .differentSummaries(what: "width", first: "\(width)", second: "\(found)")
    }
    width = width ?? found
  }

  mutating func mergeCounts(_ other: ActivationSummary) {
    rowCount += other.rowCount
    batchCount += other.batchCount
    valueCount += other.valueCount
    values.merge(other.values)
    row.merge(other.row)
    batch.merge(other.batch)
  }
}
