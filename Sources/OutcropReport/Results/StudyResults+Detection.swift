extension StudyResults {
  /// Counts of massive activations at one threshold.
  public struct ThresholdCount: Codable, Sendable, Equatable {
    public var threshold: Double
    /// The number of entries whose ratio is over the threshold.
    public var entries: Int
    /// The number of rows with such an entry.
    public var rows: Int
    /// The number of such entries by edge type, in the order of ``RatioStatistics/byEdgeType``; empty
    /// without types.
    public var byEdgeType: [Int]

    /// Creates the value from its fields.
    public init(threshold: Double, entries: Int, rows: Int, byEdgeType: [Int] = []) {
      self.threshold = threshold
      self.entries = entries
      self.rows = rows
      self.byEdgeType = byEdgeType
    }
  }

  /// One of the largest entries.
  public struct TopEntry: Codable, Sendable, Equatable {
    /// The ratio |value| / median; possibly infinite.
    public var ratio: Double
    /// The activation itself.
    public var value: Double
    public var position: Position

    /// Creates the value from its fields.
    public init(ratio: Double, value: Double, position: Position) {
      self.ratio = ratio
      self.value = value
      self.position = position
    }
  }

  /// The verdict on a layer by one median.
  public struct Verdict: Codable, Sendable, Equatable {
    public var outcome: Outcome
    /// Plain sentences, the most important first.
    public var reasons: [String]

    /// Creates the value from its fields.
    public init(outcome: Outcome, reasons: [String]) {
      self.outcome = outcome
      self.reasons = reasons
    }

    /// The possible verdicts.
    public enum Outcome: String, Codable, Sendable, CaseIterable {
      /// Ratios over the threshold, finite or infinite, were found.
      case massive
      /// No ratio is over it, but the ratios' distribution differs from the untrained model's.
      case changed
      /// No ratio is over it, and no change of the distribution was found or tested for.
      case none
      /// No ratio is defined.
      case undefined
    }
  }

  /// A number with its 95% confidence interval.
  public struct Estimate: Codable, Sendable, Equatable {
    public var value: Double
    /// nil if no interval can be given, as for a single graph.
    public var lower: Double?
    public var upper: Double?

    /// Creates the value from its fields.
    public init(value: Double, lower: Double? = nil, upper: Double? = nil) {
      self.value = value
      self.lower = lower
      self.upper = upper
    }
  }

  /// The statistics of a model's layers after one epoch of training.
  public struct FollowedEpoch: Codable, Sendable, Equatable {
    /// From 1; 0 is the untrained model.
    public var epoch: Int
    /// The score on the analyzed split.
    public var metric: Double?
    public var layers: [FollowedLayer]

    /// Creates the value from its fields.
    public init(epoch: Int, metric: Double? = nil, layers: [FollowedLayer]) {
      self.epoch = epoch
      self.metric = metric
      self.layers = layers
    }
  }

  /// The statistics of one layer's edge activations after one epoch.
  public struct FollowedLayer: ValuesByMedian, Codable, Sendable, Equatable {
    public var index: Int
    /// By the row median; nil when only the batch median was asked for.
    public var rowMedian: FollowedRatios?
    /// By the batch median; nil when only the row median was asked for.
    public var batchMedian: FollowedRatios?
    /// The strength of the layer's Explicit Bias Term, if it changes.
    public var biasStrength: Double?

    /// Creates the value from its fields.
    public init(
      index: Int, rowMedian: FollowedRatios? = nil, batchMedian: FollowedRatios? = nil,
      biasStrength: Double? = nil
    ) {
      self.index = index
      self.rowMedian = rowMedian
      self.batchMedian = batchMedian
      self.biasStrength = biasStrength
    }
  }

  /// The ratios of one layer's edge activations over one median, after one epoch.
  public struct FollowedRatios: Codable, Sendable, Equatable {
    public var largestRatio: Double?
    /// The number of entries over the threshold, and of rows with at least one such entry.
    public var massiveCount: Int
    public var massiveRows: Int
    /// Kolmogorov–Smirnov distances of y to its own gamma fit and to the fit of the untrained model.
    public var distanceFromFit: Double?
    public var distanceFromBase: Double?

    /// Creates the value from its fields.
    public init(
      largestRatio: Double?, massiveCount: Int, massiveRows: Int,
      distanceFromFit: Double? = nil, distanceFromBase: Double? = nil
    ) {
      self.largestRatio = largestRatio
      self.massiveCount = massiveCount
      self.massiveRows = massiveRows
      self.distanceFromFit = distanceFromFit
      self.distanceFromBase = distanceFromBase
    }
  }
}
