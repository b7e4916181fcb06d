extension StudyResults {
  /// One trained or untrained model, or one recorded set of activations, with the statistics of its layers.
  public struct Run: Codable, Sendable, Equatable {
    /// The role of the run in the comparison.
    public var kind: Kind
    /// The displayed name, which is the same for runs that differ only in their seed.
    public var label: String
    /// The seed of weights, order and dropout; nil if unknown.
    public var seed: UInt64?
    /// The fields of the model and of its training that the run depends on, under their published names, without
    /// the seed; of an untrained model those of the model. nil for recorded activations, and in files of earlier
    /// versions.
    public var settings: [String: Setting]?
    /// The number of epochs: 0 for an untrained model, nil if unknown (recorded activations).
    public var epochs: Int?
    /// Median wall time of an epoch, in seconds.
    public var secondsPerEpoch: Double?
    /// Peak memory of the process during the run, in MB (10^6 bytes).
    public var peakMemoryMB: Double?
    /// The number of trainable parameters of this run's model.
    public var parameterCount: Int?
    /// One entry per epoch, in order; empty if nothing was trained or recorded.
    public var history: [Epoch]
    /// The reason why training stopped early, e.g. `learning rate under 1e-6`; nil if it completed all
    /// epochs.
    public var stopReason: String?
    /// The score on the test split.
    public var testMetric: Metric?
    /// The statistics of layers in the course of training; empty if they were not recorded.
    public var followed: [FollowedEpoch]
    /// The files of the activations; empty if a model produced the activations.
    public var sources: [String]
    /// One entry per observed layer, ascending.
    public var layers: [Layer]

    /// Creates the value from its fields.
    public init(
      kind: Kind, label: String, seed: UInt64? = nil, settings: [String: Setting]? = nil,
      epochs: Int? = nil,
      secondsPerEpoch: Double? = nil,
      peakMemoryMB: Double? = nil, parameterCount: Int? = nil, history: [Epoch] = [],
      stopReason: String? = nil, testMetric: Metric? = nil, followed: [FollowedEpoch] = [],
      sources: [String] = [], layers: [Layer]
    ) {
      self.kind = kind
      self.label = label
      self.seed = seed
      self.settings = settings
      self.epochs = epochs
      self.secondsPerEpoch = secondsPerEpoch
      self.peakMemoryMB = peakMemoryMB
      self.parameterCount = parameterCount
      self.history = history
      self.stopReason = stopReason
      self.testMetric = testMetric
      self.followed = followed
      self.sources = sources
      self.layers = layers
    }

    /// The role of a run in the comparison.
    public enum Kind: String, Codable, Sendable, CaseIterable {
      /// The untrained model, the baseline.
      case base
      /// The trained model without Explicit Bias Term.
      case trained
      /// The model trained with the Explicit Bias Term.
      case ebt
      /// The model trained with another counter-measure than the published Explicit Bias Term: one whose strength
      /// changes during training, a gate, one more in attention's denominator, or clamped scores.
      case adaptive
      /// The model trained on graphs with additional meaningless edges.
      case ablated
      /// The model trained on graphs whose edge types were drawn at random.
      case relabeled
      /// Activations from files; nothing is known about their training.
      case recorded

      /// Whether the model was trained on graphs that an ablation changed.
      var hasChangedGraphs: Bool { self == .ablated || self == .relabeled }
    }
  }

  /// One epoch of training.
  public struct Epoch: Codable, Sendable, Equatable {
    /// Number of the epoch, from 1.
    public var epoch: Int
    /// Learning rate during the epoch.
    public var learningRate: Double
    /// Mean training loss.
    public var trainLoss: Double
    /// Loss on the validation split after the epoch.
    public var validationLoss: Double?
    /// The data set's metric on the validation split, if it differs from the loss.
    public var validationMetric: Double?
    /// Wall time, in seconds.
    public var seconds: Double
    /// Peak memory so far, in MB (10^6 bytes).
    public var peakMemoryMB: Double?

    /// Creates the value from its fields.
    public init(
      epoch: Int, learningRate: Double, trainLoss: Double, validationLoss: Double? = nil,
      validationMetric: Double? = nil, seconds: Double, peakMemoryMB: Double? = nil
    ) {
      self.epoch = epoch
      self.learningRate = learningRate
      self.trainLoss = trainLoss
      self.validationLoss = validationLoss
      self.validationMetric = validationMetric
      self.seconds = seconds
      self.peakMemoryMB = peakMemoryMB
    }
  }

  /// A named score.
  public struct Metric: Codable, Sendable, Equatable {
    /// E.g. `MAE` or `ROC-AUC`.
    public var name: String
    /// Its value. Whether larger values are better depends on the score.
    public var value: Double

    /// Creates the value from its fields.
    public init(name: String, value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// The recorded activations of one layer.
  public struct Layer: Codable, Sendable, Equatable {
    /// Number of the layer, from 0.
    public var index: Int
    /// Edge activations: one row per directed edge.
    public var edge: Activations?
    /// Node activations: one row per node.
    public var node: Activations?
    /// Requested outputs of the layer's modules, under their published names, such as
    /// `FFN_h_layer2`.
    public var modules: [String: Activations]

    /// Creates the value from its fields.
    public init(
      index: Int, edge: Activations? = nil, node: Activations? = nil,
      modules: [String: Activations] = [:]
    ) {
      self.index = index
      self.edge = edge
      self.node = node
      self.modules = modules
    }
  }
}
