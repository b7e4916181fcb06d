/// Lowers the learning rate when the validation loss stops falling, as PyTorch's `ReduceLROnPlateau`
/// with a relative threshold, its arithmetic included.
public struct PlateauSchedule: Sendable, Codable, Equatable {
  /// What the learning rate is multiplied by.
  public var factor: Double
  /// Epochs without improvement that are waited for.
  public var patience: Int
  /// A loss counts as better when it is below best · (1 − threshold).
  public var threshold = 1e-4
  /// The lowest loss so far, nil before the first one.
  public private(set) var best: Double?
  public private(set) var badEpochs = 0

  public init(patience: Int, factor: Double = 0.5) {
    self.patience = patience
    self.factor = factor
  }

  /// The learning rate after an epoch with `loss`. A NaN counts as no improvement; a step of 1e-8 or
  /// less is not taken.
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
}
