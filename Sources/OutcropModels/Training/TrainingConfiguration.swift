import Foundation

/// How a model is trained; the published JSON's `params`.
public struct TrainingConfiguration: Sendable, Equatable, Codable {
  /// The most epochs.
  public var epochs = 1000
  public var batchSize = 128
  public var learningRate = 7e-4
  /// What the learning rate is multiplied by on a plateau.
  public var reduceFactor = 0.5
  /// Epochs without improvement of the validation loss before that.
  public var patience = 15
  /// Training stops when the learning rate falls below this.
  public var minimumLearningRate = 1e-6
  public var weightDecay = 0.0
  /// Fixes order and dropout.
  public var seed: UInt64 = 41

  /// On a large graph: how many neighbors of a node each layer samples, from the input on.
  public var fanOuts: [Int] {
    get { sampledNeighbors ?? [5, 10, 15] }
    set { sampledNeighbors = newValue }
  }
  /// Checkpoints of graphs need not state it.
  private var sampledNeighbors: [Int]?
  /// At most so many steps make an epoch, on examples drawn anew each time; nil: all examples.
  public var stepsPerEpoch: Int?

  public init() {}

  /// Reads the published fields; throws `InputError`.
  public init(_ fields: ConfigurationFields) throws {
    var fields = fields
    epochs = try fields.integer("epochs", default: 1000, in: 0...1_000_000)
    batchSize = try fields.integer("batch_size", default: 128, in: 1...1_000_000)
    learningRate = try fields.number("init_lr", default: 7e-4, in: 0...10)
    reduceFactor = try fields.number("lr_reduce_factor", default: 0.5, in: 0...1)
    patience = try fields.integer("lr_schedule_patience", default: 15, in: 0...1_000_000)
    minimumLearningRate = try fields.number("min_lr", default: 1e-6, in: 0...10)
    weightDecay = try fields.number("weight_decay", default: 0, in: 0...10)
    // A JSON number beyond 2^53 would be rounded to another seed.
    seed = UInt64(try fields.integer("seed", default: 41, in: 0...(1 << 53) - 1))
    let neighbors = try fields.integers("fan_outs", default: fanOuts, in: 1...1_000_000)
    if fields.has("fan_outs") { fanOuts = neighbors }
    if fields.has("steps_per_epoch") {
      stepsPerEpoch = try fields.integer("steps_per_epoch", in: 1...1_000_000_000)
    }
    fields.ignore("print_epoch_interval", "max_time")
    try fields.finish()
  }
}
