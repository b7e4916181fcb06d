import Foundation
import OutcropCore

/// A summary of one layer's activations of one kind, in memory that doesn't grow with their number.
///
/// Arrays are added batch by batch; ratios are taken against the median of each row (`row`) and
/// against the median of each batch as it was added (`batch`). Summaries of parts merge: whatever
/// the split at batch borders, the order of merging and the number of threads, the result is the
/// same to the last bit as that of adding everything to one summary, provided that batches have
/// the same numbers (`RowOrigins.firstBatch`).
public struct ActivationSummary: Sendable, Equatable {
  /// What is counted and how. Only summaries with equal options merge.
  public struct Options: Sendable, Equatable, Codable {
    /// Ratios above this are massive.
    public let threshold: Float
    /// Everything is counted above each of these: sorted, each once, `threshold` among them.
    public let thresholds: [Float]
    public let convention: MedianConvention
    /// How many of the largest entries are kept.
    public let topCount: Int
    /// How many batches' maxima are kept one by one.
    public let batchMaximaLimit: Int

    /// 10^(1 + i/10) for i = 0 ... 40.
    public static let defaultThresholds: [Float] = (0...40).map {
      Float(pow(10, 1 + Double($0) / 10))
    }

    /// Thresholds are positive and finite, counts at least 0: anything else is a programmer's
    /// mistake and traps.
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

  public let options: Options
  /// Features per row; nil before the first row.
  public internal(set) var width: Int?
  public internal(set) var rowCount = 0
  public internal(set) var batchCount = 0
  public internal(set) var valueCount = 0
  /// The activations themselves.
  public internal(set) var values = ValueMoments()
  /// Ratios against the median of each row.
  public internal(set) var row: RatioSummary
  /// Ratios against the median of each batch.
  public internal(set) var batch: RatioSummary

  public init(options: Options = Options()) {
    self.options = options
    row = RatioSummary(median: .row, options: options)
    batch = RatioSummary(median: .batch, options: options)
  }

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

  /// Counts `count` of the infinite values added as finite numbers of a wider type that overflowed, for
  /// those who convert them (`RowReader.overflowCount` of OutcropFiles).
  public mutating func countOverflows(_ count: Int) {
    require(
      count >= 0 && count <= values.infiniteCount - values.overflowCount,
      "ActivationSummary.countOverflows: found \(count), expected at most "
        + "\(values.infiniteCount - values.overflowCount), the infinite values")
    values.overflowCount += count
  }

  /// Adds what `other` has counted. Throws `StatisticsError.differentSummaries` when options or
  /// widths differ; self is unchanged then.
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
