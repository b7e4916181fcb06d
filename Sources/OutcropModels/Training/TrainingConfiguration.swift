import OutcropCore

/// How a model is trained: the fields `params` of the published JSON.
public struct TrainingConfiguration: Sendable, Equatable, Codable {
  /// The largest number of epochs.
  public var epochs = 1000
  /// The number of examples in a batch.
  public var batchSize = 128
  /// The first learning rate.
  public var learningRate = 7e-4
  /// The factor of the learning rate on a plateau.
  public var reduceFactor = 0.5
  /// The number of epochs without improvement of the validation loss that make a plateau.
  public var patience = 15
  /// Training stops when the learning rate falls below this.
  public var minimumLearningRate = 1e-6
  /// The weight decay of Adam.
  public var weightDecay = 0.0
  /// The seed of the order of examples and of dropout.
  public var seed: UInt64 = 41

  /// On a large graph, the number of neighbors of a node that each layer samples, from the first layer on.
  public var fanOuts: [Int] {
    get { sampledNeighbors ?? [5, 10, 15] }
    set { sampledNeighbors = newValue }
  }
  /// Whether `fanOuts` was given: one graph that fits in memory is trained whole unless it was.
  public var samplesNeighbors: Bool { sampledNeighbors != nil }
  /// Checkpoints of graphs need not state it.
  private var sampledNeighbors: [Int]?
  /// The largest number of steps of an epoch, on examples drawn again each time; nil: all examples.
  public var stepsPerEpoch: Int?
  /// The parts of a batch that have their own gradients and statistics of batch normalization, so that ranks can
  /// share the batch; 1: the batch is one whole. A part is whole graphs or nodes, and results depend on their
  /// number, not on that of the ranks.
  public var shardCount: Int {
    get { shards ?? 1 }
    set { shards = newValue }
  }
  /// nil for 1, so that such checkpoints are those of earlier versions.
  private var shards: Int? { didSet { if shards == 1 { shards = nil } } }
  /// Whether batch normalization uses, in training, the moments over all shards of a batch, so that the shards
  /// compute what one does, up to rounding and to what is drawn at random by shard (dropout, sampled neighbors). Costs
  /// two messages for each normalization and memory for the tapes of all shards of a rank at once. Without effect on
  /// one shard.
  public var hasExactBatchMoments: Bool {
    get { exactMoments ?? false }
    set { exactMoments = newValue ? true : nil }
  }
  /// nil for false, for the same reason.
  private var exactMoments: Bool?

  /// A configuration with these values; the defaults are the published settings.
  public init(
    epochs: Int = 1000, batchSize: Int = 128, learningRate: Double = 7e-4,
    reduceFactor: Double = 0.5, patience: Int = 15, minimumLearningRate: Double = 1e-6,
    weightDecay: Double = 0, seed: UInt64 = 41, fanOuts: [Int]? = nil, stepsPerEpoch: Int? = nil,
    shardCount: Int = 1, hasExactBatchMoments: Bool = false
  ) {
    self.epochs = epochs
    self.batchSize = batchSize
    self.learningRate = learningRate
    self.reduceFactor = reduceFactor
    self.patience = patience
    self.minimumLearningRate = minimumLearningRate
    self.weightDecay = weightDecay
    self.seed = seed
    self.sampledNeighbors = fanOuts
    self.stepsPerEpoch = stepsPerEpoch
    shards = shardCount == 1 ? nil : shardCount
    self.hasExactBatchMoments = hasExactBatchMoments
  }

  /// The fields of the published `params`.
  public static let fields: [ConfigurationField<TrainingConfiguration>] = [
    .integer("epochs", \.epochs, in: 0...1_000_000, help: "the largest number of epochs"),
    .integer("batch_size", \.batchSize, in: 1...1_000_000, help: "graphs in a batch"),
    .number("init_lr", \.learningRate, in: 0...10, help: "the first learning rate"),
    .number(
      "lr_reduce_factor", \.reduceFactor, in: 0...1,
      help: "the factor of the learning rate on a plateau"),
    .integer(
      "lr_schedule_patience", \.patience, in: 0...1_000_000,
      help: "epochs without improvement that make a plateau"),
    .number("min_lr", \.minimumLearningRate, in: 0...10, help: "training stops below this rate"),
    .number("weight_decay", \.weightDecay, in: 0...10, help: "weight decay of Adam"),
    // A JSON number above 2^53 would be rounded to another seed.
    .integer("seed", \.wholeSeed, in: 0...(1 << 53) - 1, help: "fixes weights, order and dropout"),
    ConfigurationField("fan_outs", help: "neighbors that each layer samples") { fields, root in
      let neighbors = try fields.integers("fan_outs", default: root.fanOuts, in: 1...1_000_000)
      if fields.has("fan_outs") { root.fanOuts = neighbors }
    } write: { root in
      root.sampledNeighbors.map { ["fan_outs": .array($0.map { .number(Double($0)) })] } ?? [:]
    },
    .integer(
      "steps_per_epoch", \.stepsPerEpoch, in: 1...1_000_000_000,
      help: "the most steps of an epoch"),
    .integer(
      "shards", \.shards, in: 1...1_000_000,
      help: "parts of a batch with their own gradients, which ranks share"),
    .flag(
      "exact_batch_moments", \.hasExactBatchMoments, omitting: false,
      help: "batch normalization over all shards of a batch, instead of by shard"),
    .ignored("print_epoch_interval"), .ignored("max_time"),
  ]

  private var wholeSeed: Int {
    get { Int(clamping: seed) }
    set { seed = UInt64(newValue) }
  }

  /// Reads the published fields; throws `InputError`.
  public init(_ fields: ConfigurationFields) throws {
    var fields = fields
    self.init()
    try Self.fields.read(&fields, into: &self)
    try fields.finish()
  }
}
