/// Lowers the learning rate when the validation loss stops falling, with the arithmetic of
/// PyTorch's `ReduceLROnPlateau` and a relative threshold.
///
/// As a `LearningRateSchedule` it needs the losses: `Scheduler.step(loss:)`.
public struct PlateauSchedule: LearningRateSchedule {
  /// The factor by which the learning rate is multiplied.
  public var factor: Double
  /// The number of epochs without improvement before the rate is lowered.
  public var patience: Int
  /// A loss is an improvement when it is below best · (1 − threshold).
  public var threshold = 1e-4
  /// The lowest loss so far, nil before the first one.
  public private(set) var best: Double?
  /// The number of epochs since the last improvement or reduction.
  public private(set) var badEpochs = 0

  /// The factor after the losses passed to `observe`; nil before the first reduction.
  private var reduction: Double?

  /// A schedule that multiplies the rate by `factor` after `patience` epochs without improvement.
  public init(patience: Int, factor: Double = 0.5) {
    self.patience = patience
    self.factor = factor
  }

  /// Reads a schedule from a checkpoint, which may hold any number. Throws `DecodingError` for a number of epochs
  /// that is negative or above 2^53, and for a best loss that is NaN: with these, the rate would be lowered at
  /// another epoch, or never.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    factor = try fields.decode(Double.self, forKey: .factor)
    patience = try fields.decode(Int.self, forKey: .patience)
    threshold = try fields.decode(Double.self, forKey: .threshold)
    best = try fields.decodeIfPresent(Double.self, forKey: .best)
    badEpochs = try fields.decode(Int.self, forKey: .badEpochs)
    reduction = try fields.decodeIfPresent(Double.self, forKey: .reduction)
    if !(0...(1 << 53) ~= badEpochs) {
      throw DecodingError.dataCorruptedError(
        forKey: .badEpochs, in: fields,
        debugDescription: "found \(badEpochs), expected a number of epochs in 0 ... 2^53")
    }
    if best?.isNaN == true {
      throw DecodingError.dataCorruptedError(
        forKey: .best, in: fields, debugDescription: "found nan, expected a loss")
    }
  }

  /// The learning rate after an epoch with `loss`. NaN is not an improvement. The rate is not reduced
  /// if the reduction would be 1e-8 or less.
  public mutating func next(_ learningRate: Double, after loss: Double) -> Double {
    if loss < (best ?? .infinity) * (1 - threshold) {
      best = loss
      badEpochs = 0
    } else {
      badEpochs += 1
    }
    guard badEpochs > patience else { return learningRate }
    badEpochs = 0
    let lowered = learningRate * factor
    return learningRate - lowered > 1e-8 ? lowered : learningRate
  }

  public func factor(at step: Int) -> Double { reduction ?? 1 }

  public mutating func observe(loss: Double) {
    let before = reduction ?? 1
    let after = next(before, after: loss)
    if after != before { reduction = after }
  }
}
