import OutcropCore
import OutcropTensor

/// RMSprop (Hinton 2012) with the arithmetic of `torch.optim.RMSprop`: steps are divided by
/// √(running mean of g²) + epsilon, with `centered` by the running standard deviation.
public final class RMSprop<Scalar: TensorScalar>: Optimizer {
  public static var name: String { "RMSprop" }
  public static var momentNames: [String] { ["square", "velocity", "mean"] }

  public let groups: [ParameterGroup<Scalar>]
  public let slots: [OptimizerSlot<Scalar>]
  /// The decay rate of the running means.
  public let smoothing: Double
  /// The number that is added to the denominator.
  public let epsilon: Double
  /// The factor of the velocity; 0 for none.
  public let momentum: Double
  /// Whether the mean gradient is subtracted from the mean square.
  public let isCentered: Bool

  /// An optimizer of groups of parameters. Traps if the smoothing is not in 0 ... 1.
  public init(
    _ groups: [ParameterGroup<Scalar>], smoothing: Double = 0.99, epsilon: Double = 1e-8,
    momentum: Double = 0, centered: Bool = false
  ) {
    require(
      (0...1).contains(smoothing) && momentum >= 0,
      "RMSprop: smoothing \(smoothing) and momentum \(momentum); expected 0 ... 1 and at least 0")
    self.groups = groups
    slots = OptimizerSlot.slots(groups, moments: [0, 0, 0])
    (self.smoothing, self.epsilon) = (smoothing, epsilon)
    (self.momentum, isCentered) = (momentum, centered)
  }

  /// An optimizer of the parameters of `model`.
  public convenience init(
    _ model: some Module<Scalar>, learningRate: Double = 0.01, smoothing: Double = 0.99,
    epsilon: Double = 1e-8, weightDecay: Double = 0, momentum: Double = 0, centered: Bool = false
  ) {
    self.init(
      [ParameterGroup(model, learningRate: learningRate, weightDecay: weightDecay)],
      smoothing: smoothing, epsilon: epsilon, momentum: momentum, centered: centered)
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func step() {
    updateParameters { slot in
      RMSpropNumbers(
        rate: Scalar(slot.group.learningRate), decay: Scalar(slot.group.weightDecay),
        kept: Scalar(smoothing), fresh: Scalar(1 - smoothing), epsilon: Scalar(epsilon),
        momentum: Scalar(momentum), isCentered: isCentered)
    } _: {
      move($0, $1)
    }
  }
}

private struct RMSpropNumbers<Scalar: TensorScalar>: Sendable {
  let rate, decay, kept, fresh, epsilon, momentum: Scalar
  let isCentered: Bool
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func move<Scalar: TensorScalar>(_ n: RMSpropNumbers<Scalar>, _ range: UpdateRange<Scalar>) {
  let (x, gradient) = (range.value, range.gradient)
  guard let square = range.moments.0, let velocity = range.moments.1, let mean = range.moments.2
  else { return }
  for i in 0..<range.count {
    let g = gradient[i] + n.decay * x[i]
    let s = n.kept * square[i] + n.fresh * g * g
    square[i] = s
    var variance = s
    if n.isCentered {
      let m = mean[i] + n.fresh * (g - mean[i])
      mean[i] = m
      variance = s - m * m
    }
    let v = n.momentum * velocity[i] + g / (variance.squareRoot() + n.epsilon)
    velocity[i] = v
    x[i] -= n.rate * v
  }
}
