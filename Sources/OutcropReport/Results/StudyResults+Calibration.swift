import OutcropStatistics

extension StudyResults {
  /// Detection with a stated error rate: how large ratios of edge activations get in untrained models, and which
  /// layers of the other runs are beyond.
  public struct Calibration: Codable, Sendable, Equatable {
    /// The untrained models: `untrained`, or what distinguishes their configuration.
    public var label: String
    /// The median of the ratios.
    public var median: MedianKind
    /// The probability that an untrained model is over a threshold in any layer.
    public var errorRate: Double
    /// Untrained models, and graphs (batches) of each.
    public var seeds: Int
    public var graphs: Int
    /// The common shape of the generalized extreme value distributions; nil where no layer has one.
    public var shape: Double?
    public var layers: [CalibratedLayer]
    /// The runs that are compared with these models.
    public var tests: [CalibrationTest]

    /// Creates the value from its fields.
    public init(
      label: String, median: MedianKind, errorRate: Double, seeds: Int, graphs: Int,
      shape: Double?, layers: [CalibratedLayer], tests: [CalibrationTest]
    ) {
      self.label = label
      self.median = median
      self.errorRate = errorRate
      self.seeds = seeds
      self.graphs = graphs
      self.shape = shape
      self.layers = layers
      self.tests = tests
    }
  }

  /// One layer of untrained models.
  public struct CalibratedLayer: Codable, Sendable, Equatable {
    public var index: Int
    /// The ratio that an untrained model exceeds with the error rate in any layer; nil where `problem` says why.
    public var threshold: Double?
    /// The same by two other routes, which take the graphs of a model as independent: generalized extreme value
    /// distributions of the graphs of each seed, and generalized Pareto distributions of their excesses.
    public var thresholdFromGraphs: Double?
    public var thresholdFromPeaks: Double?
    /// The largest ratio of each untrained model.
    public var seedMaxima: [Double]
    public var problem: String?

    /// Creates the value from its fields.
    public init(
      index: Int, threshold: Double?, thresholdFromGraphs: Double? = nil,
      thresholdFromPeaks: Double? = nil, seedMaxima: [Double], problem: String? = nil
    ) {
      self.index = index
      self.threshold = threshold
      self.thresholdFromGraphs = thresholdFromGraphs
      self.thresholdFromPeaks = thresholdFromPeaks
      self.seedMaxima = seedMaxima
      self.problem = problem
    }
  }

  /// A run compared with untrained models.
  public struct CalibrationTest: Codable, Sendable, Equatable {
    /// The run's ``Run/label`` and seed.
    public var label: String
    public var seed: UInt64?
    public var layers: [TestedLayer]

    /// Creates the value from its fields.
    public init(label: String, seed: UInt64?, layers: [TestedLayer]) {
      self.label = label
      self.seed = seed
      self.layers = layers
    }
  }

  /// A layer of a run compared with that of untrained models.
  public struct TestedLayer: Codable, Sendable, Equatable {
    public var index: Int
    /// nil where no ratio is defined.
    public var largestRatio: Double?
    /// Whether the largest ratio is over the threshold; nil without a threshold.
    public var isOver: Bool?
    /// Entries over the threshold, counted in steps of 0.03%.
    public var entriesOver: Int?
    /// The probability that an untrained model's largest ratio is as large; nil where the layer has no
    /// distribution.
    public var pValue: Double?
    /// The p-value corrected for the number of layers: for an error in any layer (Holm), and for the share of
    /// errors among the layers found (Benjamini and Hochberg).
    public var holm: Double?
    public var benjaminiHochberg: Double?

    /// Creates the value from its fields.
    public init(
      index: Int, largestRatio: Double?, isOver: Bool? = nil, entriesOver: Int? = nil,
      pValue: Double? = nil, holm: Double? = nil, benjaminiHochberg: Double? = nil
    ) {
      self.index = index
      self.largestRatio = largestRatio
      self.isOver = isOver
      self.entriesOver = entriesOver
      self.pValue = pValue
      self.holm = holm
      self.benjaminiHochberg = benjaminiHochberg
    }
  }
}
